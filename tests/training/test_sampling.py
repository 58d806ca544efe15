from __future__ import annotations

import threading
from collections import Counter
from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from qwem_tui.corpus.vocabulary import BORDER, Corpus
from qwem_tui.training.sampling import Batch, Sampler, alias_table, keep_probability
from tests.training.small import WINDOW, corpus_of, counts_of, small_corpus

DRAWN = 400_000


def table(left: NDArray[np.int32], right: NDArray[np.int32], size: int) -> NDArray[np.int64]:
    return np.bincount(left.astype(np.int64) * size + right, minlength=size * size).reshape(size, size)


def assert_follows(drawn: NDArray[np.int64], weights: NDArray[np.float64]) -> None:
    """Pearson's statistic lies within six standard deviations of its mean, and nothing impossible was drawn."""
    possible = weights > 0
    assert not drawn[~possible].any()
    expected = drawn.sum() * weights[possible] / weights[possible].sum()
    statistic = float(((drawn[possible] - expected) ** 2 / expected).sum())
    freedom = int(possible.sum()) - 1
    # cells that are rarely met widen it beyond 2 f
    spread = np.sqrt(2 * freedom + float((1 / expected).sum()))
    assert abs(statistic - freedom) < 6 * spread


@pytest.mark.parametrize("window", [1, 4, 100])
def test_pairs_follow_the_weighted_counts_and_negatives_the_unigrams(window: int) -> None:
    corpus = small_corpus()
    counts, size = corpus.vocabulary.counts, len(corpus.vocabulary)
    batch = Sampler(corpus, window, DRAWN, seed=1).batch(0)
    b = batch.positives
    assert b == DRAWN
    assert len(batch.left) == len(batch.right) == 2 * DRAWN
    assert_follows(table(batch.left[:b], batch.right[:b], size), counts_of(corpus, window).astype(np.float64))
    assert_follows(table(batch.left[b:], batch.right[b:], size), np.outer(counts, counts).astype(np.float64))


@pytest.mark.parametrize(
    "documents",
    [("a b",), ("a b a", "b b", "a"), ("a", "b", "b a", "a", "b"), ("a a a", "b b b"), ("b",) * 50 + ("a a b b a",)],
)
def test_borders_are_never_crossed(documents: tuple[str, ...]) -> None:
    corpus = corpus_of(*documents, "a a b b")
    assert len(corpus.vocabulary) == 2
    for window in (1, 2, 16):
        batch = Sampler(corpus, window, 50_000, seed=0).batch(3)
        drawn = table(batch.left[:50_000], batch.right[:50_000], 2)
        assert_follows(drawn, counts_of(corpus, window).astype(np.float64))


def skip_grams(corpus: Corpus, window: int, keep: NDArray[np.float64]) -> NDArray[np.float64]:
    """What word2vec's C loop trains on in expectation: every way to thin each document, and every window."""
    size = len(corpus.vocabulary)
    pairs = np.zeros((size, size))
    document: list[int] = []
    for word in corpus.ids.tolist():
        if word != BORDER:
            document.append(word)
            continue
        for kept in product((False, True), repeat=len(document)):
            chance = np.prod([keep[w] if k else 1 - keep[w] for w, k in zip(document, kept, strict=True)])
            left = [w for w, k in zip(document, kept, strict=True) if k]
            for b in range(1, window + 1):
                for i, j in product(range(len(left)), repeat=2):
                    if i != j and abs(i - j) <= b:
                        pairs[left[i], left[j]] += chance / window
        document = []
    return pairs


def test_word2vecs_pairs_are_those_of_its_loop_over_the_thinned_corpus() -> None:
    corpus = corpus_of("a a b c a a d", "d a b b a c a a", "c", "a c c b")
    counts, size = corpus.vocabulary.counts, len(corpus.vocabulary)
    batch = Sampler(corpus, 3, DRAWN, seed=5, law="word2vec", negatives=2, subsample=0.05).batch(0)
    b = batch.positives
    positives = skip_grams(corpus, 3, keep_probability(counts, 0.05))
    assert_follows(table(batch.left[:b], batch.right[:b], size), positives)
    np.testing.assert_array_equal(batch.left[b:], np.repeat(batch.left[:b], 2))
    negatives = np.outer(positives.sum(axis=1), counts**0.75)
    # the first words stand in pairs of negatives, so that only one of each two is independent
    assert_follows(table(batch.left[b::2], batch.right[b::2], size), negatives)


