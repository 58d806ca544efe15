from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from qwem_tui.analogies.protocols import Analogies
from qwem_tui.theory.critical_size import (
    OVERALL,
    CriticalSize,
    bootstrap_weights,
    chance,
    critical_sizes,
    first_reaching,
    onset,
    resampled_curves,
    size_grid,
    supported_order,
    weak_peak,
)


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


def one_category(pairs: np.ndarray) -> Analogies:
    count = np.array([len(pairs)])
    numbers = np.zeros(len(pairs), np.int64)
    return Analogies("pairs", ("c",), np.zeros((len(pairs), 4), np.int64), numbers, pairs, count, count, ((),))


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
    big, silent, few = critical_sizes(outcomes, dims, analogies).categories
    assert (big.critical_size, big.interval, big.peak, big.peak_dim) == (8, (8, 8), 1.0, 8)
    assert big.reason is None
    assert (silent.critical_size, silent.interval) == (None, None)
    assert str(silent.reason) == "no critical size: no question on 5 word pairs is answered right"
    assert few.critical_size is None
    assert str(few.reason) == "too few to tell: 6 of 11 questions covered"


def test_bootstrap_counts_a_question_as_often_as_both_its_pairs_are_drawn() -> None:
    # pair 0 answers nothing, every other question is right: accuracy is 1 - (share of questions with pair 0)
    pairs = np.array([(i, j) for i in range(4) for j in range(4) if i != j])
    right = (pairs != 0).all(axis=1)
    curves = resampled_curves(right[None], one_category(pairs), 0, 20_000, seed=1)[:, 0]
    drawn = np.random.default_rng(9).multinomial(4, [0.25] * 4, size=20_000)
    weights = drawn[:, pairs[:, 0]] * drawn[:, pairs[:, 1]]
    expected = (weights * right).sum(1) / np.maximum(weights.sum(1), 1)
    assert curves.mean() == pytest.approx(expected.mean(), abs=0.01)
    assert curves.std() == pytest.approx(expected.std(), abs=0.01)


def test_a_peak_that_one_pair_carries_is_weak_and_a_broad_one_is_not() -> None:
    pairs = np.array([(i, j) for i in range(12) for j in range(12) if i != j])
    for right, is_weak in (((pairs == 3).any(axis=1), True), (pairs.sum(axis=1) % 2 == 0, False)):
        outcomes = np.stack([np.zeros(len(pairs), np.bool_), right])
        curves = resampled_curves(outcomes, one_category(pairs), 0, 200, 0)
        assert (weak_peak(outcomes.mean(axis=1), curves, 12) is not None) == is_weak


def test_pairs_are_resampled_inside_their_categories() -> None:
    # two categories with the same numbers of pairs: one knows all, one nothing, so that all together never vary
    analogies = analogies_of([5, 5])
    outcomes = (analogies.category == 0)[None]
    assert (resampled_curves(outcomes, analogies, 0, 50, 0) == 1).all()
    assert (resampled_curves(outcomes, analogies, 1, 50, 0) == 0).all()
    together = resampled_curves(outcomes, analogies, None, 2000, 0)
    all_pairs = analogies.pairs + 5 * analogies.category[:, None]
    pooled = resampled_curves(outcomes, one_category(all_pairs), 0, 2000, 0)
    assert together.mean() == pytest.approx(0.5, abs=0.02)
    assert together.std() < 0.7 * pooled.std()


def test_no_pairs_at_all_have_no_weak_peak_to_ask_about() -> None:
    analogies = analogies_of([0])
    (only,) = critical_sizes(np.zeros((3, 0), np.bool_), (1, 2, 3), analogies).categories
    assert str(only.reason) == "not in vocabulary: no question is covered"
    assert torch.isnan(torch.tensor(only.accuracy)).all()


def ordered_pairs(count: int) -> np.ndarray:
    return np.array([(i, j) for i in range(count) for j in range(count) if i != j], np.int64)


