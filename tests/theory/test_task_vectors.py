from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from qwem_tui.analogies.files import Category
from qwem_tui.analogies.protocols import Protocol, attempt
from qwem_tui.theory.task_vectors import (
    TaskVectors,
    _swapped,
    answered_without,
    distinct_pairs,
    independent_pairs,
    mean_shares,
    spikes,
    task_vectors,
)

WORDS = "boy girl king queen man woman uncle aunt".split()
QUESTIONS = (
    ("boy", "girl", "king", "queen"),
    ("king", "queen", "boy", "girl"),
    ("boy", "girl", "uncle", "aunt"),
    ("man", "woman", "boy", "girl"),
    ("man", "woman", "son", "daughter"),
)


def of_rows(R: NDArray[np.float64], dims: list[int], size: int = 400, seed: int = 0) -> TaskVectors:
    """Return the task vectors of pairs whose difference is R (N, d), in a vocabulary of noise otherwise."""
    n, d = R.shape
    V = np.random.default_rng(seed).normal(size=(size, d))
    rows = np.arange(2 * n).reshape(n, 2)
    V[rows[:, 0]], V[rows[:, 1]] = 0.0, R
    return task_vectors("made", torch.ones(d, dtype=torch.float64), torch.from_numpy(V), rows, dims)


@pytest.mark.parametrize("protocol", ["questions", "pairs"])
def test_distinct_pairs_are_those_asked_in_the_file_order(protocol: Protocol) -> None:
    index = {word: row for row, word in enumerate(WORDS)}
    analogies = attempt([Category("none", ()), Category("family", QUESTIONS)], index, protocol)
    assert distinct_pairs(analogies, 0).shape == (0, 2)
    assert distinct_pairs(analogies, 1).tolist() == [[0, 1], [2, 3], [6, 7], [4, 5]]


def test_a_planted_mean_with_orthogonal_noise_has_the_known_spike() -> None:
    n, mean_sq, noise_sq = 8, 0.5, 2.0
    R = np.zeros((n, n + 1))
    R[:, 0] = mean_sq**0.5
    R[:, 1:] = noise_sq**0.5 * np.eye(n)
    found = of_rows(R, [n + 1])
    # G = mean_sq ones ones^T + noise_sq I
    assert found.snr[0] == pytest.approx((n * mean_sq + noise_sq) / (mean_sq + noise_sq))
    assert found.mean_share[0] == pytest.approx((mean_sq + noise_sq / n) / (mean_sq + noise_sq))
    assert found.spike[0] == pytest.approx(found.mean_share[0])
    assert found.overlap[0] == pytest.approx(1.0)
    assert found.eigenvalues == pytest.approx([noise_sq] * (n - 1) + [n * mean_sq + noise_sq])


def test_equal_task_vectors_have_the_greatest_snr() -> None:
    found = of_rows(np.ones((6, 10)), [1, 3, 6, 10])
    assert found.snr == pytest.approx([1, 3, 6, 6])
    assert found.mean_share == pytest.approx([1, 1, 1, 1])
    assert found.overlap == pytest.approx([1, 1, 1, 1])


def test_task_vectors_without_length_are_nan_not_an_error() -> None:
    found = of_rows(np.zeros((4, 5)), [2, 5])
    assert np.isnan(found.snr).all()
    assert np.isnan(found.mean_share).all()
    assert found.standing_out is None
    assert sum(carrier.share for carrier in found.carriers) == pytest.approx(1)


@pytest.mark.parametrize("n", [5, 12, 40])
def test_growing_by_columns_equals_each_size_by_itself(n: int) -> None:
    R = np.random.default_rng(3).normal(size=(n, 24)) * np.linspace(2, 0.1, 24) + 0.3
    dims = [1, 2, 5, 9, 12, 13, 24]
    share, overlap = spikes(R, dims)
    means = mean_shares(R, dims)
    for i, d in enumerate(dims):
        G = R[:, :d] @ R[:, :d].T
        values, vectors = np.linalg.eigh(G)
        assert share[i] == pytest.approx(values[-1] / np.trace(G))
        assert overlap[i] == pytest.approx(abs(vectors[:, -1].sum()) / n**0.5)
        assert means[i] == pytest.approx(np.ones(n) @ G @ np.ones(n) / (n * np.trace(G)))
        assert means[i] <= share[i] + 1e-12


def test_pure_noise_bends_at_d_equal_n_and_nowhere_else() -> None:
    n, dims = 20, list(range(4, 61))
    runs = [of_rows(np.random.default_rng(seed).normal(size=(n, 60)), dims, seed=seed) for seed in range(6)]
    for curve in (np.mean([run.snr for run in runs], axis=0), np.mean([run.null_snr for run in runs], axis=0)):
        assert abs(dims[int(curve.argmax())] - n) <= 1
        slopes = np.diff(curve)
        before, after = slopes[n - 4 - 4 : n - 4].mean(), slopes[n - 4 : n].mean()
        assert before > 0.03 > -0.01 > after


def test_unrelated_task_vectors_share_one_nth_and_do_not_stand_out() -> None:
    shares, out = [], 0
    for seed in range(12):
        found = of_rows(np.random.default_rng(seed).normal(size=(10, 30)), [30], seed=seed + 100)
        shares.append(found.mean_share[0])
        out += found.standing_out is not None
    assert np.mean(shares) == pytest.approx(0.1, abs=0.015)
    assert out <= 1


