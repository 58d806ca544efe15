"""A few steps of a trainer, timed: how fast this machine is (*ours*)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

import torch

from qwem_tui.base.device import choose_device
from qwem_tui.base.progress import Progress
from qwem_tui.base.threads import core_count, ran_and_waited
from qwem_tui.corpus.vocabulary import Corpus
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.plan.costs import StepTiming, Timer
from qwem_tui.study.plan.planner import Plan, PlanConfig, plan
from qwem_tui.theory.dynamics import DEFAULT_STEP_FRACTION, initial_embeddings, stability_limit
from qwem_tui.theory.spectrum import Spectrum
from qwem_tui.theory.target import DenseTarget
from qwem_tui.training.gd import GradientDescent
from qwem_tui.training.sgd import Sampling, StochasticDescent, default_batch_size, quiet_step_size
from qwem_tui.training.trainer import Trainer

#: Steps are timed in this many bursts of this many seconds or more, at least one step each.
_BURSTS, _SECONDS = 5, 0.2


@dataclass(frozen=True)
class _Timed:
    """Bursts of steps, timed: the seconds of a step in each, ascending, and how many steps there were.

    `waited` is the share of the threads' time in which they waited for a processor; None: not known.
    """

    seconds: tuple[float, ...]
    steps: int
    waited: float | None

    @property
    def typical(self) -> float:
        """Return the lower quartile: what else a machine does only ever adds to what a step takes."""
        return self.seconds[len(self.seconds) // 4]

    @property
    def range(self) -> tuple[float, float]:
        """Return the fastest and the slowest burst."""
        return self.seconds[0], self.seconds[-1]


def _timed(step: Callable[[], None], wait: Callable[[], None]) -> _Timed:
    """Return how long steps take, after one that is not counted: it compiles and allocates."""
    step()
    wait()
    bursts, steps = [], 0
    before = ran_and_waited()
    for _ in range(_BURSTS):
        began, count, gone = time.perf_counter(), 0, 0.0
        while not count or gone < _SECONDS:
            step()
            wait()
            count += 1
            gone = time.perf_counter() - began
        bursts.append(gone / count)
        steps += count
    return _Timed(tuple(sorted(bursts)), steps, _waited(before, ran_and_waited()))


def _waited(before: tuple[float, float] | None, after: tuple[float, float] | None) -> float | None:
    if before is None or after is None:
        return None
    ran, waited = (end - start for start, end in zip(before, after, strict=True))
    # a thread that ended took what it had counted with it
    return waited / (ran + waited) if ran > 0 and waited >= 0 else None


def _as_in_a_run(trainer: Trainer) -> Callable[[], None]:
    """Return what takes a step and measures it, as a run does with each."""

    def step() -> None:
        trainer.step()
        torch.linalg.eigvalsh(trainer.measure().gram)

    return step


def _waiting(device: torch.device) -> Callable[[], None]:
    """Return what waits until the device has done all that it was given."""
    return torch.cuda.synchronize if device.type == "cuda" else lambda: None


def gd_timer(study: StudyConfig) -> Timer:
    """Return what times steps of gradient descent on full batches, each measured."""

    def timer(target: DenseTarget, spectrum: Spectrum, corpus: Corpus, dim: int) -> StepTiming:
        trainer = GradientDescent(*_parts(target, spectrum, dim, study), _step_size(spectrum))
        taken = _timed(_as_in_a_run(trainer), _waiting(spectrum.vectors.device))
        # more threads than cores wait for each other
        waited = taken.waited if torch.get_num_threads() <= core_count() else None
        return StepTiming("gd", target.size, dim, taken.typical, taken.range, taken.steps, None, None, waited)

    return timer


def sgd_timer(study: StudyConfig) -> Timer:
    """Return what times steps of the paper's algorithm on pairs, each measured, where chance does little."""

    def timer(target: DenseTarget, spectrum: Spectrum, corpus: Corpus, dim: int) -> StepTiming:
        batch = default_batch_size(target.size)
        sampling = Sampling(study.window, batch, study.seed, study.negative_weight)
        trainer = StochasticDescent(*_parts(target, spectrum, dim, study), 1.0, corpus, sampling)
        try:
            eigenvalues = spectrum.eigenvalues[:dim].cpu().numpy()
            limit = stability_limit(float(eigenvalues[0]), spectrum.lambda_next)
            trainer.step_size = quiet_step_size(trainer, eigenvalues, limit)
            taken = _timed(_as_in_a_run(trainer), _waiting(spectrum.vectors.device))
        finally:
            trainer.close()
        # the threads that draw pairs and those that compute wait for each other: no other program need be there
        return StepTiming(
            "sgd", target.size, dim, taken.typical, taken.range, taken.steps, 2 * batch, trainer.step_size, None
        )

    return timer


def _step_size(spectrum: Spectrum) -> float:
    return DEFAULT_STEP_FRACTION * stability_limit(float(spectrum.eigenvalues[0]), spectrum.lambda_next)


def _parts(
    target: DenseTarget, spectrum: Spectrum, dim: int, study: StudyConfig
) -> tuple[DenseTarget, float, float, torch.Tensor, torch.Tensor]:
    W0 = initial_embeddings(target.size, dim, study.sigma, study.seed).to(spectrum.vectors.device, target.dtype)
    return target, target.frobenius_sq, spectrum.lambda_min, spectrum.vector_min, W0


#: Makes a plan on a device, by name, with a number of CPU threads (None: as they are).
Planner = Callable[[PlanConfig, str, int | None, Progress], Plan]


def plan_here(
    config: PlanConfig, device_name: str, threads: int | None, progress: Progress, stdin: BinaryIO | None = None
) -> Plan:
    """Return the plan, its steps timed on this device.

    Raises as `study.plan.planner.plan`, and UsageError where CUDA is asked for and missing.
    """
    device = choose_device(device_name)
    if threads is not None:
        torch.set_num_threads(threads)
    timer = (sgd_timer if config.trained_by == "sgd" else gd_timer)(config.study)
    return plan(config, device, timer, progress, stdin)