def sized(name: str, interval: tuple[int, int] | None) -> CriticalSize:
    critical = None if interval is None else interval[0]
    return CriticalSize(name, 20, 20, np.array([0.5]), 0.5, 8, critical, interval, critical, None)


@pytest.mark.parametrize(
    ("accuracy", "begins"),
    [
        ([0.0, 0.0, 0.1, 0.3, 0.2], 4),
        ([0.0, 0.2, 0.0, 0.3, 0.2], 8),
        ([0.0, 0.2, 0.5, 0.0, 0.01], 16),
        ([0.1, 0.2, 0.5, 0.4, 0.1], 1),
        ([0.0, 0.2, 0.5, 0.4, 0.0], None),
        ([0.0, 0.0, 0.0, 0.0, 0.0], None),
    ],
)
def test_onset_is_the_size_from_which_accuracy_stays_above_zero(accuracy: list[float], begins: int | None) -> None:
    assert onset(np.array(accuracy), (1, 2, 4, 8, 16)) == begins


def test_a_critical_size_carries_its_onset() -> None:
    analogies = analogies_of([5, 5, 5])
    dims = (1, 3, 5, 7, 9, 11)
    outcomes = np.zeros((len(dims), len(analogies.questions)), np.bool_)
    # of 20 questions: a little, none, a little more, half of the peak, the peak, and less again
    for row, right in enumerate((4, 0, 4, 10, 20, 8)):
        outcomes[row, np.flatnonzero(analogies.category == 0)[:right]] = True
    # this one works and then fails at the largest size
    outcomes[2:5, analogies.category == 1] = True
    rising, falling, silent = critical_sizes(outcomes, dims, analogies).categories
    np.testing.assert_allclose(rising.accuracy, [0.2, 0.0, 0.2, 0.5, 1.0, 0.4])
    assert (rising.critical_size, rising.onset, rising.peak_dim) == (7, 5, 9)
    assert (falling.critical_size, falling.onset, falling.peak_dim) == (5, None, 5)
    assert (silent.critical_size, silent.onset) == (None, None)


@pytest.mark.parametrize("fraction", [0.1, 0.25, 0.5, 1.0])
def test_the_fraction_is_of_the_categorys_own_peak(fraction: float) -> None:
    analogies = analogies_of([5])
    dims = (2, 3, 5, 8, 13)
    outcomes = np.zeros((5, 20), np.bool_)
    rights = (0, 2, 4, 8, 16)
    for row, right in enumerate(rights):
        outcomes[row, :right] = True
    (found,) = critical_sizes(outcomes, dims, analogies, fraction).categories
    expected = next(d for d, right in zip(dims, rights, strict=True) if right >= fraction * 16)
    assert (found.peak, found.critical_size) == (0.8, expected)
    assert found.interval is not None
    assert found.interval[0] <= expected <= found.interval[1]


@pytest.mark.parametrize(
    ("intervals", "chain"),
    [
        ({}, ()),
        ({"a": None, "b": None}, ()),
        ({"a": (3, 5)}, ("a",)),
        # a and c are told apart, whatever b is, which overlaps both
        ({"c": (9, 12), "a": (2, 6), "b": (5, 10)}, ("a", "c")),
        # ends that touch overlap
        ({"a": (2, 5), "b": (5, 7), "c": (8, 8)}, ("a", "c")),
        # a long interval costs no more than itself
        ({"long": (1, 30), "x": (2, 3), "y": (20, 25), "late": (31, 40)}, ("x", "y", "late")),
        ({"b": (10, 12), "none": None, "a": (1, 4), "c": (13, 20)}, ("a", "b", "c")),
        ({"a": (4, 9), "b": (4, 9), "c": (5, 7)}, ("c",)),
    ],
)
def test_only_the_order_that_intervals_support_is_given(
    intervals: dict[str, tuple[int, int] | None], chain: tuple[str, ...]
) -> None:
    assert supported_order(sized(name, interval) for name, interval in intervals.items()) == chain


