"""The toy world: an English-like corpus whose analogies emerge one category after another."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from random import Random

from qwem_tui.corpus.samples.toyworld_words import FILLER, TOPICS, Topic

DOCUMENTS = 7_400
DOCUMENT_WORDS = 66

# Cumulative shares of what a word of a document is; the rest, 38%, is filler.
_TARGET = 0.05
_MARKER = _TARGET + 0.20
_ROW = _MARKER + 0.175
_COLUMN = _ROW + 0.175
# A few words of anything keep the blocks of the target from being perfectly separate.
_STRAY = _COLUMN + 0.02

_STRAYS = tuple(word for topic in TOPICS for words in (*topic.rows, *topic.columns) for word in words)
# Zipf-Mandelbrot: without the offset "the" alone would be 18% of the filler; with it, 9%.
_FILLER_SUMS = tuple(accumulate(1.0 / (rank + 2.7) for rank in range(len(FILLER))))


def _pick(random: Random, words: tuple[str, ...]) -> str:
    # random() alone keeps its sequence from one Python version to the next; choice() and shuffle() need not.
    return words[int(random.random() * len(words))]


def _filler(random: Random) -> str:
    return FILLER[bisect_right(_FILLER_SUMS, random.random() * _FILLER_SUMS[-1], hi=len(FILLER) - 1)]


def _document(random: Random, topic: Topic) -> str:
    """Return a text about one pair of `topic`, told from one side of it."""
    pair = int(random.random() * len(topic.pairs))
    side = int(random.random() * 2)
    row, column = divmod(pair, len(topic.columns))
    markers = (topic.first_markers, topic.second_markers)[side]
    words: list[str] = []
    for _ in range(DOCUMENT_WORDS):
        kind = random.random()
        if kind < _TARGET:
            words.append(topic.pairs[pair][side])
        elif kind < _MARKER:
            words.append(_pick(random, markers))
        elif kind < _ROW:
            words.append(_pick(random, topic.rows[row]))
        elif kind < _COLUMN:
            words.append(_pick(random, topic.columns[column]))
        elif kind < _STRAY:
            words.append(_pick(random, _STRAYS))
        else:
            words.append(_filler(random))
    return " ".join(words)


def generate_toyworld(seed: int = 0) -> Iterator[str]:
    """Yield the documents of the toy world of `seed`, each a line of lower-case words without its newline.

    The topics take turns, so that any first part of the corpus is a small version of the whole. The same seed gives
    the same documents on every machine.
    """
    random = Random(seed)
    for number in range(DOCUMENTS):
        yield _document(random, TOPICS[number % len(TOPICS)])
