"""The attribute world: its truth against dense numerics, the sampled text against its truth."""

from __future__ import annotations

import subprocess
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from qwem_tui.analogies.files import parse_analogies, read_analogies
from qwem_tui.analogies.protocols import Analogies, attempt
from qwem_tui.analogies.scoring import Scorer
from qwem_tui.base.errors import UsageError
from qwem_tui.base.progress import Silent
from qwem_tui.corpus.cooccurrence import cooccurrence_counts
from qwem_tui.corpus.samples.attributes import (
    DOCUMENT_WORDS,
    DOCUMENTS,
    MOST_ATTRIBUTES,
    STRENGTHS,
    attribute_analogies,
    attribute_words,
    cooccurrence_ratio,
    generate_attributes,
    parse_strengths,
)
from qwem_tui.corpus.samples.catalogue import ATTRIBUTE_ANALOGIES, ATTRIBUTES
from qwem_tui.corpus.tokenizers import letters
from qwem_tui.corpus.vocabulary import build_corpus
from qwem_tui.theory.critical_size import CriticalSize, critical_sizes, outcomes_by_size, size_grid
from qwem_tui.theory.spectrum import Spectrum, top_eigenpairs
from qwem_tui.theory.target import target_matrix
from tests.corpus.samples.walsh import walsh_eigenvalues, walsh_function
from tests.end_to_end.zygote import Zygote

N = len(STRENGTHS)
V = 2**N
#: the modes of the default strengths by descending eigenvalue, as bit masks
MODES = [int(subset) for subset in np.argsort(-walsh_eigenvalues(STRENGTHS))]


def kronecker_joint(strengths: tuple[float, ...]) -> NDArray[np.float64]:
    """P_ij (V, V) from 2 x 2 blocks; the first attribute is the lowest bit, hence the last factor."""
    blocks = [np.array([[1 + s, 1 - s], [1 - s, 1 + s]]) / 4 for s in strengths]
    joint: NDArray[np.float64] = np.ones((1, 1))
    for block in blocks:
        joint = np.kron(block, joint).astype(np.float64)
    return joint


def target_of(joint: NDArray[np.float64], negative_weight: float) -> NDArray[np.float64]:
    word = joint.sum(axis=1)
    independent = negative_weight * np.outer(word, word)
    return (joint - independent) / (0.5 * (joint + independent))


def test_one_attribute_by_hand() -> None:
    # M* = [[a, b], [b, a]] with a = 2 (1.6 - 1) / (1.6 + 1), b = 2 (0.4 - 1) / (0.4 + 1)
    a, b = 2 * 0.6 / 2.6, -2 * 0.6 / 1.4
    np.testing.assert_allclose(walsh_eigenvalues((0.6,)), [a + b, a - b], rtol=1e-14)


def test_two_attributes_by_hand() -> None:
    # ratios of words that differ in nothing, the first, the second, both: 1.5 * 1.2, 0.5 * 1.2, 1.5 * 0.8, 0.5 * 0.8
    np.testing.assert_allclose(cooccurrence_ratio((0.5, 0.2)), [1.8, 0.6, 1.2, 0.4], rtol=1e-14)
    none, first, second, both = 2 * 0.8 / 2.8, -2 * 0.4 / 1.6, 2 * 0.2 / 2.2, -2 * 0.6 / 1.4
    by_hand = [
        none + first + second + both,
        none - first + second - both,
        none + first - second - both,
        none - first - second + both,
    ]
    np.testing.assert_allclose(walsh_eigenvalues((0.5, 0.2)), by_hand, atol=1e-14)


@pytest.mark.parametrize("negative_weight", [1.0, 0.2, 5.0])
@pytest.mark.parametrize("strengths", [(0.6,), (0.5, 0.2), (0.9, 0.3, 0.1), (0.7, 0.6, 0.3, 0.2, 0.1)])
def test_walsh_functions_diagonalise_the_target_of_the_exact_joint(
    strengths: tuple[float, ...], negative_weight: float
) -> None:
    n = len(strengths)
    matrix = target_of(kronecker_joint(strengths), negative_weight)
    eigenvalues = walsh_eigenvalues(strengths, negative_weight)
    np.testing.assert_allclose(np.sort(eigenvalues), np.linalg.eigvalsh(matrix), atol=1e-12)
    for subset in range(2**n):
        v = walsh_function(subset, n)
        np.testing.assert_allclose(matrix @ v, eigenvalues[subset] * v, atol=1e-12)
        assert v @ v == pytest.approx(2**n)


