"""From a corpus to everything that is known about a run before it starts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import BinaryIO

import numpy as np
import torch
from numpy.typing import NDArray

from qwem_tui.analogies.protocols import Analogies
from qwem_tui.analogies.scoring import Scorer
from qwem_tui.base.device import one_thread
from qwem_tui.base.errors import Named, QwemError, SettingError
from qwem_tui.base.progress import Progress
from qwem_tui.corpus.vocabulary import Corpus, Vocabulary
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.target_from_text import build_target, covered, read_text
from qwem_tui.theory.critical_size import DRAWS, FRACTION
from qwem_tui.theory.dynamics import (
    DEFAULT_STEP_FRACTION,
    decayed,
    initial_embeddings,
    initial_modes,
    loss_floor,
    stability_limit,
)
from qwem_tui.theory.spectrum import Spectrum, top_eigenpairs
from qwem_tui.theory.target import DenseTarget
from qwem_tui.theory.trajectory import ForecastRun, Trajectory, beyond, forecast_trajectory

DEFAULT_DIM = 64
#: Unless a size is asked for, modes slower than the first by more than this are left out: they would take for ever.
LEARNABLE_SHARE = 0.02


@dataclass(frozen=True)
class CorpusStatistics:
    """What runs are made from, whatever their start, step size and trainer.

    `target` and `wide`, its top eigenpairs (`beyond` the size of the run asked for), are on the device; `warnings` are
    sentences that the user should read.
    """

    digest: str
    corpus: Corpus
    analogies: Analogies
    target: DenseTarget
    wide: Spectrum
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Forecast:
    """What is known of a run before it starts: all that a screen or a report needs, without what it is trained on.

    `spectrum` holds the d eigenpairs of M* that are to be learned. `step_size` is eta, by which t grows in a step, and
    `step_limit` the largest stable one. `time_unit` is what t is shown in units of: tau_1, mode 1's half-way time, or
    word2vec's t_1 (`training.word2vec.Unit`). `loss_floor` is the least normalised loss of rank d; None where the
    trainer's loss is another one. `device` and `precision` are in words.
    """

    config: StudyConfig
    digest: str
    documents: int
    tokens: int
    tokens_in_vocab: int
    vocabulary: Vocabulary
    analogies: Analogies
    frobenius_sq: float
    pairs_seen: int
    spectrum: Spectrum
    device: str
    precision: str
    step_size: float
    step_limit: float
    time_unit: float
    loss_floor: float | None
    trajectory: Trajectory
    warnings: tuple[str, ...]

    @property
    def dim(self) -> int:
        """Return d."""
        return len(self.spectrum.eigenvalues)

    @property
    def expected_steps(self) -> int | None:
        """Return the step at which the run is forecast to be done, or its limit on steps; None where none is known."""
        return self.trajectory.expected_steps if self.trajectory.is_forecast else self.config.steps

    @property
    def expected_t(self) -> float | None:
        """Return the time t at `expected_steps`, at the step size that the run begins with."""
        steps = self.expected_steps
        if steps is None:
            return None
        return self.step_size * (steps if self.has_modes else decayed(steps, steps))

    @property
    def tau_1(self) -> float | None:
        """Return mode 1's half-way time; None where the trainer has none."""
        return self.time_unit if self.has_modes else None

    @property
    def time_name(self) -> str:
        """Return what t is shown in units of."""
        return "tau_1" if self.has_modes else "t_1"

    @property
    def has_modes(self) -> bool:
        """Return whether the eigenvalues of M* are the trainer's fixed point, so that it has modes and tau."""
        return self.config.trainer != "word2vec"


@dataclass(frozen=True)
class Study(Forecast):
    """A forecast with what the run is trained on.

    `W0` (V, d) is float64 on the device; `target` is in `dtype`, which training shall use.
    """

    statistics: CorpusStatistics
    target: DenseTarget
    W0: torch.Tensor
    dtype: torch.dtype


