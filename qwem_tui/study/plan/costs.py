"""What a stage costs: memory, steps and time, from a few steps timed here (*ours*)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch

from qwem_tui.analogies.protocols import attempt
from qwem_tui.base.errors import QwemError
from qwem_tui.base.names import TrainerName
from qwem_tui.base.progress import Progress
from qwem_tui.corpus.cooccurrence import needs_wide_counts
from qwem_tui.corpus.vocabulary import Corpus
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.plan.learning_curve import MeasuredPart
from qwem_tui.study.plan.stages import Stage
from qwem_tui.study.study import prepare_run
from qwem_tui.study.target_from_text import bytes_per_cell
from qwem_tui.theory.spectrum import Spectrum
from qwem_tui.theory.target import DenseTarget

_BYTES_PER_PARAMETER = 4
#: Embeddings, and the arrays of their size that a step makes.
_ARRAYS_OF_A_STEP = 5
#: The share of its time that a run affords for measuring accuracies; where modes are learned it measures anyway, so
#: that in a short run it is more.
EVALUATING_SHARE = 0.15
#: Bursts of steps on a machine that does nothing else differ by less than this factor, and those of gradient descent
#: wait for a processor less than this share of their time (measured: 0 to 3%; 35 to 50% beside as many other programs
#: as it has cores).
_BUSY, _WAITING = 2.0, 0.15


@dataclass(frozen=True)
class StepTiming:
    """Steps of a trainer timed here, `timed` of them in bursts, at V = `vocab_size` and d = `dim`.

    A step took `seconds` in the lower quartile of the bursts, and `range` in the fastest and in the slowest of them.
    `pairs` are drawn in each, None where none are. `step_size` is eta in t, None: that of gradient descent forecast.
    `waited` is the share of the threads' time, in [0, 1], in which they waited for a processor; None: not known, or
    they may have waited for each other.
    """

    trainer: TrainerName
    vocab_size: int
    dim: int
    seconds: float
    range: tuple[float, float]
    timed: int
    pairs: int | None
    step_size: float | None
    waited: float | None = None

    @property
    def uneven(self) -> bool:
        """Return whether bursts differ by so much that the machine did other things in some of them."""
        return self.range[1] > _BUSY * self.range[0]

    @property
    def kept_waiting(self) -> bool:
        """Return whether steps waited for a processor for so long that the machine did other things as well."""
        return self.waited is not None and self.waited > _WAITING

    @property
    def busy(self) -> bool:
        """Return whether the machine did other things meanwhile, in some bursts or in all of them."""
        return self.uneven or self.kept_waiting

    def seconds_at(self, vocab_size: int) -> float:
        """Return the seconds of a step with another vocabulary: full batches in proportion to 2 V^2 d + 4 V d^2."""
        if self.trainer != "gd":
            return self.seconds

        def work(size: int) -> float:
            return 2.0 * size * size * self.dim + 4.0 * size * self.dim**2

        return self.seconds * work(vocab_size) / work(self.vocab_size)


class Timer(Protocol):
    """Something that trains for a few steps and says how long they took."""

    def __call__(self, target: DenseTarget, spectrum: Spectrum, corpus: Corpus, dim: int) -> StepTiming:
        """Return how long steps take on embeddings of size `dim` and this target, which is that of `corpus`."""


@dataclass(frozen=True)
class Cost:
    """What a stage costs. `parameters` are V d, `bytes` those at float32, `memory` the peak of preparing or training.

    `steps` until the run is done, as forecast from the eigenvalues, and `train_seconds` by the steps timed here with as
    much measuring of accuracies as a run affords; `train_range` is from the fastest steps timed, without that, to the
    slowest, with it. None where that is not known, and `reason` says why. `prepare_seconds` is how long counting and
    decomposing took here.
    """

    parameters: int
    bytes: int
    memory: int
    prepare_seconds: float
    steps: int | None
    step_seconds: float
    train_seconds: float | None
    train_range: tuple[float, float] | None
    reason: str | None


def forecast_steps(part: MeasuredPart, dim: int, study: StudyConfig, progress: Progress) -> tuple[int, float]:
    """Return how many steps gradient descent of size `dim` takes on a part until it is done, and its step size eta.

    The run is forecast from the eigenvalues alone, in the basis of the eigenvectors: a start of independent normal
    entries is one in any orthonormal basis. Raises UsageError where the run would be too long or cannot start.
    """
    count = len(part.eigenvalues)
    eigenvalues = torch.from_numpy(np.array(part.eigenvalues))
    basis = torch.eye(count, dtype=torch.float64)
    own = Spectrum(eigenvalues, basis, part.lambda_next, part.lambda_next, torch.zeros(count), 0.0)
    none = attempt((), {}, study.protocol)
    run = prepare_run(study, own, dim, part.frobenius_sq, none, progress)
    return run.trajectory.expected_steps, run.step_size


def cost(
    stage: Stage, parts: Sequence[MeasuredPart], timing: StepTiming, study: StudyConfig, progress: Progress
) -> Cost:
    """Return what `stage` costs; `parts` are the parts of its size, `timing` was timed at its d."""
    size, dim = stage.vocab_size, stage.dim
    steps, reason = None, None
    try:
        steps, step_size = forecast_steps(parts[0], dim, study, progress)
        if timing.step_size is not None:
            steps = math.ceil(steps * step_size / timing.step_size)
    except QwemError as error:
        reason = f"no run is forecast: {error.clause()}"
    seconds = timing.seconds_at(size)
    low, high = (end * seconds / timing.seconds for end in timing.range)
    run_seconds, high = seconds / (1 - EVALUATING_SHARE), high / (1 - EVALUATING_SHARE)
    training = study.dtype.itemsize * (size * size + _ARRAYS_OF_A_STEP * size * dim)
    counting = bytes_per_cell(needs_wide_counts(stage.words, study.window), study.dtype == torch.float64) * size * size
    return Cost(
        parameters=size * dim,
        bytes=_BYTES_PER_PARAMETER * size * dim,
        memory=max(counting, training),
        prepare_seconds=float(np.mean([part.seconds for part in parts])),
        steps=steps,
        step_seconds=seconds,
        train_seconds=None if steps is None else steps * run_seconds,
        train_range=None if steps is None else (steps * low, steps * high),
        reason=reason,
    )