def test_the_joint_is_what_subjects_give() -> None:
    strengths = (0.5, 0.2, 0.1)
    alpha = np.array([[1 if number >> k & 1 else -1 for k in range(3)] for number in range(8)])
    # P(word | subject), (V, V)
    given = np.prod((1 + np.sqrt(strengths) * alpha[:, None] * alpha[None]) / 2, axis=2)
    np.testing.assert_allclose(given @ given.T / 8, kronecker_joint(strengths), rtol=1e-14)
    numbers = np.arange(8)
    np.testing.assert_allclose(
        cooccurrence_ratio(strengths)[np.bitwise_xor.outer(numbers, numbers)] / 64, kronecker_joint(strengths)
    )


def test_a_walsh_function_is_the_product_of_the_attributes_one_reads_in_the_words() -> None:
    words = attribute_words(4)
    first = np.array([1.0 if word[0] == "t" else -1.0 for word in words])
    third = np.array([1.0 if word[2] == "s" else -1.0 for word in words])
    np.testing.assert_array_equal(walsh_function(0b0001, 4), first)
    np.testing.assert_array_equal(walsh_function(0b0101, 4), first * third)
    np.testing.assert_array_equal(walsh_function(0, 4), np.ones(16))


@pytest.mark.parametrize("attributes", range(1, MOST_ATTRIBUTES + 1))
def test_words_are_distinct_plain_tokens(attributes: int) -> None:
    words = attribute_words(attributes)
    assert len(set(words)) == len(words) == 2**attributes
    assert all(word.isascii() and word.isalpha() and word.islower() and len(word) == attributes for word in words)
    assert tuple(letters(" ".join(words))) == words


def test_analogies_differ_in_one_attribute() -> None:
    categories = parse_analogies(attribute_analogies(N), "made")
    assert [category.name for category in categories] == [f"attribute-{k + 1}" for k in range(N)]
    number = {word: i for i, word in enumerate(attribute_words(N))}
    for k, category in enumerate(categories):
        assert len(set(category.questions)) == len(category.questions) == 12 * 11
        for a, b, a2, b2 in category.questions:
            assert number[b] - number[a] == number[b2] - number[a2] == 1 << k
            assert not (number[a] | number[a2]) >> k & 1
    assert attribute_analogies(N, seed=1) != attribute_analogies(N)
    assert [len(category.questions) for category in parse_analogies(attribute_analogies(2), "made")] == [2, 2]


# ---- the sample that is shipped


def test_the_files_are_what_the_generator_gives() -> None:
    generated = "".join(f"{document}\n" for document in generate_attributes())
    assert ATTRIBUTES.path.read_bytes() == generated.encode()
    assert len(generated) < 4_000_000
    assert ATTRIBUTE_ANALOGIES.path.read_bytes() == attribute_analogies(N).encode()


def test_seeds_and_strengths_give_texts_of_their_own() -> None:
    first = next(generate_attributes(seed=1))
    assert first == next(generate_attributes(seed=1))
    assert first != next(generate_attributes())
    assert first != next(generate_attributes((0.1,) * N, seed=1))
    documents = list(generate_attributes((0.5, 0.2), documents=3, document_words=5))
    assert [len(document.split()) for document in documents] == [5, 5, 5]


@cache
def sampled() -> tuple[NDArray[np.int64], NDArray[np.float64], Spectrum, Analogies]:
    """The numbers of the vocabulary's words, P_ij / (P_i P_j), the spectrum of M*, the analogies: all of the sample."""
    corpus = build_corpus(ATTRIBUTES.path.read_text(encoding="utf-8").splitlines(), letters, 10_000)
    number = {word: i for i, word in enumerate(attribute_words(N))}
    counts = cooccurrence_counts(corpus, 16, Silent())
    word = corpus.vocabulary.counts / corpus.vocabulary.counts.sum()
    ratio = counts / counts.sum(dtype=np.int64) / np.outer(word, word)
    analogies = attempt(read_analogies(ATTRIBUTE_ANALOGIES.path), corpus.vocabulary.index, "questions")
    spectrum = top_eigenpairs(target_matrix(counts, corpus.vocabulary.counts), 48)
    return np.array([number[word] for word in corpus.vocabulary.words]), ratio, spectrum, analogies


