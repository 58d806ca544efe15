from __future__ import annotations

import numpy as np
import pytest
import torch

from qwem_tui.analogies.files import parse_analogies
from qwem_tui.analogies.protocols import attempt
from qwem_tui.analogies.scoring import Scorer
from qwem_tui.base.errors import QwemError

FILE = """: royal
King Queen man woman
man woman king queen
king queen prince princess

: plural
cat cats dog dogs
"""


def test_sections_and_questions_in_lower_case() -> None:
    royal, plural = parse_analogies(FILE, "f")
    assert royal.name == "royal"
    assert royal.questions[0] == ("king", "queen", "man", "woman")
    assert plural.questions == (("cat", "cats", "dog", "dogs"),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (": a\na b c d\na b c\n", "f, line 3: 3 word"),
        ("a b c d\n", "line 1: a question stands before"),
        (":\na b c d\n", "line 1: a section has no name"),
        (": empty\n", "no analogy question"),
        ("", "no analogy question"),
    ],
)
def test_malformed_files_name_the_line(text: str, message: str) -> None:
    with pytest.raises(QwemError, match=message):
        parse_analogies(text, "f")


def test_questions_protocol_skips_what_is_out_of_vocabulary() -> None:
    index = {word: i for i, word in enumerate(["king", "queen", "man", "woman", "cat"])}
    analogies = attempt(parse_analogies(FILE, "f"), index, "questions")
    assert analogies.questions.tolist() == [[0, 1, 2, 3], [2, 3, 0, 1]]
    assert analogies.attempted.tolist() == [2, 0]
    assert analogies.total.tolist() == [3, 1]
    assert analogies.missing == (("prince", "princess"), ("cats", "dog", "dogs"))


def test_pairs_protocol_asks_all_ordered_pairs() -> None:
    index = {word: i for i, word in enumerate(["king", "queen", "man", "woman", "prince", "princess"])}
    analogies = attempt(parse_analogies(FILE, "f"), index, "pairs")
    assert analogies.attempted.tolist() == [6, 0]
    assert analogies.total.tolist() == [6, 2]
    assert [0, 1, 4, 5] in analogies.questions.tolist()
    assert [4, 5, 0, 1] in analogies.questions.tolist()


def test_accuracies_are_nan_where_nothing_was_asked() -> None:
    index = {word: i for i, word in enumerate(["king", "queen", "man", "woman"])}
    analogies = attempt(parse_analogies(FILE, "f"), index, "questions")
    accuracies = analogies.accuracies(np.array([True, False]))
    assert accuracies[0] == 0.5
    assert np.isnan(accuracies[1])


def answer_slowly(embeddings: np.ndarray, a: int, b: int, a2: int) -> int:
    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    cosines = unit @ (unit[b] - unit[a] + unit[a2])
    cosines[[a, b, a2]] = -np.inf
    return int(cosines.argmax())


@pytest.mark.parametrize("scale", [1.0, 1e-15])
def test_3cosadd_agrees_with_its_definition(scale: float) -> None:
    generator = np.random.default_rng(0)
    embeddings = generator.normal(size=(40, 6))
    questions = generator.integers(0, 40, (60, 4))
    questions[:30, 3] = [answer_slowly(embeddings, *row[:3]) for row in questions[:30]]
    expected = [answer_slowly(embeddings, *row[:3]) == row[3] for row in questions]
    scorer = Scorer(questions, torch.device("cpu"))
    assert scorer.correct(torch.from_numpy(scale * embeddings)).tolist() == expected
    assert sum(expected) >= 30


def test_an_answer_that_is_one_of_the_words_asked_is_wrong_and_word_0_counts() -> None:
    embeddings = torch.tensor([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]], dtype=torch.float64)
    questions = np.array([[1, 1, 2, 2], [3, 1, 2, 0]])
    assert Scorer(questions, torch.device("cpu")).correct(embeddings).tolist() == [False, True]


def test_words_without_an_embedding_do_no_harm() -> None:
    embeddings = torch.zeros(5, 3)
    assert Scorer(np.array([[0, 1, 2, 4]]), torch.device("cpu")).correct(embeddings).tolist() == [False]
