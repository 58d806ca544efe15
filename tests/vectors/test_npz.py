from __future__ import annotations

import io
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from qwem_tui.base.errors import QwemError
from qwem_tui.vectors.npz import write_npz
from tests.vectors.snapshots import snapshot


def test_numpy_loads_it_without_pickle(tmp_path: Path) -> None:
    taken = snapshot()
    write_npz(taken.table, tmp_path / "vectors", step=np.int64(taken.step), t=np.float64(taken.t))
    assert os.listdir(tmp_path) == ["vectors"]
    with np.load(tmp_path / "vectors", allow_pickle=False) as loaded:
        assert sorted(loaded) == ["counts", "step", "t", "vectors", "words"]
        assert loaded["words"].dtype.kind == "U"
        assert tuple(loaded["words"].tolist()) == taken.words
        assert loaded["vectors"].dtype == np.float32
        assert loaded["vectors"].tobytes() == taken.embeddings.tobytes()
        assert loaded["counts"].dtype == np.int64
        assert loaded["counts"].tolist() == taken.counts.tolist()
        assert loaded["step"].dtype == np.int64
        assert loaded["step"] == 1234
        assert loaded["t"].dtype == np.float64
        assert loaded["t"] == 0.5


def test_it_is_not_compressed() -> None:
    stream = io.BytesIO()
    write_npz(snapshot().table, stream)
    with zipfile.ZipFile(stream) as archive:
        assert {member.compress_type for member in archive.infolist()} == {zipfile.ZIP_STORED}


@pytest.mark.parametrize("order", ["strided", "fortran"])
def test_rows_are_the_words_however_they_lie_in_memory(order: str) -> None:
    taken = snapshot(dim=4)
    wide = np.repeat(taken.embeddings, 2, axis=1)[:, ::2] if order == "strided" else np.asfortranarray(taken.embeddings)
    stream = io.BytesIO()
    write_npz(replace(taken, embeddings=wide).table, stream)
    stream.seek(0)
    with np.load(stream, allow_pickle=False) as loaded:
        np.testing.assert_array_equal(loaded["vectors"], taken.embeddings)


def test_word_that_the_format_would_change_is_refused(tmp_path: Path) -> None:
    taken = snapshot()
    with pytest.raises(QwemError, match=r"The word a\\x00 ends with a NUL"):
        write_npz(replace(taken, words=("a\0", *taken.words[1:])).table, tmp_path / "vectors.npz")
    assert os.listdir(tmp_path) == []
