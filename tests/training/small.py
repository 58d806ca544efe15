"""A corpus small enough to know everything about."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from qwem_tui.base.progress import Silent
from qwem_tui.corpus.cooccurrence import cooccurrence_counts
from qwem_tui.corpus.tokenizers import whitespace
from qwem_tui.corpus.vocabulary import Corpus, build_corpus
from qwem_tui.theory.spectrum import Spectrum, top_eigenpairs
from qwem_tui.theory.target import DenseTarget, target_matrix

WINDOW = 4


def corpus_of_lines(text: str) -> Corpus:
    return corpus_of(*text.splitlines())


def corpus_of(*documents: str) -> Corpus:
    return build_corpus(documents, whitespace, 1000)


@cache
def small_corpus(words: int = 40, topics: int = 5, documents: int = 200) -> Corpus:
    """Documents of 1 to 60 words, each about one topic; some have one word, some none of the vocabulary."""
    random = np.random.default_rng(7)
    share = random.dirichlet(np.full(words, 0.4), topics) + 1.5 / words
    share /= share.sum(axis=1, keepdims=True)
    texts = [
        " ".join(f"w{word}" for word in random.choice(words, length, p=share[random.integers(topics)]))
        for length in [*random.integers(1, 61, documents), 1, 1, 1]
    ]
    return corpus_of("unlike", *texts)


@cache
def clustered_corpus() -> Corpus:
    """Six topics of six words each, some with many documents and some with few, over eight words of all."""
    random = np.random.default_rng(3)
    topics = random.choice(6, 400, p=np.arange(1, 7) / 21)
    return corpus_of(
        *(
            " ".join(
                f"t{topic}w{random.integers(6)}" if random.random() < 0.8 else f"c{random.integers(8)}"
                for _ in range(40)
            )
            for topic in topics
        )
    )


@cache
def small_target(negative_weight: float = 1.0) -> DenseTarget:
    corpus = small_corpus()
    return target_matrix(counts_of(corpus, WINDOW), corpus.vocabulary.counts, negative_weight=negative_weight)


@cache
def small_spectrum(dim: int, negative_weight: float = 1.0) -> Spectrum:
    return top_eigenpairs(small_target(negative_weight), dim)


def counts_of(corpus: Corpus, window: int) -> NDArray[np.integer]:
    return cooccurrence_counts(corpus, window, Silent())
