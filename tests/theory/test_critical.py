from __future__ import annotations

import numpy as np
import pytest
import torch

from qwem_tui.analogies.protocols import Analogies
from qwem_tui.theory.critical import bootstrap_curves, critical_sizes, first_reaching, size_grid, weak_peak


def analogies_of(pairs_per_category: list[int]) -> Analogies:
    category, pairs = [], []
    for number, count in enumerate(pairs_per_category):
        mine = [(i, j) for i in range(count) for j in range(count) if i != j]
        category += [number] * len(mine)
        pairs += mine
    attempted = np.bincount(category, minlength=len(pairs_per_category))
    return Analogies(
        "pairs",
        tuple(f"c{i}" for i in range(len(pairs_per_category))),
        np.zeros((len(pairs), 4), np.int64),
        np.array(category, np.int64),
        np.array(pairs, np.int64).reshape(-1, 2),
        attempted,
        attempted + 5,
        ((),) * len(pairs_per_category),
    )


def test_grid_is_dense_then_geometric() -> None:
    grid = size_grid(200)
    assert grid[:32] == tuple(range(1, 33))
    assert grid[-1] == 200
    ratios = np.array(grid[33:-1]) / np.array(grid[32:-2])
    assert (ratios > 1.05).all()
    assert (ratios < 1.15).all()
    assert size_grid(5) == (1, 2, 3, 4, 5)


def test_first_reaching() -> None:
    curves = np.array([[0.0, 0.4, 0.6, 0.2], [0.1, 0.1, 0.1, 0.1]])
    assert first_reaching(curves, np.array([0.4, 0.5])).tolist() == [1, -1]
    assert int(first_reaching(np.zeros(0), np.asarray(0.5))) == -1


def test_critical_size_is_the_first_that_reaches_half_of_the_peak() -> None:
    analogies = analogies_of([5, 5, 3])
    dims = (1, 2, 4, 8, 16)
    outcomes = np.zeros((5, len(analogies.questions)), np.bool_)
    outcomes[3:, analogies.category == 0] = True
    big, silent, few = critical_sizes(outcomes, dims, analogies)
    assert (big.critical_size, big.interval, big.peak, big.peak_dim) == (8, (8, 8), 1.0, 8)
    assert big.reason is None
    assert (silent.critical_size, silent.interval) == (None, None)
    assert silent.reason == "too unsure to mark: peak 0% on 5 word pairs may be chance"
    assert few.critical_size is None
    assert few.reason == "too few to tell: 6 of 11 questions covered"


def test_bootstrap_counts_a_question_as_often_as_both_its_pairs_are_drawn() -> None:
    # pair 0 answers nothing, every other question is right: accuracy is 1 - (share of questions with pair 0)
    pairs = np.array([(i, j) for i in range(4) for j in range(4) if i != j])
    right = (pairs != 0).all(axis=1)
    curves = bootstrap_curves(right[None], pairs, 20_000, seed=1)[:, 0]
    drawn = np.random.default_rng(9).multinomial(4, [0.25] * 4, size=20_000)
    weights = drawn[:, pairs[:, 0]] * drawn[:, pairs[:, 1]]
    expected = (weights * right).sum(1) / np.maximum(weights.sum(1), 1)
    assert curves.mean() == pytest.approx(expected.mean(), abs=0.01)
    assert curves.std() == pytest.approx(expected.std(), abs=0.01)


def test_a_peak_that_one_pair_carries_is_weak_and_a_broad_one_is_not() -> None:
    pairs = np.array([(i, j) for i in range(12) for j in range(12) if i != j])
    assert weak_peak((pairs == 3).any(axis=1), pairs, 200, 0) is not None
    assert weak_peak(pairs.sum(axis=1) % 2 == 0, pairs, 200, 0) is None


def test_no_pairs_at_all_have_no_weak_peak_to_ask_about() -> None:
    analogies = analogies_of([0])
    (only,) = critical_sizes(np.zeros((3, 0), np.bool_), (1, 2, 3), analogies)
    assert only.reason == "not in this text: no question is covered"
    assert torch.isnan(torch.tensor(only.accuracy)).all()
