"""Tokens as numbers, and the V most frequent of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from qwem_tui.base.errors import Named, QwemError
from qwem_tui.corpus.numbering import Numbering
from qwem_tui.corpus.token_store import TokenStore
from qwem_tui.corpus.tokenizers import Tokenizer

#: What stands between two documents in `Corpus.ids`.
BORDER = -1
MIN_COUNT = 2


@dataclass(frozen=True)
class Vocabulary:
    """The words that are modelled: `words[i]` has unigram count `counts[i]` (V,), descending."""

    words: tuple[str, ...]
    counts: NDArray[np.int64]

    def __len__(self) -> int:
        """Return V."""
        return len(self.words)

    @cached_property
    def index(self) -> dict[str, int]:
        """Return the row of each word."""
        return {word: i for i, word in enumerate(self.words)}


@dataclass(frozen=True)
class Corpus:
    """A corpus restricted to its vocabulary.

    `ids` int32 holds the kept tokens in order, with one `BORDER` after each document; tokens outside the
    vocabulary are gone, so that windows close over them. `tokens` counts all tokens read.
    """

    vocabulary: Vocabulary
    ids: NDArray[np.int32]
    documents: int
    tokens: int

    @property
    def tokens_in_vocab(self) -> int:
        """Return the number of kept tokens: the sum of the unigram counts."""
        return int(self.vocabulary.counts.sum())


def renumbered(ids: NDArray[np.int32], kept: NDArray[np.int64], size: int) -> NDArray[np.int32]:
    """Return `ids` (of `size` words, and borders) with the words `kept` numbered in that order, and no others."""
    dropped = BORDER - 1
    renumber = np.full(size + 1, dropped, np.int32)
    renumber[kept] = np.arange(len(kept), dtype=np.int32)
    renumber[BORDER] = BORDER  # the last place: it is -1
    ids = renumber[ids]
    return np.asarray(ids[ids != dropped])


#: So many numbers are stored at once.
_AT_ONCE = 1 << 14


class CorpusBuilder:
    """Turns documents into a corpus one after another; only the numbers of their tokens are kept."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        """Begin with no document."""
        self._numbering = Numbering(tokenizer)
        self._ids = TokenStore()
        # of documents that are stored together: an array for each costs more than reading it
        self._short: list[int] = []
        self._documents = 0

    def add(self, text: str, ends: bool = True) -> None:
        """Take the next document, or a piece of it, with which it `ends` or does not.

        Raises QwemError where memory does not suffice.
        """
        numbers = self._numbering.numbers(text)
        if isinstance(numbers, list):
            self._short += numbers
        else:
            self._store()
            self._ids.add(numbers)
        if ends:
            self._short.append(BORDER)
            self._documents += 1
        if len(self._short) >= _AT_ONCE:
            self._store()

    def _store(self) -> None:
        self._ids.add(np.array(self._short, np.int32))
        self._short.clear()

    @property
    def too_long(self) -> int:
        """Return how many tokens were left out because they are too long for a word."""
        return self._numbering.too_long

    def corpus(self, vocab_size: int | None) -> Corpus:
        """Return the corpus of the documents so far; see `build_corpus`. None: over all words that occur twice.

        The numbers of the tokens move into it, which takes no second copy of them: the builder is empty then.
        """
        self._store()
        numbering = self._numbering
        counts = self._ids.counts(BORDER, len(numbering))
        total = int(counts.sum())
        by_frequency = np.argsort(-counts, kind="stable")[:vocab_size]
        kept = by_frequency[counts[by_frequency] >= MIN_COUNT]
        if len(kept) < 2:
            raise QwemError(
                f"The corpus has {total:,} tokens but only {len(kept)} distinct word(s) that occur at least "
                f"{MIN_COUNT} times: give more text, or another ",
                Named("tokenizer"),
                ".",
            )
        words = list(numbering)
        vocabulary = Vocabulary(tuple(words[i] for i in kept), counts[kept])
        size = int(counts[kept].sum()) + self._documents
        ids = self._ids.taken(lambda each: renumbered(each, kept, len(numbering)), size)
        return Corpus(vocabulary, ids, self._documents, total)


def build_corpus(documents: Iterable[str], tokenizer: Tokenizer, vocab_size: int) -> Corpus:
    """Return the corpus over its `vocab_size` most frequent words, ties by first occurrence.

    See docs/theory.md, section 1. Words that occur once are left out. Documents are read once, and only their numbers
    are kept.
    Raises QwemError where fewer than two words remain.
    """
    builder = CorpusBuilder(tokenizer)
    for text in documents:
        builder.add(text)
    return builder.corpus(vocab_size)


def cut(corpus: Corpus, vocab_size: int) -> Corpus:
    """Return the corpus over the `vocab_size` most frequent words of `corpus`, as `build_corpus` does."""
    size = len(corpus.vocabulary)
    if size <= vocab_size:
        return corpus
    vocabulary = Vocabulary(corpus.vocabulary.words[:vocab_size], corpus.vocabulary.counts[:vocab_size])
    return Corpus(vocabulary, renumbered(corpus.ids, np.arange(vocab_size), size), corpus.documents, corpus.tokens)


def over(corpus: Corpus, vocabulary: Vocabulary) -> Corpus:
    """Return `corpus` with `vocabulary`, that of another corpus, in place of its own (*ours*).

    Tokens of words that `vocabulary` lacks are dropped. Counts are those of `corpus`, 0 for words that it does not
    model: they need not descend.
    """
    rows = np.array([vocabulary.index.get(word, -1) for word in corpus.vocabulary.words], np.int64)
    known = np.flatnonzero(rows >= 0)
    counts = np.zeros(len(vocabulary), np.int64)
    counts[rows[known]] = corpus.vocabulary.counts[known]
    ids = renumbered(corpus.ids, known, len(corpus.vocabulary))
    place = np.append(rows[known], BORDER).astype(np.int32)  # the last place: it is -1
    return Corpus(Vocabulary(vocabulary.words, counts), place[ids], corpus.documents, corpus.tokens)


def restricted(corpus: Corpus, keep: NDArray[np.bool_]) -> Corpus:
    """Return the corpus of the documents marked in `keep` (documents,), over the words of `corpus` (*ours*).

    Those of its words that occur at least twice there are modelled, by their frequency there, ties in the order of the
    vocabulary; words that `corpus` itself does not model cannot come in. `tokens` counts kept tokens alone. Raises
    QwemError where fewer than two words remain.
    """
    is_border = corpus.ids == BORDER
    # a border belongs to the document that it ends
    document = np.cumsum(is_border) - is_border
    ids = corpus.ids[keep[document]]
    counts = np.bincount(ids[ids != BORDER], minlength=len(corpus.vocabulary))
    order = np.argsort(-counts, kind="stable")
    kept = order[counts[order] >= MIN_COUNT]
    documents = int(keep.sum())
    if len(kept) < 2:
        raise QwemError(
            f"{documents:,} of the {corpus.documents:,} documents hold fewer than two words that occur twice: give "
            "more text."
        )
    vocabulary = Vocabulary(tuple(corpus.vocabulary.words[i] for i in kept), counts[kept])
    return Corpus(vocabulary, renumbered(ids, kept, len(corpus.vocabulary)), documents, int(counts.sum()))
