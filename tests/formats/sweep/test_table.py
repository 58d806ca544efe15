from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from rich.cells import cell_len
from rich.console import Console

from qwem_tui.formats.sweep.heat_map import heat_map_lines, legend, shades, value_text
from qwem_tui.formats.sweep.table import CategoryReport, SweepReport
from qwem_tui.study.sweep.effects import HeatMap, category_map, heat_map
from qwem_tui.study.sweep.grid import Bound, Factor, Sweep
from qwem_tui.theory.by_category import ByCategory
from tests.study.sweep.sweeps import CRITICAL, PEAK, made

WINDOW, WEIGHT = Factor("window", (4, 8)), Factor("negative-weight", (0.5, 1.0, 2.0))


def shown(
    sweep: Sweep, heat: HeatMap | None = None, ascii_only: bool = False, width: int = 80, colour: bool = False
) -> str:
    console = Console(
        file=io.StringIO(), width=width, highlight=False, markup=False, force_terminal=colour,
        color_system="256" if colour else None, no_color=not colour,
    )  # fmt: skip
    console.print(SweepReport(sweep, heat, ascii_only))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert isinstance(text, str)
    return text


def flowing(text: str) -> str:
    return " ".join(text.split())


def test_what_moves_and_what_does_not_is_said_in_sentences() -> None:
    text = flowing(shown(made([WINDOW, WEIGHT], [0.2, 0.2, 0.2, 0.3, 0.3, 0.3], PEAK)))
    assert "6 of 6 cells, each by the closed form and a run forecast; nothing was trained." in text
    assert (
        "Peak accuracy, all questions: window 20% at 4, 30% at 8 (all 3 comparisons); negative-weight changes nothing."
        in text
    )
    # sizes and steps are alike in all of these cells
    assert "Critical size d*, all questions: window, negative-weight change nothing." in text


def test_an_effect_that_is_not_alike_everywhere_is_said_to_be() -> None:
    text = flowing(shown(made([WINDOW, WEIGHT], [0.2, 0.4, 0.2, 0.3, 0.3, 0.5], PEAK)))
    assert "not alike everywhere: " in text
    assert "window 27% at 4, 37% at 8 (2 of 3 comparisons)" in text


def test_the_table_of_all_questions_has_means_spreads_and_ranges() -> None:
    lines = shown(made([WINDOW, WEIGHT], [10, 20, 30, 40, 50, 60], CRITICAL)).splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("factor"))
    four, eight, extent = (line.split() for line in lines[at + 2 : at + 5])
    # geometric: 6000^(1/3) and 120000^(1/3); exp of the standard deviations of logarithms
    assert four[:2] == ["window", "4"]
    assert "18.2×1.74" in four
    assert "49.3×1.23" in eight
    # 40/10, 50/20, 60/30
    assert extent == ["range", "none", "×2.71×1.42", "none"]


def test_a_table_by_category_has_all_levels_and_ranges() -> None:
    lines = shown(made([WINDOW, WEIGHT], [10, 20, 30, 40, 50, 60], CRITICAL)).splitlines()
    at = lines.index("Critical size d*, by category and level:")
    assert lines[at + 1].split() == ["window", "window", "window", "k", "k", "k", "k"]
    assert lines[at + 2].split() == ["category", "4", "8", "range", "0.5", "1", "2", "range"]
    assert lines[at + 4].split()[:4] == ["capitals", "18.2", "49.3", "×2.71×1.42"]


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_nothing_is_wider_than_the_terminal_and_nothing_is_cut(width: int, ascii_only: bool) -> None:
    factors = [
        Factor("window", tuple(range(1, 13))),
        Factor("negative-weight", (0.5, 1.0)),
        Factor("tokenizer", ("letters", "whitespace")),
    ]
    sizes = [float(10 + 7 * number % 90) for number in range(48)]
    names = ("capital-common-countries-of-the-world", "東京の首都", "gram[red]8[/red]-plural", "overall")
    sweep = made(factors, sizes, CRITICAL, names=names)
    text = shown(sweep, heat_map(sweep, "size", 0, 0, 2), ascii_only, width)
    assert max(map(cell_len, text.splitlines())) <= width
    assert "…" not in text
    assert "gram[red]8[/red]" in text
    if ascii_only:
        assert text.isascii()
    # every level has its column, in some block
    for level in range(1, 13):
        assert any(str(level) in line.split() for line in text.splitlines())


