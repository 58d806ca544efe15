from __future__ import annotations

import numpy as np
import pytest
import torch

from qwem_tui.analogies import scoring
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
        ("a b c\n", "line 1: 3 word"),
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


@pytest.fixture(params=["by tensors", "compiled"])
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Questions are answered in one of two ways, which must not differ."""
    monkeypatch.setattr(scoring, "_COMPILED", set())
    if request.param == "compiled":
        monkeypatch.setattr(scoring, "_WORTH_COMPILING", 0)


both_ways = pytest.mark.usefixtures("_way")


@both_ways
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


@both_ways
def test_an_answer_that_is_one_of_the_words_asked_is_wrong_and_word_0_counts() -> None:
    embeddings = torch.tensor([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]], dtype=torch.float64)
    questions = np.array([[1, 1, 2, 2], [3, 1, 2, 0]])
    assert Scorer(questions, torch.device("cpu")).correct(embeddings).tolist() == [False, True]


@both_ways
def test_words_without_an_embedding_do_no_harm() -> None:
    embeddings = torch.zeros(5, 3)
    assert Scorer(np.array([[0, 1, 2, 4]]), torch.device("cpu")).correct(embeddings).tolist() == [False]


def right_slowly(embeddings: np.ndarray, questions: np.ndarray) -> list[bool]:
    return [answer_slowly(embeddings, a, b, a2) == b2 for a, b, a2, b2 in questions]


def made(size: int, d: int, asked: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings, and questions of which about a third are right at each of three sizes."""
    generator = np.random.default_rng(seed)
    embeddings = generator.normal(size=(size, d)) * np.geomspace(3, 0.3, d)
    questions = generator.integers(0, size, (asked, 4))
    for start, upto in enumerate((d, d // 2, d // 4)):
        questions[start::4, 3] = [answer_slowly(embeddings[:, :upto], *row[:3]) for row in questions[start::4]]
    return embeddings, questions


@both_ways
@pytest.mark.parametrize(("dtype", "scale"), [(torch.float32, 1e-15), (torch.float32, 1.0), (torch.float64, 1e15)])
def test_all_sizes_at_once_are_each_size_by_itself(dtype: torch.dtype, scale: float) -> None:
    size, d = 60, 24
    embeddings, questions = made(size, d, 80, seed=1)
    tensor = torch.from_numpy(scale * embeddings).to(dtype)
    dims = range(2, d + 1)
    found = Scorer(questions, torch.device("cpu")).correct_by_size(tensor, dims)
    assert found.shape == (d - 1, 80)
    for row, upto in zip(found, dims, strict=True):
        assert row.tolist() == right_slowly(embeddings[:, :upto], questions), upto
        assert row.tolist() == Scorer(questions, torch.device("cpu")).correct(tensor[:, :upto]).tolist(), upto
    # sizes apart from each other, and columns beyond the largest of them, change nothing
    few = Scorer(questions, torch.device("cpu")).correct_by_size(tensor, [6, 7, 20])
    np.testing.assert_array_equal(few, found[[4, 5, 18]])
    assert len({row.tobytes() for row in found}) > 10


@both_ways
def test_what_is_remembered_changes_no_answer_whatever_came_before() -> None:
    cpu = torch.device("cpu")
    _, questions = made(50, 8, 90, seed=2)
    generator = np.random.default_rng(3)
    near = generator.normal(size=(50, 8))
    kinds = [near + 0.3 * generator.normal(size=(50, 8)) for _ in range(6)]
    kinds += [generator.normal(size=(50, 8)) for _ in range(4)]
    kinds += [np.zeros((50, 8)), made(50, 8, 1, seed=2)[0]]
    scorer = Scorer(questions, cpu)
    sums = []
    for number in generator.integers(0, len(kinds), 30):
        embeddings = torch.from_numpy(kinds[number])
        found = scorer.correct(embeddings)
        np.testing.assert_array_equal(found, Scorer(questions, cpu).correct(embeddings))
        sums.append(int(found.sum()))
        if number % 3 == 0:
            by_size = scorer.correct_by_size(embeddings, [2, 5, 8])
            np.testing.assert_array_equal(by_size, Scorer(questions, cpu).correct_by_size(embeddings, [2, 5, 8]))
    assert max(sums) >= 20
    assert min(sums) == 0


@both_ways
def test_batches_and_threads_do_not_change_the_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    embeddings, questions = made(60, 16, 130, seed=4)
    whole = Scorer(questions, torch.device("cpu")).correct(torch.from_numpy(embeddings))
    monkeypatch.setattr(scoring, "_CELLS_ON_CPU", 7 * 60)
    pieces = Scorer(questions, torch.device("cpu"))
    for _ in range(2):
        np.testing.assert_array_equal(pieces.correct(torch.from_numpy(embeddings)), whole)
    by_size = pieces.correct_by_size(torch.from_numpy(embeddings), [2, 5, 16])
    np.testing.assert_array_equal(by_size[-1], whole)
    for threads in (2, 3):
        apart = Scorer(questions, torch.device("cpu"), threads)
        np.testing.assert_array_equal(apart.correct_by_size(torch.from_numpy(embeddings), [2, 5, 16]), by_size)


@both_ways
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_word_exactly_as_near_makes_the_answer_wrong(dtype: torch.dtype) -> None:
    embeddings = torch.tensor([[1, 0], [0, 1], [1, 1], [-1, 3], [-1, 3], [-3, -1]], dtype=dtype)
    questions = np.array([[0, 1, 2, 3], [0, 1, 2, 4], [3, 1, 4, 0]])
    scorer = Scorer(questions, torch.device("cpu"))
    assert scorer.correct(embeddings).tolist() == [False, False, False]
    assert scorer.correct_by_size(embeddings, [2]).tolist() == [[False, False, False]]
    apart = embeddings.clone()
    apart[4] = torch.tensor([-3, 1])
    assert scorer.correct(apart).tolist()[0]


def one_dimension(dtype: torch.dtype) -> tuple[torch.Tensor, np.ndarray]:
    generator = np.random.default_rng(5)
    questions = generator.integers(0, 400, (4000, 4))
    questions = questions[[len(set(row)) == 4 for row in questions.tolist()]]
    return torch.from_numpy(generator.normal(size=(400, 1))).to(dtype), questions


@both_ways
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_in_one_dimension_every_answer_is_a_tie_and_so_wrong(dtype: torch.dtype) -> None:
    embeddings, questions = one_dimension(dtype)
    assert not Scorer(questions, torch.device("cpu")).correct(embeddings).any()


@both_ways
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_in_one_dimension_all_sizes_at_once_are_wrong_too(dtype: torch.dtype) -> None:
    embeddings, questions = one_dimension(dtype)
    assert not Scorer(questions, torch.device("cpu")).correct_by_size(embeddings, [1]).any()
