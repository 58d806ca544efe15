"""Snapshots and frames for the tests of formats."""

from __future__ import annotations

import numpy as np

from qwem_tui.engine.frame import Frame, Snapshot

WORDS = ("the", "naïve", "北京", "o'clock", "\\u", "\\u0020", "e\u0301", "=1+1", '"quoted",', "#", "🦊", "Q")


def snapshot(dim: int = 5, seed: int = 0) -> Snapshot:
    """Return a snapshot with words that are hard to write, and float32 of every size."""
    rng = np.random.default_rng(seed)
    vectors = (rng.normal(size=(len(WORDS), dim)) * 10.0 ** rng.integers(-44, 38, size=(len(WORDS), dim))).astype("f4")
    info = np.finfo(np.float32)
    vectors[0] = [0.0, -0.0, info.max, info.smallest_subnormal, 0.1][:dim]
    vectors[1] = [1e16, 1e-5, 16777216.0, 1 / 3, -info.tiny][:dim]
    counts = np.arange(len(WORDS), 0, -1, dtype=np.int64) * 2**33
    return Snapshot(1234, 0.5, WORDS, counts, vectors)


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
