"""A sweep as sentences, tables of effects and a heat map for a terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from qwem_tui.base.ascii import to_ascii
from qwem_tui.base.printable import printable
from qwem_tui.formats.sweep.heat_map import MARKS, heat_map_lines, legend, value_text
from qwem_tui.formats.tables import plain_table, shown_word
from qwem_tui.study.sweep.effects import (
    Effect,
    HeatMap,
    LevelMean,
    Response,
    effect,
    in_ratios,
    moved,
    of_ratio,
    responses_of,
)
from qwem_tui.study.sweep.grid import Bound, Level, Sweep, cell_name, level_text
from qwem_tui.theory.critical_size import FEWEST_QUESTIONS

#: What a response is called, in a table's title and in its column of the first table.
TITLES: dict[Response, str] = {
    "peak": "Peak accuracy", "size": "Critical size d*", "step": "Step forecast to cross", "t": "Time t forecast",
    "trained-peak": "Peak accuracy in training", "trained-step": "Step of crossing in training",
    "trained-t": "Time t in training",
}  # fmt: skip
_COLUMNS: dict[Response, str] = {
    "peak": "peak", "size": "d*", "step": "step", "t": "t",
    "trained-peak": "trained peak", "trained-step": "trained step", "trained-t": "trained t",
}  # fmt: skip
_SHORT = {
    "vocab-size": "V", "window-shape": "shape", "negative-weight": "k", "tokenizer": "tokens", "step-size": "step size",
    "dim": "d",
}  # fmt: skip
_LONGEST_NAME = 22
_PEAKS: tuple[Response, ...] = ("peak", "trained-peak")
#: Stands behind a range that fewer than half of the combinations tell.
_FEW = "*"
#: Stands behind a peak that may be chance in a cell.
_CHANCE = "?"
_SHOWN_PROBLEMS, _SHOWN_PLACES = 5, 3


def _spread_text(response: Response, spread: float | None) -> str:
    if spread is None:
        return ""
    return f"×{spread:.2f}" if in_ratios(response) else f"±{100 * spread:.0f}"


def _mean_text(response: Response, level: LevelMean) -> str:
    if level.mean is None:
        return "–"
    return value_text(response, level.mean, level.bound) + _spread_text(response, level.spread)


def _range_text(found: Effect) -> str:
    if found.range is None:
        return "–"
    mark = MARKS[_range_bound(found)]
    if not moved(found) and not found.agree and not mark:
        return "none"
    few = _FEW if 2 * found.complete < found.combinations else ""
    if in_ratios(found.response):
        return f"{mark}×{found.range:.2f}" + _spread_text(found.response, found.range_spread) + few
    spread = "" if found.range_spread is None else f"±{100 * found.range_spread:.1f}"
    return f"{100 * found.range:.1f}{spread}{few}"


def _strength(found: Effect) -> float:
    if found.range is None:
        return 0.0
    return math.log(found.range) if in_ratios(found.response) else found.range


def _ends(found: Effect) -> tuple[LevelMean, LevelMean]:
    """Return the levels of the smallest mean and of the largest."""
    known = [level for level in found.levels if level.mean is not None]
    return min(known, key=lambda level: level.mean or 0.0), max(known, key=lambda level: level.mean or 0.0)


def _range_bound(found: Effect) -> Bound | None:
    """Return what bounds the range, which is of means that may be bounds themselves."""
    low, high = _ends(found)
    return of_ratio(high.bound, low.bound)


def _moves(found: Effect) -> str:
    low, high = _ends(found)
    alike = f"{found.agree} of {found.complete} comparisons"
    if found.agree == found.complete:
        alike = f"all {found.complete} comparisons" if found.complete > 1 else "one comparison"
    return (
        f"{found.factor.name} {value_text(found.response, low.mean, low.bound)} at {level_text(low.level)}, "
        f"{value_text(found.response, high.mean, high.bound)} at {level_text(high.level)} ({alike})"
    )


def _sentence(sweep: Sweep, response: Response, category: int | None) -> str | None:
    """Return which factors move a response of a category, by number, the strongest first; None where none varies."""
    found = [effect(sweep, response, category, axis) for axis in range(len(sweep.config.factors))]
    varied = [each for each in found if len(each.levels) > 1]
    if not varied:
        return None
    strong = sorted((each for each in varied if moved(each)), key=_strength, reverse=True)
    unmoved = [each for each in varied if each.range is not None and not moved(each)]
    still = [each.factor.name for each in unmoved if _range_bound(each) is None]
    unknown: dict[str, list[str]] = {}
    for each in varied:
        if each.range is None:
            unknown.setdefault(each.reason or "one level alone has a value", []).append(each.factor.name)
    for each in unmoved:
        if _range_bound(each) is not None:
            unknown.setdefault("sizes are bounds", []).append(each.factor.name)
    parts = [_moves(each) for each in strong if each.agree == each.complete]
    mixed = [_moves(each) for each in strong if each.agree < each.complete]
    if mixed:
        parts.append(f"not alike everywhere: {'; '.join(mixed)}")
    if still:
        parts.append(f"{', '.join(still)} {'changes' if len(still) == 1 else 'change'} nothing")
    parts += [f"not known for {', '.join(names)}: {reason}" for reason, names in unknown.items()]
    name = "all questions" if category is None else printable(sweep.categories[category])
    return f"{TITLES[response]}, {name}: {'; '.join(parts)}."


def _sentences(sweep: Sweep) -> list[str]:
    trained = any(cell.settings.trained for cell in sweep.cells)
    kind = (
        "each trained to its end, beside what the closed form says"
        if trained
        else "each by the closed form and a run forecast; nothing was trained"
    )
    lines = [f"{sweep.done:,} of {len(sweep.cells):,} cells, {kind}."]
    problems: dict[str, list[str]] = {}
    for cell in sweep.cells:
        if cell.problem is not None:
            problems.setdefault(str(cell.problem), []).append(cell_name(sweep.config.factors, cell.settings))
    for problem, places in list(problems.items())[:_SHOWN_PROBLEMS]:
        more = len(places) - _SHOWN_PLACES
        others = f" and {more:,} more" if more > 0 else ""
        lines.append(f"No result at {'; '.join(places[:_SHOWN_PLACES])}{others}: {printable(problem)}")
    if len(problems) > _SHOWN_PROBLEMS:
        lines.append(f"{len(problems) - _SHOWN_PROBLEMS:,} more reasons why cells have no result are in the JSON.")
    return lines


def _may_be_chance(sweep: Sweep, category: int | None, axis: int = 0, level: Level | None = None) -> bool:
    """Return whether the peak of a category, by number, may be chance in a cell in which enough questions are asked.

    Of all cells, or of those that have `level` of the factor number `axis`.
    """
    cells = (cell for cell in sweep.cells if level is None or cell.settings.levels[axis] == level)
    found = (cell.result.abilities.at(category) for cell in cells if cell.result is not None)
    return any(each.reason is not None and each.attempted >= FEWEST_QUESTIONS for each in found)


def _notes(sweep: Sweep) -> list[str]:
    notes = [
        "A mean is over the cells of its level, in those combinations of the other factors that have a value at every "
        "level; settings of a run do not enter the closed form, and count once there. Range: the largest mean less the "
        "smallest, or (sizes and times, whose means are geometric) divided by it; a comparison is of these two levels, "
        "all else being equal. Behind a mean stands the spread over its cells, behind a range that over the "
        "comparisons: ± a standard deviation in points of accuracy, × a factor, exp of that of logarithms.",
        f"{_FEW}: fewer than half of the combinations could be compared, the others lacking a value: mostly a peak "
        "that may be chance, or too few questions.",
        "A spread is what the other factors do, not what chance does: for that, sweep over seed with text below 1.",
    ]
    if any(_may_be_chance(sweep, number) for number in sweep.numbers):
        notes.insert(
            2,
            f"{_CHANCE}: behind an accuracy, that in some cells of its level the peak may be chance, on too few word "
            "pairs or too low; behind a category in a map, that it may in some cell. Do not go by these, nor by ranges "
            "made of them; the CSV has the reasons and numbers of questions.",
        )
    results = [cell.result for cell in sweep.cells if cell.result is not None]
    bounds = {ability.bound for result in results for ability in result.abilities.every}
    meanings = [
        "≥ may be larger: accuracy may still rise beyond the largest size evaluated",
        "≤ may be smaller: it is the smallest size evaluated",
        "~ may be either",
    ]
    used = [meaning for meaning in meanings if any(bound and meaning[0] == MARKS[bound] for bound in bounds)]
    if used:
        notes.append(f"Sizes, and means of any such: {'; '.join(used)}.")
    without = {cell.result.no_run for cell in sweep.cells if cell.result is not None and cell.result.no_run}
    notes += [f"No step is forecast in some cells: {printable(reason)}." for reason in sorted(without)]
    return notes


@dataclass(frozen=True)
class _Column:
    """A column of a table by category: its two lines of head, and a cell a category."""

    head: tuple[str, str]
    cells: tuple[str, ...]

    @property
    def width(self) -> int:
        return max(map(cell_len, (*self.head, *self.cells)))


class SweepReport:
    """The sweep as a Rich renderable: what moves what, tables as wide as the terminal, the map, and notes."""

    def __init__(self, sweep: Sweep, heat: HeatMap | None, ascii_only: bool = False) -> None:
        """Show `sweep`, and the map `heat` where there is one."""
        self._sweep, self._heat, self._ascii = sweep, heat, ascii_only

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        sweep, width = self._sweep, options.max_width
        for sentence in (*_sentences(sweep), *sweep.warnings):
            yield self._text(sentence)
        if not sweep.done:
            return
        shown = _shown(sweep)
        for response in shown:
            moves = _sentence(sweep, response, None)
            if moves is not None:
                yield self._text(moves)
        yield Text()
        yield self._text("All questions together, by level:")
        yield from self._together(None, width)
        for response in shown:
            yield from self._by_category(response, width)
        if self._heat is not None and self._heat.values.size:
            yield Text()
        yield from self._map(width)
        yield Text()
        for note in _notes(sweep):
            yield self._text(note)

    def _text(self, line: str) -> Text:
        return Text(self._plain(line))

    def _plain(self, text: str) -> str:
        return to_ascii(text) if self._ascii else text

    def _map(self, width: int) -> RenderResult:
        """Yield the map and what its shades mean; nothing where there is none."""
        heat, sweep = self._heat, self._sweep
        if heat is None or not heat.values.size:
            return
        if heat.response in _PEAKS:
            unsure = {
                name
                for number, name in zip(sweep.numbers, sweep.names.every, strict=True)
                if _may_be_chance(sweep, number)
            }
            # rows are categories in a map of one factor; levels of another have other names, but for chance
            marked = (f"{shown_word(row, _LONGEST_NAME - 1)}{_CHANCE}" if row in unsure else row for row in heat.rows)
            heat = replace(heat, rows=tuple(marked))
        yield self._text(f"{TITLES[heat.response]}: {printable(heat.title)}")
        yield from heat_map_lines(heat, width, self._ascii)
        meaning = legend(heat, self._ascii)
        if meaning is not None:
            yield self._text(meaning)

    def _together(self, category: int | None, width: int) -> RenderResult:
        """Yield a row a level, the means of a category (None: of all questions), and under a factor the ranges."""
        shown = _shown(self._sweep)
        rows: list[list[str]] = []
        ends = []
        for axis, factor in enumerate(self._sweep.config.factors):
            found = [effect(self._sweep, response, category, axis) for response in shown]
            for at, level in enumerate(factor.levels):
                cells = max(each.levels[at].cells for each in found)
                means = [_mean_text(each.response, each.levels[at]) for each in found]
                rows.append([factor.name if at == 0 else "", level_text(level), f"{cells:,}", *means])
            if len(factor.levels) > 1:
                rows.append(["", "range", "", *map(_range_text, found)])
            ends.append(len(rows) - 1)
        names = ("factor", "level", "cells", *(_COLUMNS[response] for response in shown))
        across = zip(names, zip(*rows, strict=True), strict=True)
        first, second, *others = (self._column(("", name), cells) for name, cells in across)
        for block in _blocks(others, width - first.width - second.width - 2):
            table = plain_table(self._ascii, gap=1)
            for column in (first, second, *block):
                label = column is first or column is second
                table.add_column(Text(column.head[1]), justify="left" if label else "right", no_wrap=True)
            for number in range(len(rows)):
                cells_of_row = (Text(column.cells[number]) for column in (first, second, *block))
                table.add_row(*cells_of_row, end_section=number in ends)
            yield table

    def _by_category(self, response: Response, width: int) -> RenderResult:
        """Yield the table of one response: categories down, levels across, in blocks as wide as the terminal."""
        names = [self._plain(shown_word(name, _LONGEST_NAME)) for name in self._sweep.names.every]
        known: set[int] = set()
        columns = []
        for axis, factor in enumerate(self._sweep.config.factors):
            found = [effect(self._sweep, response, number, axis) for number in self._sweep.numbers]
            known |= {number for number, each in enumerate(found) if each.reason is None}
            short = _SHORT.get(factor.name, factor.name)
            columns += [
                self._column(
                    (short, level_text(level)),
                    [
                        self._value(each, axis, at, number)
                        for number, each in zip(self._sweep.numbers, found, strict=True)
                    ],
                )
                for at, level in enumerate(factor.levels)
            ]
            if len(factor.levels) > 1:
                columns.append(self._column((short, "range"), [_range_text(each) for each in found]))
        yield Text()
        if not known:
            yield self._text(f"{TITLES[response]}, by category: none is known.")
            return
        yield self._text(f"{TITLES[response]}, by category and level:")
        label = max(cell_len(names[number]) for number in known)
        for block in _blocks(columns, width - label):
            table = plain_table(self._ascii, gap=1)
            table.add_column("category", no_wrap=True, max_width=label)
            for column in block:
                table.add_column(Text("\n".join(column.head)), justify="right", no_wrap=True)
            for number in sorted(known):
                last = number == len(self._sweep.categories) - 1
                table.add_row(Text(names[number]), *(Text(column.cells[number]) for column in block), end_section=last)
            yield table

    def _value(self, found: Effect, axis: int, at: int, category: int | None) -> str:
        """Return the mean of a level of an effect, marked where it is a peak that may be chance."""
        level = found.levels[at]
        shown = value_text(found.response, level.mean, level.bound)
        unsure = found.response in _PEAKS and level.mean is not None
        return shown + _CHANCE if unsure and _may_be_chance(self._sweep, category, axis, level.level) else shown

    def _column(self, head: tuple[str, str], cells: Sequence[str]) -> _Column:
        return _Column((self._plain(head[0]), self._plain(head[1])), tuple(map(self._plain, cells)))


class CategoryReport(SweepReport):
    """What a sweep says of one category: the map, the means by level, and what moves what."""

    def __init__(self, sweep: Sweep, heat: HeatMap | None, category: int | None, ascii_only: bool = False) -> None:
        """Show the category of this number (None: overall), and the map `heat` where there is one."""
        super().__init__(sweep, heat, ascii_only)
        self._category = category

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from self._map(options.max_width)
        yield Text()
        yield from self._together(self._category, options.max_width)
        yield Text()
        if _may_be_chance(self._sweep, self._category):
            yield self._text(
                "In some cells the peak of this category may be chance: do not go by it, nor by its range."
            )
        for response in _shown(self._sweep):
            moves = _sentence(self._sweep, response, self._category)
            if moves is not None:
                yield self._text(moves)


def _shown(sweep: Sweep) -> list[Response]:
    """Return what has columns: the times say what the steps do."""
    return [response for response in responses_of(sweep) if response not in ("t", "trained-t")]


def _blocks(columns: Sequence[_Column], width: int) -> list[list[_Column]]:
    """Return `columns` in blocks of up to `width` cells, at least one column each."""
    blocks: list[list[_Column]] = [[]]
    left = width
    for column in columns:
        # a cell of padding and one between columns
        if blocks[-1] and column.width + 2 > left:
            blocks.append([])
            left = width
        blocks[-1].append(column)
        left -= column.width + 2
    return blocks
