"""What a run will be able to do at each step, before it is run (*ours*; section 6: critical time)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from qwem_tui.analogies.protocols import Analogies
from qwem_tui.analogies.scoring import Scorer
from qwem_tui.base.errors import UsageError
from qwem_tui.base.progress import Progress, Silent
from qwem_tui.theory.critical import DRAWS, FRACTION, chance, first_reaching, too_few, weak_peak
from qwem_tui.theory.dynamics import (
    ReducedRun,
    initial_modes,
    loss_floor,
    mode_trajectory,
    normalised_loss,
    tau,
)
from qwem_tui.theory.rank import modes_learned
from qwem_tui.theory.settle import SettleWatch
from qwem_tui.theory.spectrum import Spectrum

#: A run is foretold to this many steps at most.
MOST_STEPS = 100_000


class Crossing(NamedTuple):
    """A step that first reaches a threshold and the modes learned there; None where there is none, and then why."""

    step: int | None
    modes: int | None
    reason: str | None


@dataclass(frozen=True)
class Trajectory:
    """A run foretold.

    `modes` (n_steps + 1, d) are the singular values at every step by the closed form: each mode from |R_kk| by the
    discrete map; `modes_learned` (n_steps + 1,) counts those learned, `loss` (n_steps + 1,) is the normalised loss of
    such modes, `tau` (d,) the times t at which each is about half-way (Lemma 3.1).

    `accuracy` (n_points, n_categories) and `overall` (n_points,) are at `steps` (n_points,), the last of which is where
    the loss has settled.
    `expected_steps` is when the run ends: there, or at the limit set on steps.

    `threshold` (n_categories,) is the accuracy at which a category counts as crossed: a fraction of its own peak over
    `steps`. `crossing` is the first step that reaches it, as far as `steps` shows it being reached, and
    `crossing_modes` how many modes are learned there; None where the category is not reached in the run, and `reason`
    then says why. `no_threshold` says why a threshold means nothing, None where it does. `overall_crossing` is the same
    for all questions together.
    """

    modes: NDArray[np.float64]
    modes_learned: NDArray[np.int64]
    loss: NDArray[np.float64]
    tau: NDArray[np.float64]
    steps: NDArray[np.int64]
    accuracy: NDArray[np.float64]
    overall: NDArray[np.float64]
    threshold: NDArray[np.float64]
    crossing: tuple[int | None, ...]
    crossing_modes: tuple[int | None, ...]
    reason: tuple[str | None, ...]
    no_threshold: tuple[str | None, ...]
    overall_crossing: Crossing
    expected_steps: int

    @property
    def foretold(self) -> bool:
        """Return whether anything is foretold but thresholds (see `thresholds_alone`)."""
        return len(self.steps) > 0

    def thresholds_alone(self) -> Trajectory:
        """Return the thresholds of this run for another trainer's, of which the closed form foretells nothing else.

        `reason` keeps what is said of categories without a threshold; the others have neither crossing nor reason.
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
            crossing=(None,) * count,
            crossing_modes=(None,) * count,
            reason=self.no_threshold,
            no_threshold=self.no_threshold,
            overall_crossing=Crossing(None, None, None),
            expected_steps=0,
        )

    def measurable(self, category: int) -> bool:
        """Return whether a category has a threshold that means something."""
        return self.no_threshold[category] is None

    @property
    def learned_step(self) -> int:
        """Return the step at which all modes are foretold to be learned; the run's last where they are not in it."""
        learned = np.flatnonzero(self.modes_learned == self.modes.shape[1])
        return min(int(learned[0]), self.expected_steps) if len(learned) else self.expected_steps


