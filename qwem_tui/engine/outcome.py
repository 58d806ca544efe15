"""Why a run is done, was paused, or refused a command: values, which `outcome_text` puts into words."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from qwem_tui.base.codec import Count, Finite
from qwem_tui.base.errors import QwemError
from qwem_tui.engine.goals import Goal, ReachedThreshold

# why a run is done


class LossSettled(Struct, frozen=True, tag_field="kind", tag="loss-settled"):
    """All `modes` are learned and the loss has settled."""

    modes: Count


class TimeOver(Struct, frozen=True, tag_field="kind", tag="time-over"):
    """`learned` of `modes` modes are learned after `patience` times the time in which the loss was to settle."""

    learned: Count
    modes: Count
    patience: Finite


class StepLimit(Struct, frozen=True, tag_field="kind", tag="step-limit"):
    """The `steps` that were asked for are taken."""

    steps: Count


class StepLimitOfRank(Struct, frozen=True, tag_field="kind", tag="step-limit-of-rank"):
    """All `steps` are taken, and nothing else tells how far the run is but its effective rank.

    `effective_rank` is that of the last frame; `since` is the step at which it first reached `share` of that after
    its dip at the start, None where that is not known.
    """

    steps: Count
    effective_rank: Finite
    share: Finite
    since: Count | None


class Worded(Struct, frozen=True, tag_field="kind", tag="worded"):
    """Known only in words, because a process of another version says it."""

    text: str


Completion = LossSettled | TimeOver | StepLimit | StepLimitOfRank | Worded

# why it stands where it stands though nothing is wrong, or does not do what it was asked


class GoalReached(Struct, frozen=True, tag_field="kind", tag="goal-reached"):
    """The run paused where `goal` was reached; `crossed` are the categories that crossed there, where it is about one.

    `time_name` is what the unit of t is called.
    """

    goal: Goal
    time_name: str
    crossed: tuple[ReachedThreshold, ...] = ()


class GoalMissed(Struct, frozen=True, tag_field="kind", tag="goal-missed"):
    """The run is done, and `goal` was not reached."""

    goal: Goal


class Asked(Struct, frozen=True, tag_field="kind", tag="asked"):
    """The run paused because it was asked to, or has taken the steps that it was asked for."""


class CommandRefused(Struct, frozen=True, tag_field="kind", tag="command-refused"):
    """A command was not carried out; `error` says why."""

    error: QwemError


class RunEnded(Struct, frozen=True, tag_field="kind", tag="run-ended"):
    """The process of the run in `folder` ended before the run was done; `lost`: without a farewell."""

    folder: Path
    lost: bool


class ResumedElsewhere(Struct, frozen=True, tag_field="kind", tag="resumed-elsewhere"):
    """Another process has resumed the run in `folder`, whose own has ended."""

    folder: Path


Notice = GoalReached | GoalMissed | Asked | CommandRefused | RunEnded | ResumedElsewhere | Worded

# what was wrong with a run that had to be paused


class LossNotFinite(Struct, frozen=True, tag_field="kind", tag="loss-not-finite"):
    """The loss was not a number, or infinite, at `step`."""

    step: Count


class LossGrew(Struct, frozen=True, tag_field="kind", tag="loss-grew"):
    """The loss grew from `least` to `loss` by `step`."""

    step: Count
    least: Finite
    loss: Finite


class LossStalled(Struct, frozen=True, tag_field="kind", tag="loss-stalled"):
    """The loss settled at `loss`, above the `least` it had: full batches cannot follow steps of this size."""

    loss: Finite
    least: Finite


class SavedLoss(Struct, frozen=True):
    """A checkpoint of `step`, at which the loss was `loss`."""

    step: Count
    loss: Finite


class Position(Struct, frozen=True):
    """Where a run stands that had to be paused: `step` and `loss`, the least loss so far and its step.

    `best_saved` is the checkpoint with the least loss; None where none is below `loss`.
    """

    step: Count
    loss: Finite
    least_step: Count
    least: Finite
    best_saved: SavedLoss | None


class Paused(Struct, frozen=True, tag_field="kind", tag="paused"):
    """The run had to be paused at `position`, its last good state, at a step size of `fraction` of the limit."""

    cause: LossNotFinite | LossGrew | LossStalled
    fraction: Finite
    position: Position


Fault = Paused | Worded
