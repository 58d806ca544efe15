"""Targets for tests: one made up, and those of small random texts."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import assume
from hypothesis import strategies as st

from qwem_tui.base.errors import QwemError
from qwem_tui.base.progress import Silent
from qwem_tui.corpus.cooccurrence import cooccurrence_counts
from qwem_tui.corpus.tokenizers import tokenizer_of
from qwem_tui.corpus.vocabulary import build_corpus
from qwem_tui.corpus.word_settings import WordSettings
from qwem_tui.theory.target import DenseTarget, target_matrix


def like_a_target(size: int, seed: int = 0) -> DenseTarget:
    """Return a symmetric matrix (V, V) with a huge negative eigenvalue, as M* has."""
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(size, size, generator=generator, dtype=torch.float64)
    matrix = (noise + noise.T) / 2 - 1.5
    matrix += 40 * torch.outer(noise[0], noise[0]) / size
    return DenseTarget(matrix, float((matrix**2).sum()), size * size)


@st.composite
def small_texts(draw: st.DrawFn, most_words: int = 60) -> list[str]:
    """Return the documents of a small random text of 2 to `most_words` distinct words, each of which occurs twice."""
    size = draw(st.integers(2, most_words))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    length = draw(st.integers(2, 12))
    rows = random.integers(size, size=draw(st.integers(1, 3)) * size)
    # a word of its own for each number, of letters alone: "letters" is how texts are read
    words = [f"w{chr(97 + row // 26)}{chr(97 + row % 26)}" for row in range(size)]
    tokens = [words[row] for row in (*range(size), *rows)]
    return [" ".join(tokens[start : start + length]) for start in range(0, len(tokens), length)] * 2


@st.composite
def targets_of_small_texts(draw: st.DrawFn, most_words: int = 60) -> DenseTarget:
    """Return M* of such a text, in float64."""
    try:
        corpus = build_corpus(draw(small_texts(most_words)), tokenizer_of(WordSettings()), most_words)
    except QwemError:
        assume(False)
    counts = cooccurrence_counts(corpus, draw(st.sampled_from([1, 2, 5, 16])), Silent())
    assume(counts.any())
    return target_matrix(counts, corpus.vocabulary.counts)
