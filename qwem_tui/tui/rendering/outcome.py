"""What a run's status says in sentences, and how a run ended: pure functions, the only ones here that read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from qwem_tui.base.errors import worded
from qwem_tui.engine.outcome import GoalReached
from qwem_tui.engine.outcome_text import completion_text, fault_text, notice_text
from qwem_tui.engine.status import Phase, Status
from qwem_tui.tui.rendering.naming import label
from qwem_tui.tui.rendering.run import Run

Severity = Literal["information", "warning", "error"]


@dataclass(frozen=True)
class News:
    """A sentence of a status, of a `kind` of which each is shown once, for `seconds`."""

    kind: str
    text: str
    severity: Severity
    seconds: float


def news(status: Status) -> tuple[News, ...]:
    """Return what there is to notify of: why the run stands, why it had to be paused, what goes wrong meanwhile."""
    reached = isinstance(status.notice, GoalReached)
    return (
        News("notice", notice_text(status.notice, label), "information" if reached else "warning", 10),
        News("fault", fault_text(status.fault), "error", 20),
        News("problem", worded(status.problem, label), "error", 20),
    )


def error_text(status: Status) -> str:
    """Return why the run failed, settings called as the app does; empty where it did not."""
    return "" if status.error is None else status.error.sentence(label)


def alert_text(status: Status) -> str:
    """Return what stops a run or goes wrong meanwhile, or why it was paused; empty where all is well."""
    if status.phase is Phase.FAILED:
        return error_text(status)
    troubles = [trouble for trouble in (fault_text(status.fault), worded(status.problem, label)) if trouble]
    if not troubles and status.phase in (Phase.PAUSED, Phase.STOPPED):
        return notice_text(status.notice, label)
    return " ".join(troubles)


def is_calm(status: Status) -> bool:
    """Return whether nothing is wrong with the run."""
    return status.fault is None and not status.problem and status.error is None


def phase_shown(status: Status) -> Phase:
    """Return the phase by which a run is called: one that was done and made room for another is done still."""
    return Phase.DONE if status.phase is Phase.STOPPED and status.completion is not None else status.phase


def outcome(run: Run, status: Status) -> str:
    """Return a run's accuracy over all questions and its steps, and why it is done, if it is."""
    columns, note = run.columns, completion_text(status.completion)
    why = f" ({note})" if note else ""
    if not len(columns.overall):
        return f"{run.name}: step {columns.steps[-1]:,.0f}{why}"
    asked = int(run.study.analogies.attempted.sum())
    return f"{run.name}: {columns.overall[-1]:.1%} of {asked:,} questions right at step {columns.steps[-1]:,.0f}{why}"
