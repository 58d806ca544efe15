"""What each factor of a sweep does: level means, their spread, and how alike that is in all cells (*ours*)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

from qwem_tui.base.errors import Named, SettingError
from qwem_tui.base.printable import printable
from qwem_tui.study.sweep.grid import Bound, CellAbility, Factor, Level, Sweep, SweepConfig
from qwem_tui.theory.critical_size import FEWEST_QUESTIONS

Response = Literal["peak", "size", "step", "t", "trained-peak", "trained-step", "trained-t"]
Number = TypeVar("Number", np.float64, np.bool_)
RESPONSES: tuple[Response, ...] = get_args(Response)
#: What the closed form says of the text, and the settings of a run, which do not enter there.
_OF_THE_TEXT: tuple[Response, ...] = ("peak", "size")
_OF_THE_RUN = ("sigma", "step-size", "dim", "trainer")
#: What a run that was trained shows.
TRAINED: tuple[Response, ...] = ("trained-peak", "trained-step", "trained-t")


def _peak(ability: CellAbility) -> float | None:
    return ability.peak if ability.attempted >= FEWEST_QUESTIONS else None


def _trained_peak(ability: CellAbility) -> float | None:
    return ability.trained.peak if ability.trained and ability.attempted >= FEWEST_QUESTIONS else None


def _trained_step(ability: CellAbility) -> float | None:
    return ability.trained.step if ability.trained else None


def _trained_t(ability: CellAbility) -> float | None:
    return ability.trained.t if ability.trained else None


_VALUES: dict[Response, Callable[[CellAbility], float | None]] = {
    "peak": _peak,
    "size": lambda ability: ability.critical_size,
    "step": lambda ability: ability.step,
    "t": lambda ability: ability.t,
    "trained-peak": _trained_peak,
    "trained-step": _trained_step,
    "trained-t": _trained_t,
}


def in_ratios(response: Response) -> bool:
    """Return whether values are compared by ratios, as sizes and times are; accuracies are by differences."""
    return response not in ("peak", "trained-peak")


def responses_of(sweep: Sweep) -> tuple[Response, ...]:
    """Return what the cells of a sweep are compared in."""
    trained = any(cell.settings.trained for cell in sweep.cells)
    return RESPONSES if trained else tuple(each for each in RESPONSES if each not in TRAINED)


def values(sweep: Sweep, response: Response, category: int | None) -> NDArray[np.float64]:
    """Return a value for each cell, an axis a factor; NaN where there is none.

    A category is given by its number; None is overall. Accuracies on fewer questions than tell anything are none; nor
    is a size or time of 0, which has no ratio.
    """
    found = []
    for cell in sweep.cells:
        value = None if cell.result is None else _VALUES[response](cell.result.abilities.at(category))
        known = value is not None and (value > 0 or not in_ratios(response))
        found.append(math.nan if value is None or not known else value)
    return np.array(found).reshape([len(factor.levels) for factor in sweep.config.factors])


@dataclass(frozen=True)
class LevelMean:
    """A level of a factor: its mean, and the spread over the cells of that level.

    A mean of critical sizes of which one is a bound is itself one (`bound`).
    Accuracies have arithmetic means and standard deviations, sizes and times geometric ones: their spread is a factor,
    exp of the standard deviation of logarithms. None where there is no such number. `cells` of the level have a value.
    """

    level: Level
    cells: int
    mean: float | None
    spread: float | None
    bound: Bound | None = None


@dataclass(frozen=True)
class Effect:
    """What a factor does to one response of a category: the main effect.

    Means are over the `complete` of all `combinations` of the other factors' levels that have a value at every level of
    this one, so that levels are compared on equal terms; a level without any value is left out. Settings of a run do
    not enter the closed form: combinations that differ in them alone count once there. `range` is the largest level
    mean less the smallest; for sizes and times the one divided by the other. `range_spread` is the spread of that
    difference or ratio over the combinations, and in `agree` of them the level of the largest mean, `highest`, has more
    than that of the smallest. Critical sizes of `bounded` cells are bounds. None, and a `reason`, where there is no
    complete combination; None too where nothing varies.
    """

    response: Response
    category: str
    factor: Factor
    levels: tuple[LevelMean, ...]
    range: float | None
    range_spread: float | None
    highest: Level | None
    agree: int
    complete: int
    combinations: int
    bounded: int
    reason: str | None


def _bound_of(may_be_larger: bool, may_be_smaller: bool) -> Bound | None:
    if may_be_larger and may_be_smaller:
        return "neither"
    return "at least" if may_be_larger else "at most" if may_be_smaller else None


def of_ratio(above: Bound | None, below: Bound | None) -> Bound | None:
    """Return what bounds the ratio of two sizes, of which either may be a bound."""
    larger = above in ("at least", "neither") or below in ("at most", "neither")
    return _bound_of(larger, above in ("at most", "neither") or below in ("at least", "neither"))


def _open_ends(sweep: Sweep, response: Response, category: int | None) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return for each cell, an axis a factor, whether its value may be larger and whether it may be smaller."""
    shape = [len(factor.levels) for factor in sweep.config.factors]
    results = [cell.result for cell in sweep.cells]
    found = [None if each is None or response != "size" else each.abilities.at(category).bound for each in results]
    larger = np.array([bound in ("at least", "neither") for bound in found]).reshape(shape)
    return larger, np.array([bound in ("at most", "neither") for bound in found]).reshape(shape)


