"""Which schedule a run gets: from timings of its steps, and its forecast."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import torch

from qwem_tui.engine.schedule import Schedule
from qwem_tui.engine.training_loop.observer import Observer
from qwem_tui.study.plan.costs import EVALUATING_SHARE
from qwem_tui.theory.trajectory import Trajectory
from qwem_tui.training.trainer import Trainer

#: The share of a run's time that measuring singular values and loss may take where these do not share their work with
#: the step.
MEASURING_SHARE = 0.1
#: Steps before and after a forecast crossing are evaluated too.
_AROUND = 3


def transitions(trajectory: Trajectory) -> tuple[int, ...]:
    """Return the steps to evaluate whatever it costs: those the forecast was scored at, and around its crossings."""
    steps = set(trajectory.steps.tolist())
    for crossing in trajectory.crossings:
        for at in (crossing.step, crossing.lasting):
            if at is not None:
                steps.update(at + offset for offset in range(-_AROUND, _AROUND + 1))
    return tuple(sorted(step for step in steps if step >= 0))


def _seconds(work: Callable[[], object], device: torch.device) -> float:
    """Return the least of three timings of `work`."""
    timings = []
    for _ in range(3):
        began = time.perf_counter()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        timings.append(time.perf_counter() - began)
    return min(timings)


def _every(cost: float, interval: float, share: float) -> int:
    """Return how rarely work of `cost` seconds is done so that it takes at most `share` of the time; 1, 2, 5, 10 ..."""
    least = cost * (1 - share) / (share * max(interval, 1e-9))
    magnitude = int(10 ** math.floor(math.log10(max(least, 1.0))))
    return next(magnitude * m for m in (1, 2, 5, 10) if magnitude * m >= least)


def calibrate(trainer: Trainer, observer: Observer, least_interval: float, also: tuple[int, ...] = ()) -> Schedule:
    """Return the schedule for a run whose steps are at least `least_interval` seconds apart; uses up `trainer`.

    Beside what `EVALUATING_SHARE` affords, `also` is evaluated: see `transitions`.
    """
    device = trainer.W.device
    interval = max(_seconds(trainer.step, device), least_interval)
    every = 1
    if trainer.name != "gd":
        every = _every(_seconds(lambda: observer.frame(trainer, False, 0.0), device), interval, MEASURING_SHARE)
    evaluating = _seconds(lambda: observer.frame(trainer, True, 0.0), device)
    rarely = _every(evaluating, interval, EVALUATING_SHARE)
    return Schedule(max(rarely, every), also, every)
