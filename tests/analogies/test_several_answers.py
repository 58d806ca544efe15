"""Questions with several right answers: any of them at rank 1 counts."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from qwem_tui.analogies import scoring
from qwem_tui.analogies.files import parse_analogies
from qwem_tui.analogies.protocols import attempt
from qwem_tui.analogies.scoring import Scorer
from qwem_tui.theory.task_vectors import answered_without

CPU = torch.device("cpu")
#: dog : canine/animal, cat : feline/animal, and a pair with one answer
PAIRS = ": kinds\ndog canine/animal\ncat feline/animal\noak tree\n"


def vocabulary(*words: str) -> dict[str, int]:
    return {word: row for row, word in enumerate(words)}


def test_b_is_the_first_answer_that_the_vocabulary_has_and_any_is_right() -> None:
    index = vocabulary("dog", "animal", "cat", "feline", "oak", "tree")
    found = attempt(parse_analogies(PAIRS, "f"), index, "pairs")
    assert found.attempted.tolist() == found.total.tolist() == [6]
    assert found.questions[:2].tolist() == [[0, 1, 2, 3], [0, 1, 4, 5]]
    # cat has a second answer in the vocabulary, dog none beside animal
    assert [(found.questions[n, 2], word) for n, word in found.alternatives.tolist()] == [(2, 1), (2, 1)]
    assert found.missing == ((),)
    assert attempt(parse_analogies(PAIRS, "f"), index, "questions").questions.tolist() == found.questions.tolist()


def test_a_pair_of_whose_answers_none_is_known_lacks_them_all() -> None:
    found = attempt(parse_analogies(PAIRS, "f"), vocabulary("dog", "cat", "feline", "oak", "tree"), "questions")
    assert found.attempted.tolist() == [2]
    assert found.missing == (("animal", "canine"),)


def test_only_some_of_the_questions_keep_their_own_answers() -> None:
    found = attempt(parse_analogies(PAIRS, "f"), vocabulary("dog", "canine", "animal", "cat", "oak", "tree"), "pairs")
    mine = found.questions[:, 2] == 0
    own = found.only(mine)
    assert own.questions.tolist() == found.questions[mine].tolist()
    assert own.alternatives.tolist() == [[0, 2], [1, 2]]
    assert len(found.only(~mine).alternatives) == 0


def right_slowly(
    embeddings: np.ndarray, questions: np.ndarray, right: list[set[int]], without: bool = False
) -> list[bool]:
    """Whether a right answer, none of the words asked, is nearer than every word that is neither."""
    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    found = []
    for (a, b, a2, _), answers in zip(questions.tolist(), right, strict=True):
        scores = unit @ (unit[a2] if without else unit[b] - unit[a] + unit[a2])
        allowed = [w for w in answers if w not in (a, b, a2)]
        others = [w for w in range(len(unit)) if w not in (a, b, a2) and w not in answers]
        found.append(bool(allowed) and max(scores[allowed]) > max(scores[others]))
    return found


def made(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[set[int]]]:
    """Embeddings, questions, further answers and all answers of each; among them the words asked themselves."""
    generator = np.random.default_rng(seed)
    embeddings = generator.normal(size=(40, 12))
    questions = generator.integers(0, 40, (120, 4))
    others = [generator.integers(0, 40, n % 7) for n in range(120)]
    others[6][:3] = questions[6, :3]
    alternatives = np.array([(n, word) for n, words in enumerate(others) for word in words], np.int64)
    return embeddings, questions, alternatives, [{q[3], *w.tolist()} for q, w in zip(questions, others, strict=True)]


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_any_right_answer_counts_and_no_other(compiled: bool, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "_COMPILED", set())
    monkeypatch.setattr(scoring, "_WORTH_COMPILING", 0 if compiled else 1 << 60)
    monkeypatch.setattr(scoring, "_CELLS_ON_CPU", 40 * 7)
    embeddings, questions, alternatives, right = made(seed)
    scorer = Scorer(questions, CPU, 2, alternatives)
    expected = right_slowly(embeddings, questions, right)
    for _ in range(2):  # what is remembered changes nothing
        assert scorer.correct(torch.from_numpy(embeddings)).tolist() == expected
    by_size = scorer.correct_by_size(torch.from_numpy(embeddings), [2, 6, 12])
    for d, row in zip((2, 6, 12), by_size, strict=True):
        assert row.tolist() == right_slowly(embeddings[:, :d], questions, right), d
    one_answer = Scorer(questions, CPU).correct(torch.from_numpy(embeddings))
    assert sum(expected) > one_answer.sum() > 0


@pytest.mark.parametrize("compiled", [False, True])
def test_two_right_answers_as_near_are_right_and_a_wrong_one_as_near_is_not(
    compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring, "_COMPILED", set())
    monkeypatch.setattr(scoring, "_WORTH_COMPILING", 0 if compiled else 1 << 60)
    embeddings = torch.tensor([[1.0, 0], [0, 1], [1, 1], [-1, 3], [-1, 3], [-3, -1]])
    questions = np.array([[0, 1, 2, 3], [0, 1, 2, 3]])
    assert Scorer(questions, CPU, 1, np.array([[1, 4]])).correct(embeddings).tolist() == [False, True]
    embeddings = torch.cat([embeddings, embeddings[4:5]])
    assert Scorer(questions, CPU, 1, np.array([[1, 4]])).correct(embeddings).tolist() == [False, False]
    assert not Scorer(questions, CPU, 1, np.array([[1, 4]])).correct_by_size(embeddings[:, :1], [1]).any()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_without_the_task_vector_any_right_answer_counts_too(seed: int) -> None:
    embeddings, questions, alternatives, right = made(seed)
    found = answered_without(torch.from_numpy(embeddings), questions, alternatives)
    assert found.tolist() == right_slowly(embeddings, questions, right, without=True)
    assert found.any()
