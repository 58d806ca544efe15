from __future__ import annotations

import io
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from qwem_tui.base.errors import QwemError
from qwem_tui.vectors.npz import write_npz
from qwem_tui.vectors.table import WordVectors
from tests.vectors.tables import table


def test_numpy_loads_it_without_pickle(tmp_path: Path) -> None:
    taken = table()
    write_npz(taken, tmp_path / "vectors", step=np.int64(1234), t=np.float64(0.5))
    assert os.listdir(tmp_path) == ["vectors"]
    with np.load(tmp_path / "vectors", allow_pickle=False) as loaded:
        assert sorted(loaded) == ["counts", "step", "t", "vectors", "words"]
        assert loaded["words"].dtype.kind == "U"
        assert tuple(loaded["words"].tolist()) == taken.words
        assert loaded["vectors"].dtype == np.float32
        assert loaded["vectors"].tobytes() == taken.vectors.tobytes()
        assert loaded["counts"].dtype == np.int64
        assert loaded["counts"].tolist() == taken.counts.tolist()
        assert loaded["step"].dtype == np.int64
        assert loaded["step"] == 1234
        assert loaded["t"].dtype == np.float64
        assert loaded["t"] == 0.5


def test_it_is_not_compressed() -> None:
    stream = io.BytesIO()
    write_npz(table(), stream)
    with zipfile.ZipFile(stream) as archive:
        assert {member.compress_type for member in archive.infolist()} == {zipfile.ZIP_STORED}


@pytest.mark.parametrize("order", ["strided", "fortran"])
def test_rows_are_the_words_however_they_lie_in_memory(order: str) -> None:
    taken = table(dim=4)
    wide = np.repeat(taken.vectors, 2, axis=1)[:, ::2] if order == "strided" else np.asfortranarray(taken.vectors)
    stream = io.BytesIO()
    write_npz(replace(taken, vectors=wide), stream)
    stream.seek(0)
    with np.load(stream, allow_pickle=False) as loaded:
        np.testing.assert_array_equal(loaded["vectors"], taken.vectors)


def test_word_that_the_format_would_change_is_refused(tmp_path: Path) -> None:
    taken = table()
    with pytest.raises(QwemError, match=r"The word a\\x00 ends with a NUL"):
        write_npz(replace(taken, words=("a\0", *taken.words[1:])), tmp_path / "vectors.npz")
    assert os.listdir(tmp_path) == []


words = st.text(st.characters(exclude_categories=["Cs"])).filter(lambda word: not word.endswith("\0"))


@given(st.data())
@settings(deadline=None)
def test_words_counts_and_vectors_come_back(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 6))
    names = data.draw(st.lists(words, min_size=size, max_size=size, unique=True))
    counts = data.draw(arrays.arrays(np.int64, size))
    vectors = data.draw(arrays.arrays(np.float32, (size, data.draw(st.integers(1, 4)))))
    stream = io.BytesIO()
    write_npz(WordVectors(tuple(names), counts, vectors), stream)
    stream.seek(0)
    with np.load(stream, allow_pickle=False) as loaded:
        assert loaded["words"].tolist() == names
        assert loaded["counts"].tobytes() == counts.tobytes()
        assert loaded["vectors"].tobytes() == vectors.tobytes()