def positive_pairs(spectrum: Spectrum, dtype: torch.dtype) -> int:
    """Return how many of the eigenvalues are surely above zero, the target's entries being kept in `dtype`.

    Raises QwemError where none is.
    """
    # rounding leaves an eigenvalue of zero at about this
    largest = max(abs(spectrum.lambda_min), abs(float(spectrum.eigenvalues[0])))
    rounding = {torch.float32: 1e-6, torch.float64: 1e-9}[dtype] * largest
    positive = int((spectrum.eigenvalues > rounding).sum())
    if positive == 0:
        raise QwemError(
            "The target of this corpus has no positive eigenvalue: nothing can be learned; "
            "give more text, or other settings."
        )
    return positive


def run_size(dim: int | None, spectrum: Spectrum, target: DenseTarget) -> int:
    """Return the size d of the run: `dim`, or (None) 64 or as many as can be learned (see `LEARNABLE_SHARE`).

    Raises UsageError where there are fewer positive eigenvalues than `dim`.
    """
    positive = positive_pairs(spectrum, target.dtype)
    if dim is None:
        learnable = int((spectrum.eigenvalues >= LEARNABLE_SHARE * spectrum.eigenvalues[0]).sum())
        return min(DEFAULT_DIM, learnable, positive)
    if dim > positive:
        problem = (
            f"is more than the {positive} positive eigenvalue(s) that this corpus has (vocabulary of "
            f"{target.size:,} words)"
        )
        raise SettingError("dim", f"{dim}", ("use ", Named("dim"), f" {positive} or less."), problem)
    return dim


@dataclass(frozen=True)
class PreparedRun:
    """A run before it is run: its start `W0` (V, d) float64, its steps, and what it will show."""

    W0: torch.Tensor
    step_size: float
    step_limit: float
    trajectory: Trajectory


def prepare_run(
    config: StudyConfig,
    wide: Spectrum,
    dim: int,
    frobenius_sq: float,
    analogies: Analogies,
    progress: Progress,
    fraction: float = FRACTION,
    draws: int = DRAWS,
    step_size: float | None = None,
) -> PreparedRun:
    """Return the run of size `dim` that `config` describes; `wide` holds `beyond(dim)` eigenpairs or more.

    `step_size` is eta; None: that of `config`, or by default `DEFAULT_STEP_FRACTION` of the limit. Raises UsageError
    where the start is not small, or the run too long.
    """
    wide = wide.truncated(beyond(dim))
    W0 = initial_embeddings(len(wide.vectors), dim, config.sigma, config.seed).to(wide.vectors.device)
    s0 = float(initial_modes(W0, wide.vectors[:, :dim])[0][0])
    lambda_1 = float(wide.eigenvalues[0])
    if s0**2 >= lambda_1:
        problem = f"starts above what mode 1 learns (s = {s0:.3g}, sqrt(lambda_1) = {lambda_1**0.5:.3g})"
        raise SettingError("sigma", f"{config.sigma:g}", "use a smaller one.", problem)
    limit = stability_limit(lambda_1, wide.lambda_next)
    if step_size is None:
        step_size = limit * (DEFAULT_STEP_FRACTION if config.step_fraction is None else config.step_fraction)
    with one_thread():
        trajectory = forecast_trajectory(
            W0,
            wide,
            frobenius_sq,
            step_size,
            config.steps,
            analogies,
            fraction=fraction,
            draws=draws,
            seed=config.seed,
            progress=progress,
        )
    return PreparedRun(W0, step_size, limit, trajectory)


