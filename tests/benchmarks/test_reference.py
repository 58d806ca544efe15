"""Agreement with what the paper's own code gives on a real corpus (docs/theory.md, section 7).

Skips where the data are absent.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from qwem_tui.analogies.files import read_analogies
from qwem_tui.analogies.protocols import Analogies, attempt
from qwem_tui.analogies.scoring import Scorer
from qwem_tui.base.progress import Silent
from qwem_tui.corpus.cooccurrence import cooccurrence_counts
from qwem_tui.corpus.tokenizers import letters
from qwem_tui.corpus.vocabulary import BORDER, Corpus, Vocabulary, build_corpus
from qwem_tui.engine.frame import Frame
from qwem_tui.engine.live_run import LiveRun
from qwem_tui.engine.run_config import RunConfig
from qwem_tui.engine.status import Phase
from qwem_tui.study.config import StudyConfig
from qwem_tui.theory.critical_size import outcomes_by_size
from qwem_tui.theory.spectrum import Spectrum, top_eigenpairs
from qwem_tui.theory.target import DenseTarget, target_matrix
from tests.benchmarks.reference_corpus import BOOKS, DATA, QUESTIONS, WINDOW
from tests.waiting import PATIENCE

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(not BOOKS.exists(), reason="the reference corpus is not here"),
]


@dataclass(frozen=True)
class Closed:
    """A corpus's closed form up to d = 200, with the accuracies at the reference's sizes."""

    target: DenseTarget
    spectrum: Spectrum
    analogies: Analogies
    outcomes: NDArray[np.bool_]
    corpus: Corpus


def reference(size: int) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((DATA / f"reference_V{size}.json").read_text(encoding="utf-8"))
    return loaded


def less_last_centres(corpus: Corpus, counts: NDArray[np.integer]) -> NDArray[np.integer]:
    """Return the counts without the pairs whose first word is among the last window + 1 of its document.

    The reference looks ahead from each centre word, and skips those last centres.
    """
    borders = np.flatnonzero(corpus.ids == BORDER)
    starts = np.concatenate([[0], borders[:-1] + 1])
    result = counts.astype(np.int64)
    for start, end in zip(starts, borders, strict=True):
        ids = corpus.ids[start:end]
        for i in range(max(0, len(ids) - (WINDOW + 1)), len(ids)):
            for j in range(1, min(WINDOW, len(ids) - 1 - i) + 1):
                result[ids[i], ids[i + j]] -= WINDOW + 1 - j
                result[ids[i + j], ids[i]] -= WINDOW + 1 - j
    return result


def with_alphabetical_ties(larger: Corpus, size: int) -> Corpus:
    """Return the corpus cut to `size` words, ties by the alphabet as in the reference; ours are by first occurrence.

    `larger` must hold all the words that tie for the last places.
    """
    words, counts = larger.vocabulary.words, larger.vocabulary.counts
    order = sorted(range(len(words)), key=lambda i: (-counts[i], words[i]))[:size]
    dropped = BORDER - 1
    renumber = np.full(len(words) + 1, dropped, np.int32)
    renumber[order] = np.arange(size)
    renumber[BORDER] = BORDER
    ids = renumber[larger.ids]
    vocabulary = Vocabulary(tuple(words[i] for i in order), counts[order])
    return Corpus(vocabulary, ids[ids != dropped], larger.documents, larger.tokens)


@cache
def closed_form(size: int, as_reference: bool) -> Closed:
    with gzip.open(BOOKS, "rt", encoding="utf-8") as lines:
        corpus = build_corpus(lines, letters, size + 100 if as_reference else size)
    if as_reference:
        corpus = with_alphabetical_ties(corpus, size)
    counts = cooccurrence_counts(corpus, WINDOW, Silent())
    if as_reference:
        counts = less_last_centres(corpus, counts)
    target = target_matrix(counts, corpus.vocabulary.counts)
    spectrum = top_eigenpairs(target, 200)
    analogies = attempt(read_analogies(QUESTIONS), corpus.vocabulary.index, "pairs")
    dims = [int(d) for d in reference(size)["accuracy_pairs_protocol"]]
    scorer = Scorer(analogies.questions, torch.device("cpu"))
    outcomes = outcomes_by_size(spectrum.eigenvalues, spectrum.vectors, scorer, dims)
    return Closed(target, spectrum, analogies, outcomes, corpus)


def accuracies(closed: Closed, row: int) -> dict[str, float]:
    by_category = closed.analogies.accuracies(closed.outcomes[row])
    found = {n: float(a) for n, a in zip(closed.analogies.names, by_category, strict=True) if not np.isnan(a)}
    return {**found, "full": float(closed.outcomes[row].mean())}


@pytest.mark.parametrize("size", [3000, 10_000])
def test_with_the_skip_and_the_ties_emulated_everything_agrees(size: int) -> None:
    expected, closed = reference(size), closed_form(size, True)
    assert list(closed.corpus.vocabulary.words[:20]) == expected["first_words"]
    assert closed.corpus.tokens_in_vocab == expected["tokens_in_vocab"]
    assert closed.target.frobenius_sq == pytest.approx(expected["M_frobenius_sq"], rel=1e-6)
    assert closed.target.pairs_seen == expected["nnz_pairs"]
    eigenvalues = closed.spectrum.eigenvalues.numpy()
    np.testing.assert_allclose(eigenvalues[:50], expected["eigenvalues_top50"], rtol=1e-6)
    assert eigenvalues[199] == pytest.approx(expected["eigenvalue_200"], rel=1e-6)
    for row, by_category in enumerate(expected["accuracy_pairs_protocol"].values()):
        assert accuracies(closed, row) == pytest.approx(by_category, abs=1e-12)


@pytest.mark.parametrize("size", [3000, 10_000])
def test_without_them_the_differences_are_as_small_as_stated(size: int) -> None:
    expected, closed = reference(size), closed_form(size, False)
    norm = closed.target.frobenius_sq / expected["M_frobenius_sq"] - 1
    seen = closed.target.pairs_seen / expected["nnz_pairs"] - 1
    eigenvalues = closed.spectrum.eigenvalues.numpy()[:50] / np.array(expected["eigenvalues_top50"]) - 1
    print(f"\nV = {size}: ||M*||_F^2 {norm:+.4%}, seen pairs {seen:+.4%}, eigenvalues {np.abs(eigenvalues).max():.3%}")
    assert abs(norm) < 1e-4
    assert 0 < seen < 3e-4
    assert np.abs(eigenvalues).max() < 0.0015
    for row, by_category in enumerate(expected["accuracy_pairs_protocol"].values()):
        assert accuracies(closed, row)["full"] == pytest.approx(by_category["full"], abs=0.005)


def trained(**changes: object) -> tuple[LiveRun, list[Frame]]:
    config = StudyConfig((str(BOOKS),), vocab_size=3000, dim=64, analogies=str(QUESTIONS), protocol="pairs")
    frames: list[Frame] = []
    run = LiveRun(RunConfig(replace(config, **changes)), on_frame=frames.append)  # type: ignore[arg-type]
    run.start()
    while run.status().phase not in (Phase.DONE, Phase.FAILED):
        # no deadline: it trains for minutes
        run.join(0.2)
    assert run.status().error is None
    run.stop()
    assert run.join(PATIENCE)
    return run, frames


def test_trained_to_the_end_it_reaches_the_closed_form() -> None:
    run, frames = trained()
    study = run.study()
    assert study is not None
    last = frames[-1]
    error = np.abs(last.singular_values / study.spectrum.eigenvalues.sqrt().numpy() - 1)
    print(
        f"\n{last.step} steps (forecast {study.expected_steps}), s_k within {error.max():.2%}, {last.overall_accuracy}"
    )
    assert error.max() < 0.01
    assert last.overall_accuracy == pytest.approx(reference(3000)["accuracy_pairs_protocol"]["64"]["full"], abs=0.02)
    seen = [frame for frame in frames if frame.accuracies is not None]
    curves = np.array([frame.accuracies for frame in seen])
    steps = np.array([frame.step for frame in seen])
    for number, crossing in enumerate(study.trajectory.crossing):
        if crossing is not None and study.analogies.attempted[number] >= 100:
            measured = int(steps[(curves[:, number] >= study.trajectory.threshold[number]).argmax()])
            print(f"{study.analogies.names[number]}: forecast step {crossing}, measured {measured}")
            # accuracies are measured every few steps only
            assert abs(measured - crossing) <= max(np.diff(steps).max(), 0.05 * crossing)


def test_ten_thousand_words_train_without_diverging() -> None:
    run, frames = trained(vocab_size=10_000)
    study = run.study()
    assert study is not None
    losses = np.array([frame.loss for frame in frames])
    assert (np.diff(losses) < 1e-6).all()
    assert frames[-1].modes_learned == 64
    error = np.abs(frames[-1].singular_values / study.spectrum.eigenvalues.sqrt().numpy() - 1)
    print(f"\n{frames[-1].step} steps, s_k within {error.max():.2%}, accuracy {frames[-1].overall_accuracy}")
    assert error.max() < 0.02