def test_frequent_words_are_kept_less_often() -> None:
    keep = keep_probability(np.array([9000, 900, 99, 1]), 1e-3)
    np.testing.assert_allclose(keep, [np.sqrt(1e-3 / 0.9) + 1e-3 / 0.9, np.sqrt(1 / 90) + 1 / 90, 0.4230, 1], atol=6e-3)


@pytest.mark.parametrize("weights", [[1.0], [1.0, 0.0, 3.0], list(range(1, 40)), [1e-9, 1.0, 1e9]])
def test_alias_tables_hold_the_weights(weights: list[float]) -> None:
    share, alias = alias_table(np.array(weights, dtype=np.float64))
    held = share.copy()
    np.add.at(held, alias, 1 - share)
    np.testing.assert_allclose(held / len(weights), np.array(weights) / sum(weights), atol=1e-12)


@pytest.mark.parametrize("number", [0, 4, 2**63])
def test_pairs_are_grouped_by_each_of_their_words(number: int) -> None:
    corpus = small_corpus()
    batch = word2vec(50, 0).batch(number)
    entries = Counter[tuple[int, int, int]]()
    for word in range(len(corpus.vocabulary)):
        for place in range(batch.starts[word], batch.starts[word + 1]):
            entries[word, int(batch.others[place]), int(batch.pairs[place])] += 1
    expected = Counter[tuple[int, int, int]]()
    for pair, (left, right) in enumerate(zip(batch.left.tolist(), batch.right.tolist(), strict=True)):
        expected[left, right, pair] += 1
        expected[right, left, pair] += 1
    assert entries == expected


def word2vec(batch_size: int, seed: int) -> Sampler:
    return Sampler(small_corpus(), WINDOW, batch_size, seed, law="word2vec", negatives=3, subsample=0.01)


def same(one: Batch, other: Batch) -> bool:
    return np.array_equal(one.left, other.left) and np.array_equal(one.right, other.right)


def test_a_batch_is_a_function_of_seed_and_number() -> None:
    first, again = word2vec(300, 3), Sampler(small_corpus(), WINDOW, 300, 3)
    for sampler in (first, again):
        sequence = [sampler.take(n) for n in range(6)]
        for n in (5, 0, 3):
            assert same(sampler.batch(n), sequence[n])
        # out of order, back and far ahead
        for n in (2, 4, 1000, 3):
            assert same(sampler.take(n), sampler.batch(n))
        assert not same(sequence[0], sequence[1])
        sampler.close()
    assert not same(word2vec(300, 3).batch(0), word2vec(300, 4).batch(0))
    # nor is seed 1's batch 0 seed 0's batch 1
    assert not same(word2vec(300, 1).batch(0), word2vec(300, 0).batch(1))


def test_closing_ends_the_thread() -> None:
    before = set(threading.enumerate())
    sampler = Sampler(small_corpus(), WINDOW, 300, 3)
    expected = sampler.take(0)
    (thread,) = set(threading.enumerate()) - before
    sampler.close()
    sampler.close()
    assert not thread.is_alive()
    assert same(sampler.take(0), expected)


def test_a_corpus_without_pairs_is_refused() -> None:
    with pytest.raises(ValueError, match="no pairs"):
        Sampler(corpus_of("a", "b", "a", "b"), 5, 10, 0)
    with pytest.raises(ValueError, match="at least 1"):
        Sampler(small_corpus(), 0, 10, 0)
    with pytest.raises(ValueError, match="one negative"):
        Sampler(small_corpus(), 2, 10, 0, negatives=5)
