"""Whole pictures as rows of cells, without a screen."""

from __future__ import annotations

import ast
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from rich.cells import cell_len

import qwem_tui.tui.charts
from qwem_tui.tui.charts import AXIS_COLOR, Marker, Plot, Series, draw
from qwem_tui.tui.charts.canvas import Row


def _text(rows: list[Row]) -> list[str]:
    return ["".join(text for text, _ in row) for row in rows]


def _colors_at(row: Row) -> list[str]:
    return [color for text, color in row for _ in range(cell_len(text))]


def _dots(rows: list[Row]) -> int:
    return sum((ord(char) - 0x2800).bit_count() for line in _text(rows) for char in line if "\u2800" < char <= "\u28ff")


def _line(x: list[float], y: list[float], color: str = "red", **options: object) -> Series:
    return Series(np.array(x, dtype=float), np.array(y, dtype=float), color, **options)  # type: ignore[arg-type]


def _busy(log: bool = False) -> Plot:
    t = np.geomspace(1, 1e6, 200)
    curves = [k / (1 + np.exp(-(np.log(t) - k - 3))) for k in range(1, 5)]
    return Plot(
        (
            *(Series(t, curve, f"#0{k}8080", dotted=True) for k, curve in enumerate(curves)),
            *(Series(t[:120], curve[:120], f"#0{k}8080", label=f"mode {k}") for k, curve in enumerate(curves)),
            Series(t, np.ones(200), "blue", label="家族の木"),
        ),
        (Marker(1e3, "gender", "red"), Marker(1.01e3, "國家"), Marker(5e5, "plural")),
        x_label="time (steps)",
        y_label="σ",
        log_x=log,
        log_y=log,
        cursor=2e4,
    )


SIZES = [(1, 1), (2, 2), (1, 30), (30, 1), (7, 3), (8, 3), (12, 5), (24, 6), (25, 8), (40, 10), (78, 18), (160, 45)]


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_row_fills_the_width_with_merged_runs(width: int, height: int, log: bool, ascii: bool) -> None:
    rows = draw(_busy(log), width, height, ascii)
    assert len(rows) == height
    for row, line in zip(rows, _text(rows), strict=True):
        assert sum(cell_len(text) for text, _ in row) == cell_len(line) == width
        assert all(left[1] != right[1] for left, right in pairwise(row))
    if ascii:
        assert all(line.isascii() for line in _text(rows))


def test_small_sizes_lose_labels_then_axes_then_all() -> None:
    plot = Plot((_line([0, 10], [0, 1], label="end"),), x_label="step", y_label="loss")
    full, no_labels, no_axes, nothing = (
        "\n".join(_text(draw(plot, *size))) for size in [(40, 10), (20, 5), (6, 2), (1, 1)]
    )
    assert all(word in full for word in ("step", "loss", "end", "└", "10"))
    assert "└" in no_labels
    assert not any(char.isalnum() for char in no_labels)
    assert "└" not in no_axes
    assert _dots(draw(plot, 6, 2)) > 0
    assert nothing == " "


def test_one_dot_golden() -> None:
    # (0, 0) is the dot at the bottom left, (1, 1) the one at the top right, of 2 x 2 cells
    assert _text(draw(Plot((_line([0], [0]),), x_max=1, y_max=1), 2, 2)) == ["  ", "⡀ "]
    assert _text(draw(Plot((_line([1], [1]),), x_max=1, y_max=1), 2, 2)) == [" ⠈", "  "]
    assert _text(draw(Plot((_line([0, 1], [0, 1]),), x_max=1, y_max=1), 2, 2)) == [" ⡎", "⡜ "]


def test_a_whole_small_picture() -> None:
    plot = Plot((_line([0, 10], [0, 1], label="acc"),), y_percent=True)
    assert _text(draw(plot, 30, 7)) == [
        " 100%┤                ⣀⠤⠒⠉ acc",
        "     │            ⣀⠤⠒⠉        ",
        "  50%┤        ⣀⠤⠒⠉            ",
        "     │    ⣀⠤⠒⠉                ",
        "   0%┤⣀⠤⠒⠉                    ",
        "     └┬─────────┬────────┬    ",
        "      0         5       10    ",
    ]


def test_solid_lines_have_three_times_the_dots_of_dotted_ones() -> None:
    x, y = [0.0, 50.0, 100.0], [0.0, 100.0, 20.0]  # no tick label has a point of its own
    solid, dotted = (_dots(draw(Plot((_line(x, y, dotted=dotted),)), 80, 20)) for dotted in (False, True))
    assert dotted == pytest.approx(solid / 3, abs=1)
    solid_text, dotted_text = (
        "".join(_text(draw(Plot((_line(x, y, dotted=dotted),)), 80, 20, ascii=True))) for dotted in (False, True)
    )
    assert solid_text.count("*") >= 74
    assert "*" not in dotted_text
    assert dotted_text.count(".") == pytest.approx(solid_text.count("*") / 2, abs=3)


