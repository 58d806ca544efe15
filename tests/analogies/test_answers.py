from __future__ import annotations

import numpy as np
import pytest
import torch

from qwem_tui.analogies.answers import answers
from qwem_tui.analogies.scoring import Scorer

V, D = 30, 6
NONE = np.empty((0, 2), np.int64)


def some(seed: int, count: int = 60) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Embeddings, questions in which words may repeat, and further answers of some of them."""
    rng = np.random.default_rng(seed)
    questions = rng.integers(0, V, (count, 4))
    owners = np.sort(rng.integers(0, count, count // 2))
    alternatives = np.column_stack([owners, rng.integers(0, V, len(owners))])
    return rng.normal(size=(V, D)).astype(np.float32), questions, alternatives


def slowly(embeddings: np.ndarray, question: np.ndarray, right: set[int]) -> tuple[int, float]:
    """The best rival, and the margin, of one question."""
    unit = embeddings.astype(np.float64) / np.linalg.norm(embeddings, axis=1, keepdims=True).astype(np.float64)
    a, b, a2, _ = question
    target = unit[b] - unit[a] + unit[a2]
    cosines = unit @ target / np.linalg.norm(target)
    given = {int(a), int(b), int(a2)}
    rival = max(set(range(len(unit))) - given - right, key=lambda word: cosines[word])
    best = max((cosines[word] for word in right - given), default=-np.inf)
    return rival, float(best - cosines[rival])


@pytest.mark.parametrize("cells", [1, 4 * V * 7, 10**6])
@pytest.mark.parametrize("seed", range(4))
def test_rivals_and_margins_are_those_of_the_definition(seed: int, cells: int) -> None:
    embeddings, questions, alternatives = some(seed)
    found = answers(embeddings, questions, alternatives, cells)
    for number, question in enumerate(questions):
        right = {int(question[3]), *alternatives[alternatives[:, 0] == number, 1].tolist()}
        rival, margin = slowly(embeddings, question, right)
        assert found.rival[number] == rival
        assert found.margin[number] == pytest.approx(margin, abs=2e-6)


@pytest.mark.parametrize("seed", range(4))
def test_right_is_what_the_scorer_finds_right(seed: int) -> None:
    embeddings, questions, alternatives = some(seed, 400)
    scorer = Scorer(questions, torch.device("cpu"), alternatives=alternatives)
    correct = scorer.correct(torch.from_numpy(embeddings))
    found = answers(embeddings, questions, alternatives)
    assert 5 < correct.sum() < 395
    np.testing.assert_array_equal(found.right, correct)
    # whatever the scale: a run begins tiny
    np.testing.assert_array_equal(answers(1e-30 * embeddings, questions, alternatives).right, correct)


def test_an_exact_analogy_wins_by_what_can_be_computed_by_hand() -> None:
    # a = x, b = y, a' = z: x leads to y as z to the sum -x + y + z
    embeddings = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [-1, 1, 1], [0, 1, 1]], np.float32)
    found = answers(embeddings, np.array([[0, 1, 2, 3], [0, 1, 2, 4]]), NONE)
    assert found.rival.tolist() == [4, 3]
    margin = 1 - 2 / 6**0.5
    np.testing.assert_allclose(found.margin, [margin, -margin], rtol=1e-6)


def test_ends_of_what_can_be_asked() -> None:
    embeddings = np.eye(4, dtype=np.float32)
    # no other word is left; the answer is one of the words asked; no question at all
    found = answers(embeddings, np.array([[0, 1, 2, 3], [0, 1, 2, 1]]), NONE)
    assert found.rival.tolist() == [-1, 3]
    assert found.margin.tolist() == [np.inf, -np.inf]
    assert answers(embeddings[:3], np.array([[0, 1, 2, 1]]), NONE).margin.tolist() == [-np.inf]
    assert np.isnan(answers(np.full((5, 2), np.inf, np.float32), np.array([[0, 1, 2, 3]]), NONE).margin).all()
    assert len(answers(embeddings, np.empty((0, 4), np.int64), NONE).rival) == 0
