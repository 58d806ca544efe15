"""What a run will be able to do at each step, before it is run (*ours*; docs/theory.md, section 6: critical time)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from qwem_tui.analogies.protocols import Analogies
from qwem_tui.analogies.scoring import Scorer
from qwem_tui.base.errors import Named, UsageError
from qwem_tui.base.progress import Progress, Silent
from qwem_tui.theory.by_category import ByCategory
from qwem_tui.theory.convergence import Convergence
from qwem_tui.theory.critical_size import DRAWS, FRACTION, chance, first_reaching, resampled_curves, too_few, weak_peak
from qwem_tui.theory.dynamics import (
    ReducedRun,
    initial_modes,
    loss_floor,
    mode_trajectory,
    modes_learned,
    normalised_loss,
    tau,
)
from qwem_tui.theory.reason import Reason
from qwem_tui.theory.spectrum import Spectrum

#: A run is forecast to this many steps at most.
MOST_STEPS = 100_000
#: Accuracy that falls below the threshold again before `_MOMENT` times the step of its crossing was there for a moment;
#: one that is back before `_HARDLY` times the step was hardly away.
_MOMENT, _HARDLY = 1.5, 1.1


class Crossing(NamedTuple):
    """The first `step` at which a threshold is reached, and how many `modes` are learned there.

    Where it is not reached both are None, and `reason` says why. `interval` is the 95% interval of the step with the
    word pairs resampled inside their categories. `fleeting`: there for a moment only, so that a run, which is never
    quite as forecast, may miss it; `lasting` is then the first step that reaches for longer, and `lasting_modes` are
    learned there, None where none is in the run. All as far as the evaluated steps show it.
    """

    step: int | None
    modes: int | None
    reason: Reason | None
    interval: tuple[int, int] | None = None
    fleeting: bool = False
    lasting: int | None = None
    lasting_modes: int | None = None

    @property
    def mark(self) -> str:
        """Return what stands behind the step where a run may miss it."""
        return "?" if self.fleeting else ""


@dataclass(frozen=True)
class Trajectory:
    """A run forecast.

    `modes` (n_steps + 1, d) are the singular values at every step by the closed form: each mode from |R_kk| by the
    discrete map; `modes_learned` (n_steps + 1,) counts those learned, `loss` (n_steps + 1,) is the normalised loss of
    such modes, `tau` (d,) the times t at which each is about half-way (Lemma 3.1).

    `accuracy` (n_points, n_categories) and `overall` (n_points,) are at `steps` (n_points,), the last of which is where
    the loss has settled.
    `expected_steps` is when the run ends: there, or at the limit set on steps.

    `threshold` (n_categories,) is the accuracy at which a category counts as crossed: a fraction of its own peak over
    `steps`. `crossings` (n_categories,) are the first steps that reach it, as far as `steps` shows it being reached.
    `no_threshold` says why a threshold means nothing, None where it does. `overall_crossing` is that of all questions.
    """

    modes: NDArray[np.float64]
    modes_learned: NDArray[np.int64]
    loss: NDArray[np.float64]
    tau: NDArray[np.float64]
    steps: NDArray[np.int64]
    accuracy: NDArray[np.float64]
    overall: NDArray[np.float64]
    threshold: NDArray[np.float64]
    crossings: tuple[Crossing, ...]
    no_threshold: tuple[Reason | None, ...]
    overall_crossing: Crossing
    expected_steps: int

    @property
    def is_forecast(self) -> bool:
        """Return whether anything is forecast but thresholds (see `thresholds_alone`)."""
        return len(self.steps) > 0

    def thresholds_alone(self) -> Trajectory:
        """Return the thresholds of this run for another trainer's, of which the closed form forecasts nothing else.

        `crossings` keep the reasons of categories without a threshold; the others have neither step nor reason.
        """
        count = len(self.threshold)
        return Trajectory(
            modes=np.empty((0, self.modes.shape[1])),
            modes_learned=np.empty(0, np.int64),
            loss=np.empty(0),
            tau=np.empty(0),
            steps=np.empty(0, np.int64),
            accuracy=np.empty((0, count)),
            overall=np.empty(0),
            threshold=self.threshold,
            crossings=tuple(Crossing(None, None, reason) for reason in self.no_threshold),
            no_threshold=self.no_threshold,
            overall_crossing=Crossing(None, None, None),
            expected_steps=0,
        )

    def measurable(self, category: int) -> bool:
        """Return whether a category has a threshold that means something."""
        return self.no_threshold[category] is None

    @property
    def all_crossings(self) -> ByCategory[Crossing]:
        """Return the crossings of the categories, and the overall one."""
        return ByCategory(self.crossings, self.overall_crossing)

    @property
    def crossing(self) -> tuple[int | None, ...]:
        """Return the step of each category's crossing, None where it is not reached in the run."""
        return tuple(crossing.step for crossing in self.crossings)

    @property
    def reason(self) -> tuple[Reason | None, ...]:
        """Return why each category has no crossing, None where it has."""
        return tuple(crossing.reason for crossing in self.crossings)

    @property
    def learned_step(self) -> int:
        """Return the step at which all modes are forecast to be learned; the run's last where they are not in it."""
        learned = np.flatnonzero(self.modes_learned == self.modes.shape[1])
        return min(int(learned[0]), self.expected_steps) if len(learned) else self.expected_steps


