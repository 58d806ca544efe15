"""A general corpus beside a text of one's own: what carries over, and which words are used differently (*ours*).

Three texts of equal length are compared over the words that all of them have: one of one's own, and two disjoint ones
of the general corpus. How far the two general ones differ is what chance and choice of documents do; only what goes
beyond holds for one's own text.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from qwem_tui.analogies.protocols import attempt
from qwem_tui.base.errors import Named, QwemError
from qwem_tui.base.units import percent
from qwem_tui.corpus.cooccurrence import RunningCounts
from qwem_tui.corpus.vocabulary import BORDER, MIN_COUNT, Corpus, Vocabulary, over
from qwem_tui.study.plan.learning_curve import Interval, LearningCurve, Z, accuracy_of, arcsine_sqrt
from qwem_tui.study.plan.measure import CombinedProgress, Measure, closed_form, scores_by_size
from qwem_tui.study.plan.subsamples import cut_up, document_spans
from qwem_tui.study.plan.verdict import between
from qwem_tui.theory.by_category import ByCategory
from qwem_tui.theory.critical_size import FEWEST_QUESTIONS, CriticalSize

CarryWord = Literal["carries over", "weaker", "stronger", "does not carry over", "cannot be asked", "cannot tell"]
#: Nearest neighbours that are compared, in embeddings of this size unless the user's model has another.
NEIGHBOURS, _DIM = 10, 64
#: A word is compared where the two general texts agree on at least this share of its neighbours.
_LEAST_AGREEMENT = 0.3
_SHOWN_USAGES, _SHOWN_MISSING = 30, 50
_SPACES = (8, 16, 32, 64)
#: With fewer documents than this in each text they are pieces of documents.
_FEWEST_DOCUMENTS, _PIECES = 4, 64
_ROWS_AT_ONCE = 1024


@dataclass(frozen=True)
class Carried:
    """A category in all three texts: asked in each are the same `attempted` questions of `total`.

    `own` and the two `general` critical sizes are at equal amounts of text. `shift` is d* of one's own text in that of
    the general one (low, estimate, high); None where one of them is not known. `sentence` says why it is the `word`.
    """

    name: str
    attempted: int
    total: int
    general: tuple[CriticalSize, CriticalSize]
    own: CriticalSize
    shift: tuple[float, float, float] | None
    word: CarryWord
    sentence: str


@dataclass(frozen=True)
class Usage:
    """A word whose neighbours differ: of its nearest ten, one's own text and a general one share `shared` (a share).

    `usual` is that share for the two general texts. `own` and `general` are the nearest neighbours in each, nearest
    first; `counts` how often the word occurs in the compared texts of one's own and of the general kind.
    """

    word: str
    shared: float
    usual: float
    own: tuple[str, ...]
    general: tuple[str, ...]
    counts: tuple[int, int]


@dataclass(frozen=True)
class SpaceOverlap:
    """How much two top eigen-spaces of size `dim` have in common, in [0, 1]: ||V_1^T V_2||_F^2 / d.

    `own` between one's own text and a general one (mean of two), `usual` between the two general ones.
    """

    dim: int
    own: float
    usual: float


@dataclass(frozen=True)
class Domain:
    """One's own text beside the general corpus.

    `documents` and `words` are those of one's own text, `compared` the words of the vocabulary in each of the texts
    compared, over `shared` words. `known_share` is the share of the tokens of
    one's own text that are in the general vocabulary. `unknown` are the most frequent words of one's own text that are
    not in the general vocabulary, with counts; `lacking` the most frequent words of the general vocabulary that are not
    in one's own text. `usages` are words used differently, most so first; `unstable` words have no stable
    neighbours in texts of this length. `shared_neighbours` and `usual_neighbours` are means over the others.
    """

    documents: int
    words: int
    compared: int
    shared: int
    known_share: float
    unknown: tuple[tuple[str, int], ...]
    lacking: tuple[str, ...]
    carried: tuple[Carried, ...]
    dim: int
    usages: tuple[Usage, ...]
    unstable: int
    shared_neighbours: float
    usual_neighbours: float
    spaces: tuple[SpaceOverlap, ...]
    pieces: bool


@dataclass(frozen=True)
class _MeasuredText:
    """One of the three texts: closed form up to the largest size, and what it can do."""

    vectors: torch.Tensor
    eigenvalues: torch.Tensor
    sizes: ByCategory[CriticalSize]
    unigram: NDArray[np.int64]


def _spans_of(corpus: Corpus, length: int, texts: int, seed: int) -> tuple[list[NDArray[np.int64]], bool]:
    """Return the spans (n, 2) of `texts` disjoint texts of about `length` words, and whether they are of pieces.

    Documents are taken in random order, the last one of each text in part.
    """
    spans = document_spans(corpus.ids)
    pieces = len(spans) < texts * _FEWEST_DOCUMENTS
    if pieces:
        spans = cut_up(spans, max(1, length // _PIECES))
    order = np.random.default_rng(seed).permutation(len(spans))
    found, taken, left = [], [], length
    for start, stop in spans[order].tolist():
        taken.append((start, min(stop, start + left)))
        left -= stop - start
        if left <= 0:
            found.append(np.array(taken, np.int64))
            taken, left = [], length
            if len(found) == texts:
                break
    if len(found) < texts:
        found.append(np.array(taken, np.int64).reshape(-1, 2))
    return found, pieces


def _unigram(corpus: Corpus, spans: NDArray[np.int64]) -> NDArray[np.int64]:
    ids = np.concatenate([corpus.ids[start:stop] for start, stop in spans.tolist()])
    return np.bincount(ids[ids != BORDER], minlength=len(corpus.vocabulary)).astype(np.int64)


def _measured(
    corpus: Corpus, spans: NDArray[np.int64], common: NDArray[np.bool_], measure: Measure, device: torch.device,
    progress: CombinedProgress,
) -> _MeasuredText:  # fmt: skip
    """Return a text measured over the words marked in `common` (V,); raises QwemError where it tells nothing."""
    progress.begin()
    progress.stage("counting", float(len(spans)))
    counts = RunningCounts(corpus, measure.window, measure.window_shape)
    for number, (start, stop) in enumerate(spans.tolist()):
        counts.count(start, stop)
        progress.advance(number)
    symmetric = counts.symmetric(common)
    del counts
    unigram = _unigram(corpus, spans)
    closed = closed_form(
        symmetric, unigram[common], measure.largest_dim, measure.negative_weight, device, progress, 1e-4
    )
    del symmetric
    index = {corpus.vocabulary.words[row]: number for number, row in enumerate(np.flatnonzero(common))}
    analogies = attempt(measure.categories, index, measure.protocol)
    scores = scores_by_size(closed.spectrum, analogies, measure, progress)
    return _MeasuredText(closed.spectrum.vectors, closed.spectrum.eigenvalues, scores.sizes, unigram)


def _neighbours(text: _MeasuredText, dim: int) -> NDArray[np.int64]:
    """Return the ten words nearest in cosine to each (n, 10), nearest first, in embeddings of size `dim`."""
    dim = min(dim, len(text.eigenvalues))
    W = (text.vectors[:, :dim] * text.eigenvalues[:dim].clamp(min=0).sqrt()).float()
    unit = torch.nn.functional.normalize(W, dim=1)
    found = []
    for start in range(0, len(unit), _ROWS_AT_ONCE):
        rows = unit[start : start + _ROWS_AT_ONCE]
        nearness = rows @ unit.T
        nearness[torch.arange(len(rows)), torch.arange(start, start + len(rows))] = -torch.inf
        found.append(nearness.topk(min(NEIGHBOURS, len(unit) - 1), dim=1).indices)
    return np.asarray(torch.cat(found).cpu().numpy())


def _in_common(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the share of each row's entries (n, k) that the same row of the other has too (n,)."""
    return np.asarray((first[:, :, None] == second[:, None, :]).any(axis=2).mean(axis=1))


