"""Sweeps made up for tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from qwem_tui.base.errors import QwemError
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.sweep.grid import (
    Bound,
    Cell,
    CellAbility,
    CellResult,
    Factor,
    Sweep,
    SweepConfig,
    TrainedAbility,
    TrainedRun,
    grid,
)
from qwem_tui.theory.by_category import ByCategory

PEAK: Literal["peak"] = "peak"
CRITICAL: Literal["size"] = "size"
UNCOVERED = "not in vocabulary: no question is covered"
NAMES = ("capitals", "overall")


def ability(name: str, attempted: int = 20) -> CellAbility:
    return CellAbility(name, attempted, 20, 0.5, 40, 12, (8, 20), None, 6, None, 77, 0.385, 5, None)


def unasked(name: str) -> CellAbility:
    return CellAbility(name, 0, 56, None, None, None, None, None, None, UNCOVERED, None, None, None, UNCOVERED)


def result(abilities: Sequence[CellAbility], trained: TrainedRun | None = None) -> CellResult:
    *categories, overall = abilities
    return CellResult(120, 7_000, 45, 61.5, 6, 0.005, 300, None, ByCategory(tuple(categories), overall), trained, 0.25)


def with_value(found: CellAbility, what: str, value: float) -> CellAbility:
    match what:
        case "peak":
            return replace(found, peak=value)
        case "size":
            return replace(found, critical_size=int(value))
        case "step":
            return replace(found, step=int(value), t=0.005 * value)
        case "trained-peak":
            return replace(found, trained=TrainedAbility(value, 80, 0.4, None))
    raise ValueError(what)


def made(
    factors: Sequence[Factor],
    of: Sequence[float | None],
    what: str,
    attempted: int = 20,
    names: Sequence[str] = NAMES,
    problem: str = "There was no memory for this one.",
    bounds: Sequence[Bound | None] | None = None,
) -> Sweep:
    """Return a sweep in which every category has the value `of` each cell; None: the cell has none, but a problem.

    `bounds` are those of the critical sizes, by cell.
    """
    trained = what.startswith("trained")
    config = SweepConfig(StudyConfig(("text.txt",), dim=6, window=8), tuple(factors), trained=trained)
    run = TrainedRun(310, 0.21, 6, 5.5, "all 6 modes learned and the loss settled") if trained else None
    cells = []
    for settings, value, bound in zip(grid(config), of, bounds or [None] * len(of), strict=True):
        if value is None:
            cells.append(Cell(settings, None, QwemError(problem)))
            continue
        abilities = [replace(with_value(ability(name, attempted), what, value), bound=bound) for name in names]
        cells.append(Cell(settings, result(abilities, run), None))
    return Sweep(config, "d1e5", 120, tuple(names[:-1]), tuple(cells), ())