def test_failing_cells_are_named_with_their_sentence() -> None:
    text = flowing(shown(made([WINDOW, WEIGHT], [0.2, 0.2, None, 0.3, 0.3, 0.3], PEAK)))
    assert "5 of 6 cells" in text
    assert "No result at window 4, negative-weight 2: There was no memory for this one." in text
    nothing = flowing(shown(made([WINDOW], [None, None], PEAK)))
    assert "0 of 2 cells" in nothing
    many = flowing(shown(made([Factor("seed", tuple(range(9)))], [0.5, *[None] * 8], PEAK)))
    assert "No result at seed 1; seed 2; seed 3 and 5 more: There was no memory for this one." in many


def test_an_effect_that_cannot_be_compared_is_said_to_be_unknown() -> None:
    text = flowing(shown(made([WINDOW, Factor("seed", (0, 1))], [0.1, None, None, 0.4], PEAK)))
    assert "not known for window, seed: no combination of the other factors has a value at every level" in text


def test_a_peak_that_may_be_chance_is_marked_wherever_peaks_are() -> None:
    sweep = made([WINDOW], [0.2, 0.3], PEAK, names=("capitals", "plurals", "overall"))
    first, second = sweep.cells
    assert first.result is not None
    capitals, plurals = first.result.abilities.categories
    unsure = replace(capitals, critical_size=None, interval=None, reason="too unsure to mark: peak 20% may be chance")
    abilities = ByCategory((unsure, plurals), first.result.abilities.overall)
    cells = (replace(first, result=replace(first.result, abilities=abilities)), second)
    marked = replace(sweep, cells=cells)
    text = shown(marked, category_map(marked, "peak", 0))
    at = text.splitlines().index("Peak accuracy, by category and level:")
    rows = {line.split()[0]: line.split()[1:] for line in text.splitlines()[at + 4 : at + 6]}
    assert (rows["capitals"][:2], rows["plurals"][:2]) == (["20%?", "30%"], ["20%", "30%"])
    # in a map of all categories it is the name that is marked
    assert any(line.startswith("capitals? ") for line in text.splitlines())
    assert not any(line.startswith("plurals? ") for line in text.splitlines())
    assert "?: behind an accuracy, that in some cells of its level the peak may be chance" in flowing(text)
    assert "?" not in shown(sweep)
    assert "may be chance" in flowing(described(CategoryReport(marked, None, 0)))
    assert "may be chance" not in flowing(described(CategoryReport(marked, None, 1)))


def described(report: SweepReport) -> str:
    console = Console(file=io.StringIO(), width=80, highlight=False, markup=False)
    console.print(report)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_trained_cells_show_both() -> None:
    text = shown(made([WINDOW], [0.2, 0.3], "trained-peak"))
    assert "each trained to its end" in flowing(text)
    assert "Peak accuracy in training, by category and level:" in text
    assert "Step of crossing in training, by category and level:" in text


