from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from qwem_tui.vectors.planes import plane_of_modes, plane_of_pairs

Floats = NDArray[np.float64]


def rotation(seed: int, d: int) -> Floats:
    return np.asarray(np.linalg.qr(np.random.default_rng(seed).normal(size=(d, d)))[0])


def test_a_parallelogram_is_parallel_and_lies_in_its_plane() -> None:
    a = np.array([[0, 0, 0], [0, 4, 0], [0, 8, 0]], float)
    b = a + np.array([3, 0, 0])
    plane = plane_of_pairs(a, b)
    assert plane.parallel == pytest.approx(1.0)
    assert plane.share == pytest.approx(1.0)
    assert plane.names == ("difference", "midpoints")
    # the centre is the mean of the midpoints; the second axis may point either way
    places = plane.coordinates(a)
    assert places[:, 0] == pytest.approx([-1.5] * 3)
    assert np.abs(places[:, 1]) == pytest.approx([4, 0, 4])
    assert plane.coordinates(b)[:, 0] == pytest.approx([1.5] * 3)


@pytest.mark.parametrize("n", [2, 4, 25])
def test_differences_at_right_angles_have_a_cosine_of_one_over_the_root_of_their_number(n: int) -> None:
    plane = plane_of_pairs(np.zeros((n, n)), np.eye(n))
    assert plane.parallel == pytest.approx(n**-0.5)
    # n vectors of length 1 with components 1 / sqrt(n) along their mean; the midpoints, halves of them, add one more
    assert plane.share == pytest.approx((1 + 1) / n)


def test_unrelated_differences_are_hardly_parallel() -> None:
    draws = np.random.default_rng(1).normal(size=(2, 400, 1000))
    assert plane_of_pairs(*draws).parallel == pytest.approx(0.05, abs=0.01)


def test_opposite_differences_cancel() -> None:
    plane = plane_of_pairs(np.array([[0.0, 0], [0, 1]]), np.array([[1.0, 0], [-1, 1]]))
    assert plane.parallel == 0
    assert not plane.axes[0].any()


def test_nothing_is_in_the_plane_of_nothing() -> None:
    plane = plane_of_pairs(np.zeros((3, 4)), np.zeros((3, 4)))
    assert (plane.parallel, plane.share) == (0, 0)
    assert not plane.coordinates(np.zeros((2, 4))).any()
    assert plane_of_modes(np.zeros((5, 3)), np.ones((5, 2)), (1, 2)).share == 0


def test_one_pair_has_its_difference_and_no_spread() -> None:
    plane = plane_of_pairs(np.array([[1.0, 0, 0]]), np.array([[1.0, 2, 0]]))
    assert plane.parallel == pytest.approx(1)
    assert plane.axes.tolist() == [[0, 1, 0], [0, 0, 0]]


@given(st.integers(0, 9999), st.integers(2, 12), st.integers(3, 8))
def test_pairs_look_the_same_however_the_space_is_turned(seed: int, n: int, d: int) -> None:
    a, b, others = np.random.default_rng(seed).normal(size=(3, n, d))
    turn = rotation(seed + 1, d)
    plane = plane_of_pairs(a, b)
    turned = plane_of_pairs(a @ turn, b @ turn, plane.heights)
    assert turned.parallel == pytest.approx(plane.parallel)
    assert turned.share == pytest.approx(plane.share)
    assert turned.coordinates(others @ turn) == pytest.approx(plane.coordinates(others), abs=1e-6)
    assert plane.axes @ plane.axes.T == pytest.approx(np.eye(2), abs=1e-9)
    assert plane.heights == pytest.approx(plane.coordinates((a + b) / 2)[:, 1])
    assert plane.coordinates(b - a + plane.centre)[:, 0].mean() == pytest.approx(np.linalg.norm((b - a).mean(axis=0)))


def test_the_heights_before_say_which_way_is_up() -> None:
    a, b = np.random.default_rng(3).normal(size=(2, 6, 5))
    plane = plane_of_pairs(a, b)
    assert plane_of_pairs(a, b, -plane.heights).heights == pytest.approx(-plane.heights)


@given(st.integers(0, 9999))
def test_modes_of_a_trained_model_are_the_scaled_eigenvectors_however_it_is_turned(seed: int) -> None:
    V = rotation(seed, 9)[:, :4]
    scales = np.array([3.0, 2, 1, 0.5])
    W = (V * scales) @ rotation(seed + 1, 4)
    plane = plane_of_modes(W, V[:, [2, 0]], (3, 1))
    assert plane.names == (3, 1)
    # signs are those of the eigenvectors
    assert plane.coordinates(W) == pytest.approx(V[:, [2, 0]] * scales[[2, 0]], abs=1e-9)
    assert plane.share == pytest.approx((1 + 9) / (9 + 4 + 1 + 0.25))


def test_the_share_of_a_plane_of_oblique_axes_counts_nothing_twice() -> None:
    W = np.array([[1.0, 0], [0, 1]])
    plane = plane_of_modes(W, np.array([[1.0, 1], [0, 1]]), (1, 2))
    assert plane.share == pytest.approx(1)
    assert plane_of_modes(W, np.array([[1.0, 1], [0, 0]]), (1, 1)).share == pytest.approx(0.5)
