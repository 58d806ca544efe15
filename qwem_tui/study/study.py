"""From a corpus to everything that is known about a run before it starts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch

from qwem_tui.analogies.files import Category, read_analogies
from qwem_tui.analogies.protocols import Analogies, Protocol, attempt
from qwem_tui.base.errors import QwemError, UsageError
from qwem_tui.base.inert import inert
from qwem_tui.base.memory import available_bytes, readable_bytes
from qwem_tui.base.progress import Progress
from qwem_tui.corpus.cooccurrence import cooccurrence_counts, needs_wide_counts
from qwem_tui.corpus.documents import DocumentReader
from qwem_tui.corpus.samples import EVERYDAY
from qwem_tui.corpus.tokens import TOKENIZERS, TokenizerName
from qwem_tui.corpus.vocabulary import Vocabulary, build_corpus
from qwem_tui.theory.dynamics import (
    DEFAULT_STEP_FRACTION,
    initial_embeddings,
    initial_modes,
    loss_floor,
    stability_limit,
    tau,
)
from qwem_tui.theory.spectrum import Spectrum, top_eigenpairs
from qwem_tui.theory.target import DenseTarget, mstar
from qwem_tui.theory.trajectory import Trajectory, beyond, predict_trajectory

DEFAULT_DIM = 64
#: Unless a size is asked for, modes slower than the first by more than this are left out: they would take for ever.
LEARNABLE_SHARE = 0.02
#: Below this start float32 rounding of learned modes swamps those not yet learned (section 3).
FLOAT32_LEAST_SIGMA = 1e-6
#: Measured peaks of preparing: counts and target side by side, and what building them takes for a moment.
_BYTES_PER_CELL = 15
_BYTES_PER_CELL_OF_WIDE_COUNTS = 20
#: Basis and image of the Krylov space in float64: so many columns and so many more for each dimension of the model.
_KRYLOV_COLUMNS, _KRYLOV_COLUMNS_PER_DIM = 400, 8
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


def _check(config: StudyConfig) -> None:
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
    if not 0 < config.step_fraction < 1:
        raise UsageError(
            f"--step-size is {config.step_fraction:g}: it is in units of the stability limit; give a number between "
            "0 and 1."
        )


def _check_memory(size: int, dim: int, wide_counts: bool, device: torch.device) -> None:
    """Raise QwemError where V x V arrays would not fit, before any is allocated."""
    per_cell = _BYTES_PER_CELL_OF_WIDE_COUNTS if wide_counts else _BYTES_PER_CELL
    need = per_cell * size * size + 16 * size * (_KRYLOV_COLUMNS + _KRYLOV_COLUMNS_PER_DIM * dim)
    free = available_bytes()
    if device.type == "cuda":
        on_device = torch.cuda.mem_get_info(device)[0]
        free = on_device if free is None else min(free, on_device)
    if free is not None and need > free:
        affordable = int((free / per_cell) ** 0.5 * 0.9) // 1000 * 1000
        raise QwemError(
            f"A vocabulary of {size:,} words needs about {readable_bytes(need)} of memory for its V x V matrices, and "
            f"{readable_bytes(free)} are free: try --vocab-size {max(affordable, 1000)} or less."
        )


def _decompose(target: DenseTarget, dim: int | None, device: torch.device, progress: Progress) -> tuple[Spectrum, int]:
    """Return the top eigenpairs, those beyond the model's size included, and that size d."""
    wanted = min(dim or DEFAULT_DIM, target.size)
    spectrum = top_eigenpairs(target, min(beyond(wanted), target.size), device, progress=progress)
    # rounding leaves an eigenvalue of zero at about the residual
    positive = int((spectrum.eigenvalues > 1e-9 * abs(spectrum.lambda_min)).sum())
    if positive == 0:
        raise QwemError("The target of this corpus has no positive eigenvalue: nothing can be learned; give more text.")
    if dim is not None and dim > positive:
        raise UsageError(
            f"--dim {dim} is more than the {positive} positive eigenvalue(s) that this corpus has (vocabulary of "
            f"{target.size:,} words): use --dim {positive} or less."
        )
    if dim is None:
        learnable = int((spectrum.eigenvalues >= LEARNABLE_SHARE * spectrum.eigenvalues[0]).sum())
        return spectrum, min(wanted, learnable)
    return spectrum, dim


