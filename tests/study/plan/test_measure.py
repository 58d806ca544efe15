"""How long the parts of a plan will take: told once it can be, and then about right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from qwem_tui.engine.status import StageStatus
from qwem_tui.study.plan.measure import STAGES, CombinedProgress


class Told:
    """What a screen shows of a stage: seconds left by its own reckoning."""

    def __init__(self) -> None:
        self.now = 0.0
        self.etas: list[tuple[float, float | None]] = []
        self.total: float | None = None

    def stage(self, name: str, total: float | None = None) -> None:
        self.total = total

    def advance(self, done: float) -> None:
        self.etas.append((self.now, StageStatus("measuring", done, self.total, self.now).eta))


#: Seconds a unit of work, which nobody forecasts, and what compiling takes besides, the first time.
RATES = dict(zip(STAGES, (0.5, 0.02, 1.0, 0.3), strict=True))
COMPILING = dict(zip(STAGES, (4.0, 0.5, 2.0, 1.0), strict=True))


def worked_through(loads: Sequence[Mapping[str, float]]) -> tuple[list[tuple[float, float | None]], float]:
    """What is told while parts are measured, and when they are done."""
    told = Told()
    works = {name: sum(load[name] for load in loads) for name in STAGES}
    joined = CombinedProgress(told, "measuring", len(loads), works, clock=lambda: told.now)
    compiling = dict(COMPILING)
    for load in loads:
        joined.begin(load)
        for name in STAGES:
            joined.stage(name, 10.0)
            seconds = RATES[name] * load[name] + compiling.pop(name, 0.0)
            for tenth in range(1, 11):
                told.now += seconds / 10
                joined.advance(float(tenth))
    return told.etas, told.now


def test_parts_of_very_different_costs_have_a_time_left_once_each_kind_of_work_was_timed() -> None:
    loads = [dict(zip(STAGES, (1.0, 2.0**n, 1.5**n, 3.0**n), strict=True)) for n in (0, 1, 2, 0, 1, 2, 3, 4)]
    etas, end = worked_through(loads)
    shown = [(at, eta) for at, eta in etas if eta is not None]
    # nothing while things compile, and until the third part has been through
    assert shown[0][0] > sum(COMPILING.values())
    assert shown[0][0] < 0.35 * end
    for at, eta in shown:
        assert eta == pytest.approx(end - at, rel=0.05, abs=0.2)


def test_texts_that_are_all_alike_need_no_more_than_their_number() -> None:
    told = Told()
    joined = CombinedProgress(told, "comparing", 3, clock=lambda: told.now)
    for number in range(3):
        joined.begin()
        for name in STAGES:
            joined.stage(name, 1.0)
            told.now += 1.0 + (number == 0)
            joined.advance(1.0)
    shown = [(at, eta) for at, eta in told.etas if eta is not None]
    assert shown[0][0] > 8
    assert all(eta == pytest.approx(16 - at, abs=0.01) for at, eta in shown)
