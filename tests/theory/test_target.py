from __future__ import annotations

import numpy as np
import pytest
import torch

from qwem_tui.base.progress import Silent
from qwem_tui.corpus.cooccurrence import cooccurrence_counts
from qwem_tui.corpus.tokenizers import letters
from qwem_tui.corpus.vocabulary import build_corpus
from qwem_tui.theory.target import DenseTarget, TargetName, target_matrix


def test_mstar_of_counts_worked_out_by_hand() -> None:
    counts = np.array([[0, 6], [6, 8]], dtype=np.int64)
    unigram = np.array([3, 1], dtype=np.int64)
    target = target_matrix(counts, unigram)
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
    target = target_matrix(counts, unigram, negative_weight=k)
    p, q = 0.3, k * 0.25
    assert float(target.matrix[0, 1]) == pytest.approx(2 * (p - q) / (p + q))


def test_blocks_do_not_change_the_result() -> None:
    generator = np.random.default_rng(0)
    counts = generator.integers(0, 5, (37, 37))
    counts = counts + counts.T
    unigram = generator.integers(1, 100, 37)
    np.testing.assert_array_equal(
        target_matrix(counts, unigram, block=5).matrix.numpy(), target_matrix(counts, unigram, block=512).matrix.numpy()
    )


def test_entries_lie_between_minus_two_and_two_and_unseen_pairs_are_minus_two() -> None:
    corpus = build_corpus(["a b c a b d e e f a", "b c a f d"], letters, 10)
    counts = cooccurrence_counts(corpus, 2, Silent())
    matrix = target_matrix(counts, corpus.vocabulary.counts).matrix.numpy()
    assert (matrix[counts == 0] == -2.0).all()
    assert (counts == 0).any()
    assert (matrix[counts > 0] > -2.0).all()
    assert (matrix < 2.0).all()
    np.testing.assert_allclose(matrix, matrix.T)


def random_counts(size: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    counts = generator.integers(0, 6, (size, size))
    return counts + counts.T, generator.integers(1, 100, size)


@pytest.mark.parametrize("k", [1.0, 2.0, 0.25])
def test_pmi_and_ppmi_of_counts_worked_out_by_hand(k: float) -> None:
    counts = np.array([[0, 6], [6, 8]], dtype=np.int64)
    unigram = np.array([3, 1], dtype=np.int64)
    # P = C / 20, P_i = (3/4, 1/4)
    p01 = np.log((6 / 20) / (k * 3 / 16))
    p11 = np.log((8 / 20) / (k * 1 / 16))
    pmi = np.array([[0, p01], [p01, p11]])
    found = target_matrix(counts, unigram, "pmi", k)
    np.testing.assert_allclose(found.matrix.numpy(), pmi, rtol=1e-14)
    assert found.frobenius_sq == pytest.approx(2 * p01**2 + p11**2)
    assert found.pairs_seen == 3
    positive = target_matrix(counts, unigram, "ppmi", k)
    np.testing.assert_allclose(positive.matrix.numpy(), np.maximum(pmi, 0), rtol=1e-14)
    assert positive.frobenius_sq == pytest.approx((np.maximum(pmi, 0) ** 2).sum())
    assert positive.pairs_seen == 3


def test_an_offset_in_pmi_is_the_logarithm_of_the_negative_weight() -> None:
    counts, unigram = random_counts(30)
    plain, shifted = (target_matrix(counts, unigram, "pmi", k).matrix.numpy() for k in (1.0, 5.0))
    seen = counts > 0
    assert (~seen).sum() > 0
    np.testing.assert_allclose((plain - shifted)[seen], np.log(5.0))
    for kind in ("pmi", "ppmi"):
        assert (target_matrix(counts, unigram, kind, 5.0).matrix.numpy()[~seen] == 0).all()


def test_mstar_is_the_default_kind() -> None:
    counts, unigram = random_counts(30)
    for k in (1.0, 3.0):
        by_name, own = target_matrix(counts, unigram, "mstar", k), target_matrix(counts, unigram, negative_weight=k)
        assert torch.equal(by_name.matrix, own.matrix)
        assert (by_name.frobenius_sq, by_name.pairs_seen) == (own.frobenius_sq, own.pairs_seen)
    # M* is PMI to third order (docs/theory.md, section 2)
    small = np.abs(target_matrix(counts, unigram, "pmi").matrix.numpy()) < 0.1
    seen = small & (counts > 0)
    assert seen.sum() > 10
    np.testing.assert_allclose(
        target_matrix(counts, unigram).matrix.numpy()[seen],
        target_matrix(counts, unigram, "pmi").matrix.numpy()[seen],
        atol=0.1**3 / 12 * 1.01,
    )


@pytest.mark.parametrize("kind", ["mstar", "pmi", "ppmi"])
def test_entries_in_float32_are_those_of_float64_rounded_once(kind: TargetName) -> None:
    counts, unigram = random_counts(70, seed=1)
    exact = target_matrix(counts, unigram, kind, 1.5)
    kept = target_matrix(counts.astype(np.uint32), unigram, kind, 1.5, torch.float32, block=16)
    assert exact.dtype == torch.float64
    assert kept.dtype == torch.float32
    assert torch.equal(kept.matrix, exact.matrix.float())
    # norm and count are not of rounded entries
    assert kept.frobenius_sq == pytest.approx(exact.frobenius_sq, rel=1e-14)
    assert kept.pairs_seen == exact.pairs_seen


@pytest.mark.parametrize("size", [3, 1024, 1025, 1300])
def test_products_are_in_the_precision_of_what_is_multiplied(size: int) -> None:
    generator = torch.Generator().manual_seed(0)
    matrix = torch.randn(size, size, generator=generator)
    target = DenseTarget(matrix, 1.0, 1)
    X = torch.randn(size, 2, generator=generator, dtype=torch.float64)
    product = target.matmul(X)
    assert product.dtype == torch.float64
    torch.testing.assert_close(product, matrix.double() @ X, rtol=1e-13, atol=1e-11)
    single = target.matmul(X.float())
    assert single.dtype == torch.float32
    torch.testing.assert_close(single, matrix @ X.float())
    assert target.size == size
    assert target.to(torch.device("cpu"), torch.float64).dtype == torch.float64