def test_nan_and_infinity_leave_a_gap() -> None:
    whole = _dots(draw(Plot((_line([0, 1, 2, 3, 4], [1] * 5),)), 60, 10))
    for hole in (math.nan, math.inf):
        assert _dots(draw(Plot((_line([0, 1, 2, 3, 4], [1, 1, hole, 1, 1]),)), 60, 10)) == pytest.approx(
            whole / 2, abs=3
        )


def test_a_log_axis_puts_decades_at_even_distances_and_leaves_zero_out() -> None:
    plot = Plot((_line([0, 1, 10, 100, 1000], [1] * 5, marker=True),), log_x=True)
    row = next(line for line in _text(draw(plot, 68, 8)) if any("\u2800" < char <= "\u28ff" for char in line))
    places = [at for at, char in enumerate(row) if "\u2800" < char <= "\u28ff"]
    assert len(places) == 4
    assert np.ptp(np.diff(places)) <= 1
    assert [label in _text(draw(plot, 68, 8))[-1].split() for label in ("1", "10", "100", "1k")] == [True] * 4


def test_ticks_stand_where_the_data_stands() -> None:
    for value in (0.0, 1.0, 2.0, 3.0):
        rows = _text(draw(Plot((_line([value, 3], [value, math.nan], marker=True),), y_max=3, x_min=0), 60, 15))
        row = next(line for line in rows if any("\u2800" < char <= "\u28ff" for char in line))
        assert row.split("┤")[0].strip() == str(int(value))
        column = next(at for at, char in enumerate(row) if "\u2800" < char <= "\u28ff")
        assert rows[-2][column] == "┬"


def test_the_y_gutter_keeps_its_width() -> None:
    widths = {
        _text(draw(Plot((_line([0, 1], [0, top]),)), 60, 12))[-2].index("└") for top in (1e-3, 0.5, 3.0, 80.0, 1e4, 1e6)
    }
    assert widths == {5}


def test_where_lines_meet_the_solid_one_drawn_last_gives_the_colour_and_dots_merge() -> None:
    level = _line([0, 1], [1, 1], "red")
    rising = _line([0, 1], [0, 2], "green")
    prediction = _line([0, 1], [1, 1], "blue", dotted=True)
    row = draw(Plot((level, prediction), x_max=1), 40, 9)
    assert "blue" not in {color for line in row for _, color in line}
    both, alone = draw(Plot((level, rising)), 40, 9), draw(Plot((rising,), y_max=2), 40, 9)
    assert _dots(both) > _dots(alone)
    greens = [sum(_colors_at(line).count("green") for line in rows) for rows in (both, alone)]
    # each stays green in every cell it passes; blanks behind a run may share its colour
    assert greens[0] > 0
    middle = next(at for at, line in enumerate(_text(alone)) if "┤" in line and line.strip().startswith("1┤"))
    crossing = [at for at, char in enumerate(_text(alone)[middle]) if "\u2800" < char <= "\u28ff"]
    assert {_colors_at(both[middle])[at] for at in crossing} == {"green"}


def test_markers_stand_on_the_axis_and_those_in_one_cell_share_a_label() -> None:
    line = _line([0, 100], [0, 1])
    markers = (
        Marker(20, "alpha", "red"),
        Marker(60, "beta", "green"),
        Marker(60.1, "gamma", "blue"),
        Marker(500, "far"),
    )
    rows = draw(Plot((line,), markers), 60, 12)
    axis, labels = _text(rows)[-3:-1]
    assert axis.count("▲") == 2
    assert "alpha" in labels
    assert "beta,gamma" in labels
    assert "far" not in labels
    colors = _colors_at(rows[-3])
    assert (colors[axis.index("▲")], colors[axis.rindex("▲")]) == ("red", "")
    ascii_axis = _text(draw(Plot((line,), markers), 60, 12, ascii=True))[-3]
    assert ascii_axis.count("^") == 2


def test_markers_that_share_a_cell_have_all_of_their_labels_or_none_but_for_one_in_front() -> None:
    line = _line([0, 100], [0, 1])
    many = tuple(Marker(50, letter * 4) for letter in "abcdefghijklmnop")
    axis, labels, _ = _text(draw(Plot((line,), many), 60, 12))[-3:]
    assert (axis.count("▲"), labels.strip()) == (1, "")
    chosen = (*many[:8], Marker(50, "iiii", "red", front=True), *many[9:], Marker(51.5, "next"))
    rows = draw(Plot((line,), chosen), 60, 12)
    assert _text(rows)[-2].split() == ["iiii"]
    assert _colors_at(rows[-3])[_text(rows)[-3].index("▲")] == "red"


