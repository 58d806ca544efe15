from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from qwem_tui.analogies.scoring import Scorer
from qwem_tui.vectors.queries import UnitVectors, ends, near_spellings

TWINS = np.array([[1, 0], [0, 1], [1, 1], [3, 3], [-1, 0]], np.float32)
SIX = np.array([[2, 0], [1, 1], [0, 3], [-1, 0], [0, 0], [1, -1]], np.float32)


def place_of(vectors: NDArray[np.float32], question: tuple[int, int, int, int]) -> int | None:
    placed = UnitVectors(vectors).rank(*question)
    return None if placed is None else placed[0]


def test_nearest_are_those_of_the_largest_cosine_without_the_word_itself() -> None:
    found = UnitVectors(SIX).nearest(0, 3)
    assert [each.row for each in found] == [1, 5, 2]
    assert [each.score for each in found] == pytest.approx([0.5**0.5, 0.5**0.5, 0.0], abs=1e-6)
    # a row of zeros is near nothing, but there
    assert [each.row for each in UnitVectors(SIX).nearest(0, 99)] == [1, 5, 2, 4, 3]


def test_directions_alone_matter_however_tiny_or_large_the_vectors() -> None:
    for size in (1e-30, 1e30):
        found = UnitVectors(SIX * np.float32(size)).nearest(1, 2)
        assert [each.row for each in found] == [0, 2]
        assert found[0].score == pytest.approx(0.5**0.5, rel=1e-5)


def test_scores_of_an_analogy_are_cosines_to_its_direction() -> None:
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(20, 6)).astype("f4")
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    direction = unit[4] - unit[3] + unit[5]
    expected = unit @ direction / np.linalg.norm(direction)
    expected[[3, 4, 5]] = -9
    found = UnitVectors(vectors).answers(3, 4, 5, 4)
    assert [each.row for each in found] == np.argsort(-expected)[:4].tolist()
    assert [each.score for each in found] == pytest.approx(np.sort(expected)[::-1][:4].tolist(), abs=1e-5)
    for place, each in enumerate(found, 1):
        assert place_of(vectors, (3, 4, 5, each.row)) == place
    assert UnitVectors(vectors).rank(3, 4, 5, 4) is None


@settings(max_examples=60, deadline=None)
@given(
    arrays.arrays(np.float32, (9, 3), elements=st.integers(-4, 4).map(float)),
    st.lists(st.integers(0, 8), min_size=4, max_size=4),
)
def test_the_answer_of_the_first_place_is_what_scoring_calls_right(
    vectors: NDArray[np.float32], question: list[int]
) -> None:
    # far from ties, which rounding may break either way
    vectors = vectors + np.random.default_rng(7).normal(scale=0.01, size=vectors.shape).astype("f4")
    right = Scorer(np.array([question]), torch.device("cpu")).correct(torch.from_numpy(vectors))[0]
    a, b, a2, answer = question
    assert bool(right) == (place_of(vectors, (a, b, a2, answer)) == 1)


def test_of_equal_scores_none_comes_first() -> None:
    assert [place_of(TWINS, (4, 1, 0, answer)) for answer in (2, 3)] == [2, 2]


def test_each_word_is_at_the_end_of_its_sign() -> None:
    high, low = ends(np.array([0.1, -0.7, 0.0, 0.4, -0.2]), 3)
    assert [(each.row, each.score) for each in high] == [(3, 0.4), (0, 0.1)]
    assert [(each.row, each.score) for each in low] == [(1, -0.7), (4, -0.2)]


def test_near_spellings_begin_with_those_that_go_on_from_there() -> None:
    words = ("the", "parish", "paris", "prague", "pairs", "france")
    assert near_spellings("pari", words, 4) == ("parish", "paris", "pairs")
    assert near_spellings("parsi", words, 2) == ("paris", "pairs")
    assert near_spellings("zzz", words) == ()
