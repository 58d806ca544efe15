"""A share of a corpus: as many of its documents as hold so much of its text."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from qwem_tui.base.errors import QwemError
from qwem_tui.corpus.vocabulary import BORDER, MIN_COUNT, Corpus, Vocabulary, renumbered

#: What is taken may hold this factor too much, or too little.
_OFF = 2.0


def chosen_documents(corpus: Corpus, share: float, seed: int) -> NDArray[np.bool_]:
    """Return which documents (documents,) are taken for a share in (0, 1] of the words of `corpus` (*ours*).

    Documents come in an order drawn by `seed`, until they hold as much as is nearest to the share: of two shares drawn
    by one seed the smaller is inside the larger. Raises QwemError where whole documents cannot come near it.
    """
    if share >= 1:
        return np.ones(corpus.documents, np.bool_)
    borders = np.flatnonzero(corpus.ids == BORDER)
    words = np.diff(borders, prepend=-1) - 1
    order = np.random.default_rng(seed).permutation(corpus.documents)
    held = np.cumsum(words[order])
    wanted = share * held[-1]
    count = 1 + int(np.abs(held - wanted).argmin())
    if not wanted / _OFF <= held[count - 1] <= wanted * _OFF:
        raise QwemError(
            f"A share of {share:g} cannot be made of {corpus.documents:,} whole document(s), of up to "
            f"{words.max():,} words: give text whose documents (the lines of a file, the files of a folder) are "
            "smaller, or a larger share."
        )
    chosen = np.zeros(corpus.documents, np.bool_)
    chosen[order[:count]] = True
    return chosen


def shared(corpus: Corpus, share: float, seed: int) -> Corpus:
    """Return a share of `corpus`, which is over all of its words, as a corpus of its own (see `chosen_documents`).

    It is what `build_corpus` makes of these documents alone, but for its `tokens`, which counts kept tokens. Of the
    whole (1) it is `corpus` itself. Raises QwemError where fewer than two words remain.
    """
    if share >= 1:
        return corpus
    is_border = corpus.ids == BORDER
    # a border belongs to the document that it ends
    document = np.cumsum(is_border) - is_border
    chosen = chosen_documents(corpus, share, seed)
    ids = corpus.ids[chosen[document]]
    size = len(corpus.vocabulary)
    counts = np.bincount(ids[ids != BORDER], minlength=size)
    # of several places of one word the last one written stays: the first, from behind; borders go beyond all words
    first = np.zeros(size + 1, np.int64)
    first[ids[::-1]] = np.arange(len(ids))[::-1]
    order = np.lexsort((first[:size], -counts))
    kept = order[counts[order] >= MIN_COUNT]
    if len(kept) < 2:
        raise QwemError(
            f"A share of {share:g} of the text holds fewer than two words that occur twice: give more text, or a "
            "larger share."
        )
    vocabulary = Vocabulary(tuple(corpus.vocabulary.words[i] for i in kept), counts[kept])
    return Corpus(vocabulary, renumbered(ids, kept, size), int(chosen.sum()), int(counts.sum()))
