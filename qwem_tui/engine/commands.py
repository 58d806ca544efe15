"""What may be asked of a running engine."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field

from qwem_tui.engine.frame import Snapshot


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
class SetPace:
    """Take at most so many steps per second; None: as many as possible."""

    steps_per_second: float | None


@dataclass(frozen=True)
class TakeSnapshot:
    """Answer with the embeddings as they are between two steps."""

    reply: Future[Snapshot] = field(default_factory=Future)


Command = Pause | Resume | Step | SetPace | TakeSnapshot
