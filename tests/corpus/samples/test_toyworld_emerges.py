"""The sample corpus does what it is for: its categories emerge at sizes of their own."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch

from qwem_tui.analogies.files import read_analogies
from qwem_tui.analogies.protocols import attempt
from qwem_tui.analogies.scoring import Scorer
from qwem_tui.base.progress import Silent
from qwem_tui.corpus.cooccurrence import cooccurrence_counts
from qwem_tui.corpus.samples.catalogue import EVERYDAY, TOYWORLD
from qwem_tui.corpus.tokenizers import letters
from qwem_tui.corpus.vocabulary import build_corpus
from qwem_tui.theory.critical_size import CriticalSize, critical_sizes, outcomes_by_size, size_grid
from qwem_tui.theory.spectrum import top_eigenpairs
from qwem_tui.theory.target import target_matrix


@cache
def sizes() -> tuple[CriticalSize, ...]:
    corpus = build_corpus(TOYWORLD.path.read_text(encoding="utf-8").splitlines(), letters, 10_000)
    target = target_matrix(cooccurrence_counts(corpus, 16, Silent()), corpus.vocabulary.counts)
    spectrum = top_eigenpairs(target, 100)
    analogies = attempt(read_analogies(EVERYDAY.path), corpus.vocabulary.index, "questions")
    scorer = Scorer(analogies.questions, torch.device("cpu"))
    dims = size_grid(100)
    outcomes = outcomes_by_size(spectrum.eigenvalues, spectrum.vectors, scorer, dims)
    found = critical_sizes(outcomes, dims, analogies).categories
    for each in found:
        if each.attempted:
            print(f"{each.name:22} d* {each.critical_size} {each.interval} peak {each.peak:.2f} at d = {each.peak_dim}")
    return tuple(sorted((each for each in found if each.attempted), key=lambda each: each.critical_size or 999))


def test_at_least_six_categories_emerge_within_the_default_size() -> None:
    emerging = [each for each in sizes() if each.critical_size is not None]
    assert len(emerging) >= 6
    assert all(each.peak >= 0.8 for each in emerging)
    assert all(each.critical_size is not None and each.critical_size <= 64 for each in emerging)
    distinct = {each.critical_size for each in emerging}
    assert len(distinct) >= 6


def test_first_and_last_are_a_factor_of_three_apart_beyond_doubt() -> None:
    first, last = sizes()[0], sizes()[-1]
    assert first.critical_size is not None
    assert last.critical_size is not None
    assert first.interval is not None
    assert last.interval is not None
    assert last.critical_size >= 3 * first.critical_size
    assert first.interval[1] < last.interval[0]


def test_accuracy_is_near_zero_below_the_critical_size() -> None:
    for each in sizes():
        assert each.critical_size is not None
        below = np.array(size_grid(100)) <= each.critical_size / 2
        if below.any():
            assert each.accuracy[below].max() < each.peak / 2