def _back(response: Response, value: float) -> float:
    return math.exp(value) if in_ratios(response) else value


def _rows(
    sweep: Sweep, response: Response, found: NDArray[Number], axis: int, joined: Callable[..., NDArray[Number]]
) -> NDArray[Number]:
    """Return `found` with a row for each level of factor `axis` and a column for each combination of the others.

    Settings of a run do not enter the responses of the closed form. Combinations that differ in these settings alone
    have equal values there, and `joined` reduces them to one column.
    """
    for other, factor in enumerate(sweep.config.factors):
        if other != axis and factor.name in _OF_THE_RUN and response in _OF_THE_TEXT:
            # a cell without a value must not hide the one that has it
            found = joined(found, axis=other, keepdims=True)
    return np.moveaxis(found, axis, 0).reshape(len(sweep.config.factors[axis].levels), -1)


def effect(sweep: Sweep, response: Response, category: int | None, axis: int) -> Effect:
    """Return the effect of factor number `axis` on `response` of a category, by number; None is overall."""
    factor = sweep.config.factors[axis]
    found = values(sweep, response, category)
    rows = _rows(sweep, response, np.log(found) if in_ratios(response) else found, axis, np.fmax.reduce)
    cells = (~np.isnan(np.moveaxis(found, axis, 0).reshape(len(rows), -1))).sum(axis=1)
    known = ~np.isnan(rows)
    # a level at which nothing is known must not keep the others from being compared
    compared = np.asarray(known.any(axis=1))
    usable = known[compared].all(axis=0) if compared.any() else np.zeros(rows.shape[1], np.bool_)
    complete = rows[:, usable]
    count = complete.shape[1]
    means = complete.mean(axis=1) if count else np.full(len(rows), np.nan)
    spreads = complete.std(axis=1, ddof=1) if count > 1 else np.full(len(rows), np.nan)
    larger, smaller = (
        np.asarray(_rows(sweep, response, ends, axis, np.logical_or.reduce)[:, usable].any(axis=1))
        for ends in _open_ends(sweep, response, category)
    )
    levels = tuple(
        LevelMean(
            level,
            int(cells[at]),
            _back(response, float(means[at])) if count and compared[at] else None,
            _back(response, float(spreads[at])) if count > 1 and compared[at] else None,
            _bound_of(bool(larger[at]), bool(smaller[at])) if compared[at] else None,
        )
        for at, level in enumerate(factor.levels)
    )
    extent = between = highest = reason = None
    agree = 0
    if not compared.any():
        reason = "no cell has a value"
    elif not count:
        reason = "no combination of the other factors has a value at every level"
    elif compared.sum() > 1:
        high, low = int(np.nanargmax(means)), int(np.nanargmin(means))
        differences = complete[high] - complete[low]
        extent = _back(response, float(differences.mean()))
        between = _back(response, float(differences.std(ddof=1))) if count > 1 else None
        highest = factor.levels[high]
        agree = int((differences > 0).sum())
    bounds = [cell.result.abilities.at(category).bound for cell in sweep.cells if cell.result is not None]
    bounded = sum(bound is not None for bound in bounds) if response == "size" else 0
    name, combinations = sweep.names.at(category), rows.shape[1]
    return Effect(response, name, factor, levels, extent, between, highest, agree, count, combinations, bounded, reason)


def effects(sweep: Sweep) -> tuple[Effect, ...]:
    """Return the effect of every factor on every response of every category, and overall."""
    return tuple(
        effect(sweep, response, category, axis)
        for response in responses_of(sweep)
        for axis in range(len(sweep.config.factors))
        for category in sweep.numbers
    )


def moved(found: Effect) -> bool:
    """Return whether a factor moves the response at all: by more than rounding."""
    if found.range is None:
        return False
    return found.range > 1 + 1e-9 if in_ratios(found.response) else found.range > 1e-9


@dataclass(frozen=True)
class MapChoice:
    """What the heat map shows: `factors` (two, or one by all categories; None: chosen), of a `response`, a category."""

    factors: tuple[str, ...] | None = None
    response: Response = "peak"
    category: str | None = None


