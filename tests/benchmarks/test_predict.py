"""What a prediction costs, and whether an independent dense computation gives the same. Skips without the data."""

from __future__ import annotations

import gzip
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import permutations, takewhile
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from qwem_tui.analogies.protocols import Protocol, attempt
from qwem_tui.analogies.scoring import Scorer
from qwem_tui.base.progress import Silent
from qwem_tui.corpus.cooccurrence import cooccurrence_counts
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.predict import predict
from qwem_tui.study.prediction import PredictConfig, Prediction
from qwem_tui.study.target_from_text import Text, read_text
from qwem_tui.theory.critical_size import CriticalSize, size_grid
from qwem_tui.theory.spectrum import Spectrum, top_eigenpairs
from qwem_tui.theory.target import DenseTarget, target_matrix
from tests.benchmarks.costs import load, measured
from tests.benchmarks.reference_corpus import BOOKS, CPU, QUESTIONS
from tests.end_to_end.terminal import COMMAND

SIZE, LARGEST = 10_000, 200
#: what is asked of a prediction at V = 10,000 up to d = 200 on two quiet cores
SECONDS_ASKED, BYTES_ASKED = 25, 2 * 2**30

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(not BOOKS.exists(), reason="the reference corpus is not here"),
]


def shown(seconds: list[float]) -> str:
    return ", ".join(f"{each:.2f}" for each in seconds)


