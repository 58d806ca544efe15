"""Whether a key can act now; where it cannot, why is shown."""

from __future__ import annotations

from qwem_tui.engine.status import Phase
from qwem_tui.tui.notices import Notices
from qwem_tui.tui.session import Session

NO_FOLDER = "This run saves no checkpoints: it is a demonstration, and no folder is written for it."
NO_PLAN = "The corpus of this run is with another process: qwem-tui plan CORPUS --screen plans it."
NO_PLAN_OF_A_PIPE = "The corpus came from a pipe and cannot be read again: qwem-tui plan - --screen plans a pipe."
NOT_HERE = "This screen is attached to the run of another process: it can steer that run, not begin others."


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
        if session.front is not session.current:
            self._notices.show(f"The {session.names()[1]} run in front has ended: c brings the other one to the front.")
        elif session.current.status().phase is Phase.FAILED:
            self._notices.show("This run has ended: r restarts, b goes back to a checkpoint.")
        elif session.current.over:
            self._notices.show("The process of this run has ended: there is nothing to steer.", timeout=4)
        else:
            return True
        return False

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
            self._notices.show(reason, "warning", timeout=seconds)
        return front.can_plan

    def show_not_here(self) -> None:
        """Show why there is no restart, no branch and no comparison."""
        self._notices.show(NOT_HERE, "warning")