def beyond(d: int) -> int:
    """Return how many eigenpairs `forecast_trajectory` needs for size `d`: those that compete with mode d too."""
    return d + max(16, d // 2)


class ForecastRun:
    """What gradient descent from W(0) will hold at any step; nothing is trained (*ours*).

    W(n) is taken as V_K Z(n) + (1 - V_K V_K^T) W(0), Z by `ReducedRun`: the last term is the noise that no mode takes,
    without which the tiny start would look as if it knew something.
    """

    def __init__(self, W0: torch.Tensor, spectrum: Spectrum, step_size: float) -> None:
        """Stand at `W0` (V, d); `spectrum` holds the top K pairs, K >= d (see `beyond`)."""
        Z0 = spectrum.vectors.T @ W0
        eigenvalues, deflated = (each.cpu().numpy() for each in (spectrum.eigenvalues, spectrum.deflated))
        self.start = ReducedRun(Z0.cpu().numpy(), eigenvalues, step_size, 0, deflated)
        # directions alone matter to the cosine, so float32 holds tiny noise and modes alike
        self._noise = (W0 - spectrum.vectors @ Z0).float()
        self._vectors = spectrum.vectors.float()

    def embeddings(self, run: ReducedRun) -> torch.Tensor:
        """Return W (V, d) in float32 where `run`, which began at `start`, stands."""
        return self._vectors @ torch.from_numpy(run.Z).to(self._vectors) + self._noise

    def at(self, step: int) -> torch.Tensor:
        """Return W (V, d) in float32 at `step`: scored, it gives the accuracies forecast for that step."""
        run = self.start.copy()
        run.advance(step)
        return self.embeddings(run)


def _grid(learned_by_step: NDArray[np.int64], points: int) -> NDArray[np.int64]:
    """Return the steps to score: most of them while modes are being learned, the others until done."""
    last = len(learned_by_step) - 1
    learned = int((learned_by_step == learned_by_step[-1]).argmax()) or last
    dense, rest = np.linspace(0, learned, points - points // 5), np.linspace(learned, last, points // 5)
    return np.unique(np.concatenate([dense, rest]).round().astype(np.int64))


@dataclass(frozen=True)
class _Bracket:
    """Finds by bisection the steps, between those of `grid`, at which a category crosses `threshold`.

    `runs` stand at step 0 and then at each step of `grid`; `accuracy` gives the accuracy of a run where it stands.
    """

    grid: NDArray[np.int64]
    runs: Sequence[ReducedRun]
    accuracy: Callable[[ReducedRun], float]
    threshold: float

    def crossings(self, curve: NDArray[np.float64]) -> tuple[ReducedRun, ReducedRun | None]:
        """Return the run where `curve` (n_points,) first reaches, and where it first does so for longer than a moment.

        The latter is None where it never does.
        """
        reaches = curve >= self.threshold
        begin = np.flatnonzero(reaches & ~np.append(False, reaches[:-1]))
        end = np.flatnonzero(reaches & ~np.append(reaches[1:], False))
        first = self._between(int(begin[0]))
        last = len(curve) - 1
        for number, (at, until) in enumerate(zip(begin.tolist(), end.tolist(), strict=True)):
            start = int(self.grid[at]) if number else first.step
            if until == last or self.grid[until] >= _MOMENT * start:
                return first, self._between(at) if number else first
        return first, None

    def _between(self, at: int) -> ReducedRun:
        """Return the run at a step that reaches the threshold where the step before does not, by bisection.

        grid[at] reaches it, grid[at - 1] does not; for `at` 0 the run at step 0 is returned.
        """
        before, high = self.runs[at], int(self.grid[at])
        if before.step == high:
            return before
        while high - before.step > 1:
            middle = before.copy()
            middle.advance((high - before.step) // 2)
            if self.accuracy(middle) >= self.threshold:
                high = middle.step
            else:
                before = middle
        result = before.copy()
        result.advance(1)
        return result


def _interval(curves: NDArray[np.float64], grid: NDArray[np.int64], fraction: float) -> tuple[int, int] | None:
    """Return the 95% interval of the step at which resampled `curves` (draws, n_points) reach their thresholds.

    Ends are those of the stretches between points of `grid`, which is all that is known of a resampled curve.
    """
    peaks = curves.max(axis=1)
    at = first_reaching(curves, fraction * peaks)[peaks > 0]
    if not len(at):
        return None
    low, high = np.quantile(at, [0.025, 0.975], method="nearest")
    return int(grid[low - 1]) + 1 if low else int(grid[0]), int(grid[high])


def _crossing(
    run: ReducedRun,
    lasting: ReducedRun | None,
    expected: int,
    eigenvalues: NDArray[np.float64],
    interval: tuple[int, int] | None,
) -> Crossing:
    """Return the crossing where `run` stands, in a run of `expected` steps; see `_Bracket.crossings`."""

    def learned(at: ReducedRun) -> int:
        return modes_learned(at.singular_values(), eigenvalues)

    if interval is not None:
        interval = min(run.step, interval[0]), max(run.step, interval[1])
    if lasting is not None and lasting.step <= _HARDLY * run.step:
        return Crossing(run.step, learned(run), None, interval)
    if lasting is None or lasting.step > expected:
        return Crossing(run.step, learned(run), None, interval, True)
    return Crossing(run.step, learned(run), None, interval, True, lasting.step, learned(lasting))


def _steps_until_done(
    start: ReducedRun, eigenvalues: NDArray[np.float64], frobenius_sq: float, step_size: float, progress: Progress
) -> int:
    """Return the step at which every mode is learned and the loss has settled.

    Raises UsageError where that takes more than MOST_STEPS, or where the run diverges.
    """
    convergence = Convergence(len(eigenvalues), float(eigenvalues[-1]), loss_floor(eigenvalues, frobenius_sq))
    run = start.copy()
    while run.step < MOST_STEPS:
        # a step size that was forced, or a start that is not small, may be more than the run can stand
        with np.errstate(over="ignore", invalid="ignore"):
            loss = run.loss(frobenius_sq)
        if not math.isfinite(loss):
            smaller = ("use a smaller ", Named("step_size"), ", or a smaller ", Named("sigma"), ".")
            raise UsageError(f"This run would diverge by step {run.step:,}: ", *smaller)
        if convergence.settled(run.step * step_size, loss, lambda: modes_learned(run.singular_values(), eigenvalues)):
            return run.step
        with np.errstate(over="ignore", invalid="ignore"):
            run.advance(1)
        if run.step % 100 == 0:
            progress.advance(0)
    advice = ("use a larger ", Named("step_size"), ", or a smaller ", Named("dim"), ".")
    raise UsageError(f"This run would take more than {MOST_STEPS:,} steps to settle: ", *advice)


def forecast_trajectory(
    W0: torch.Tensor,
    spectrum: Spectrum,
    frobenius_sq: float,
    step_size: float,
    most_steps: int | None,
    analogies: Analogies,
    fraction: float = FRACTION,
    points: int = 48,
    draws: int = DRAWS,
    seed: int = 0,
    progress: Progress | None = None,
) -> Trajectory:
    """Return what gradient descent from `W0` (V, d) by `step_size` will show until done; nothing is trained (*ours*).

    `spectrum` holds the top K pairs, K >= d (see `beyond`). Accuracies are those of `ForecastRun`. Crossings are
    bracketed on a grid of `points` steps and then bisected. `most_steps` ends the run early, which changes no
    threshold. Raises UsageError for a run of more than MOST_STEPS, and for one that diverges.
    """
    progress = progress or Silent()
    progress.stage("forecasting")
    d, vectors = W0.shape[1], spectrum.vectors
    device, eigenvalues = vectors.device, spectrum.eigenvalues.cpu().numpy()
    forecast = ForecastRun(W0, spectrum, step_size)
    start, embeddings = forecast.start, forecast.embeddings
    done = _steps_until_done(start, eigenvalues[:d], frobenius_sq, step_size, progress)
    expected = done if most_steps is None else min(done, most_steps)
    s0, _ = initial_modes(W0, vectors[:, :d])
    starts = s0.cpu().numpy()
    modes = mode_trajectory(starts, eigenvalues[:d], step_size, done)
    learned_by_step = (modes**2 >= eigenvalues[:d] / 2).sum(axis=1)
    grid = _grid(learned_by_step, points)
    progress.stage("forecasting", float(len(grid) + len(analogies.names) + 1))
    scorer = Scorer(analogies.questions, device, alternatives=analogies.alternatives)
    outcomes = np.empty((len(grid), len(analogies.questions)), np.bool_)
    runs = [start]
    for number, step in enumerate(grid):
        run = runs[-1].copy()
        run.advance(int(step) - run.step)
        outcomes[number] = scorer.correct(embeddings(run))
        runs.append(run)
        progress.advance(number + 1)
    accuracy = np.array([analogies.accuracies(row) for row in outcomes])
    pairs_of = [len(np.unique(analogies.pairs[analogies.category == n])) for n in range(len(analogies.names))]
    crossings, no_threshold = [], []
    for at, number in enumerate([*range(len(analogies.names)), None]):
        # None: all questions
        mine = np.full(len(analogies.questions), True) if number is None else analogies.category == number
        curve = outcomes[:, mine].mean(axis=1) if mine.any() else np.zeros(len(grid))
        total = int(analogies.total.sum() if number is None else analogies.total[number])
        pairs = sum(pairs_of) if number is None else pairs_of[number]
        reason = too_few(int(mine.sum()), total)
        if reason is None:
            curves = resampled_curves(outcomes, analogies, number, draws, seed)
            reason = weak_peak(curve, curves, pairs, chance(len(W0)))
        no_threshold.append(reason)
        if reason is None:
            alone = analogies.only(mine)
            own = Scorer(alone.questions, device, alternatives=alone.alternatives)
            bracket = _Bracket(grid, runs, lambda r: float(own.correct(embeddings(r)).mean()), fraction * curve.max())  # noqa: B023 - called before the next turn
            run, lasting = bracket.crossings(curve)
            if run.step > expected:
                reason = Reason("after the run's end", f"at step {run.step:,}")
            else:
                crossings.append(_crossing(run, lasting, expected, eigenvalues[:d], _interval(curves, grid, fraction)))
        if reason is not None:
            crossings.append(Crossing(None, None, reason))
        progress.advance(len(grid) + at + 1)
    return Trajectory(
        modes=modes,
        modes_learned=learned_by_step,
        loss=normalised_loss(modes, eigenvalues[:d], frobenius_sq),
        tau=np.array([tau(float(value), float(s)) for value, s in zip(eigenvalues, starts, strict=False)]),
        steps=grid,
        accuracy=accuracy,
        overall=outcomes.mean(axis=1) if outcomes.shape[1] else np.full(len(grid), np.nan),
        threshold=fraction * accuracy.max(axis=0),
        crossings=tuple(crossings[:-1]),
        no_threshold=tuple(no_threshold[:-1]),
        overall_crossing=crossings[-1],
        expected_steps=expected,
    )
