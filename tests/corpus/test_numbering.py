"""Words as numbers: what is compiled for long texts in ASCII gives what the tokenizers give."""

from __future__ import annotations

import numpy as np
import pytest

from qwem_tui.base.errors import QwemError
from qwem_tui.corpus import ascii_words, numbering
from qwem_tui.corpus.ascii_words import AsciiWords
from qwem_tui.corpus.numbering import LONGEST_WORD, Numbering
from qwem_tui.corpus.tokenizers import ASCII_TABLES, BETWEEN, Tokenizer, letters, whitespace
from tests.conftest import little_text

#: Every character of ASCII but NUL, words at both ends, none at all, not in ASCII, met again in another case.
DOCUMENTS = (
    "the CAT sat on the mat",
    "naïve cafés über the mat 東京 Zürich zurich",
    "".join(chr(code) for code in range(1, 128)) * 3,
    "",
    " \t\n\x0b\x0c\r\x1c\x1d\x1e\x1f ",
    "zurich the a",
    "don't stop-me now2go 3x",
    "x" * 1000 + " " + "x" * 999,
    "東京 über new words and naïve",
    "and words new",
    "z" * 1001 + " zz " + "Z" * 1001 + " zurich",
    little_text(),
)


def numbered(tokenizer: Tokenizer, documents: tuple[str, ...]) -> tuple[list[str], list[list[int]]]:
    found = Numbering(tokenizer)
    numbers = [list(map(int, found.numbers(document))) for document in documents]
    assert found.too_long == 2
    assert len(found) == len(list(found))
    return list(found), numbers


@pytest.fixture
def _compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbering, "_WORTH_COMPILING", 0)
    monkeypatch.setattr(numbering, "_WORTH_CALLING", 0)


@pytest.mark.parametrize("tokenizer", [letters, whitespace])
@pytest.mark.parametrize("at_once", [1, 7, 1 << 16])
@pytest.mark.usefixtures("_compiled")
def test_compiled_numbers_are_those_of_the_tokenizer(
    tokenizer: Tokenizer, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ascii_words, "_AT_ONCE", at_once)
    words, numbers = numbered(tokenizer, DOCUMENTS)
    known: dict[str, int] = {}
    expected = [
        [*(known.setdefault(token, len(known)) for token in tokenizer(document) if len(token) <= LONGEST_WORD)]
        for document in DOCUMENTS
    ]
    assert numbers == expected
    assert words == list(known)


def test_both_ways_may_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    by_tokenizer = numbered(letters, DOCUMENTS)
    monkeypatch.setattr(numbering, "_WORTH_COMPILING", 60)
    monkeypatch.setattr(numbering, "_WORTH_CALLING", 15)
    assert numbered(letters, DOCUMENTS) == by_tokenizer
    monkeypatch.setattr(numbering, "_WORTH_COMPILING", 10**9)
    assert numbered(letters, DOCUMENTS) == by_tokenizer


def test_many_words_are_kept_apart_and_found_again() -> None:
    generator = np.random.default_rng(0)
    words = ["".join(generator.choice(list("abcdefghij"), size)) for size in generator.integers(1, 12, 30_000)]
    found = AsciiWords(np.frombuffer(ASCII_TABLES[letters], np.uint8), BETWEEN, LONGEST_WORD)
    first = dict.fromkeys(words)
    numbers, _ = found.numbers(" ".join(words).encode())
    assert [found.word(number) for number in numbers] == words
    assert len(found) == len(first)
    np.testing.assert_array_equal(found.numbers("\n".join(first).encode())[0], np.arange(len(first)))


def test_words_that_share_a_hash_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    found = AsciiWords(np.frombuffer(ASCII_TABLES[letters], np.uint8), BETWEEN, LONGEST_WORD)
    first, _ = found.numbers(b"one two three four five")
    # as if all had one hash: letters alone tell
    found._hashes[:] = found._hashes[0]
    found._slots[:] = -1
    for number in range(len(found)):
        found._enter(number)
    assert found.numbers(b"one")[0][0] == first[0]
    # 'five', looked for by its own hash, is a new word now; 'one' is found among five of one hash
    assert found.word(int(found.numbers(b"one")[0][0])) == "one"
    assert found.word(int(found.numbers(b"five")[0][0])) == "five"


@pytest.mark.parametrize("compiling", [0, 10**9])
def test_a_nul_in_a_word_is_refused_where_it_is_read(compiling: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbering, "_WORTH_COMPILING", compiling)
    monkeypatch.setattr(numbering, "_WORTH_CALLING", 0)
    found = Numbering(whitespace)
    found.numbers("a b")
    with pytest.raises(QwemError, match=r"a NUL in the word b\\x00\\x1b\[m: it is binary"):
        found.numbers("a b\0\x1b[m")
    # letters have none
    assert list(Numbering(letters).numbers("a b\0c")) == [0, 1, 2]


def test_a_word_of_other_letters_may_not_be_longer_either() -> None:
    found = Numbering(letters)
    assert found.numbers("\u00e9" * 1000 + " a " + "\u00e9" * 1001) == [0, 1]
    assert found.too_long == 1
