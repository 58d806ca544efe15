from __future__ import annotations

import io
import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors
from hypothesis import given, settings
from hypothesis import strategies as st

from qwem_tui.vectors.table import WordVectors
from qwem_tui.vectors.word2vec_text import escape, write_word2vec_text
from tests.vectors.tables import table

WHITE_SPACE = [chr(code) for code in range(sys.maxunicode + 1) if chr(code).isspace()]


def unescape(written: str) -> str:
    """Return the word that `escape` made `written` of."""
    return re.sub(r"\\u([0-9a-f]{4})", lambda match: chr(int(match[1], 16)), written)


def written(taken: WordVectors) -> bytes:
    stream = io.BytesIO()
    write_word2vec_text(taken, stream)
    return stream.getvalue()


def test_golden_bytes() -> None:
    vectors = np.array([[0.1, -1 / 3, 1e-7], [1e16, 0, 2]], np.float32)
    taken = WordVectors(("der", "große See"), np.array([2, 1]), vectors)
    assert written(taken) == (
        b"2 3\n"
        b"der 0.1 -0.33333334 1e-07\n"
        b"gro\xc3\x9fe\\u0020See 1e+16 0.0 2.0\n"
    )  # fmt: skip


@pytest.mark.parametrize("space", WHITE_SPACE)
def test_gensim_reads_it_to_the_bit(tmp_path: Path, space: str) -> None:
    taken = table()
    taken = replace(taken, words=(f"new{space}york", f"{space}x{space}", *taken.words[2:]))
    path = tmp_path / "vectors.txt"
    write_word2vec_text(taken, path)
    loaded = KeyedVectors.load_word2vec_format(str(path), binary=False)
    assert tuple(map(unescape, loaded.index_to_key)) == taken.words
    assert loaded.vectors.dtype == np.float32
    assert loaded.vectors.tobytes() == taken.vectors.tobytes()


def test_readers_that_split_on_any_white_space_find_the_columns() -> None:
    taken = table()
    words = [*WHITE_SPACE, *taken.words]
    vectors = np.ones((len(words), 3), np.float32)
    lines = written(WordVectors(tuple(words), np.ones(len(words), np.int64), vectors)).decode().splitlines()
    assert lines[0] == f"{len(words)} 3"
    assert [len(line.split()) for line in lines[1:]] == [4] * len(words)


def test_numbers_are_the_shortest_for_their_32_bits() -> None:
    taken = table()
    numbers = [number for line in written(taken).decode().splitlines()[1:] for number in line.split(" ")[1:]]
    for number, value in zip(numbers, taken.vectors.ravel(), strict=True):
        assert np.float32(number).tobytes() == value.tobytes()
        digits = len(number.split("e")[0].replace(".", "").replace("-", "").strip("0"))
        shorter = f"{value:.{max(digits - 2, 0)}e}"
        assert digits <= 1 or float(np.float32(shorter)) != float(value)


@pytest.mark.parametrize(
    ("word", "plain"),
    [
        ("plain", "plain"),
        ("two words", r"two\u0020words"),
        ("a\u3000b\n", r"a\u3000b\u000a"),
        (r"\frac", r"\frac"),
        (r"\u", r"\u"),
        (r"\u002", r"\u002"),
        (r"\u0020", r"\u005cu0020"),
        (r"\\u0020", r"\\u005cu0020"),
        ("\\ u0020", r"\\u0020u0020"),
    ],
)
def test_escapes(word: str, plain: str) -> None:
    assert escape(word) == plain
    assert unescape(plain) == word


words = st.text() | st.text(st.sampled_from("\\u0025c \x85"))


@given(words)
@settings(max_examples=500, deadline=None)
def test_every_word_comes_back_from_text_without_white_space(word: str) -> None:
    assert unescape(escape(word)) == word
    assert not any(character.isspace() for character in escape(word))


def test_words_and_rows_must_match() -> None:
    taken = table()
    with pytest.raises(ValueError, match="argument 2 is longer"):
        written(replace(taken, words=taken.words[:-1]))
