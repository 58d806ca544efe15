from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from qwem_tui.base.errors import UsageError
from qwem_tui.study.word_query import (
    Analogy,
    Answers,
    Ends,
    EndsOfMode,
    Nearest,
    NearestTo,
    NoSuchMode,
    Query,
    RightFrom,
    Unknown,
    answer_query,
    parse_query,
    query_text,
    right_from_size,
    right_from_step,
    row_of,
)
from qwem_tui.theory.spectrum import Spectrum
from qwem_tui.vectors.queries import UnitVectors

WORDS = ("man", "king", "woman", "queen", "a:b")
INDEX = {word: row for row, word in enumerate(WORDS)}
#: queen = king - man + woman exactly
PLANE = np.array([[1, 0], [1, 1], [-1, 0.1], [-1, 1.1], [0, -1]], np.float32)


def spectrum_of(vectors: torch.Tensor, eigenvalues: list[float]) -> Spectrum:
    values = torch.tensor(eigenvalues, dtype=torch.float64)
    return Spectrum(values, vectors.double(), -9.0, -1.0, torch.zeros(len(vectors), dtype=torch.float64), 0.0)


SPECTRUM = spectrum_of(torch.tensor([[0.1, 0.5], [0.9, -0.5], [-0.3, 0.5], [0.0, -0.5], [0.2, 0.1]]), [4.0, 1.0])


@pytest.mark.parametrize(
    ("text", "query"),
    [
        (" King ", NearestTo("king")),
        ("man king woman", Analogy("man", "king", "woman")),
        ("man : king :: woman : ?", Analogy("man", "king", "woman")),
        ("man:king::woman:queen", Analogy("man", "king", "woman", "queen")),
        ("man king woman queen", Analogy("man", "king", "woman", "queen")),
        ("a:b", NearestTo("a:b")),
        (":mode 7", EndsOfMode(7)),
        (":m12", EndsOfMode(12)),
    ],
)
def test_what_is_typed_is_read(text: str, query: Query) -> None:
    assert parse_query(text, str.lower, INDEX) == query


@pytest.mark.parametrize("text", ["", "man king", "a b c d e", ":mode", ":mode 0", ": : ::"])
def test_what_is_no_question_is_refused_with_how_to_ask(text: str) -> None:
    with pytest.raises(UsageError, match=r" is no question: type a word, the words of an analogy .*, or :mode 7\."):
        parse_query(text, str.lower, INDEX)


_word = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=5)


@given(st.one_of(_word.map(NearestTo), st.builds(Analogy, _word, _word, _word, st.none() | _word)))
def test_a_query_as_text_is_read_back(query: Query) -> None:
    assert parse_query(query_text(query), str, {}) == query


def test_answers_with_the_place_of_the_right_one() -> None:
    found = answer_query(Analogy("man", "king", "woman", "queen"), UnitVectors(PLANE), WORDS, INDEX, SPECTRUM)
    assert isinstance(found, Answers)
    assert [WORDS[each.row] for each in found.words] == ["queen", "a:b"]
    assert found.place == 1
    assert found.score == pytest.approx(found.words[0].score)
    wrong = answer_query(Analogy("man", "king", "woman", "a:b"), UnitVectors(PLANE), WORDS, INDEX, SPECTRUM)
    assert isinstance(wrong, Answers)
    assert wrong.place == 2
    asked = answer_query(Analogy("man", "king", "woman", "king"), UnitVectors(PLANE), WORDS, INDEX, SPECTRUM)
    assert isinstance(asked, Answers)
    assert (asked.place, asked.score) == (None, None)


def test_neighbours_modes_and_what_is_not_there() -> None:
    vectors = UnitVectors(PLANE)
    near = answer_query(NearestTo("woman"), vectors, WORDS, INDEX, SPECTRUM, 1)
    assert isinstance(near, Nearest)
    assert [WORDS[each.row] for each in near.words] == ["queen"]
    mode = answer_query(EndsOfMode(1), vectors, WORDS, INDEX, SPECTRUM, 2)
    assert isinstance(mode, Ends)
    assert (mode.eigenvalue, [each.row for each in mode.high], [each.row for each in mode.low]) == (4.0, [1, 4], [2])
    query = EndsOfMode(3)
    assert answer_query(query, vectors, WORDS, INDEX, SPECTRUM) == NoSuchMode(query, 2)
    asked = Analogy("man", "kin", "woman")
    assert answer_query(asked, vectors, WORDS, INDEX, SPECTRUM) == Unknown(asked, "kin", ("king",))
    assert row_of(asked, INDEX) is None
    assert row_of(Analogy("man", "king", "woman"), INDEX) is None


def test_the_size_from_which_the_closed_form_is_right() -> None:
    rng = np.random.default_rng(5)
    vectors = torch.linalg.qr(torch.from_numpy(rng.normal(size=(12, 8)))).Q
    basis = spectrum_of(vectors, [9.0, 8.0, 6.0, 5.0, 4.0, 2.0, 1.0, -1.0])
    sizes = range(2, 8)
    for answer in range(3, 12):
        question = np.array([[0, 1, 2, answer]], np.int64)
        places = [
            UnitVectors((basis.vectors * basis.eigenvalues.abs().sqrt())[:, :d].numpy()).rank(0, 1, 2, answer)
            for d in sizes
        ]
        right = [d for d, placed in zip(sizes, places, strict=True) if placed is not None and placed[0] == 1]
        found = right_from_size(question, basis)
        assert found.first in (1, right[0] if right else None)
        assert (found.lasting is not None) == (7 in right)
    question = np.array([[0, 1, 2, 3]], np.int64)
    none = spectrum_of(torch.tensor([[1.0], [1.0], [1.0], [-1.0], [1.0]]), [1.0])
    assert right_from_size(question, none) == RightFrom(None, None)


def test_the_step_from_which_it_is_right_is_found_between_those_evaluated() -> None:
    question, good = np.array([[0, 1, 2, 3]], np.int64), torch.from_numpy(PLANE)
    bad = good.clone()
    bad[3] = torch.tensor([0.0, -1.0])

    def right_at(*stretches: range) -> RightFrom:
        at = [step for stretch in stretches for step in stretch]
        return right_from_step(question, lambda step: good if step in at else bad, [0, 10, 20, 30, 40])

    assert right_at(range(13, 99)) == RightFrom(13, 13)
    assert right_at(range(0, 99)) == RightFrom(0, 0)
    assert right_at(range(7, 15), range(27, 99)) == RightFrom(7, 27)
    assert right_at(range(7, 25)) == RightFrom(7, None)
    assert right_at() == RightFrom(None, None)