def test_marker_labels_that_would_touch_are_left_out() -> None:
    markers = (Marker(50, "first"), Marker(53, "second"), Marker(90, "third"))
    rows = _text(draw(Plot((_line([0, 100], [0, 1]),), markers), 60, 12))
    assert rows[-2].split() == ["first", "third"]
    assert rows[-3].count("▲") == 3


def test_end_labels_stand_beside_their_lines_without_touching() -> None:
    flat = [
        _line([0, 50], [level, level], color, label=name)
        for level, color, name in [(0.9, "red", "top"), (0.1, "green", "low"), (0.1, "blue", "same")]
    ]
    rows = draw(Plot(tuple(flat), x_max=100, y_max=1), 70, 12)
    top = next(row for row in rows if "top" in _text([row])[0])
    low = next(row for row in rows if "low" in _text([row])[0])
    same = next(row for row in rows if "same" in _text([row])[0])
    assert abs(rows.index(low) - rows.index(same)) == 1
    line = _text([top])[0]
    assert _colors_at(top)[line.index("top")] == "red"
    assert _colors_at(same)[_text([same])[0].index("same")] == "blue"
    assert "\u2800" < line[: line.index("top")].rstrip()[-1] <= "\u28ff"


def test_of_many_lines_that_end_in_one_place_only_the_one_in_front_is_labelled() -> None:
    names = ["one", "two", "three", "four"]
    alike = [_line([0, 50], [0, 0], "red", label=name) for name in names]
    apart = _line([0, 50], [0, 1], "blue", label="apart")
    text = "\n".join(_text(draw(Plot((*alike, apart), x_max=100, y_max=1), 70, 12)))
    assert [name in text for name in (*names, "apart")] == [False] * 4 + [True]
    front = _line([0, 50], [0, 0], "green", label="five", front=True)
    # over a line that leaves it no room, too
    wall = _line([0, 100], [0, 0], "yellow")
    for others in ((), (wall,)):
        rows = draw(Plot((*alike, apart, front, *others), x_max=100, y_max=1), 70, 12)
        (line,) = [row for row in rows if "five" in _text([row])[0]]
        assert _colors_at(line)[_text([line])[0].index("five")] == "green"
        assert not any(name in "\n".join(_text(rows)) for name in names)


def test_an_end_label_covers_dotted_lines_but_never_solid_ones() -> None:
    short = _line([0, 50], [0.5, 0.5], "red", label="here")
    dotted = _line([0, 100], [0.5, 0.5], "blue", dotted=True)
    rows = _text(draw(Plot((short, dotted), y_max=1), 60, 9))
    row = next(line for line in rows if "here" in line)
    assert "\u2800" < row.rstrip()[-1] <= "\u28ff"
    walls = tuple(_line([0, 100], [0.5 + k / 40] * 2, "green") for k in range(-20, 21))
    assert "here" not in "".join(_text(draw(Plot((short, *walls), y_max=1), 60, 9)))


def test_long_end_labels_are_cut_to_leave_the_plot_its_room() -> None:
    rows = _text(draw(Plot((_line([0, 1], [1, 1], label="x" * 200),)), 60, 10))
    assert any(line.endswith("xxxxxxxx…") for line in rows)


@pytest.mark.parametrize(("height", "row"), [(18, -1), (9, 0)])
def test_the_x_title_has_a_row_or_shares_one(height: int, row: int) -> None:
    plot = Plot((_line([0, 100], [0, 1], label="k"),), x_label="time", y_label="loss")
    rows = _text(draw(plot, 60, height))
    assert "time" in rows[row]
    assert rows[0].startswith("loss")
    assert "100" in "".join(rows[-2:]).split()


def test_the_cursor_is_a_vertical_line_that_leaves_dots_alone() -> None:
    line = _line([0, 100], [1, 1])
    without, with_cursor = (draw(Plot((line,), y_max=2, cursor=now), 60, 9) for now in (None, 50.0))
    assert _dots(without) == _dots(with_cursor)
    columns = [row.index("┊") for row in _text(with_cursor) if "┊" in row]
    assert len(columns) == 6
    assert len(set(columns)) == 1
    assert not any("┊" in row for row in _text(draw(Plot((line,), cursor=5000.0), 60, 9)))


def test_without_data_the_sentence_stands_in_the_middle() -> None:
    plot = Plot((_line([], []), _line([1.0], [math.nan])), empty="Nothing has been measured yet.")
    rows = draw(plot, 40, 5)
    assert _text(rows)[2].strip() == "Nothing has been measured yet."
    assert not any("└" in line for line in _text(rows))
    assert "".join(_text(draw(plot, 12, 5))).split() == ["Nothing", "has", "been", "measured", "yet."]


