"""A table of word vectors, wherever it comes from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class WordVectors:
    """Words with their counts (V,) int64, by descending frequency, and their vectors (V, d) float."""

    words: tuple[str, ...]
    counts: NDArray[np.int64]
    vectors: NDArray[np.floating]