def _space(first: _MeasuredText, second: _MeasuredText, dim: int) -> float:
    return float((first.vectors[:, :dim].T @ second.vectors[:, :dim]).square().sum()) / dim


def shift(
    own: CriticalSize, general: Sequence[CriticalSize], spread: float | None
) -> tuple[float, float, float] | None:
    """Return d* of one's own text in that of the general one, with its 95% interval; None where one is not known.

    In quadrature: the bootstrap of each, and the spread between texts (`spread` of ln d*), three of which are compared.
    """
    sizes = [(size.critical_size, size.interval) for size in (own, *general)]
    known = [(size, ends) for size, ends in sizes if size is not None and ends is not None]
    if len(known) < len(sizes):
        return None
    logs = [math.log(size) for size, _ in known]
    below = [math.log(size / ends[0]) for size, ends in known]
    above = [math.log(ends[1] / size) for size, ends in known]
    middle = logs[0] - float(np.mean(logs[1:]))
    text = Z * (spread or 0.0) * math.sqrt(1 + 1 / len(general))
    low = math.hypot(below[0], float(np.mean(above[1:])), text)
    high = math.hypot(above[0], float(np.mean(below[1:])), text)
    return math.exp(middle - low), math.exp(middle), math.exp(middle + high)


def carried(
    own: CriticalSize, general: tuple[CriticalSize, CriticalSize], spread: float | None, size_spread: float | None
) -> Carried:
    """Return whether a category carries over: its peak in one's own text beside two general ones of equal length."""
    moved = shift(own, general, size_spread)

    def found(word: CarryWord, sentence: str) -> Carried:
        return Carried(own.name, own.attempted, own.total, general, own, moved, word, sentence)

    if own.attempted < FEWEST_QUESTIONS:
        return found("cannot be asked", f"{own.attempted:,} of {own.total:,} questions covered by all texts")
    low, high = sorted(size.peak for size in general)
    beside = f"peak {percent(own.peak)}, in general text of this length {between((low, high))}"
    if spread is None:
        return found("cannot tell", f"{beside}; the general corpus cannot be divided, so its spread is not known")
    margin = Z * spread * math.sqrt(1.5)
    usual = float(np.mean([arcsine_sqrt(size.peak) for size in general]))
    ends: Interval = (accuracy_of(usual - margin), accuracy_of(usual + margin))
    beside += f" (text of this kind: {between(ends)})"
    works = own.critical_size is not None
    if own.peak < ends[0]:
        return found("weaker" if works else "does not carry over", beside)
    if not works:
        return found("cannot tell", f"{beside}; it may be chance")
    return found("stronger" if own.peak > ends[1] else "carries over", beside)