def test_a_size_that_may_be_larger_than_its_interval_comes_before_none() -> None:
    rising = replace(sized("rising", (5, 9)), rising=True)
    assert supported_order([rising, sized("b", (20, 30)), sized("a", (1, 3))]) == ("a", "b")
    assert supported_order([rising, sized("a", (1, 3))]) == ("a", "rising")


def test_the_longest_order_is_found_and_all_others_overlap_it() -> None:
    generator = np.random.default_rng(7)
    for _ in range(50):
        lows = generator.integers(1, 30, 7)
        ends = {f"c{i}": (int(low), int(low + generator.integers(0, 12))) for i, low in enumerate(lows)}
        chain = supported_order(sized(name, interval) for name, interval in ends.items())
        longest = max(
            len(names)
            for count in range(1, 8)
            for names in combinations(ends, count)
            if all(ends[a][1] < ends[b][0] or ends[b][1] < ends[a][0] for a, b in combinations(names, 2))
        )
        assert len(chain) == longest
        assert all(ends[a][1] < ends[b][0] for a, b in pairwise(chain))
        for name in ends.keys() - set(chain):
            assert any(ends[name][0] <= ends[other][1] and ends[other][0] <= ends[name][1] for other in chain)


@pytest.mark.parametrize(
    ("rights", "rising", "at_first"),
    [
        # of 20 questions at sizes 2, 4, 8, 16
        ((0, 4, 8, 16), True, False),
        ((0, 4, 8, 20), False, False),  # nothing is better than perfect
        ((0, 4, 16, 16), False, False),  # a plateau
        ((0, 4, 16, 8), False, False),
        ((10, 16, 16, 8), False, True),
        ((9, 9, 9, 16), True, True),
    ],
)
def test_a_size_that_the_grid_bounds_from_one_side_is_marked(
    rights: tuple[int, ...], rising: bool, at_first: bool
) -> None:
    analogies = analogies_of([5])
    order = np.random.default_rng(8).permutation(20)
    outcomes = np.array([order < right for right in rights])
    (found,) = critical_sizes(outcomes, (2, 4, 8, 16), analogies).categories
    assert (found.rising, found.at_first) == (rising, at_first)
    (whole,) = critical_sizes(outcomes, (1, 4, 8, 16), analogies).categories
    assert not whole.at_first


def test_what_a_guess_answers_too_does_not_count() -> None:
    assert chance(10_000) == 0.01
    assert chance(103) == pytest.approx(0.03)
    assert chance(2) == 1.0
    analogies = analogies_of([12])
    outcomes = (analogies.pairs.sum(axis=1) % 3 == 0)[None]
    (known,) = critical_sizes(outcomes, (4,), analogies).categories
    assert known.critical_size == 4
    (guessed,) = critical_sizes(outcomes, (4,), analogies, by_chance=0.3).categories
    assert str(guessed.reason) == f"too unsure to mark: peak {outcomes.mean():.0%} on 12 word pairs may be chance"
    assert critical_sizes(outcomes, (4,), analogies, by_chance=0.3).overall.critical_size is None


def test_all_questions_together_count_alike_and_their_pairs_stay_apart() -> None:
    # pairs are numbered inside a category: pair 0 of one has nothing to do with pair 0 of the other
    analogies = analogies_of([6, 4])
    dims = (1, 2, 4, 8)
    first = analogies.category == 0
    outcomes = np.zeros((4, len(first)), np.bool_)
    outcomes[1:, first] = True
    outcomes[3, ~first] = True
    found = critical_sizes(outcomes, dims, analogies, draws=400).overall
    assert (found.name, found.attempted, found.total) == (OVERALL, 42, 52)
    np.testing.assert_allclose(found.accuracy, [0, 30 / 42, 30 / 42, 1])
    assert (found.critical_size, found.onset, found.peak, found.peak_dim) == (2, 2, 1.0, 8)
    assert found.interval == (2, 2)
    few = critical_sizes(outcomes[:, :11], dims, analogies_of_first(analogies, 11)).overall
    assert str(few.reason) == "too few to tell: 11 of 52 questions covered"