@dataclass(frozen=True)
class HeatMap:
    """Values (n_rows, n_columns) of one response, NaN where there is none; `rows` and `columns` are their labels.

    `bounds` say of each whether it is a bound.
    """

    response: Response
    title: str
    rows: tuple[Level, ...]
    columns: tuple[Level, ...]
    values: NDArray[np.float64]
    bounds: tuple[tuple[Bound | None, ...], ...]


def heat_map(sweep: Sweep, response: Response, category: int | None, rows: int, columns: int) -> HeatMap:
    """Return the map of two factors, by number: means over all cells of the others that have a value."""
    found = values(sweep, response, category)
    scaled = np.log(found) if in_ratios(response) else found
    down, across = sweep.config.factors[rows], sweep.config.factors[columns]

    def by_two(each: NDArray[Number]) -> NDArray[Number]:
        return np.moveaxis(each, (rows, columns), (0, 1)).reshape(len(down.levels), len(across.levels), -1)

    flat = by_two(scaled)
    larger, smaller = (np.asarray(by_two(ends).any(axis=2)).tolist() for ends in _open_ends(sweep, response, category))
    bounds = tuple(tuple(map(_bound_of, *row)) for row in zip(larger, smaller, strict=True))
    known = ~np.isnan(flat)
    sums = np.where(known, flat, 0.0).sum(axis=2)
    means = np.full(sums.shape, np.nan)
    np.divide(sums, known.sum(axis=2), out=means, where=known.any(axis=2))
    title = f"{sweep.names.at(category)}, {down.name} (down) by {across.name} (across)"
    shown = np.exp(means) if in_ratios(response) else means
    return HeatMap(response, title, down.levels, across.levels, shown, bounds)


def category_map(sweep: Sweep, response: Response, axis: int) -> HeatMap:
    """Return the map of all categories that have a value, by the levels of a factor: the level means of its effects."""
    factor = sweep.config.factors[axis]
    rows: list[Level] = []
    means: list[Sequence[float]] = []
    bounds: list[tuple[Bound | None, ...]] = []
    for number, name in zip(sweep.numbers, sweep.names.every, strict=True):
        found = effect(sweep, response, number, axis)
        if found.reason is None:
            rows.append(name)
            means.append([math.nan if level.mean is None else level.mean for level in found.levels])
            bounds.append(tuple(level.bound for level in found.levels))
    shown = np.array(means).reshape(-1, len(factor.levels))
    title = f"category (down) by {factor.name} (across)"
    return HeatMap(response, title, tuple(rows), factor.levels, shown, tuple(bounds))


def mapped_factors(choice: MapChoice, config: SweepConfig) -> tuple[int, ...]:
    """Return the factors of the map, by number: those chosen, or the first two that vary."""
    if choice.factors is not None:
        names = [factor.name for factor in config.factors]
        return tuple(names.index(name) for name in choice.factors)
    varied = [axis for axis, factor in enumerate(config.factors) if len(factor.levels) > 1]
    return tuple(varied[:2])


def chosen_map(choice: MapChoice, sweep: Sweep) -> HeatMap | None:
    """Return the map that is chosen; None where nothing varies."""
    axes = mapped_factors(choice, sweep.config)
    if not axes:
        return None
    if len(axes) == 1:
        return category_map(sweep, choice.response, axes[0])
    category = None if choice.category is None else sweep.categories.index(choice.category)
    return heat_map(sweep, choice.response, category, *axes)


def check_map(choice: MapChoice, config: SweepConfig, categories: Sequence[str]) -> None:
    """Raise SettingError where the map that is chosen cannot be of this sweep of `categories`."""
    names = [factor.name for factor in config.factors]
    for name in choice.factors or ():
        if name not in names:
            needed = f"that is not varied here; give one or two of {', '.join(names)}."
            raise SettingError("map", printable(name), needed, problem="")
    if choice.factors is not None and (len(choice.factors) > 2 or len(set(choice.factors)) < len(choice.factors)):
        problem = ("takes one factor, or two different ones, such as ", Named("map"), " window,text")
        raise SettingError("map", "", "", problem)
    if choice.response in TRAINED and not config.trains:
        add = ("nothing is trained here; add ", Named("train"), ".")
        raise SettingError("of", choice.response, add, problem="")
    if choice.category is None:
        return
    if choice.category not in categories:
        known = ", ".join(map(printable, categories))
        needed = f"there is none of that name; give one of {known}."
        raise SettingError("category", printable(choice.category), needed, problem="")
    if len(mapped_factors(choice, config)) < 2:
        of_two = "is for a map of two factors, and this one shows all categories"
        raise SettingError("category", "", "leave it out.", of_two)