def _usages(
    texts: Sequence[_MeasuredText], words: Sequence[str], common: NDArray[np.bool_], dim: int
) -> tuple[tuple[Usage, ...], int, float, float]:
    own, first, second = (_neighbours(text, dim) for text in texts)
    usual = _in_common(first, second)
    shared = (_in_common(own, first) + _in_common(own, second)) / 2
    stable = usual >= _LEAST_AGREEMENT
    lost = np.where(stable, usual - shared, -np.inf)
    counts = [text.unigram[common] for text in texts[:2]]

    def named(rows: NDArray[np.int64]) -> tuple[str, ...]:
        return tuple(words[row] for row in rows.tolist())

    found = tuple(
        Usage(
            words[row],
            float(shared[row]),
            float(usual[row]),
            named(own[row]),
            named(first[row]),
            (int(counts[0][row]), int(counts[1][row])),
        )
        for row in np.argsort(-lost, kind="stable")[:_SHOWN_USAGES].tolist()
        if lost[row] > 0
    )
    means = (float(shared[stable].mean()), float(usual[stable].mean())) if stable.any() else (math.nan, math.nan)
    return found, int((~stable).sum()), *means


def compare(
    general: Corpus,
    own: Corpus,
    learning_curves: Sequence[LearningCurve],
    measure: Measure,
    dim: int | None,
    device: torch.device,
    progress: CombinedProgress,
) -> Domain:
    """Return one's own text (over all its words) beside the general corpus, whose `learning_curves` give the spreads.

    Raises QwemError where the two have too little in common.
    """
    mine = over(own, general.vocabulary)
    length = min(mine.tokens_in_vocab, general.tokens_in_vocab // 2)
    own_spans, own_pieces = _spans_of(mine, length, 1, measure.seed)
    general_spans, general_pieces = _spans_of(general, length, 2, measure.seed)
    corpora = (mine, general, general)
    spans = (own_spans[0], *general_spans)
    unigrams = [_unigram(corpus, each) for corpus, each in zip(corpora, spans, strict=True)]
    common = np.all([unigram >= MIN_COUNT for unigram in unigrams], axis=0)
    if int(common.sum()) < NEIGHBOURS + 1:
        raise QwemError(
            "The text given with ",
            Named("domain"),
            f" has only {int(common.sum())} word(s) in common with equal amounts of the general corpus: give more of "
            "it, or text in the same language.",
        )
    texts = [
        _measured(corpus, each, common, measure, device, progress) for corpus, each in zip(corpora, spans, strict=True)
    ]
    words = [general.vocabulary.words[row] for row in np.flatnonzero(common)]
    spread = {
        learning_curve.name: (learning_curve.spread, learning_curve.size_spread) for learning_curve in learning_curves
    }
    found = tuple(
        carried(mine_size, (first, second), *spread[mine_size.name])
        for mine_size, first, second in zip(*(text.sizes.categories for text in texts), strict=True)
    )
    dim = min(dim or _DIM, *(len(text.eigenvalues) for text in texts))
    usages, unstable, shared, usual = _usages(texts, words, common, dim)
    deepest = min(len(text.eigenvalues) for text in texts)
    return Domain(
        documents=own.documents,
        words=own.tokens,
        compared=length,
        shared=len(words),
        known_share=mine.tokens_in_vocab / max(1, own.tokens_in_vocab),
        unknown=tuple(_unknown(own.vocabulary, general.vocabulary)),
        lacking=tuple(_lacking(mine.vocabulary)),
        carried=found,
        dim=dim,
        usages=usages,
        unstable=unstable,
        shared_neighbours=shared,
        usual_neighbours=usual,
        spaces=tuple(
            SpaceOverlap(
                k, (_space(texts[0], texts[1], k) + _space(texts[0], texts[2], k)) / 2, _space(texts[1], texts[2], k)
            )
            for k in _SPACES
            if k <= deepest
        ),
        pieces=own_pieces or general_pieces,
    )


def _unknown(own: Vocabulary, general: Vocabulary) -> Iterator[tuple[str, int]]:
    """Yield the most frequent words of one's own text that the general vocabulary lacks, with their counts."""
    left = _SHOWN_MISSING
    for word, count in zip(own.words, own.counts.tolist(), strict=True):
        if left and word not in general.index:
            left -= 1
            yield word, count


def _lacking(mine: Vocabulary) -> list[str]:
    """Return the most frequent words of the general vocabulary that occur less than twice in one's own text."""
    rows = np.flatnonzero(mine.counts < MIN_COUNT)[:_SHOWN_MISSING]
    return [mine.words[row] for row in rows.tolist()]