def test_only_the_colours_given_are_used() -> None:
    rows = draw(_busy(), 80, 20)
    used = {color for row in rows for _, color in row}
    assert used <= {"", AXIS_COLOR, "red", "blue", *(f"#0{k}8080" for k in range(4))}
    assert {AXIS_COLOR, "blue", "#038080"} <= used


def test_the_plot_is_drawn_without_textual() -> None:
    folder = Path(qwem_tui.tui.charts.__file__).parent
    importers = {
        path.name
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if any(
            name.split(".")[0] == "textual"
            for name in (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
        )
    }
    assert importers == {"widget.py"}


def test_a_label_goes_to_an_empty_row_before_it_covers_dots() -> None:
    short = _line([0, 50], [50, 50], "red", label="here")
    solid = _line([50, 100], [50, 50], "green")
    above = _line([0, 100], [65, 65], "blue", dotted=True)
    rows = _text(draw(Plot((above, solid, short), y_max=100), 60, 9))
    level = next(at for at, line in enumerate(rows) if "⠤⠤⠤" in line or "⠒⠒⠒" in line or "⠉⠉⠉" in line or "⣀⣀⣀" in line)
    assert "here" in rows[level + 1]


@pytest.mark.parametrize("distance", range(1, 14))
def test_labels_of_close_markers_never_run_together(distance: int) -> None:
    markers = (Marker(30, "first"), Marker(30 + distance, "second"))
    words = set(_text(draw(Plot((_line([0, 100], [0, 1]),), markers), 60, 12))[-2].split())
    # in one cell they share a label
    assert words in ({"first"}, {"first", "second"}, {"first,second"} if distance < 2 else {"first"})


@pytest.mark.parametrize("width", range(24, 130, 7))
@pytest.mark.parametrize("top", [1.0, 37.0, 8e3, 2.5e6])
def test_tick_labels_keep_their_distance(width: int, top: float) -> None:
    rows = _text(draw(Plot((_line([0, top], [0, top]),)), width, 6 + width // 5))
    columns = [at for at, char in enumerate(rows[-2]) if char == "┬"]
    assert len(columns) >= 2
    assert min(right - left for left, right in pairwise(columns)) >= 8
    # two blanks at least: no label runs into the next, so there are as many as ticks
    assert len([label for label in rows[-1].split("  ") if label.strip()]) == len(columns)
    lines = [at for at, line in enumerate(rows) if "┤" in line]
    assert len(lines) >= 2
    assert min(right - left for left, right in pairwise(lines)) >= 2


def test_long_numbers_do_not_push_the_plot_out() -> None:
    rows = _text(draw(Plot((_line([0, 1], [1e6, 1e6 + 2]),), y_min=1e6, y_max=1e6 + 3), 24, 8))
    assert rows[-2].index("└") == 5
    assert _dots(draw(Plot((_line([0, 1], [1e6, 1e6 + 2]),), y_min=1e6, y_max=1e6 + 3), 24, 8)) > 20


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("seed", range(40))
def test_no_numbers_and_no_size_make_it_fail(seed: int) -> None:
    rng = np.random.default_rng(seed)
    hostile = [0.0, -1.0, 3.3, math.nan, math.inf, -math.inf, 1e308, -1e308, 1e300, 1e-300, 5e-324, 1e15, 1e-5]
    words = ["", "word", "國家", "\x1b[31m", "a\nb", "👩\u200d👩", "कि", "n" * 90]

    def limit() -> float | None:
        return None if rng.random() < 0.5 else float(rng.choice(hostile))

    for _ in range(15):
        series = tuple(
            Series(rng.choice(hostile, 12), rng.choice(hostile, 12), "red", rng.random() < 0.5, str(rng.choice(words)))
            for _ in range(rng.integers(0, 4))
        )
        plot = Plot(
            series,
            tuple(Marker(float(rng.choice(hostile)), str(rng.choice(words))) for _ in range(rng.integers(0, 4))),
            x_label=str(rng.choice(words)),
            y_label=str(rng.choice(words)),
            log_x=rng.random() < 0.5,
            log_y=rng.random() < 0.5,
            x_min=limit(),
            x_max=limit(),
            y_min=limit(),
            y_max=limit(),
            y_percent=rng.random() < 0.3,
            cursor=limit(),
            empty=str(rng.choice(words)),
        )
        width, height = int(rng.integers(1, 60)), int(rng.integers(1, 20))
        rows = draw(plot, width, height, bool(rng.random() < 0.3))
        assert [cell_len(line) for line in _text(rows)] == [width] * height
        assert not any(char in line for line in _text(rows) for char in "\x1b\n\0")