def _covered(
    categories: tuple[Category, ...], config: StudyConfig, vocabulary: Vocabulary
) -> tuple[Analogies, str | None]:
    """Return the analogies that the vocabulary covers, and a warning where it covers none of the built-in ones."""
    analogies = attempt(categories, vocabulary.index, config.protocol)
    if len(analogies.questions):
        return analogies, None
    total = int(analogies.total.sum())
    if config.analogies is not None:
        raise QwemError(
            f"The vocabulary of {len(vocabulary):,} words covers none of the {total:,} questions in "
            f"{inert(config.analogies)}: raise --vocab-size, give more text, or an analogy file in the text's language."
        )
    return analogies, (
        f"No analogy can be asked: this text covers none of the {total:,} built-in English questions; "
        "give --analogies FILE in its language, or raise --vocab-size."
    )


def prepare(config: StudyConfig, device: torch.device, progress: Progress, stdin: BinaryIO | None = None) -> Study:
    """Return the study of a corpus: counts, target, spectrum and the run foretold.

    Raises QwemError or UsageError with one sentence for the user; whatever `progress` raises goes through.
    """
    _check(config)
    categories = read_analogies(EVERYDAY.path if config.analogies is None else Path(config.analogies))
    reader = DocumentReader(config.sources, progress, stdin)
    corpus = build_corpus(reader, TOKENIZERS[config.tokenizer], config.vocab_size)
    vocabulary = corpus.vocabulary
    analogies, uncovered = _covered(categories, config, vocabulary)
    skipped = f"{reader.skipped:,} file(s) are not text and were passed over." if reader.skipped else None
    wide_counts = needs_wide_counts(corpus, config.window)
    _check_memory(len(vocabulary), min(config.dim or DEFAULT_DIM, len(vocabulary)), wide_counts, device)
    counts = cooccurrence_counts(corpus, config.window, progress)
    if not counts.any():
        raise QwemError(
            "No two words share a document: each line of a file is one; join lines that belong together, or give a "
            "folder, in which each file is one document."
        )
    progress.stage("building the target")
    progress.advance(0)
    target = mstar(counts, vocabulary.counts).to(device, torch.float64)
    del counts
    wide, dim = _decompose(target, config.dim, device, progress)
    spectrum = wide.truncated(dim)

    W0 = initial_embeddings(len(vocabulary), dim, config.sigma, config.seed).to(device)
    s0, _ = initial_modes(W0, spectrum.vectors)
    eigenvalues = spectrum.eigenvalues.cpu().numpy()
    limit = stability_limit(float(eigenvalues[0]), wide.lambda_next)
    step_size = config.step_fraction * limit
    if float(s0[0]) ** 2 >= eigenvalues[0]:
        raise UsageError(
            f"--sigma {config.sigma:g} starts above what mode 1 learns (s = {float(s0[0]):.3g}, "
            f"sqrt(lambda_1) = {eigenvalues[0] ** 0.5:.3g}): use a smaller one."
        )
    trajectory = predict_trajectory(
        W0, wide, target.frobenius_sq, step_size, config.steps, analogies, seed=config.seed, progress=progress
    )
    dtype = torch.float32 if config.sigma >= FLOAT32_LEAST_SIGMA else torch.float64
    return Study(
        config=config,
        digest=reader.digest,
        documents=corpus.documents,
        tokens=corpus.tokens,
        tokens_in_vocab=corpus.tokens_in_vocab,
        vocabulary=vocabulary,
        analogies=analogies,
        target=target.to(device, dtype),
        spectrum=spectrum,
        W0=W0,
        dtype=dtype,
        step_size=step_size,
        step_limit=limit,
        tau_1=tau(float(eigenvalues[0]), float(s0[0])),
        loss_floor=loss_floor(eigenvalues, target.frobenius_sq),
        trajectory=trajectory,
        warnings=tuple(warning for warning in (uncovered, skipped) if warning),
    )