def analogies_of_first(analogies: Analogies, count: int) -> Analogies:
    return Analogies(
        analogies.protocol,
        analogies.names,
        analogies.questions[:count],
        analogies.category[:count],
        analogies.pairs[:count],
        np.bincount(analogies.category[:count], minlength=len(analogies.names)),
        analogies.total,
        analogies.missing,
    )


def test_the_overall_interval_is_that_of_pairs_drawn_inside_each_category() -> None:
    # Category 0 answers from size 2 on and category 1 from size 4 on; half of the peak at size 2 depends on which
    # weighs more. With pairs drawn inside each category the share of category 0 has a spread worked out below.
    analogies = analogies_of([6, 6])
    dims = (2, 4)
    first = analogies.category == 0
    outcomes = np.vstack([first, np.full(len(first), True)])
    found = critical_sizes(outcomes, dims, analogies, fraction=0.3, draws=4000).overall
    drawn = np.random.default_rng(5).multinomial(6, [1 / 6] * 6, size=(2, 200_000))
    weight = drawn.sum(axis=2) ** 2 - (drawn**2).sum(axis=2)
    share = weight[0] / weight.sum(axis=0)
    late = (share < 0.3).mean()
    assert 0 < late < 0.025
    assert found.interval == (2, 2)
    # one numbering for both would make the two weigh the same in every draw, and this interval a point too
    even = critical_sizes(outcomes, dims, analogies, fraction=0.5, draws=4000).overall
    assert 0.3 < (share < 0.5).mean() < 0.7
    assert even.interval == (2, 4)


@pytest.mark.parametrize("count", [2, 4, 12])
def test_a_question_weighs_as_much_as_it_should_on_average(count: int) -> None:
    # multinomial counts N of n pairs, n draws: E[N_i N_j] = (n - 1) / n, and E[N_i^2] = 2 - 1 / n
    pairs = np.vstack([ordered_pairs(count), [[i, i] for i in range(count)]])
    weights = bootstrap_weights(pairs, 20_000, seed=3)
    assert weights.shape == (20_000, len(pairs))
    different = pairs[:, 0] != pairs[:, 1]
    assert weights[:, different].mean() == pytest.approx(1 - 1 / count, rel=0.02)
    assert weights[:, ~different].mean() == pytest.approx(2 - 1 / count, rel=0.02)
    # (i, j) and (j, i) are asked of the same two pairs
    both = {(int(i), int(j)): column for (i, j), column in zip(pairs, weights.T, strict=True)}
    assert all((both[i, j] == both[j, i]).all() for i, j in both)
    # as many pairs are drawn as there are
    np.testing.assert_array_equal(np.sqrt(weights[:, ~different]).sum(axis=1), count)


def test_pairs_that_no_question_asks_for_are_not_drawn() -> None:
    # three pairs numbered with gaps weigh as three pairs without
    dense, sparse = ordered_pairs(3), ordered_pairs(3) * 7 + 2
    np.testing.assert_array_equal(bootstrap_weights(dense, 50, 1), bootstrap_weights(sparse, 50, 1))
    assert bootstrap_weights(np.zeros((0, 2), np.int64), 50, 1).shape == (50, 0)


@settings(deadline=None)
@given(
    pairs=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=40),
    draws=st.integers(1, 30),
    seed=st.integers(0, 2**32),
)
def test_weights_are_products_of_how_often_pairs_are_drawn(pairs: list[tuple[int, int]], draws: int, seed: int) -> None:
    every = sorted({pair for question in pairs for pair in question})
    # a question of each pair with itself shows how often the pair was drawn
    asked = np.array([*pairs, *((pair, pair) for pair in every)], np.int64)
    weights = bootstrap_weights(asked, draws, seed)
    drawn = np.sqrt(weights[:, len(pairs) :])
    np.testing.assert_array_equal(drawn.sum(axis=1), len(every))
    for column, (first, second) in enumerate(pairs):
        expected = drawn[:, every.index(first)] * drawn[:, every.index(second)]
        np.testing.assert_array_equal(weights[:, column], expected)
    np.testing.assert_array_equal(weights, bootstrap_weights(asked, draws, seed))
