"""What may be asked of a running engine."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field

from qwem_tui.engine.frame import Snapshot
from qwem_tui.engine.goals import Goal
from qwem_tui.study.config import check_step_fraction


@dataclass(frozen=True)
class Pause:
    """Stop stepping after the step at hand."""


@dataclass(frozen=True)
class Resume:
    """Step on until done."""


@dataclass(frozen=True)
class Step:
    """Take `count` steps, then pause; added to those under way."""

    count: int = 1


@dataclass(frozen=True)
class RunUntil:
    """Step until `goal` is reached, then pause; a goal that is behind, or out of reach, is refused with a notice."""

    goal: Goal


@dataclass(frozen=True)
class SetPace:
    """Take at most `steps_per_second` steps; None: as many as possible."""

    steps_per_second: float | None


@dataclass(frozen=True)
class SetStepSize:
    """From the next step on use a step size of `fraction` of the stability limit; 1 or more only where `forced`.

    Making one raises SettingError where it cannot work.
    """

    fraction: float
    forced: bool = False

    def __post_init__(self) -> None:
        """Raise SettingError where such a step size cannot work."""
        check_step_fraction(self.fraction, self.forced)


@dataclass(frozen=True)
class SaveCheckpoint:
    """Keep the state as it is in a checkpoint; answers with its step, or None where it could not be written."""

    reply: Future[int | None] = field(default_factory=Future)


@dataclass(frozen=True)
class TakeSnapshot:
    """Answer with the embeddings as they are between two steps."""

    reply: Future[Snapshot] = field(default_factory=Future)


Command = Pause | Resume | Step | RunUntil | SetPace | SetStepSize | SaveCheckpoint | TakeSnapshot