def test_bounds_are_marked_as_in_a_prediction() -> None:
    bounds: list[Bound | None] = [None, None, None, "at least", None, None]
    sweep = made([WINDOW, WEIGHT], [10, 10, 10, 40, 40, 40], CRITICAL, bounds=bounds)
    text = shown(sweep, heat_map(sweep, "size", 0, 0, 1))
    four, eight, extent = next(
        [line.split() for line in text.splitlines()[at + 2 : at + 5]]
        for at, line in enumerate(text.splitlines())
        if line.startswith("factor")
    )
    assert four[4].startswith("10×")
    assert eight[3].startswith("≥40×")
    # the ratio of a bound to a size is a bound
    assert extent[2].startswith("≥×4.00")
    assert "window 10 at 4, ≥40 at 8" in flowing(text)
    row = next(line for line in text.splitlines() if line.startswith("8 "))
    assert row.split() == ["8", "█", "≥40", "█", "40", "█", "40"]
    assert "≥ may be larger: " in flowing(text)
    assert "may be smaller" not in text
    ascii_text = shown(sweep, heat_map(sweep, "size", 0, 0, 1), ascii_only=True)
    assert ascii_text.isascii()
    assert ">=40" in ascii_text
    assert "· 10, the lowest, to █ ≥40, the highest" in flowing(text)
    # of bounds that are alike nothing is known
    alike = made([WINDOW, WEIGHT], [8] * 6, CRITICAL, bounds=["at least"] * 6)
    assert "Critical size d*, all questions: not known for window, negative-weight: sizes are bounds." in flowing(
        shown(alike)
    )
    assert "~×1.00" in shown(alike)
    # without bounds there are no marks, and nothing is said of them
    assert "≥" not in shown(made([WINDOW, WEIGHT], [10, 20, 30, 40, 50, 60], CRITICAL))


# --- heat maps


def heat(values: Sequence[Sequence[float]], response: str = "size") -> HeatMap:
    array = np.array(values)
    rows, columns = (tuple(range(1, 1 + count)) for count in array.shape)
    return HeatMap(
        "size" if response == "size" else "peak",
        "title",
        rows,
        columns,
        array,
        ((None,) * array.shape[1],) * len(array),
    )


def test_shades_go_from_the_lowest_to_the_highest() -> None:
    # by ratios for sizes, by differences for accuracies
    assert shades("size", np.array([[1.0, 10.0, 100.0]])).tolist() == [[0, 2, 4]]
    assert shades("peak", np.array([[0.0, 0.1, 0.5, 1.0, math.nan]])).tolist() == [[0, 0, 2, 4, -1]]
    assert shades("peak", np.array([[0.3, 0.3]])).tolist() == [[2, 2]]
    assert shades("peak", np.array([[math.nan]])).tolist() == [[-1]]


def test_a_map_without_colour_has_shades_and_numbers() -> None:
    found = heat([[1, 10], [100, math.nan]])
    plain = [line.plain for line in heat_map_lines(found, 80, False)]
    assert [line.split() for line in plain] == [["1", "2"], ["1", "·", "1", "▒", "10"], ["2", "█", "100", "–"]]
    assert legend(found, False) == "· 1, the lowest, to █ 100, the highest."
    ascii_lines = [line.plain for line in heat_map_lines(found, 80, True)]
    assert all(line.isascii() for line in ascii_lines)
    assert ascii_lines[2].split() == ["2", "#", "100", "-"]
    assert legend(heat([[math.nan]]), False) is None


def test_a_map_wider_than_the_terminal_goes_on_below() -> None:
    lines = heat_map_lines(heat([[float(10 + n) for n in range(30)]]), 40, False)
    assert max(line.cell_len for line in lines) <= 40
    assert " ".join(line.plain for line in lines if line.style == "bold").split() == [str(n) for n in range(1, 31)]


def test_colours_are_there_only_where_the_terminal_has_them() -> None:
    sweep = made([WINDOW, WEIGHT], [10, 20, 30, 40, 50, 60], CRITICAL)
    found = heat_map(sweep, "size", 0, 0, 1)
    assert "\x1b[" not in shown(sweep, found)
    coloured = shown(sweep, found, colour=True)
    assert coloured.count("48;5;") >= 6


def test_values_are_shown_as_what_they_are() -> None:
    assert [value_text("peak", v) for v in (0.123, 0.0, None, math.nan)] == ["12%", "0%", "–", "–"]
    assert [value_text("size", 12.0, b) for b in (None, "at least", "at most", "neither")] == [
        "12",
        "≥12",
        "≤12",
        "~12",
    ]
    assert [value_text("step", v) for v in (12345.0, 123.4, 12.34, 0.385)] == ["12,345", "123", "12.3", "0.385"]
