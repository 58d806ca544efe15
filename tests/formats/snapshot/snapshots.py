"""Snapshots and frames for the tests of the folder to take home."""

from __future__ import annotations

import numpy as np

from qwem_tui.engine.frame import Frame, Snapshot
from tests.vectors.tables import table


def snapshot() -> Snapshot:
    """Return a snapshot with words that are hard to write, and float32 of every size."""
    taken = table()
    return Snapshot(1234, 0.5, taken.words, taken.counts, np.asarray(taken.vectors, np.float32))


def frame(step: int, accuracies: list[float] | None, overall: float | None, loss: float = 0.25) -> Frame:
    """Return a frame of two modes and as many categories as there are accuracies."""
    return Frame(
        step=step,
        t=step * 0.1,
        loss=loss,
        singular_values=np.array([1 / 3, 1e-4]),
        modes_learned=1,
        effective_rank=1.5,
        participation_ratio=1.25,
        accuracies=None if accuracies is None else np.array(accuracies),
        overall_accuracy=overall,
        steps_per_second=100.0,
    )
