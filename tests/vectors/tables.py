"""Tables of word vectors for the tests of readers and writers."""

from __future__ import annotations

import numpy as np

from qwem_tui.vectors.table import WordVectors

WORDS = ("the", "naïve", "北京", "o'clock", "\\u", "\\u0020", "e\u0301", "=1+1", '"quoted",', "#", "🦊", "Q")


def table(dim: int = 5, seed: int = 0) -> WordVectors:
    """Return a table with words that are hard to write, and float32 of every size."""
    rng = np.random.default_rng(seed)
    vectors = (rng.normal(size=(len(WORDS), dim)) * 10.0 ** rng.integers(-44, 38, size=(len(WORDS), dim))).astype("f4")
    info = np.finfo(np.float32)
    vectors[0] = [0.0, -0.0, info.max, info.smallest_subnormal, 0.1][:dim]
    vectors[1] = [1e16, 1e-5, 16777216.0, 1 / 3, -info.tiny][:dim]
    counts = np.arange(len(WORDS), 0, -1, dtype=np.int64) * 2**33
    return WordVectors(WORDS, counts, vectors)
