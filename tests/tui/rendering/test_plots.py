from __future__ import annotations

import numpy as np
import pytest

from qwem_tui.tui.rendering.plots import MOST_POINTS, row_letter, shown_points


def test_letters_go_on_past_z() -> None:
    assert [row_letter(i) for i in (0, 1, 25, 26, 27, 51, 52, 701, 702)] == [
        "a", "b", "z", "aa", "ab", "az", "ba", "zz", "aaa",
    ]  # fmt: skip


@pytest.mark.parametrize("log_x", [False, True])
@pytest.mark.parametrize("count", [0, 1, 5, MOST_POINTS, MOST_POINTS + 1, 123_456])
def test_shown_points_are_few_and_hold_both_ends(count: int, log_x: bool) -> None:
    points = shown_points(count, log_x)
    assert len(points) == min(count, len(points)) <= MOST_POINTS
    assert (np.diff(points) > 0).all()
    if count:
        assert points[0] == 0
        assert points[-1] == count - 1


def test_shown_points_are_even_on_the_axis_in_use() -> None:
    linear, log = shown_points(100_000, False), shown_points(100_000, True)
    assert np.diff(linear).max() <= 102
    late = log[log > 1000]
    ratios = late[1:] / late[:-1]
    assert ratios.max() < 1.02
