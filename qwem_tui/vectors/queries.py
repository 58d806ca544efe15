"""What one asks of a table of word vectors: nearest words, answers to an analogy, words at the ends of an axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray

#: A spelling is near where this share of the letters agrees (the ratio of `difflib`).
_NEAR = 0.6


@dataclass(frozen=True)
class Scored:
    """A word, by its row in the table, and its score: a cosine, or its entry in an axis."""

    row: int
    score: float


class UnitVectors:
    """Word vectors of length 1, ready for many questions."""

    def __init__(self, vectors: NDArray[np.floating]) -> None:
        """Take the directions of `vectors` (V, d); a row of zeros is near nothing."""
        # a tiny start must not fall below what the squares of float32 can hold
        largest = max(float(np.abs(vectors).max(initial=0.0)), float(np.finfo(np.float32).tiny))
        scaled = (vectors / largest).astype(np.float32)
        norms = np.linalg.norm(scaled, axis=1, keepdims=True)
        self.rows = scaled / np.maximum(norms, np.finfo(np.float32).tiny)

    def nearest(self, row: int, count: int) -> tuple[Scored, ...]:
        """Return the `count` words nearest in cosine to that of `row`, itself left out, the nearest first."""
        return _best(self.rows @ self.rows[row], count, (row,))

    def answers(self, a: int, b: int, a2: int, count: int) -> tuple[Scored, ...]:
        """Return the `count` best answers to a : b :: a' : ?, the best first; a, b and a' are none.

        Scores are cosines to the direction of b^ - a^ + a'^ (3CosAdd; docs/theory.md, section 5).
        """
        return _best(self._scores(a, b, a2), count, (a, b, a2))

    def rank(self, a: int, b: int, a2: int, answer: int) -> tuple[int, float] | None:
        """Return the place of `answer` among all answers to a : b :: a' : ?, 1 being the best, and its score.

        Words exactly as good stand before it, as in scoring. None where it is one of a, b and a', which is no answer.
        """
        if answer in (a, b, a2):
            return None
        scores = self._scores(a, b, a2)
        own = float(scores[answer])
        scores[[a, b, a2, answer]] = -np.inf
        return 1 + int((scores >= own).sum()), own

    def _scores(self, a: int, b: int, a2: int) -> NDArray[np.float32]:
        direction = self.rows[b] - self.rows[a] + self.rows[a2]
        norm = max(float(np.linalg.norm(direction)), float(np.finfo(np.float32).tiny))
        scores: NDArray[np.float32] = self.rows @ (direction / np.float32(norm))
        return scores


def _best(scores: NDArray[np.floating], count: int, without: Sequence[int]) -> tuple[Scored, ...]:
    """Return the `count` rows of the largest `scores` (V,) but for those `without`; of ties the first row."""
    scores = scores.copy()
    scores[list(without)] = -np.inf
    count = min(count, len(scores) - len(set(without)))
    best = np.argsort(-scores, kind="stable")[: max(0, count)]
    return tuple(Scored(int(row), float(scores[row])) for row in best)


def ends(axis: NDArray[np.floating], count: int) -> tuple[tuple[Scored, ...], tuple[Scored, ...]]:
    """Return the `count` words at the positive end of `axis` (V,), and those at the negative, the outermost first.

    A word stands at one end only: that of its sign.
    """
    high = tuple(each for each in _best(axis, count, ()) if each.score > 0)
    low = tuple(Scored(each.row, -each.score) for each in _best(-axis, count, ()) if each.score > 0)
    return high, low


def near_spellings(word: str, words: Sequence[str], count: int = 5) -> tuple[str, ...]:
    """Return up to `count` of `words` that are spelt most like `word`: those that it begins, then the likest.

    Likeness is the ratio of `difflib.SequenceMatcher`, at least `_NEAR`; of ties the first word. Words that `word`
    begins are at most half of them.
    """
    begun = [row for row, other in enumerate(words) if other.startswith(word)][: (count + 1) // 2]
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(word)
    found: list[tuple[float, int]] = []
    for row, other in enumerate(words):
        matcher.set_seq1(other)
        if matcher.real_quick_ratio() >= _NEAR and matcher.quick_ratio() >= _NEAR and (at := matcher.ratio()) >= _NEAR:
            found.append((-at, row))
    rows = dict.fromkeys([*begun, *(row for _, row in sorted(found))])
    return tuple(words[row] for row in list(rows)[:count])
