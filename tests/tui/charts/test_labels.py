from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from qwem_tui.tui.charts.labels import MOST_LABELS, Label, Placed, place_labels

WORDS = st.text("abcde東京é", max_size=9)


def covered(placed: Placed) -> list[tuple[int, int]]:
    cells = cell_len(placed.label.text)
    return [(placed.row, column) for column in range(placed.column, placed.column + cells)]


@st.composite
def scenes(draw: st.DrawFn) -> tuple[list[Label], np.ndarray, np.ndarray]:
    height, width = draw(st.integers(1, 12)), draw(st.integers(1, 60))
    rows, columns = st.integers(0, height - 1), st.integers(0, width - 1)
    labels = draw(
        st.lists(st.builds(Label, WORDS, rows, columns, st.just(""), st.booleans(), st.booleans()), max_size=60)
    )
    noise = np.random.default_rng(draw(st.integers(0, 99))).random((2, height, width))
    return labels, noise[0] < 0.02, (noise[1] < 0.2).astype(int)


@given(scenes())
def test_no_label_is_over_another_nor_over_a_point_nor_outside(
    scene: tuple[list[Label], np.ndarray, np.ndarray],
) -> None:
    labels, marks, drawn = scene
    placed = place_labels(labels, marks, drawn)
    assert len(placed) <= MOST_LABELS
    assert placed == place_labels(labels, marks, drawn)
    points = {(each.label.row, each.label.column) for each in placed}
    points |= {(int(row), int(column)) for row, column in np.argwhere(marks)}
    seen: set[tuple[int, int]] = set()
    for each in placed:
        cells = covered(each)
        assert all(0 <= row < marks.shape[0] and 0 <= column < marks.shape[1] for row, column in cells)
        assert not points & set(cells)
        # one more on either side: two words that touch would read as one
        assert not seen & {(row, column + by) for row, column in cells for by in (-1, 0, 1)}
        if not each.label.covers:
            assert not any(drawn[cell] for cell in cells)
        seen |= set(cells)


def test_a_label_stands_beside_its_point_and_gives_way_to_the_one_before() -> None:
    free, nothing = np.zeros((3, 12), bool), np.zeros((3, 12), int)
    labels = [Label("east", 1, 5), Label("west", 1, 5, leftward=True), Label("東京", 1, 5)]
    placed = place_labels(labels, free, nothing)
    assert placed[0] == Placed(labels[0], 1, 7)
    # the others share its point, which is its own: it is marked
    assert len(placed) == 1
    marked = free.copy()
    marked[1, 5] = True
    assert place_labels(labels, marked, nothing) == (
        Placed(labels[0], 1, 7),
        Placed(labels[1], 1, 0),
        Placed(labels[2], 0, 5),
    )


def test_a_label_covers_what_is_drawn_rather_than_not_being_there_where_it_may() -> None:
    free, full = np.zeros((1, 8), bool), np.ones((1, 8), int)
    word = Label("word", 0, 0)
    assert place_labels([word], free, full) == (Placed(word, 0, 2),)
    assert place_labels([Label("word", 0, 0, covers=False)], free, full) == ()
    # of two places the one where less is covered
    half = np.array([[0] * 9 + [4] * 9])
    word = Label("word", 0, 9)
    assert place_labels([word], np.zeros((1, 18), bool), half) == (Placed(word, 0, 4),)


def test_there_are_never_more_than_asked_for() -> None:
    labels = [Label("ab", row, 0) for row in range(40)]
    placed = place_labels(labels, np.zeros((40, 10), bool), np.zeros((40, 10), int))
    assert [each.label for each in placed] == labels[:30]