def beyond(d: int) -> int:
    """Return how many eigenpairs `predict_trajectory` wants for a model of size `d`: those that compete with mode d."""
    return d + max(16, d // 2)


class ForetoldRun:
    """What gradient descent from W(0) will hold at any step; nothing is trained (*ours*).

    W(n) is taken as V_K Z(n) + (1 - V_K V_K^T) W(0), Z by `ReducedRun`: the last term is the noise that no mode takes,
    without which the tiny start would look as if it knew something.
    """

    def __init__(self, W0: torch.Tensor, spectrum: Spectrum, step_size: float) -> None:
        """Stand at `W0` (V, d); `spectrum` holds the top K pairs, K >= d (see `beyond`)."""
        Z0 = spectrum.vectors.T @ W0
        self.start = ReducedRun(Z0.cpu().numpy(), spectrum.eigenvalues.cpu().numpy(), step_size, 0)
        # directions alone matter to the cosine, so float32 holds tiny noise and modes alike
        self._noise = (W0 - spectrum.vectors @ Z0).float()
        self._vectors = spectrum.vectors.float()

    def embeddings(self, run: ReducedRun) -> torch.Tensor:
        """Return W (V, d) in float32 where `run`, which began at `start`, stands."""
        return self._vectors @ torch.from_numpy(run.Z).to(self._vectors) + self._noise

    def at(self, step: int) -> torch.Tensor:
        """Return W (V, d) in float32 at `step`: scored, it gives the accuracies foretold for that step."""
        run = self.start.copy()
        run.advance(step)
        return self.embeddings(run)


def _grid(learned_by_step: NDArray[np.int64], points: int) -> NDArray[np.int64]:
    """Return the steps to score: most of them while modes are being learned, the others until done."""
    last = len(learned_by_step) - 1
    learned = int((learned_by_step == learned_by_step[-1]).argmax()) or last
    dense, rest = np.linspace(0, learned, points - points // 5), np.linspace(learned, last, points // 5)
    return np.unique(np.concatenate([dense, rest]).round().astype(np.int64))


def _first_crossing(
    before: ReducedRun, high: int, accuracy: Callable[[ReducedRun], float], threshold: float
) -> ReducedRun:
    """Return the run at a step in (before.step, high] that reaches `threshold`, the step before it not.

    `high` is known to reach. Where `before` reaches already (the very start), it is returned itself.
    """
    if before.step == high:
        return before
    while high - before.step > 1:
        middle = before.copy()
        middle.advance((high - before.step) // 2)
        if accuracy(middle) >= threshold:
            high = middle.step
        else:
            before = middle
    result = before.copy()
    result.advance(1)
    return result


def _steps_until_done(
    start: ReducedRun, eigenvalues: NDArray[np.float64], frobenius_sq: float, step_size: float, progress: Progress
) -> int:
    """Return the step at which every mode is learned and the loss has settled.

    Raises UsageError where that takes more than MOST_STEPS.
    """
    watch = SettleWatch(len(eigenvalues), float(eigenvalues[-1]), loss_floor(eigenvalues, frobenius_sq))
    run = start.copy()
    while run.step < MOST_STEPS:
        if watch.settled(
            run.step * step_size, run.loss(frobenius_sq), lambda: modes_learned(run.singular_values(), eigenvalues)
        ):
            return run.step
        run.advance(1)
        if run.step % 100 == 0:
            progress.advance(0)
    raise UsageError(
        f"This run would take more than {MOST_STEPS:,} steps to settle: use a larger --step-size, or a smaller --dim."
    )


def predict_trajectory(
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

    `spectrum` holds the top K pairs, K >= d (see `beyond`). Accuracies are those of `ForetoldRun`. Crossings are
    bracketed on a grid of `points` steps and then bisected. `most_steps` ends the run early, which changes no
    threshold. Raises UsageError for a run of more than MOST_STEPS.
    """
    progress = progress or Silent()
    progress.stage("predicting")
    d, vectors = W0.shape[1], spectrum.vectors
    device, eigenvalues = vectors.device, spectrum.eigenvalues.cpu().numpy()
    foretold = ForetoldRun(W0, spectrum, step_size)
    start, embeddings = foretold.start, foretold.embeddings
    done = _steps_until_done(start, eigenvalues[:d], frobenius_sq, step_size, progress)
    expected = done if most_steps is None else min(done, most_steps)
    s0, _ = initial_modes(W0, vectors[:, :d])
    starts = s0.cpu().numpy()
    modes = mode_trajectory(starts, eigenvalues[:d], step_size, done)
    learned_by_step = (modes**2 >= eigenvalues[:d] / 2).sum(axis=1)
    grid = _grid(learned_by_step, points)
    progress.stage("predicting", float(len(grid) + len(analogies.names) + 1))
    scorer = Scorer(analogies.questions, device)
    outcomes = np.empty((len(grid), len(analogies.questions)), np.bool_)
    runs = [start]
    for number, step in enumerate(grid):
        run = runs[-1].copy()
        run.advance(int(step) - run.step)
        outcomes[number] = scorer.correct(embeddings(run))
        runs.append(run)
        progress.advance(number + 1)
    accuracy = np.array([analogies.accuracies(row) for row in outcomes])
    # pairs are numbered inside a category: here each gets a number of its own
    apart = analogies.pairs + (analogies.category * (analogies.pairs.max(initial=0) + 1))[:, None]
    crossings, no_threshold = [], []
    for number in range(len(analogies.names) + 1):
        together = number == len(analogies.names)
        mine = np.full(len(analogies.questions), True) if together else analogies.category == number
        curve = outcomes[:, mine].mean(axis=1) if mine.any() else np.zeros(len(grid))
        total = int(analogies.total.sum() if together else analogies.total[number])
        reason = too_few(int(mine.sum()), total)
        if reason is None:
            reason = weak_peak(outcomes[int(curve.argmax()), mine], apart[mine], draws, seed, chance(len(W0)))
        no_threshold.append(reason)
        if reason is None:
            threshold = fraction * curve.max()
            at = int(first_reaching(curve, threshold))
            before = runs[at]  # runs begins with the start, so this is the point before the first that reaches
            own = Scorer(analogies.questions[mine], device)
            run = _first_crossing(before, int(grid[at]), lambda r: own.correct(embeddings(r)).mean(), threshold)  # noqa: B023 - called before the loop goes on
            if run.step > expected:
                reason = f"after the run's end: at step {run.step:,}"
            else:
                crossings.append(Crossing(run.step, modes_learned(run.singular_values(), eigenvalues[:d]), None))
        if reason is not None:
            crossings.append(Crossing(None, None, reason))
        progress.advance(len(grid) + number + 1)
    by_category = crossings[:-1]
    return Trajectory(
        modes=modes,
        modes_learned=learned_by_step,
        loss=normalised_loss(modes, eigenvalues[:d], frobenius_sq),
        tau=np.array([tau(float(value), float(s)) for value, s in zip(eigenvalues, starts, strict=False)]),
        steps=grid,
        accuracy=accuracy,
        overall=outcomes.mean(axis=1) if outcomes.shape[1] else np.full(len(grid), np.nan),
        threshold=fraction * accuracy.max(axis=0),
        crossing=tuple(crossing.step for crossing in by_category),
        crossing_modes=tuple(crossing.modes for crossing in by_category),
        reason=tuple(crossing.reason for crossing in by_category),
        no_threshold=tuple(no_threshold[:-1]),
        overall_crossing=crossings[-1],
        expected_steps=expected,
    )