def test_a_word_that_all_pairs_share_is_no_evidence() -> None:
    generator = np.random.default_rng(5)
    V = generator.normal(size=(400, 30))
    pairs = np.array([[row, 3] for row in range(20, 32)])
    found = task_vectors("currency", torch.ones(30), torch.from_numpy(V), pairs, [5, 10, 30])
    assert found.mean_share[-1] > 0.4
    assert found.standing_out is None


def test_a_common_direction_stands_out_from_the_size_that_has_it() -> None:
    R = np.random.default_rng(7).normal(size=(12, 30))
    R[:, 14] += 6.0
    found = of_rows(R, list(range(1, 31)))
    assert found.standing_out == (15, 30)
    assert found.carriers[0].mode == 15
    assert found.half_carried() == 15


def test_the_longest_run_counts_where_the_mean_stands_out_twice() -> None:
    found = of_rows(np.eye(4), [1, 2, 3, 4])
    above = np.array([1.0, 0.0, 1.0, 1.0])
    found.mean_share[:] = above
    found.null_share[:] = 0.5
    assert found.standing_out == (3, 4)


def test_carriers_say_which_words_lie_on_which_side() -> None:
    eigenvalues = torch.tensor([4.0, 1.0, -3.0])
    V = torch.zeros(40, 3, dtype=torch.float64)
    V[:8, 0] = torch.tensor([0.9, -0.8, 0.8, -0.9, 0.7, -0.7, 0.1, -0.1])
    V[:4, 1] = torch.tensor([0.0, 0.5, 0.0, 0.5])
    V[:, 2] = 1.0
    found = task_vectors("made", eigenvalues, V, np.array([[0, 1], [2, 3]]), [1, 2, 3])
    first, second, third = found.carriers
    # rbar = (-1.7 * 2, 0.5 * 1, 0)
    assert [first.mode, second.mode, third.mode] == [1, 2, 3]
    assert first.share == pytest.approx(3.4**2 / (3.4**2 + 0.5**2))
    assert first.share + second.share + third.share == pytest.approx(1)
    assert (first.sign, second.sign) == (-1, 1)
    assert first.toward_b == (3, 1, 5)
    assert first.toward_a == (0, 2, 4)
    assert second.toward_b[:2] in ((1, 3), (3, 1))
    assert second.toward_a == ()
    assert first.eigenvalue == 4.0
    # a negative eigenvalue adds neither length nor rank
    assert found.snr[2] == found.snr[1]


def test_pairs_in_a_ring_are_not_independent() -> None:
    assert independent_pairs(np.array([[0, 1], [2, 3], [4, 5]])) == 3
    assert independent_pairs(np.array([[0, 9], [1, 9], [2, 9]])) == 3
    assert independent_pairs(np.array([[0, 1], [1, 0]])) == 1
    assert independent_pairs(np.array([[0, 1], [1, 2], [0, 2], [5, 6]])) == 3
    V = torch.from_numpy(np.random.default_rng(0).normal(size=(60, 10)))
    ring = task_vectors("ring", torch.ones(10), V, np.array([[0, 1], [1, 2], [0, 2], [5, 6]]), [2, 8])
    assert ring.limit == 3
    assert (ring.eigenvalues > 1e-9).sum() == 3
    assert ring.snr[1] == pytest.approx(3 * ring.spike[1])


def test_answers_without_the_task_vector_are_the_nearest_words() -> None:
    generator = np.random.default_rng(11)
    embeddings = generator.normal(size=(30, 4))
    questions = np.array([generator.choice(30, 4, replace=False) for _ in range(200)])
    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    wanted = []
    for a, b, a2, b2 in questions:
        cosines = unit @ unit[a2]
        cosines[[a, b, a2]] = -np.inf
        wanted.append(cosines.argmax() == b2)
    assert answered_without(torch.from_numpy(embeddings), questions).tolist() == wanted
    assert 0 < sum(wanted) < 200
    three = torch.from_numpy(embeddings[:3])
    assert not answered_without(three, np.array([[0, 1, 2, 0]])).any()


def test_chance_swaps_words_for_others_of_similar_frequency() -> None:
    words = np.array([0, 1, 2, 40, 300])
    swapped = _swapped(words, 1000, 200, 0)
    assert not np.isin(swapped, words).any()
    assert all(len(set(draw)) == 5 for draw in swapped.tolist())
    assert swapped[:, 0].max() <= 20
    assert 40 < swapped[:, 3].max() <= 80
    assert 130 <= swapped[:, 4].min() < 200
    # all near words are the category's own: others, though further off
    assert _swapped(np.arange(60), 1000, 20, 0).min() >= 60
    # no others at all: it ends all the same
    assert _swapped(np.arange(4), 4, 1, 0).shape == (1, 4)


def test_the_same_seed_gives_the_same_chance() -> None:
    R = np.random.default_rng(0).normal(size=(6, 8))
    one, other = of_rows(R, [2, 8]), of_rows(R, [2, 8])
    assert (one.null_share == other.null_share).all()
    assert (one.null_snr == other.null_snr).all()


def test_nonsense_is_refused() -> None:
    V, ones = torch.zeros(4, 3), torch.ones(3)
    with pytest.raises(ValueError, match="no word pair"):
        task_vectors("x", ones, V, np.zeros((0, 2), np.int64), [1])
    for dims in ([], [0, 1], [2, 1], [4]):
        with pytest.raises(ValueError, match="ascend"):
            task_vectors("x", ones, V, np.array([[0, 1]]), dims)
    with pytest.raises(ValueError, match="within"):
        task_vectors("x", ones, V, np.array([[0, 1]]), [3], at=4)
