from __future__ import annotations

import numpy as np
import pytest

from qwem_tui.base.progress import Silent
from qwem_tui.corpus.cooccurrence import cooccurrence_counts
from qwem_tui.corpus.tokens import letters
from qwem_tui.corpus.vocabulary import build_corpus
from qwem_tui.theory.target import mstar


def test_mstar_of_counts_worked_out_by_hand() -> None:
    counts = np.array([[0, 6], [6, 8]], dtype=np.int64)
    unigram = np.array([3, 1], dtype=np.int64)
    target = mstar(counts, unigram)
    # P = C / 20, P_i = (3/4, 1/4)
    p01, i01 = 6 / 20, 3 / 16
    p11, i11 = 8 / 20, 1 / 16
    expected = np.array(
        [
            [-2.0, (p01 - i01) / (0.5 * (p01 + i01))],
            [(p01 - i01) / (0.5 * (p01 + i01)), (p11 - i11) / (0.5 * (p11 + i11))],
        ]
    )
    np.testing.assert_allclose(target.matrix.numpy(), expected, rtol=1e-14)
    assert target.frobenius_sq == pytest.approx((expected**2).sum())
    assert target.pairs_seen == 3


def test_negative_weight_scales_the_independent_part() -> None:
    counts = np.array([[2, 6], [6, 6]], dtype=np.int64)
    unigram = np.array([1, 1], dtype=np.int64)
    k = 3.0
    target = mstar(counts, unigram, negative_weight=k)
    p, q = 0.3, k * 0.25
    assert float(target.matrix[0, 1]) == pytest.approx(2 * (p - q) / (p + q))


def test_blocks_do_not_change_the_result() -> None:
    generator = np.random.default_rng(0)
    counts = generator.integers(0, 5, (37, 37))
    counts = counts + counts.T
    unigram = generator.integers(1, 100, 37)
    np.testing.assert_array_equal(
        mstar(counts, unigram, block=5).matrix.numpy(), mstar(counts, unigram, block=512).matrix.numpy()
    )


def test_entries_lie_between_minus_two_and_two_and_unseen_pairs_are_minus_two() -> None:
    corpus = build_corpus(["a b c a b d e e f a", "b c a f d"], letters, 10)
    counts = cooccurrence_counts(corpus, 2, Silent())
    matrix = mstar(counts, corpus.vocabulary.counts).matrix.numpy()
    assert (matrix[counts == 0] == -2.0).all()
    assert (counts == 0).any()
    assert (matrix[counts > 0] > -2.0).all()
    assert (matrix < 2.0).all()
    np.testing.assert_allclose(matrix, matrix.T)
