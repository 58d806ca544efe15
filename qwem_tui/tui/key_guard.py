"""Whether a key can act now; where it cannot, why is shown."""

from __future__ import annotations

from qwem_tui.base.printable import printable
from qwem_tui.corpus.documents import STDIN
from qwem_tui.engine.source import RunSource
from qwem_tui.engine.status import Phase
from qwem_tui.tui.notices import Notices
from qwem_tui.tui.session import Session

NO_FOLDER = "This run saves no checkpoints: it is a demonstration, and no folder is written for it."
NO_PLAN = "The corpus of this run is with another process: qwem-tui plan CORPUS --screen plans it."
NO_PLAN_OF_A_REPLAY = "A replay does not read the run's corpus: qwem-tui plan CORPUS --screen plans it."
NO_PLAN_OF_A_PIPE = "The corpus came from a pipe and cannot be read again: qwem-tui plan - --screen plans a pipe."
NOT_HERE = "This screen is attached to the run of another process: it can steer that run, not begin others."


def _of_a_replay(source: RunSource) -> str:
    """Return what is shown where a key would steer or begin a run, and there is a picture of one alone."""
    study, run = source.study(), printable(str(source.path))
    if not source.over:
        return f"This is a replay: `qwem-tui attach {run}` steers the run, which another process trains."
    if study is not None and STDIN in study.config.sources:
        return "This is a replay of a run that cannot continue: its corpus came from a pipe and is gone."
    return f"This is a replay: `qwem-tui resume {run}` continues the run."


#: What acts at any time; what a run has to carry out; what needs a run to look at, and nothing more, is not listed.
_ANY_TIME = frozenset("help detach quit_run stop_run next_theme log_axis suspend_process give_up".split())
STEERING = frozenset("pause_or_resume step steps run_until run_until step_size full_speed pace save_checkpoint".split())


class Guard:
    """Lets a key act on the runs of a session, or shows why not."""

    def __init__(self, session: Session, notices: Notices) -> None:
        """Guard the runs of `session`."""
        self._session = session
        self._notices = notices

    def has_begun(self) -> bool:
        """Return whether there is a run to show."""
        if self._session.awaiting:
            # it covers the stages: once is enough, however many keys are pressed
            self._notices.clear()
            self._notices.show("Training has not begun yet.", timeout=3)
            return False
        return True

    def can_steer(self) -> bool:
        """Return whether the run in front carries out commands."""
        session = self._session
        if not self.has_begun():
            return False
        if not session.current.can_steer:
            self._notices.show(_of_a_replay(session.current), timeout=8)
        elif session.front is not session.current:
            self._notices.show(f"The {session.names()[1]} run in front has ended: c brings the other one to the front.")
        elif session.current.status().phase is Phase.FAILED:
            self._notices.show("This run has ended: r restarts, b goes back to a checkpoint.")
        elif session.current.over:
            self._notices.show("The process of this run has ended: there is nothing to steer.", timeout=4)
        else:
            return True
        return False

    def would_refuse(self, action: str) -> bool:
        """Return whether `action` can do nothing now but show why not."""
        session = self._session
        current = session.current
        if action in _ANY_TIME or action.startswith("only("):
            return False
        if session.awaiting:
            return True
        if action in STEERING:
            steered = current.can_steer and session.front is current and not current.over
            saved = action != "save_checkpoint" or current.path is not None
            return not (steered and saved) or current.status().phase is Phase.FAILED
        if action == "compare":
            return session.before is None
        if action == "branch":
            return not current.can_branch
        return action == "plan" and not session.front.can_plan

    def saves_checkpoints(self) -> bool:
        """Return whether the current run is written down."""
        if self._session.current.path is None:
            self._notices.show(NO_FOLDER, "warning")
            return False
        return True

    def can_plan(self) -> bool:
        """Return whether the corpus of the run in front can be planned here."""
        front = self._session.front
        if not front.can_plan:
            reason, seconds = (NO_PLAN_OF_A_PIPE, 8) if front.ends_with_screen else (NO_PLAN, 5)
            reason = reason if front.can_steer else NO_PLAN_OF_A_REPLAY
            self._notices.show(reason, "warning", timeout=seconds)
        return front.can_plan

    def show_not_here(self) -> None:
        """Show why there is no restart, no branch and no comparison, or nothing to steer."""
        if self._session.current.can_steer:
            self._notices.show(NOT_HERE, "warning")
        else:
            self.can_steer()
