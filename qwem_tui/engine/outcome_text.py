"""The words for `outcome`, which the terminal, the app and the control socket share."""

from __future__ import annotations

from collections.abc import Callable

from qwem_tui.base.errors import option_name
from qwem_tui.base.printable import printable
from qwem_tui.engine.goals import CategoryCrossed, LossBelow, ModesLearned, StepReached, TimeReached, goal_text
from qwem_tui.engine.outcome import (
    Asked,
    CommandRefused,
    Completion,
    Fault,
    GoalMissed,
    GoalReached,
    LossGrew,
    LossNotFinite,
    LossSettled,
    LossStalled,
    Notice,
    Paused,
    Position,
    ResumedElsewhere,
    RunEnded,
    StepLimit,
    StepLimitOfRank,
    TimeOver,
    Worded,
)


def completion_text(completion: Completion | None) -> str:
    """Return why a run is done, without a full stop; empty for None."""
    match completion:
        case None:
            return ""
        case LossSettled(modes):
            return f"all {modes} modes learned and the loss settled"
        case TimeOver(learned, modes, patience):
            return f"{learned} of {modes} modes learned at {patience:g} times the time forecast"
        case StepLimit(steps):
            return f"{steps:,} steps taken, as asked"
        case StepLimitOfRank(steps, rank, share, since):
            reached = "" if since is None else f", {share:.0%} of it since step {since:,}"
            return f"{steps:,} steps taken; effective rank {rank:.1f}{reached}"
        case Worded(text):
            return text


def notice_text(notice: Notice | None, name: Callable[[str], str] = option_name) -> str:
    """Return in a sentence why a run stands where it stands, or did not do what it was asked; empty for None.

    Settings are called as `name` says.
    """
    match notice:
        case None | Asked():
            return ""
        case GoalReached():
            return f"Reached: {_reached(notice)}."
        case GoalMissed(goal):
            return f"The goal {printable(goal_text(goal))} was not reached."
        case CommandRefused(error):
            return error.sentence(name)
        case RunEnded(folder, lost):
            resumes = f"`qwem-tui resume {printable(str(folder))}` continues it"
            if lost:
                return f"The run's process ended without a word, killed perhaps: {resumes}, from its latest checkpoint."
            return f"The run was stopped, its state saved: {resumes}."
        case ResumedElsewhere(folder):
            shown = printable(str(folder))
            return f"Another process continues this run, resumed elsewhere: `qwem-tui attach {shown}` shows it."
        case Worded(text):
            return text


def _reached(notice: GoalReached) -> str:
    match notice.goal:
        case StepReached(step):
            return f"step {step:,}"
        case TimeReached(units):
            return f"t / {notice.time_name} = {units:g}"
        case ModesLearned(count):
            return f"mode {count} learned"
        case LossBelow(loss):
            return f"loss below {loss:g}"
        case CategoryCrossed():
            return ", ".join(f"{printable(each.name)} crossed {each.threshold:.0%}" for each in notice.crossed)


def fault_text(fault: Fault | None, ended: bool = False) -> str:
    """Return why a run had to be paused, where it stands and what helps; empty for None.

    `ended`: its process has ended too, so that it is no longer paused but stopped.
    """
    match fault:
        case None:
            return ""
        case Worded(text):
            return text
        case Paused(cause, fraction, position):
            match cause:
                case LossNotFinite(step):
                    what = f"The loss was no longer a number at step {step:,}"
                case LossGrew(step, least, loss):
                    what = f"The loss grew from {least:.4f} to {loss:.4f} by step {step:,}"
                case LossStalled(loss, least):
                    what = f"The loss settled at {loss:.4f}, above the {least:.4f} that it had come to"
            state = "stopped" if ended else "paused"
            good = "" if isinstance(cause, LossStalled) else ", the last good one"
            return (
                f"{what}, with a step size of {fraction:.2g} of the stability limit: {state} at step "
                f"{position.step:,}{good} {position_text(position)}"
            )


def position_text(position: Position) -> str:
    """Return the loss where a run stands that had to be paused, where it was least, and what helps."""
    smaller = "continue with a smaller step size"
    if position.least >= position.loss:
        return f"(loss {position.loss:.4f}, the least so far); {smaller}."
    here = f"(loss {position.loss:.4f}). The least loss was {position.least:.4f} at step {position.least_step:,}"
    best = position.best_saved
    if best is None:
        return f"{here}, and no checkpoint has less than step {position.step:,}: {smaller}."
    which = (
        "of which there is a checkpoint"
        if best.step == position.least_step
        else f"that of the checkpoints {best.loss:.4f} at step {best.step:,}"
    )
    return f"{here}, {which}: go back to it, or {smaller}."
