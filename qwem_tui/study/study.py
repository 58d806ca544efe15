"""From a corpus to everything that is known about a run before it starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import torch

from qwem_tui.analogies.protocols import Analogies, Protocol
from qwem_tui.analogies.scoring import one_thread
from qwem_tui.base.errors import QwemError, UsageError
from qwem_tui.base.progress import Progress
from qwem_tui.corpus.tokens import TokenizerName
from qwem_tui.corpus.vocabulary import Vocabulary
from qwem_tui.study.counting import build_target, covered, read_text
from qwem_tui.theory.critical import DRAWS, FRACTION
from qwem_tui.theory.dynamics import (
    DEFAULT_STEP_FRACTION,
    initial_embeddings,
    initial_modes,
    loss_floor,
    stability_limit,
)
from qwem_tui.theory.spectrum import Spectrum, top_eigenpairs
from qwem_tui.theory.target import DenseTarget
from qwem_tui.theory.trajectory import Trajectory, beyond, predict_trajectory

DEFAULT_DIM = 64
#: Unless a size is asked for, modes slower than the first by more than this are left out: they would take for ever.
LEARNABLE_SHARE = 0.02
#: Below this start float32 rounding of learned modes swamps those not yet learned (section 3).
FLOAT32_LEAST_SIGMA = 1e-6
_MOST_WINDOW = 10_000
_LEAST_SIGMA = 1e-30


@dataclass(frozen=True)
class StudyConfig:
    """What a study is made from. `dim` None: 64, or as many as can be learned (see `LEARNABLE_SHARE`).

    `step_fraction` is the step size in units of the stability limit, within (0, 1). `analogies` None: the built-in
    everyday English.
    """

    sources: tuple[str, ...]
    vocab_size: int = 10_000
    dim: int | None = None
    window: int = 16
    tokenizer: TokenizerName = "letters"
    analogies: str | None = None
    protocol: Protocol = "questions"
    sigma: float = 1e-4
    step_fraction: float = DEFAULT_STEP_FRACTION
    steps: int | None = None
    seed: int = 0
    negative_weight: float = 1.0


@dataclass(frozen=True)
class Study:
    """Everything known before training.

    `spectrum` and `W0` (V, d) are float64; `target` is in `dtype`, which training shall use; all are on the device.
    `loss_floor` is the least normalised loss of rank d; `tau_1` is mode 1's half-way time; `warnings` are sentences
    that the user should read.
    """

    config: StudyConfig
    digest: str
    documents: int
    tokens: int
    tokens_in_vocab: int
    vocabulary: Vocabulary
    analogies: Analogies
    target: DenseTarget
    spectrum: Spectrum
    W0: torch.Tensor
    dtype: torch.dtype
    step_size: float
    step_limit: float
    tau_1: float
    loss_floor: float
    trajectory: Trajectory
    warnings: tuple[str, ...]

    @property
    def dim(self) -> int:
        """Return d."""
        return int(self.W0.shape[1])

    @property
    def expected_steps(self) -> int:
        """Return the step at which the run is foretold to be done."""
        return self.trajectory.expected_steps


def check(config: StudyConfig) -> None:
    """Raise UsageError where a setting makes no sense on any corpus."""
    if config.vocab_size < 2:
        raise UsageError(f"--vocab-size is {config.vocab_size}: give 2 or more.")
    if config.window > _MOST_WINDOW:
        raise UsageError(f"--window is {config.window:,}: give {_MOST_WINDOW:,} or less.")
    if not 0 <= config.seed < 2**63:
        raise UsageError(f"--seed is {config.seed}: give a whole number from 0 to 2^63 - 1.")
    least_one = {"--window": config.window}
    if config.dim is not None:
        least_one["--dim"] = config.dim
    if config.steps is not None:
        least_one["--steps"] = config.steps
    for option, value in least_one.items():
        if value < 1:
            raise UsageError(f"{option} is {value}: give 1 or more.")
    if not config.sigma >= _LEAST_SIGMA or not np.isfinite(config.sigma):
        raise UsageError(f"--sigma is {config.sigma:g}: give a number from {_LEAST_SIGMA:g} to 1, such as 1e-4.")
    if config.sigma > 1:
        raise UsageError(
            f"--sigma is {config.sigma:g}: modes are learned one at a time from a small start; give 1 or less."
        )
    if not 0 < config.negative_weight < np.inf:
        raise UsageError(f"--negative-weight is {config.negative_weight:g}: give a number above 0, such as 1.")
    if not 0 < config.step_fraction < 1:
        raise UsageError(
            f"--step-size is {config.step_fraction:g}: it is in units of the stability limit; give a number between "
            "0 and 1."
        )


def positive_pairs(spectrum: Spectrum, dtype: torch.dtype) -> int:
    """Return how many of the eigenvalues are surely above zero, the target's entries being kept in `dtype`.

    Raises QwemError where none is.
    """
    # rounding leaves an eigenvalue of zero at about this
    largest = max(abs(spectrum.lambda_min), abs(float(spectrum.eigenvalues[0])))
    rounding = {torch.float32: 1e-6, torch.float64: 1e-9}[dtype] * largest
    positive = int((spectrum.eigenvalues > rounding).sum())
    if positive == 0:
        raise QwemError("The target of this corpus has no positive eigenvalue: nothing can be learned; give more text.")
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
        raise UsageError(
            f"--dim {dim} is more than the {positive} positive eigenvalue(s) that this corpus has (vocabulary of "
            f"{target.size:,} words): use --dim {positive} or less."
        )
    return dim


@dataclass(frozen=True)
class Foretold:
    """A run before it is run: its start `W0` (V, d) float64, its steps, and what it will show."""

    W0: torch.Tensor
    step_size: float
    step_limit: float
    trajectory: Trajectory


def foretell(
    config: StudyConfig,
    wide: Spectrum,
    dim: int,
    frobenius_sq: float,
    analogies: Analogies,
    progress: Progress,
    fraction: float = FRACTION,
    draws: int = DRAWS,
) -> Foretold:
    """Return the run of size `dim` that `config` describes; `wide` holds `beyond(dim)` eigenpairs or more.

    Raises UsageError where the start is not small, or the run too long.
    """
    wide = wide.truncated(beyond(dim))
    W0 = initial_embeddings(len(wide.vectors), dim, config.sigma, config.seed).to(wide.vectors.device)
    s0 = float(initial_modes(W0, wide.vectors[:, :dim])[0][0])
    lambda_1 = float(wide.eigenvalues[0])
    if s0**2 >= lambda_1:
        raise UsageError(
            f"--sigma {config.sigma:g} starts above what mode 1 learns (s = {s0:.3g}, "
            f"sqrt(lambda_1) = {lambda_1**0.5:.3g}): use a smaller one."
        )
    limit = stability_limit(lambda_1, wide.lambda_next)
    step_size = config.step_fraction * limit
    with one_thread():
        trajectory = predict_trajectory(
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
    return Foretold(W0, step_size, limit, trajectory)


def prepare(config: StudyConfig, device: torch.device, progress: Progress, stdin: BinaryIO | None = None) -> Study:
    """Return the study of a corpus: counts, target, spectrum and the run foretold.

    Raises QwemError or UsageError with one sentence for the user; whatever `progress` raises goes through.
    """
    check(config)
    text = read_text(config.sources, config.tokenizer, config.vocab_size, config.analogies, progress, stdin)
    corpus, vocabulary = text.corpus, text.corpus.vocabulary
    analogies, uncovered = covered(text, config.protocol, config.analogies)
    dtype = torch.float32 if config.sigma >= FLOAT32_LEAST_SIGMA else torch.float64
    target = build_target(
        corpus,
        config.window,
        beyond(config.dim or DEFAULT_DIM),
        device,
        progress,
        negative_weight=config.negative_weight,
        in_float64=dtype == torch.float64,
    )
    wide = top_eigenpairs(target, min(beyond(config.dim or DEFAULT_DIM), target.size), device, progress=progress)
    dim = run_size(config.dim, wide, target)
    spectrum = wide.truncated(dim)

    foretold = foretell(config, wide, dim, target.frobenius_sq, analogies, progress)
    return Study(
        config=config,
        digest=text.digest,
        documents=corpus.documents,
        tokens=corpus.tokens,
        tokens_in_vocab=corpus.tokens_in_vocab,
        vocabulary=vocabulary,
        analogies=analogies,
        target=target.to(device, dtype),
        spectrum=spectrum,
        W0=foretold.W0,
        dtype=dtype,
        step_size=foretold.step_size,
        step_limit=foretold.step_limit,
        tau_1=float(foretold.trajectory.tau[0]),
        loss_floor=loss_floor(spectrum.eigenvalues.cpu().numpy(), target.frobenius_sq),
        trajectory=foretold.trajectory,
        warnings=tuple(warning for warning in (uncovered, *text.notes) if warning),
    )
