"""The frames of a run as CSV (RFC 4180)."""

from __future__ import annotations

import codecs
import csv
import math
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from qwem_tui.base.atomic import atomic_output
from qwem_tui.engine.frame import Frame

_COLUMNS = (
    "step", "t", "t_over_tau1", "loss", "modes_learned", "effective_rank", "participation_ratio", "overall_accuracy",
)  # fmt: skip


def _cell(value: float | None) -> str:
    return "" if value is None or math.isnan(value) else repr(float(value))


def _row(frame: Frame, tau_1: float | None, categories: int) -> list[str | int]:
    accuracies = [None] * categories if frame.accuracies is None else frame.accuracies.tolist()
    if len(accuracies) != categories:
        raise ValueError(f"step {frame.step} has {len(accuracies)} accuracies for {categories} categories")
    return [
        frame.step,
        _cell(frame.t),
        _cell(None if tau_1 is None else frame.t / tau_1),
        _cell(frame.loss),
        "" if frame.modes_learned is None else frame.modes_learned,
        _cell(frame.effective_rank),
        _cell(frame.participation_ratio),
        _cell(frame.overall_accuracy),
        *map(_cell, accuracies),
        *map(_cell, frame.singular_values.tolist()),
    ]


def write_metrics_csv(
    frames: Sequence[Frame], category_names: Sequence[str], tau_1: float | None, target: Path | BinaryIO
) -> None:
    """Write frames to `target`, a path or a binary stream, as UTF-8: a header, then one row a frame.

    `tau_1` > 0 is in units of t; None where the trainer has none. Accuracies are in [0, 1]. A cell is empty where a
    value was not evaluated or is not a number. Raises QwemError where the file cannot be written.
    """
    dim = len(frames[0].singular_values) if frames else 0
    accuracies = [f"accuracy[{name}]" for name in category_names]
    with atomic_output(target) as stream:
        # unlike io.TextIOWrapper it never closes a stream that is not ours
        rows = csv.writer(codecs.getwriter("utf-8")(stream))
        rows.writerow([*_COLUMNS, *accuracies, *(f"s{mode}" for mode in range(1, dim + 1))])
        rows.writerows(_row(frame, tau_1, len(category_names)) for frame in frames)