def gather(
    config: StudyConfig, device: torch.device, progress: Progress, stdin: BinaryIO | None = None
) -> CorpusStatistics:
    """Return what runs on a corpus are made from: counts, target, spectrum.

    Raises QwemError or UsageError with one sentence for the user; whatever `progress` raises goes through.
    """
    text = read_text(config.sources, config.tokenizer, config.vocab_size, config.analogies, progress, stdin)
    analogies, uncovered = covered(text, config.protocol, config.analogies)
    pairs = beyond(config.dim or DEFAULT_DIM)
    target = build_target(
        text.corpus,
        config.window,
        pairs,
        device,
        progress,
        negative_weight=config.negative_weight,
        in_float64=config.dtype == torch.float64,
        shape=config.window_shape,
    )
    wide = top_eigenpairs(target, min(pairs, target.size), device, progress=progress)
    warnings = tuple(warning for warning in (uncovered, *text.notes) if warning)
    return CorpusStatistics(text.digest, text.corpus, analogies, target, wide, warnings)


def widened(statistics: CorpusStatistics, config: StudyConfig, progress: Progress) -> CorpusStatistics:
    """Return `statistics` with as many eigenpairs as a run of `config` needs, found anew where they are too few."""
    pairs = min(beyond(config.dim or DEFAULT_DIM), statistics.target.size)
    if len(statistics.wide.eigenvalues) >= pairs:
        return statistics
    device = statistics.wide.vectors.device
    return replace(statistics, wide=top_eigenpairs(statistics.target, pairs, device, progress=progress))


def study_of(
    statistics: CorpusStatistics, config: StudyConfig, progress: Progress, step_size: float | None = None
) -> Study:
    """Return the study of the run that `config` describes, trained by full-batch or expected gradient descent.

    `step_size` is eta where the trainer has a default of its own. Raises QwemError or UsageError with one sentence for
    the user.
    """
    statistics = widened(statistics, config, progress)
    corpus, target = statistics.corpus, statistics.target
    device = statistics.wide.vectors.device
    dim = run_size(config.dim, statistics.wide, target)
    spectrum = statistics.wide.truncated(dim)
    forecast = prepare_run(
        config, statistics.wide, dim, target.frobenius_sq, statistics.analogies, progress, step_size=step_size
    )
    return Study(
        config=config,
        digest=statistics.digest,
        documents=corpus.documents,
        tokens=corpus.tokens,
        tokens_in_vocab=corpus.tokens_in_vocab,
        vocabulary=corpus.vocabulary,
        analogies=statistics.analogies,
        frobenius_sq=target.frobenius_sq,
        pairs_seen=target.pairs_seen,
        spectrum=spectrum,
        device=str(device),
        precision=str(config.dtype).removeprefix("torch."),
        step_size=forecast.step_size,
        step_limit=forecast.step_limit,
        time_unit=float(forecast.trajectory.tau[0]),
        loss_floor=loss_floor(spectrum.eigenvalues.cpu().numpy(), target.frobenius_sq),
        trajectory=forecast.trajectory,
        warnings=statistics.warnings,
        statistics=statistics,
        target=target.to(device, config.dtype),
        W0=forecast.W0,
        dtype=config.dtype,
    )


def accuracies_at(study: Study, step: int) -> NDArray[np.float64]:
    """Return the accuracy forecast for each category (n_categories,) at `step` of a run that has not happened.

    In [0, 1], NaN where no question could be attempted; by `theory.trajectory.ForecastRun`, nothing trained. Raises
    ValueError where the trainer's run is not forecast, or the step is below 0.
    """
    if not study.trajectory.is_forecast or step < 0:
        raise ValueError(f"Nothing is forecast of step {step} of a run of {study.config.trainer}.")
    wide = study.statistics.wide.truncated(beyond(study.dim))
    W = ForecastRun(study.W0, wide, study.step_size).at(step)
    with one_thread():
        scorer = Scorer(study.analogies.questions, W.device, alternatives=study.analogies.alternatives)
        return study.analogies.accuracies(scorer.correct(W))


def prepare(config: StudyConfig, device: torch.device, progress: Progress, stdin: BinaryIO | None = None) -> Study:
    """Return the study of a corpus: counts, target, spectrum and the run of gradient descent forecast.

    Raises QwemError or UsageError with one sentence for the user; whatever `progress` raises goes through.
    """
    return study_of(gather(config, device, progress, stdin), config, progress)