def taken(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


# --- an independent dense computation: nothing of qwem_tui in it


@dataclass(frozen=True)
class Dense:
    """A corpus by the textbook: matrices in full, float64, no iterative solver and no sums carried on."""

    documents: int
    tokens_in_vocab: int
    words: tuple[str, ...]
    pairs_seen: int
    frobenius_sq: float
    eigenvalues: NDArray[np.float64]
    vectors: NDArray[np.float64]


def dense(size: int, window: int, k: float) -> Dense:
    number: dict[str, int] = {}
    documents = []
    with gzip.open(BOOKS, "rt", encoding="utf-8") as lines:
        for line in lines:
            # where text is ASCII, words are runs of letters and there is nothing to normalise
            assert line.isascii()
            found = re.findall("[a-z]+", line.lower())
            documents.append(np.array([number.setdefault(word, len(number)) for word in found], np.int64))
    occurrences = np.bincount(np.concatenate(documents))
    by_frequency = sorted(range(len(number)), key=lambda i: (-occurrences[i], i))[:size]
    rank = np.full(len(number), -1)
    rank[by_frequency] = np.arange(size)
    C = np.zeros((size, size))
    for document in documents:
        kept = rank[document]
        kept = kept[kept >= 0]
        for distance in range(1, window + 1):
            pair = kept[:-distance] * size + kept[distance:]
            once = np.bincount(pair, minlength=size * size).reshape(size, size)
            C += (window + 1 - distance) * (once + once.T)
    n = occurrences[by_frequency]
    P, expected = C / C.sum(), k * np.outer(n / n.sum(), n / n.sum())
    M = (P - expected) / (0.5 * (P + expected))
    values, vectors = np.linalg.eigh(M)
    every = list(number)
    return Dense(
        len(documents),
        int(n.sum()),
        tuple(every[i] for i in by_frequency),
        int((C > 0).sum()),
        float((M**2).sum()),
        values[::-1],
        vectors[:, ::-1],
    )


def asked_of(words: tuple[str, ...]) -> dict[str, tuple[NDArray[np.int64], int]]:
    """Return each category's questions under the pairs protocol as rows of `words`, and how many there are in all."""
    sections: dict[str, list[tuple[str, str]]] = {}
    for line in QUESTIONS.read_text(encoding="utf-8").lower().splitlines():
        if line.startswith(":"):
            pairs = sections.setdefault(line[1:].strip(), [])
        else:
            a, b, a2, b2 = line.split()
            pairs += [pair for pair in ((a, b), (a2, b2)) if pair not in pairs]
    row = {word: i for i, word in enumerate(words)}
    result = {}
    for name, pairs in sections.items():
        inside = [(row[a], row[b]) for a, b in pairs if a in row and b in row]
        questions = np.array([(*first, *second) for first, second in permutations(inside, 2)], np.int64)
        result[name] = questions.reshape(-1, 4), len(pairs) * (len(pairs) - 1)
    return result


def margins(W: NDArray[np.float64], questions: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return by how much each question's answer (N,) is nearer than every other word: right where positive."""
    unit = W / np.linalg.norm(W, axis=1, keepdims=True)
    result = np.empty(len(questions))
    for i, (a, b, a2, answer) in enumerate(questions):
        scores = unit @ (unit[b] - unit[a] + unit[a2])
        mine = scores[answer] if answer not in (a, b, a2) else -np.inf
        scores[[a, b, a2, answer]] = -np.inf
        result[i] = mine - scores.max()
    return result


def agrees(size: CriticalSize, own: list[NDArray[np.float64]], total: int, dims: tuple[int, ...]) -> list[str]:
    """Return what of `size` differs from the margins `own` by size."""
    hits = [int((each > 0).sum()) for each in own]
    attempted = len(own[0])
    if (size.attempted, size.total) != (attempted, total):
        return [f"{size.name}: {size.attempted}/{size.total} attempted, {attempted}/{total} independently"]
    if not attempted:
        return []
    differing = []
    for d, mine, here, accuracy in zip(dims, own, hits, size.accuracy, strict=True):
        theirs = round(float(accuracy) * attempted)
        if theirs != here:
            near = np.flatnonzero(np.abs(mine) < 1e-5).tolist()
            differing.append(f"{size.name}, d = {d}: {theirs} right, {here} independently; nearly tied: {near}")
    peak = max(hits)
    if size.peak_dim != dims[hits.index(peak)] or round(size.peak * attempted) != peak:
        differing.append(f"{size.name}: peak {size.peak} at {size.peak_dim}, {peak / attempted} independently")
    first = next(d for d, here in zip(dims, hits, strict=True) if 2 * here >= peak)
    above_zero = len(list(takewhile(bool, reversed(hits))))
    onset = dims[-above_zero] if above_zero else None
    if size.reason is None and (size.critical_size, size.onset) != (first, onset):
        differing.append(
            f"{size.name}: critical size {size.critical_size}, onset {size.onset}; {first}, {onset} independently"
        )
    if (size.critical_size is None) != (size.reason is not None) or (attempted < 12 and size.reason is None):
        differing.append(f"{size.name}: critical size {size.critical_size}, reason {size.reason}")
    return differing


def test_an_independent_dense_computation_gives_the_same() -> None:
    size, window, k, dims = 2000, 5, 2.0, (4, 8, 16, 32, 64, 128)
    study = StudyConfig(
        (str(BOOKS),),
        vocab_size=size,
        window=window,
        negative_weight=k,
        analogies=str(QUESTIONS),
        protocol="pairs",
    )
    ours = predict(PredictConfig(study, dims=dims), CPU, Silent())
    own = dense(size, window, k)
    norm = ours.frobenius_sq / own.frobenius_sq - 1
    eigenvalues = np.abs(ours.eigenvalues / own.eigenvalues[: len(ours.eigenvalues)] - 1)
    lowest = abs(ours.lambda_min / own.eigenvalues[-1] - 1)
    print(f"\nV = {size}, window {window}, k = {k:g}: {ours.pairs_seen:,} pairs seen, {own.pairs_seen:,} independently")
    print(f"||M*||_F^2 {ours.frobenius_sq:.10g}, relative difference {norm:+.1e}")
    print(
        f"{len(eigenvalues)} eigenvalues: relative difference {eigenvalues.max():.1e} at most, lambda_min {lowest:.1e}"
    )
    assert (ours.documents, ours.tokens_in_vocab) == (own.documents, own.tokens_in_vocab)
    assert ours.pairs_seen == own.pairs_seen
    assert abs(norm) < 1e-9
    assert eigenvalues.max() < 1e-6
    assert lowest < 1e-6
    floor = 1 - np.cumsum(own.eigenvalues[: dims[-1]] ** 2)[np.array(dims) - 1] / own.frobenius_sq
    np.testing.assert_allclose(ours.loss_floor, floor, rtol=1e-6)

    W = own.vectors[:, : dims[-1]] * np.sqrt(own.eigenvalues[: dims[-1]])
    asked = asked_of(own.words)
    assert [ability.size.name for ability in ours.abilities] == list(asked)
    differing, together = [], []
    for ability, (questions, total) in zip(ours.abilities, asked.values(), strict=True):
        by_size = [margins(W[:, :d], questions) for d in dims]
        together.append(by_size)
        differing += agrees(ability.size, by_size, total, dims)
        found = ability.size
        print(f"{found.name}: {found.attempted}/{found.total}, d* {found.critical_size}, {found.reason}")
    overall = [np.concatenate(parts) for parts in zip(*together, strict=True)]
    differing += agrees(ours.overall.size, overall, sum(total for _, total in asked.values()), dims)
    nearest = min(float(np.abs(each).min()) for each in overall)
    compared = sum(len(each) for each in overall)
    print(f"{compared:,} answers compared, accuracy {ours.overall.size.accuracy}, d* {ours.overall.size.critical_size}")
    print(f"the nearest tie is {nearest:.1e} apart in cosine; differing: {differing or 'nothing'}")
    assert not differing


# --- what it costs


def test_ten_thousand_words_from_the_command_line(tmp_path: Path) -> None:
    out = tmp_path / "table"
    command = (*COMMAND, "predict", str(BOOKS), "--analogies", str(QUESTIONS))
    torch_alone, runs = [], []
    for _ in range(3):
        torch_alone.append(measured(out, COMMAND[0], "-c", "import torch")[0])
        runs.append(measured(out, *command))
    seconds, peaks = [run[0] for run in runs], [run[2] for run in runs]
    assert "overall" in out.read_text(encoding="utf-8")
    print(f"\npredict at V = 10,000, d to 200: best {min(seconds):.2f} s of {shown(seconds)} s ({load()})")
    print(f"asked: {SECONDS_ASKED} s on two quiet cores; here {min(seconds) / SECONDS_ASKED:.2f} of it at best")
    print(f"processor time {shown([run[1] for run in runs])} s")
    print(f"importing torch: {shown(torch_alone)} s; ratio of the best {min(seconds) / min(torch_alone):.1f}")
    print(f"peak memory {', '.join(f'{peak / 2**30:.2f}' for peak in peaks)} GiB of {BYTES_ASKED / 2**30:.0f}")
    assert max(peaks) <= BYTES_ASKED


class Clock:
    """A `Progress` that notes when each stage begins."""

    def __init__(self) -> None:
        self.began: list[tuple[str, float]] = [("before the first stage", time.perf_counter())]

    def stage(self, name: str, total: float | None = None) -> None:
        self.began.append((name, time.perf_counter()))

    def advance(self, done: float) -> None:
        pass


def test_the_share_of_each_stage() -> None:
    config = PredictConfig(StudyConfig((str(BOOKS),), analogies=str(QUESTIONS)))
    runs: list[dict[str, float]] = []
    answer: Prediction | None = None
    for _ in range(3):
        clock = Clock()
        answer = predict(config, CPU, clock)
        ends = [began for _, began in clock.began[1:]] + [time.perf_counter()]
        stages: dict[str, float] = {}
        for (name, began), end in zip(clock.began, ends, strict=True):
            stages[name] = stages.get(name, 0.0) + end - began
        runs.append(stages)
    assert answer is not None
    assert answer.dims == size_grid(LARGEST)
    print(f"\nV = {answer.vocab_size:,}, {answer.tokens:,} tokens, {len(answer.dims)} sizes ({load()})")
    totals = [sum(stages.values()) for stages in runs]
    best = runs[totals.index(min(totals))]
    for name, seconds in best.items():
        print(f"{name:38} {seconds:6.2f} s {seconds / min(totals):4.0%}   all: {shown([r[name] for r in runs])}")
    print(f"{'together, in a process already started':38} {min(totals):6.2f} s        all: {shown(totals)}")


@dataclass(frozen=True)
class Closed:
    """The corpus at V = 10,000, its target in float64, and the spectrum of that in float32."""

    text: Text
    target: DenseTarget
    spectrum: Spectrum


@cache
def closed() -> Closed:
    text = read_text(StudyConfig((str(BOOKS),), vocab_size=SIZE, analogies=str(QUESTIONS)), Silent(), None)
    counts = cooccurrence_counts(text.corpus, 16, Silent())
    target = target_matrix(counts, text.corpus.vocabulary.counts)
    return Closed(text, target, top_eigenpairs(target.to(CPU, torch.float32), LARGEST, CPU))


@pytest.mark.parametrize("protocol", ["questions", "pairs"])
def test_all_sizes_in_one_pass_against_one_size_and_each_alone(protocol: Protocol) -> None:
    text, spectrum = closed().text, closed().spectrum
    analogies = attempt(text.categories, text.corpus.vocabulary.index, protocol)
    embeddings = (spectrum.vectors * spectrum.eigenvalues.sqrt()).float()
    dims = size_grid(LARGEST)

    def together() -> NDArray[np.bool_]:
        return Scorer(analogies.questions, CPU).correct_by_size(embeddings, dims)

    def alone(d: int) -> NDArray[np.bool_]:
        return Scorer(analogies.questions, CPU).correct(embeddings[:, :d])

    differing = int((together() != np.array([alone(d) for d in dims])).sum())
    every = [taken(together) for _ in range(5)]
    one = [taken(lambda: alone(LARGEST)) for _ in range(5)]
    separate = [taken(lambda: [alone(d) for d in dims]) for _ in range(3)]
    print(f"\n{len(analogies.questions):,} questions ({protocol}), {len(dims)} sizes ({load()})")
    print(f"all sizes in one pass {shown(every)} s; the largest alone {shown(one)} s; each alone {shown(separate)} s")
    print(f"in units of the largest: one pass {min(every) / min(one):.2f}, each alone {min(separate) / min(one):.2f}")
    print(f"one pass in units of each alone: {min(every) / min(separate):.3f}")
    print(f"answers that differ: {differing} of {len(dims) * len(analogies.questions):,}")
    # sums carried on round differently, which tells only where two words are all but equally near
    assert differing <= 1e-4 * len(dims) * len(analogies.questions)


def test_single_precision_is_enough_at_ten_thousand_words() -> None:
    target, top = closed().target, 50
    found: dict[torch.dtype, Spectrum] = {}
    for dtype in (torch.float32, torch.float64):
        cast = target.to(CPU, dtype)
        began = time.perf_counter()
        found[dtype] = top_eigenpairs(cast, top, CPU)
        seconds = time.perf_counter() - began
        print(f"\n{dtype}: top {top} in {seconds:.2f} s ({load()}), residual {found[dtype].residual:.1e}", end="")
    single, double = found[torch.float32], found[torch.float64]
    difference = float((single.eigenvalues / double.eigenvalues - 1).abs().max())
    wide = float((closed().spectrum.eigenvalues[:top] / double.eigenvalues - 1).abs().max())
    lowest = abs(single.lambda_min / double.lambda_min - 1)
    overlap = torch.linalg.svdvals(single.vectors.T @ double.vectors).min()
    print(f"\neigenvalues: relative difference {difference:.1e} at most, lambda_min {lowest:.1e}")
    print(f"those found on the way to {LARGEST} pairs: {wide:.1e} at most")
    print(f"the smallest cosine between the two spaces of {top} vectors: 1 - {1 - float(overlap):.1e}")
    assert max(difference, wide, lowest) < 1e-7
    assert single.residual < 1e-5
    assert double.residual < 1e-8
