"""What is shown of runs beside their panes: notifications, each once, and what the alert line adds to a status."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from qwem_tui.base.names import TrainerName
from qwem_tui.engine.outcome_text import completion_text
from qwem_tui.engine.status import Phase, Status
from qwem_tui.engine.training_loop.divergence import better_saved
from qwem_tui.tui.rendering.outcome import Severity, alert_text, news, outcome
from qwem_tui.tui.session import Session


class Notify(Protocol):
    """Shows a notification; safe in any thread."""

    def __call__(self, message: str, /, *, severity: Severity, timeout: float, markup: bool) -> None:
        """Show `message` for `timeout` seconds."""


class Notices:
    """Shows notifications; of what a run's status says each is shown once."""

    def __init__(self, notify: Notify, clear: Callable[[], None]) -> None:
        """Show by `notify`; `clear` takes away all that are shown."""
        self._notify = notify
        self.clear = clear
        #: what was shown last of the current run, by kind
        self._shown: dict[str, str] = {}

    def show(self, message: str, severity: Severity = "information", timeout: float = 5.0) -> None:
        """Show `message`, in which nothing is markup, for `timeout` seconds."""
        self._notify(message, severity=severity, timeout=timeout, markup=False)

    def forget(self) -> None:
        """Treat all that a status says as news from now on: it is another run's."""
        self._shown = {}

    def take_as_shown(self, status: Status) -> None:
        """Treat nothing that `status` says as news: its run has been shown before."""
        self._shown = {each.kind: each.text for each in news(status)} | {"done": completion_text(status.completion)}

    def show_news(self, session: Session, alert_seen: bool, then: TrainerName | None) -> None:
        """Show what is new of the current run; what the alert line shows, where it is seen, is shown there alone.

        `then` is the trainer of the run that is to follow once this one is done.
        """
        status = session.current.status()
        covered = alert_text(status) if alert_seen else ""
        for each in news(status):
            if self._is_news(each.kind, each.text) and each.text not in covered:
                self.show(each.text, each.severity, each.seconds)
        if status.phase is Phase.DONE and self._is_news("done", completion_text(status.completion)):
            self.show(done_text(session, then), timeout=15)

    def _is_news(self, kind: str, text: str) -> bool:
        is_news = bool(text) and text != self._shown.get(kind)
        self._shown[kind] = text
        return is_news


def done_text(session: Session, then: TrainerName | None) -> str:
    """Return what is shown of the current run, which is done; `then` is the trainer of the one to follow."""
    done = f"Done: {completion_text(session.current.status().completion)}."
    if then is not None:
        return f"{done} Now {then}, to compare."
    if session.behind is not None and both_ended(session):
        return "Both runs are done: c turns them round."
    return f"{done} e exports, r restarts, s steps on." if session.current.can_restart else done


def remark(session: Session) -> str:
    """Return what is to be added to the alert line about the run in front; empty where nothing is.

    Where it had to be paused: by which keys it resumes. Beside another run: how both ended.
    """
    front = session.front
    if front is session.current and front.status().fault is not None:
        return _way_out(session)
    return both_ended(session) if session.behind is not None else ""


def _way_out(session: Session) -> str:
    current, keys = session.current, "z sets another step size, then space resumes."
    history = current.history()
    if not current.can_branch or history is None or better_saved(history.columns(), session.checkpoints()) is None:
        return keys
    return f"{keys} b goes back to a checkpoint."


def both_ended(session: Session) -> str:
    """Return how the run before and the current one ended; empty where there are not two, or one is not done."""
    if session.before is None or session.awaiting:
        return ""
    ends = [(source, source.status()) for source in (session.before, session.current)]
    if not all(status.completion is not None for _, status in ends):
        return ""
    return f"{'. '.join(outcome(session.so_far(source), status) for source, status in ends)}."