def test_sampled_words_are_equally_frequent() -> None:
    found = Counter(word for document in generate_attributes() for word in document.split())
    assert len(found) == V
    mean = DOCUMENTS * DOCUMENT_WORDS / V
    # documents of one subject repeat its words: 3.8% measured, against 1.6% if all tokens were drawn by themselves
    assert np.std([found[word] / mean for word in attribute_words(N)]) < 0.05


def test_sampled_ratios_are_those_of_the_model() -> None:
    numbers, ratio, _, _ = sampled()
    differing = np.bitwise_xor.outer(numbers, numbers)
    mean = np.bincount(differing.ravel(), weights=ratio.ravel()) / V
    error = mean / cooccurrence_ratio(STRENGTHS) - 1
    # a ratio is a mean over V pairs; the rarest, 0.013 of chance, rests on some 600 co-occurrences: 4%
    assert np.abs(error).max() < 0.1
    assert np.median(np.abs(error)) < 0.01


def test_sampled_eigenvalues_are_those_of_the_model() -> None:
    eigenvalues = sampled()[2].eigenvalues[:11].numpy()
    truth = walsh_eigenvalues(STRENGTHS)[MODES[:11]]
    print(np.round(np.stack([truth, eigenvalues]), 2))
    # To first order an eigenvalue is off by v^T E v, E the noise of M*. Entries vary by 0.06 one by one, which gives
    # sqrt(2) * 0.06 = 0.09; and a strength, a mean over 7,500 documents, by 0.3% of itself. Four times both.
    np.testing.assert_allclose(eigenvalues, truth, rtol=0.012, atol=0.36)


def test_sampled_modes_are_walsh_functions() -> None:
    numbers, _, spectrum, _ = sampled()
    overlaps = []
    for subset, vector in zip(MODES[:11], spectrum.vectors.T.numpy(), strict=False):
        overlaps.append(float(walsh_function(subset, N)[numbers] @ vector) ** 2 / V)
    print(np.round(overlaps, 3))
    # Subjects are not quite balanced: modes A and B are coupled by about V c_A c_B / sqrt(7,500). For 7 and 14, whose
    # eigenvalues are 1.5 apart, that is 0.3, which mixes 4% of one into the other; for the first modes it is nothing.
    assert min(overlaps) > 0.9
    assert min(overlaps[:4]) > 0.995


# ---- which categories emerge where


def number_questions() -> NDArray[np.int64]:
    number = {word: i for i, word in enumerate(attribute_words(N))}
    categories = read_analogies(ATTRIBUTE_ANALOGIES.path)
    return np.array([[[number[word] for word in question] for question in each.questions] for each in categories])


@cache
def true_accuracy() -> NDArray[np.float64]:
    """Accuracy (48 sizes, n) from exact modes; where words tie for the answer each is as probable as the others."""
    eigenvalues = walsh_eigenvalues(STRENGTHS)
    embeddings = np.stack([walsh_function(subset, N) * np.sqrt(eigenvalues[subset]) for subset in MODES[:48]], axis=1)
    curve = []
    for d in range(1, 49):
        similarity = embeddings[:, :d] @ embeddings[:, :d].T
        accuracies = []
        for questions in number_questions():
            a, b, a2, b2 = questions.T
            scores = similarity[b] - similarity[a] + similarity[a2]
            np.put_along_axis(scores, questions[:, :3], -np.inf, axis=1)
            best = scores > scores.max(axis=1, keepdims=True) - 1e-9 * similarity.max()
            accuracies.append((best[np.arange(len(b2)), b2] / best.sum(axis=1)).mean())
        curve.append(accuracies)
    return np.array(curve)


@cache
def sampled_sizes() -> tuple[CriticalSize, ...]:
    _, _, spectrum, analogies = sampled()
    dims = size_grid(48)
    scorer = Scorer(analogies.questions, torch.device("cpu"))
    outcomes = outcomes_by_size(spectrum.eigenvalues, spectrum.vectors, scorer, dims)
    found = critical_sizes(outcomes, dims, analogies).categories
    for each in found:
        print(f"{each.name} d* {each.critical_size} {each.interval} peak {each.peak:.2f} at d = {each.peak_dim}")
    return found


def test_modes_come_in_the_order_that_the_text_says() -> None:
    names = ["".join(str(k + 1) for k in range(N) if subset >> k & 1) for subset in MODES[:10]]
    assert names == ["1", "2", "3", "4", "12", "5", "6", "13", "7", "14"]


