"""NumPy's .npz."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from qwem_tui.base.atomic import atomic_output
from qwem_tui.base.errors import QwemError
from qwem_tui.base.printable import printable
from qwem_tui.vectors.table import WordVectors


def write_npz(table: WordVectors, target: Path | BinaryIO, **scalars: Any) -> None:
    """Write a table to `target`, a path or a binary stream, so that it loads with `allow_pickle=False`.

    The arrays: `words` (V,) of fixed-width unicode, `vectors` (V, d) float32, `counts` (V,) int64, and the `scalars` by
    their names. Raises QwemError where the file cannot be written, or a word ends with NUL.
    """
    for word in table.words:
        if word.endswith("\0"):
            raise QwemError(
                f"The word {printable(word)} ends with a NUL character, which NumPy's format drops: remove it."
            )
    with atomic_output(target) as stream:
        np.savez(
            stream,
            words=np.array(table.words, dtype=np.str_),
            vectors=np.asarray(table.vectors, np.float32),
            counts=np.asarray(table.counts, np.int64),
            **scalars,
        )
