"""The table of categories: columns that fit, order, filter, and timelines."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from qwem_tui.study.study import Study
from qwem_tui.tui.rendering.abilities import AbilityRow, ability_rows
from qwem_tui.tui.rendering.category_columns import (
    FIGURES,
    GAP,
    arranged,
    cells_of,
    columns_for,
    heading,
    sortable,
)
from qwem_tui.tui.rendering.palette import DARK
from qwem_tui.tui.rendering.run import Run
from qwem_tui.tui.rendering.timelines import CELLS, timeline
from qwem_tui.tui.rendering.view import View
from tests.tui.fake_run import FakeRun

LONG = "gram1-adjective-to-adverb"


def row(name: str, actual: float = math.nan, accuracy: float = 0.5, dotted: str = "") -> AbilityRow:
    values = {each.key: math.nan for each in FIGURES} | {"actual": actual, "accuracy": accuracy}
    texts = {each.key: "1" for each in FIGURES} | {"dotted": dotted}
    return AbilityRow(letter="a", name=name, state="", sentence="", reached=None, values=values, **texts)


def view_of(study: Study, accuracies: tuple[float, ...], log_x: bool = False) -> View:
    run = FakeRun(study, frames=0)
    for accuracy in accuracies:
        run.take_steps(1, accuracy=accuracy)
    history = run.history()
    assert history is not None
    return View(Run(study, history.columns()), log_x, DARK)


@given(width=st.integers(20, 200), hidden=st.frozensets(st.sampled_from([each.key for each in FIGURES])))
def test_columns_fit_and_names_are_whole_before_there_are_more_of_them(width: int, hidden: frozenset[str]) -> None:
    columns = columns_for([row(LONG), row("short")], width, hidden)
    keys = [each.key for each in columns]
    taken = sum(each.width + GAP for each in columns)
    assert keys[:2] == ["letter", "name"]
    assert taken <= max(width, 18)
    assert not hidden & set(keys)
    assert columns[1].width <= len(LONG)
    if set(keys) & {"difference", "timeline", "asked", "threshold"}:
        assert columns[1].width == len(LONG)


def test_a_wide_table_has_all_columns_and_a_narrow_one_the_most_important() -> None:
    rows = [row(LONG)]
    assert [each.key for each in columns_for(rows, 150)][2:] == [each.key for each in FIGURES if each.key != "dotted"]
    assert [each.key for each in columns_for(rows, 62)][2:] == ["accuracy", "actual", "critical"]
    assert "dotted" in [each.key for each in columns_for([row(LONG, dotted="3%")], 150)]


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("name", ["動物の鳴き声と家族の名前についての長い名前", LONG * 3, "e\u0301te\u0301"])
def test_no_cell_is_wider_than_its_column(name: str, ascii: bool) -> None:
    columns = columns_for([row(name)], 80)
    for column, cell in zip(columns, cells_of(row(name), columns, ascii), strict=True):
        assert cell.cell_len <= column.width
        assert cell.plain.isascii() or not ascii


def test_rows_are_sorted_unknown_figures_last_and_filtered_by_name() -> None:
    rows = [row("b one", 9, 0.1), row("A two", math.nan, 0.9), row("c one", 3, math.nan)]
    order = {key: [each.name[0] for each in arranged(rows, key, "")] for key in (None, "name", "actual", "accuracy")}
    assert order == {
        None: ["b", "A", "c"],
        "name": ["A", "b", "c"],
        "actual": ["c", "b", "A"],
        "accuracy": ["A", "b", "c"],
    }
    assert [each.name for each in arranged(rows, "actual", "ONE")] == ["c one", "b one"]
    columns = columns_for(rows, 150)
    assert sortable(columns)[:3] == ["name", "accuracy", "actual"]
    labels = [heading(each, "then", "accuracy", ascii=False).plain for each in columns]
    assert [label for label in labels if "↓" in label] == ["then↓"]
    assert all(cell_len(heading(each, "then", each.key, ascii=True).plain) <= each.width for each in columns[1:])


def test_a_row_says_of_what_it_has_crossed_and_how_much_later_than_forecast(gd: Study) -> None:
    category = gd.analogies.names.index("capitals")
    forecast = gd.trajectory.crossing[category]
    assert forecast is not None
    late = view_of(gd, (0.0,) * (forecast + 3) + (1.0,))
    found = ability_rows(late)[0]
    peak = gd.trajectory.accuracy[:, category].max()
    assert found.threshold == f"{peak / 2:.0%} of {peak:.0%}"
    assert found.actual == f"{forecast + 3}"
    assert found.difference == f"+3 ({3 / forecast:+.0%})"
    assert found.values["difference"] == 3
    assert f"half of a peak of {peak:.0%}" in found.sentence
    early = ability_rows(view_of(gd, (0.0,)))[0]
    assert (early.actual, early.difference) == (f"below {peak / 2:.0%}", "-")


def test_a_timeline_has_the_accuracies_the_forecast_and_the_crossing(gd: Study) -> None:
    category = gd.analogies.names.index("capitals")
    end, forecast = gd.expected_steps, gd.trajectory.crossing[category]
    assert end is not None
    assert forecast is not None
    view = view_of(gd, tuple(step / end for step in range(end + 1)))
    plain = timeline(view, category, None)
    at = min(round(forecast / end * (CELLS - 1)), CELLS - 1)
    assert len(plain) == CELLS
    assert plain[at] == "┊"
    # the best of each part of the run, in eighths
    levels = [each for each in plain if each != "┊"]
    assert levels == sorted(levels)
    assert (levels[0] in "▁▂", levels[-1]) == (True, "█")
    assert timeline(view, category, forecast)[at] == "◉"
    assert timeline(view, category, end)[-1] == "●"
    assert timeline(view, category, end, ascii=True)[-1] == "o"
    assert timeline(view, category, end, ascii=True).isascii()
    begun = timeline(view_of(gd, (0.0, 0.0)), category, None)
    assert begun[1:].replace("┊", " ").strip() == ""
    assert ability_rows(replace(view, log_x=True))[0].timeline != ability_rows(view)[0].timeline