def test_the_truth_emerges_as_the_text_says() -> None:
    accuracy = true_accuracy()
    assert accuracy[:6].max() < 0.36
    assert accuracy[6, 6] == pytest.approx(1.0)
    np.testing.assert_allclose(accuracy[6, 2:6], 0.5, atol=0.03)
    np.testing.assert_allclose(accuracy[8, 1:], 1.0)
    assert accuracy[7, 1] < 0.3
    peaks = accuracy.max(axis=0)
    assert 0.8 < peaks[0] < 0.95
    assert int((accuracy[:, 0] >= peaks[0] / 2).argmax()) + 1 == 14
    # modes of two attributes do harm to the strong ones
    assert all(weaker >= stronger for stronger, weaker in pairwise(accuracy[12]))


def test_the_sample_s_categories_emerge_as_in_truth() -> None:
    first, *others = sampled_sizes()
    assert all(each.peak >= 0.9 for each in others)
    assert all(each.critical_size is not None and 6 <= each.critical_size <= 9 for each in others)
    assert all(each.accuracy[8:10].max() >= 0.9 for each in others)
    # all words are tied by fours or more
    assert max(each.accuracy[:5].max() for each in (first, *others)) < 0.5
    second, last = others[0], others[-1]
    assert second.critical_size == 9
    assert last.critical_size == 7
    assert last.accuracy[6] >= 0.95
    # the first attribute's category is half right at most where the others are complete, and comes later
    assert first.accuracy[6:12].max() <= 0.5
    assert first.peak >= 0.6
    assert first.peak_dim > 16


def test_the_sample_s_accuracies_are_the_true_ones_where_nothing_is_tied() -> None:
    sampled_accuracy = np.array([each.accuracy for each in sampled_sizes()]).T
    # from d = 9 no two words are tied; the first category hangs on near ties, which noise settles
    np.testing.assert_allclose(sampled_accuracy[9:13, 1:], true_accuracy()[9:13, 1:], atol=0.08)
    np.testing.assert_allclose(sampled_accuracy[13:32, 1:], true_accuracy()[13:32, 1:], atol=0.2)


# ---- what is refused, and the command


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0.5,1", "strength 1 is not between 0 and 1"),
        ("0", "strength 0 is not between 0 and 1"),
        ("-0.5", "strength -0.5 is not"),
        ("nan", "strength nan is not"),
        ("inf", "strength inf is not"),
        (",".join(["0.5"] * 13), "There are 13 strengths"),
        ("0.5,", "not a list of strengths"),
        ("strong", "strong is not a list of strengths"),
    ],
)
def test_strengths_that_cannot_be_are_refused(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse_strengths(text)


def test_wrong_arguments_are_refused_at_once() -> None:
    with pytest.raises(UsageError, match="There are 0 strengths"):
        generate_attributes(())
    with pytest.raises(UsageError, match="number of attributes is 13: give 1 to 12"):
        attribute_words(13)
    with pytest.raises(UsageError, match="number of attributes is 1: give 2 to 12"):
        attribute_analogies(1)
    with pytest.raises(ValueError, match=r"within 0\.\.7"):
        walsh_function(8, 3)


def test_the_command_writes_out_a_text_of_other_strengths(zygote: Zygote, tmp_path: Path) -> None:
    def samples(*arguments: str) -> subprocess.CompletedProcess[bytes]:
        return zygote.run("samples", *arguments, cwd=tmp_path)

    done = samples("attributes", "--strengths", "0.6,0.5,0.4", "--seed", "3", "--out", "mine.txt")
    assert done.returncode == 0, done.stderr.decode()
    expected = "".join(f"{document}\n" for document in generate_attributes((0.6, 0.5, 0.4), seed=3))
    assert (tmp_path / "mine.txt").read_bytes() == expected.encode()
    assert samples("attributes-analogies", "--strengths", "0.6,0.5").stdout == attribute_analogies(2).encode()
    for wrong in (
        ("--strengths", "0.5"),
        ("toyworld", "--seed", "1"),
        ("attributes", "--seed", "-1"),
        ("attributes", "--strengths", "2"),
    ):
        refused = samples(*wrong)
        assert refused.returncode == 2
        assert refused.stdout == b""
        assert b"Traceback" not in refused.stderr
    listed = samples().stdout.decode().splitlines()
    assert all(len(line) <= 80 for line in listed)
    names = ["toyworld", "everyday", "japanese", "attributes", "attributes-analogies"]
    assert [line.split()[0] for line in listed] == names
