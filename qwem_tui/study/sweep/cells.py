"""The cells of a sweep, measured: what a batch of them shares is worked out once."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from qwem_tui.analogies.coverage import impossible
from qwem_tui.analogies.files import Category
from qwem_tui.analogies.protocols import Analogies
from qwem_tui.base.errors import UsageError
from qwem_tui.base.progress import Progress
from qwem_tui.corpus.cooccurrence import needs_wide_counts
from qwem_tui.corpus.subset import shared
from qwem_tui.corpus.vocabulary import Corpus, cut
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.size_scores import SizeScores, score_sizes
from qwem_tui.study.study import DEFAULT_DIM, CorpusStatistics, positive_pairs, prepare_run, run_size
from qwem_tui.study.sweep.grid import Bound, CellAbility, CellResult, CellSettings, TrainedAbility
from qwem_tui.study.target_from_text import Text, bytes_per_cell, counted, covered, needed_bytes, target_of
from qwem_tui.theory.by_category import ByCategory, paired
from qwem_tui.theory.critical_size import (
    DRAWS,
    FRACTION,
    CriticalSize,
    size_grid,
)
from qwem_tui.theory.dynamics import DEFAULT_STEP_FRACTION
from qwem_tui.theory.reason import reason_of, text_of
from qwem_tui.theory.spectrum import top_eigenpairs
from qwem_tui.theory.trajectory import Crossing, Trajectory, beyond

#: What a process takes before it computes anything: mostly PyTorch (measured).
_PROCESS_BYTES = 450 * 2**20
#: Bytes a token while a corpus is cut to a vocabulary.
_BYTES_PER_TOKEN = 16
#: About what parts of a cell take, in seconds (measured on one core): the run forecast, and the target with its
#: eigenpairs and answers, at V = 3000; a million tokens counted at a window of 1. Training takes
#: `_TRAINING_SECONDS` from sigma 1e-4 at d = 64.
_REFERENCE_SIZE = 3000
_RUN_SECONDS, _TARGET_SECONDS, _COUNTING_SECONDS, _TRAINING_SECONDS = 1.6, 4.5, 0.008, 20.0
_REFERENCE_SIGMA = 1e-4


def _pairs(cells: Sequence[CellSettings]) -> int:
    """Return how many eigenpairs `cells` want."""
    dims = [max(cell.largest_dim, beyond(cell.study.dim or DEFAULT_DIM)) for cell in cells]
    return max(dims)


def _in_float64(cells: Sequence[CellSettings]) -> bool:
    return any(cell.trained and cell.study.dtype == torch.float64 for cell in cells)


def batch_bytes(cells: Sequence[CellSettings], corpus: Corpus) -> int:
    """Return the memory that a process takes for the `cells` of a batch; `corpus` is the whole text, all its words."""
    size = min(cells[0].study.vocab_size, len(corpus.vocabulary))
    per_cell = bytes_per_cell(needs_wide_counts(len(corpus.ids), cells[0].study.window), _in_float64(cells))
    matrices = needed_bytes(size, min(_pairs(cells), size), per_cell)
    return _PROCESS_BYTES + matrices + _BYTES_PER_TOKEN * len(corpus.ids)


class CellBatch:
    """What the cells of a batch share: all have the same counts.

    The counts are made at the first request that needs them, and kept. So are target, eigenpairs and answers, but for
    one negative weight at a time: those of the last request.
    """

    def __init__(
        self,
        cells: Sequence[CellSettings],
        corpus: Corpus,
        digest: str,
        categories: tuple[Category, ...],
        device: torch.device,
        progress: Progress,
    ) -> None:
        """Take the `cells` of a batch; `corpus` is the whole text over all its words, read by their tokenizer."""
        self._cells, self._whole, self._digest, self._categories = cells, corpus, digest, categories
        self._device, self._progress = device, progress
        self._counted: tuple[Corpus, Analogies, tuple[str, ...], NDArray[np.integer]] | None = None
        self._statistics: tuple[float, CorpusStatistics] | None = None
        self._scores: SizeScores | None = None

    def _counts(self) -> tuple[Corpus, Analogies, tuple[str, ...], NDArray[np.integer]]:
        if self._counted is None:
            first = self._cells[0]
            study = first.study
            self._progress.stage("cutting the text")
            corpus = cut(shared(self._whole, first.text, study.seed), study.vocab_size)
            never = impossible(self._categories, study.words)
            text = Text(corpus, self._categories, self._digest, (), never)
            analogies, uncovered = covered(text, study.protocol, study.analogies)
            settings = (study.window, study.window_shape, _pairs(self._cells))
            counts = counted(corpus, *settings, self._device, self._progress, _in_float64(self._cells))
            self._counted = corpus, analogies, (uncovered,) if uncovered else (), counts
        return self._counted

    def statistics(self, cell: CellSettings) -> CorpusStatistics:
        """Return what the run of `cell` is made from; raises QwemError with one sentence where there is none."""
        corpus, analogies, warnings, counts = self._counts()
        weight = cell.study.negative_weight
        if self._statistics is None or self._statistics[0] != weight:
            self._statistics = self._scores = None  # before there are two of them
            target = target_of(counts, corpus, self._device, self._progress, negative_weight=weight)
            pairs = min(_pairs(self._cells), target.size)
            wide = top_eigenpairs(target, pairs, self._device, progress=self._progress)
            self._statistics = weight, CorpusStatistics(self._digest, corpus, analogies, target, wide, warnings)
        return self._statistics[1]

    def sizes(self, cell: CellSettings) -> ByCategory[CriticalSize]:
        """Return the critical size of each category, and the overall one; raises as `statistics`."""
        statistics = self.statistics(cell)
        wide = statistics.wide
        # cells of one target ask alike; the seed, from which word pairs are resampled, may differ
        outcomes = None if self._scores is None else self._scores.outcomes
        dims = size_grid(min(cell.largest_dim, positive_pairs(wide, statistics.target.dtype)))
        settings = (FRACTION, DRAWS, cell.study.seed, self._progress, outcomes)
        self._scores = score_sizes(wide, dims, statistics.analogies, *settings)
        return self._scores.sizes


def predicted_cell(
    cell: CellSettings, statistics: CorpusStatistics, sizes: ByCategory[CriticalSize], progress: Progress
) -> CellResult:
    """Return what is known of `cell` without training; a run that cannot be forecast leaves the sizes."""
    began = time.perf_counter()
    try:
        dim = run_size(cell.study.dim, statistics.wide, statistics.target)
        run = prepare_run(
            cell.study, statistics.wide, dim, statistics.target.frobenius_sq, statistics.analogies, progress
        )
    except UsageError as error:
        return result_of(statistics, sizes, None, None, None, error.clause(), time.perf_counter() - began)
    return result_of(statistics, sizes, run.trajectory, dim, run.step_size, None, time.perf_counter() - began)


def result_of(
    statistics: CorpusStatistics,
    sizes: ByCategory[CriticalSize],
    trajectory: Trajectory | None,
    dim: int | None,
    step_size: float | None,
    no_run: str | None,
    seconds: float,
) -> CellResult:
    """Return the result of a cell before it is trained: `sizes`, and the crossings of `trajectory` (None: `no_run`)."""
    none = Crossing(None, None, None if no_run is None else reason_of(no_run))
    crossings = sizes.map(lambda _: none) if trajectory is None else trajectory.all_crossings
    corpus = statistics.corpus
    return CellResult(
        documents=corpus.documents,
        tokens_in_vocab=corpus.tokens_in_vocab,
        vocab_size=len(corpus.vocabulary),
        lambda_1=float(statistics.wide.eigenvalues[0]),
        dim=dim,
        step_size=step_size,
        expected_steps=None if trajectory is None else trajectory.expected_steps,
        no_run=no_run,
        abilities=paired(lambda size, crossing: _ability(size, *_for_longer(crossing), step_size), sizes, crossings),
        trained=None,
        seconds=seconds,
    )


def _for_longer(crossing: Crossing) -> tuple[int | None, int | None, str | None]:
    """Return the step, the modes learned there, and why there is none, of the first crossing that is not fleeting.

    Means over cells are worth little if a touch counts in one of them and not in the next.
    """
    if not crossing.fleeting:
        return crossing.step, crossing.modes, text_of(crossing.reason)
    reason = f"for a moment only: at step {crossing.step:,}" if crossing.lasting is None else None
    return crossing.lasting, crossing.lasting_modes, reason


def _ability(
    size: CriticalSize, step: int | None, modes: int | None, step_reason: str | None, step_size: float | None
) -> CellAbility:
    asked = size.attempted > 0
    bound: Bound | None = None
    if size.critical_size is not None and (size.rising or size.at_first):
        bound = "neither" if size.rising and size.at_first else "at least" if size.rising else "at most"
    return CellAbility(
        name=size.name,
        attempted=size.attempted,
        total=size.total,
        peak=float(size.peak) if asked else None,
        peak_dim=size.peak_dim if asked else None,
        critical_size=size.critical_size,
        interval=size.interval,
        bound=bound,
        onset=size.onset,
        reason=text_of(size.reason),
        step=step,
        t=None if step is None or step_size is None else step * step_size,
        modes=modes,
        step_reason=step_reason,
    )


def with_training(ability: CellAbility, trained: TrainedAbility) -> CellAbility:
    """Return `ability` with what training showed of it."""
    return replace(ability, trained=trained)


@dataclass(frozen=True)
class CellCost:
    """About how many seconds a cell takes on one core: its `own`, and what it works out for those after it too.

    Costs of one `kind`, a trainer or "forecast", can be compared with each other; those of two are on scales apart.
    """

    shared: float
    own: float
    kind: str


def costs(cells: Sequence[CellSettings], corpus: Corpus) -> tuple[CellCost, ...]:
    """Return what each of the `cells` of a batch costs: for showing how far a sweep is.

    `corpus` is the whole text over all its words. What cells share is counted to the first that needs it.
    """
    found = []
    before: float | None = None
    for cell in cells:
        study = cell.study
        size = min(study.vocab_size, len(corpus.vocabulary)) / _REFERENCE_SIZE
        shared = 0.0 if study.negative_weight == before else _TARGET_SECONDS * size**1.5
        if before is None:
            shared += _COUNTING_SECONDS * cell.text * len(corpus.ids) / 1e6 * study.window
        before = study.negative_weight
        own = _RUN_SECONDS * size + (_training_seconds(study, size) if cell.trained else 0.0)
        found.append(CellCost(shared, own, study.trainer if cell.trained else "forecast"))
    return tuple(found)


def _training_seconds(study: StudyConfig, size: float) -> float:
    """Return about how long a run takes; `size` is its V in that of reference."""
    seconds = _TRAINING_SECONDS * size**2 * (study.dim or DEFAULT_DIM) / DEFAULT_DIM
    # a mode grows from its start exponentially
    seconds *= max(0.1, math.log(study.sigma) / math.log(_REFERENCE_SIGMA))
    seconds *= DEFAULT_STEP_FRACTION / (study.step_fraction or DEFAULT_STEP_FRACTION)
    return seconds * (2.0 if study.dtype == torch.float64 else 1.0)
