"""The lines of frames.jsonl: frames, changes of the step size, rewindings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from qwem_tui.base.codec import Count, Finite, NotNegative, Positive, Share, decode, encode
from qwem_tui.base.errors import QwemError
from qwem_tui.engine.frame import Frame
from qwem_tui.engine.timeline import StepSizeChange

NAME = "frames.jsonl"


class _FrameLine(Struct, frozen=True, gc=False):
    """A frame as `frame_line` writes it: the fields of `Frame`, what is not a number null."""

    step: Count
    t: NotNegative
    loss: Finite | None
    singular_values: list[NotNegative | None]
    modes_learned: Count | None
    effective_rank: NotNegative | None
    participation_ratio: NotNegative | None
    accuracies: list[Share | None] | None
    overall_accuracy: Share | None
    steps_per_second: NotNegative


class _ChangeLine(Struct, frozen=True):
    step_size: Positive
    from_step: Count


class _RewoundLine(Struct, frozen=True):
    rewound_to: Count


@dataclass(frozen=True)
class Rewound:
    """Frames and changes after step `step`, written so far, do not count: the run resumed from there."""

    step: int


@dataclass(frozen=True)
class Sizes:
    """How many singular values (`dim`) and accuracies (`categories`) the frames of a run have."""

    dim: int
    categories: int


def frame_line(frame: Frame) -> str:
    """Return a frame as one line of JSON without its newline; what is not a number is null."""
    return encode(frame)


def change_line(change: StepSizeChange) -> str:
    """Return a change of the step size as one line of JSON without its newline."""
    return encode(_ChangeLine(change.step_size, change.step))


def rewound_line(step: int) -> str:
    """Return the line, without its newline, that says that the run resumed from `step`."""
    return encode(_RewoundLine(step))


class LineReader:
    """Decodes the lines of frames.jsonl one after another; damaged ones are left out and counted."""

    def __init__(self, sizes: Sizes | None) -> None:
        """Begin before line 1; frames of other `sizes` are damaged (None: not known, any will do)."""
        self._sizes = sizes
        self._line = 0
        self._first = ""
        #: how many lines were left out
        self.left_out = 0

    def take(self, line: bytes) -> Frame | StepSizeChange | Rewound | None:
        """Return what the next whole line says, without its newline; None where it is left out."""
        self._line += 1
        try:
            return self._decoded(line, f"{NAME}, line {self._line}")
        except QwemError as error:
            self._first = self._first or str(error)
            self.left_out += 1
            return None

    @property
    def problem(self) -> str | None:
        """Return in a sentence how many lines were left out, and why the first was; None where none was."""
        if not self.left_out:
            return None
        if self.left_out == 1:
            return f"{NAME} has a damaged line, left out: {self._first}"
        return f"{NAME} has {self.left_out:,} damaged lines, left out; the first: {self._first}"

    def _decoded(self, line: bytes, where: str) -> Frame | StepSizeChange | Rewound:
        # no line but these two holds such a key, and none holds a text
        if b'"rewound_to"' in line:
            return Rewound(decode(_RewoundLine, line, where).rewound_to)
        if b'"from_step"' in line:
            change = decode(_ChangeLine, line, where)
            return StepSizeChange(change.from_step, change.step_size)
        frame = decode(_FrameLine, line, where)
        if self._sizes is not None:
            _check_length(len(frame.singular_values), self._sizes.dim, f"{where}, singular_values")
            if frame.accuracies is not None:
                _check_length(len(frame.accuracies), self._sizes.categories, f"{where}, accuracies")
        return Frame(
            frame.step,
            frame.t,
            _number(frame.loss),
            _array(frame.singular_values),
            frame.modes_learned,
            _number(frame.effective_rank),
            _number(frame.participation_ratio),
            None if frame.accuracies is None else _array(frame.accuracies),
            frame.overall_accuracy,
            frame.steps_per_second,
        )


def _check_length(found: int, wanted: int, where: str) -> None:
    if found != wanted:
        raise QwemError(f"{where}: expected {wanted:,} numbers, got {found:,}.")


def _number(value: float | None) -> float:
    return float("nan") if value is None else value


def _array(values: list[float | None]) -> NDArray[np.float64]:
    """Return `values` as an array, None as NaN."""
    return np.array(values, np.float64)
