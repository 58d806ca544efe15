"""Predictions whose figures are chosen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from qwem_tui.study.config import StudyConfig
from qwem_tui.study.prediction import Ability, PredictConfig, Prediction
from qwem_tui.theory.critical_size import CriticalSize, size_grid
from qwem_tui.theory.reason import reason_of
from qwem_tui.theory.trajectory import Crossing

DIMS = size_grid(200)
UNSURE = "too unsure to mark: peak 4% on 14 word pairs may be chance"
UNASKED = "not in vocabulary: no question is covered"
NO_RUN = "no run is forecast for this target"


def rising(at: int, peak: float = 1.0) -> list[float]:
    """A curve that reaches its peak at size `at`, half of it half-way there, and falls afterwards."""
    return [peak * min(d / at, 1.0) if d <= at else peak * at / d for d in DIMS]


def size(
    name: str,
    accuracy: Sequence[float],
    critical: int | None = None,
    interval: tuple[int, int] | None = None,
    why: str | None = None,
    asked: tuple[int, int] = (120, 132),
) -> CriticalSize:
    curve = np.array(accuracy)
    at = 0 if np.isnan(curve).any() else int(curve.argmax())
    onset = None if critical is None else max(1, critical - 3)
    return CriticalSize(
        name,
        *asked,
        curve,
        float(curve[at]),
        DIMS[at],
        critical,
        interval,
        onset,
        None if why is None else reason_of(why),
    )


def unasked(name: str) -> Ability:
    return Ability(
        size(name, [math.nan] * len(DIMS), why=UNASKED, asked=(0, 56)), Crossing(None, None, reason_of(UNASKED)), None
    )


def reached(name: str, critical: int, interval: tuple[int, int], at: int = 60, peak: float = 0.8) -> Ability:
    return Ability(size(name, rising(at, peak), critical, interval), Crossing(321, 17, None, (280, 412)), 321 * 0.002)


def unsure(name: str) -> Ability:
    return Ability(size(name, [0.04] * len(DIMS), why=UNSURE), Crossing(None, None, reason_of(UNSURE)), None)


def made(of: Sequence[Ability], **changes: object) -> Prediction:
    found = Prediction(
        config=PredictConfig(StudyConfig(("text.txt",), window=8, negative_weight=2.0, seed=7)),
        documents=123_456,
        tokens=2_000_000_000,
        tokens_in_vocab=1_900_000_000,
        vocab_size=10_000,
        frobenius_sq=1.7e8,
        pairs_seen=12_345_678,
        eigenvalues=np.linspace(900.0, 20.0, 200),
        lambda_min=-12_345.6,
        residual=1.5e-6,
        loss_floor=np.linspace(0.99, 0.7, len(DIMS)),
        dims=DIMS,
        dim=64,
        step_size=0.002,
        expected_steps=12_345,
        abilities=tuple(of),
        overall=Ability(
            size("overall", rising(90, 0.5), 45, (38, 51), asked=(8869, 19544)),
            Crossing(400, 20, None, (390, 433)),
            0.8,
        ),
        missing=tuple((f"word{number}",) for number in range(len(of))),
        half_tokens=(),
        warnings=(),
        explanation=None,
    )
    return replace(found, **changes)  # type: ignore[arg-type]


#: A crossing that a run may miss.
FLEETING = Crossing(1018, 0, None, (914, 1353), True, 1353, 4)
#: One of each kind, with the longest names of the built-in file.
LATE = reached("family-gender", 99, (82, 200), at=200)
MIXED = (
    reached("country-nationality", 30, (24, 36)),
    replace(reached("present-participles", 7, (3, 12), at=14), crossing=FLEETING),
    unsure("comparatives"),
    unasked("cardinal-ordinal"),
    replace(
        LATE, size=replace(LATE.size, rising=True), t=None,
        crossing=Crossing(None, None, reason_of("after the run's end: at step 12,400")),
    ),
)  # fmt: skip


def halved() -> Prediction:
    """The mixed prediction with halves; the second half of the first category has no critical size."""
    mine = size("country-nationality", rising(50), 26, (20, 31), asked=(90, 132))
    lost = size("country-nationality", [0.0] * len(DIMS), why=UNSURE, asked=(80, 132))
    with_halves = tuple(
        replace(ability, halves=(replace(mine, name=ability.size.name), replace(lost, name=ability.size.name)))
        for ability in (*MIXED, made(MIXED).overall)
    )
    return made(MIXED, abilities=with_halves[:-1], overall=with_halves[-1], half_tokens=(950_000_000, 950_000_001))
