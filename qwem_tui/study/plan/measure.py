"""What the closed form of each part of a text can do at every size (*ours*)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from qwem_tui.analogies.files import Category
from qwem_tui.analogies.protocols import Analogies, Protocol, attempt
from qwem_tui.base.errors import QwemError
from qwem_tui.base.names import WindowShape
from qwem_tui.base.progress import Progress
from qwem_tui.corpus.cooccurrence import RunningCounts
from qwem_tui.study.plan.curve_fitting import resampled
from qwem_tui.study.plan.learning_curve import MeasuredPart, Resampled
from qwem_tui.study.plan.subsamples import Part, Partition, merged, parts
from qwem_tui.study.size_scores import ASKING, SizeScores, score_sizes
from qwem_tui.study.study import positive_pairs
from qwem_tui.study.target_from_text import NO_PAIRS
from qwem_tui.theory.critical_size import (
    size_grid,
    unknown_sizes,
)
from qwem_tui.theory.reason import Reason
from qwem_tui.theory.spectrum import DENSE_UP_TO, Spectrum, top_eigenpairs
from qwem_tui.theory.target import DenseTarget, target_matrix

#: The largest size evaluated shrinks by this factor with each halving of the text: on books, peaks came at sizes 1.2 to
#: 1.35 times smaller each time.
_SHRINK, _LEAST_LARGEST = 1.25, 64
#: Enough for accuracies to be the same; what is kept of the whole text is found more precisely.
_TOLERANCE = 1e-4
#: The stages of the work on a part, in order.
STAGES = ("counting", "building the target", "decomposing", ASKING)
#: Each of them is timed this often, where there are many texts, before a time left is shown.
_TIMED = 2
_UNITS = dict.fromkeys(STAGES, 1.0)
#: Asking a question at one size costs as much as `_DIMS_A_SIZE` more dimensions, and a part as much as
#: `_QUESTIONS_A_PART` questions (measured).
_DIMS_A_SIZE, _QUESTIONS_A_PART = 32, 200
#: A decomposition of V x V in full costs as much as this many of V eigenpairs by iteration (measured).
_FULL_DECOMPOSITION = 1 / 3


@dataclass(frozen=True)
class Measure:
    """How parts are measured: the questions asked, the largest size, the fraction of the peak that is critical.

    Word pairs are resampled `draws` times. `window`, its shape and `negative_weight` are those of the target.
    """

    categories: tuple[Category, ...]
    protocol: Protocol
    largest_dim: int
    fraction: float
    draws: int
    seed: int
    window: int
    window_shape: WindowShape
    negative_weight: float

    def largest_of(self, level: int) -> int:
        """Return the largest size evaluated in parts of one size: smaller ones for less text."""
        return min(self.largest_dim, max(_LEAST_LARGEST, round(self.largest_dim / _SHRINK**level)))


@dataclass(frozen=True)
class ClosedForm:
    """The target of a text, on the device, and its top eigenpairs."""

    target: DenseTarget
    spectrum: Spectrum


class CombinedProgress:
    """Reports the work on several texts, one after another, to an `outer` progress as one stage with a unit a text.

    The outer progress is the time gone as a share of the whole time, gone and estimated to be left. The estimate needs
    the seconds a unit of work takes in each stage of `STAGES`. Stages are timed apart, since their work grows
    differently with the length of a text, and the first timing of each is dropped, since it includes compilation. Until
    every stage that is left has been timed twice more (once where there are few texts) the outer progress stays at 0.
    """

    def __init__(
        self,
        outer: Progress,
        name: str,
        texts: int,
        works: Mapping[str, float] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin the outer stage; `works` is all the work on the texts by stage (None: a unit a text)."""
        self._outer, self._texts, self._clock = outer, texts, clock
        self._left = dict(works) if works is not None else dict.fromkeys(STAGES, float(texts))
        self._loads: Mapping[str, float] = _UNITS
        self._timed: dict[str, list[tuple[float, float]]] = {stage: [] for stage in STAGES}
        #: how often each stage has to be seen before it tells anything: the first does not count
        self._untimed = 1 + max(1, min(_TIMED, texts // 4))
        self._stage = ""
        self._total: float | None = None
        self._work = self._share = 0.0
        self._began = self._stage_began = clock()
        outer.stage(name, float(texts))

    def begin(self, loads: Mapping[str, float] | None = None) -> None:
        """Begin another text, the first or the next; `loads` is the work in each stage on it (None: a unit)."""
        self._loads = _UNITS if loads is None else loads

    def stage(self, name: str, total: float | None = None) -> None:
        """Begin a stage of the work on a text (see `base.progress.Progress`); others count to the one before."""
        now = self._clock()
        if name not in STAGES:
            self._report(now)
            return
        if self._stage:
            self._left[self._stage] = max(0.0, self._left[self._stage] - self._work)
            self._timed[self._stage].append((now - self._stage_began, self._work))
        self._stage, self._total = name, total
        self._work = self._loads.get(name, 0.0)
        self._share, self._stage_began = 0.0, now
        self._report(now)

    def advance(self, done: float) -> None:
        """Say that `done` units of the stage are finished."""
        self._share = min(1.0, done / self._total) if self._total else 0.0
        self._report(self._clock())

    def _report(self, now: float) -> None:
        left = 0.0
        for stage, work in self._left.items():
            rest = work - self._share * self._work if stage == self._stage else work
            if rest > 0:
                _, *timed = self._timed[stage] or [(0.0, 0.0)]
                if len(timed) + 1 < self._untimed:
                    self._outer.advance(0.0)
                    return
                left += rest * sum(seconds for seconds, _ in timed) / sum(work for _, work in timed)
        gone = now - self._began
        self._outer.advance(self._texts * gone / (gone + left) if gone + left > 0 else 0.0)


def closed_form(
    counts: NDArray[np.integer],
    unigram: NDArray[np.int64],
    largest_dim: int,
    negative_weight: float,
    device: torch.device,
    progress: Progress,
    tolerance: float | None = None,
) -> ClosedForm:
    """Return the closed form of `counts` (V, V) up to `largest_dim`, or to the last positive eigenvalue.

    Raises QwemError where there is none. `tolerance` is that of the eigenpairs in float32.
    """
    size = len(counts)
    if not counts.any():
        raise QwemError(NO_PAIRS)
    progress.stage("building the target", float(size))
    dtype = torch.float64 if size <= DENSE_UP_TO else torch.float32
    target = target_matrix(counts, unigram, "mstar", negative_weight, dtype, progress=progress).to(device, dtype)
    del counts
    if dtype != torch.float32:
        tolerance = None
    spectrum = top_eigenpairs(target, min(largest_dim, size), device, tolerance, progress=progress)
    return ClosedForm(target, spectrum.truncated(min(largest_dim, positive_pairs(spectrum, dtype))))


def scores_by_size(spectrum: Spectrum, analogies: Analogies, measure: Measure, progress: Progress) -> SizeScores:
    """Return what each size, on the default grid up to that of `spectrum`, can do."""
    dims = size_grid(len(spectrum.eigenvalues))
    settings = (measure.fraction, measure.draws, measure.seed)
    return score_sizes(spectrum, dims, analogies, *settings, progress, threads=torch.get_num_threads())


def _measured_part(
    part: Part,
    counts: RunningCounts,
    words: tuple[str, ...],
    measure: Measure,
    device: torch.device,
    progress: Progress,
) -> tuple[MeasuredPart, ClosedForm | None]:
    """Return the part measured, and its closed form; None where it has none.

    Raises QwemError where the whole text has none.
    """
    began = time.perf_counter()
    keep = part.modelled
    index = {words[row]: number for number, row in enumerate(np.flatnonzero(keep))}
    analogies = attempt(measure.categories, index, measure.protocol)
    with_results = partial(
        MeasuredPart,
        level=part.level,
        repeat=part.repeat,
        documents=part.documents,
        words=part.words,
        vocab_size=len(index),
    )
    try:
        closed = closed_form(
            counts.symmetric(keep),
            part.unigram[keep],
            measure.largest_of(part.level),
            measure.negative_weight,
            device,
            progress,
            _TOLERANCE if part.level else None,
        )
    except QwemError as error:
        if part.level == 0:
            raise
        # nothing counts as asked where there is nothing to ask
        unasked = replace(analogies, attempted=np.zeros_like(analogies.attempted))
        sizes = unknown_sizes(unasked, Reason("this part tells nothing", error.clause()))
        nothing = with_results(
            dims=(),
            sizes=sizes,
            resampled=sizes.map(lambda _: Resampled(0.0, None)),
            eigenvalues=np.empty(0),
            lambda_next=0.0,
            frobenius_sq=0.0,
            seconds=time.perf_counter() - began,
        )
        return nothing, None
    scores = scores_by_size(closed.spectrum, analogies, measure, progress)
    result = with_results(
        dims=scores.dims,
        sizes=scores.sizes,
        resampled=resampled(scores.outcomes, scores.dims, analogies, measure.draws, measure.seed),
        eigenvalues=closed.spectrum.eigenvalues.cpu().numpy(),
        lambda_next=closed.spectrum.lambda_next,
        frobenius_sq=closed.target.frobenius_sq,
        seconds=time.perf_counter() - began,
    )
    return result, closed


def _load(part: Part, questions: NDArray[np.integer], measure: Measure) -> dict[str, float]:
    """Return about how much work measuring a part is, by stage; `questions` (n, 4) are those of the whole text.

    Counting is in blocks, one at a time.
    """
    modelled = part.modelled
    size, largest = float(modelled.sum()), measure.largest_of(part.level)
    decomposing = largest * size**2 if size > DENSE_UP_TO else _FULL_DECOMPOSITION * size**3
    asked = _QUESTIONS_A_PART + float(modelled[questions].all(axis=1).sum())
    sizes = [d + _DIMS_A_SIZE for d in size_grid(max(1, min(largest, int(size))))]
    return dict(zip(STAGES, (1.0, size**2, decomposing, asked * size * sum(sizes)), strict=True))


def measured(
    partition: Partition,
    repeats: int,
    measure: Measure,
    reading_seconds: float,
    device: torch.device,
    progress: Progress,
) -> tuple[tuple[MeasuredPart, ...], ClosedForm]:
    """Return all parts measured, the whole text last, and the closed form of that.

    `words` of a part are of all words read, and its `seconds` hold its share of reading (`reading_seconds`) and of
    counting. Raises QwemError where the whole text has no closed form.
    """
    corpus = partition.corpus
    planned = parts(partition, repeats)
    questions = attempt(measure.categories, corpus.vocabulary.index, measure.protocol).questions
    loads = [_load(part, questions, measure) for part in planned]
    works = {stage: sum(load[stage] for load in loads) for stage in STAGES}
    # blocks are counted before the parts that they make up begin
    works["counting"] = float(partition.blocks)
    inner = CombinedProgress(progress, f"measuring {len(planned)} part(s) of the text", len(planned), works)
    found: list[MeasuredPart] = []
    counting, last = 0.0, time.perf_counter()
    closed = None
    for part, counts in merged(partition, measure.window, repeats, inner, measure.window_shape):
        counting += time.perf_counter() - last
        inner.begin(loads[len(found)])
        # one part's closed form must not stand beside the next one's
        closed = None
        result, closed = _measured_part(part, counts, corpus.vocabulary.words, measure, device, inner)
        found.append(result)
        last = time.perf_counter()
    assert closed is not None  # the whole text is the last part
    read = corpus.tokens / corpus.tokens_in_vocab
    a_word = (reading_seconds + counting) / corpus.tokens_in_vocab
    return tuple(
        replace(each, words=round(each.words * read), seconds=each.seconds + a_word * each.words) for each in found
    ), closed
