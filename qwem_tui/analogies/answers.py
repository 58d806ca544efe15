"""What is answered where a question is wrong, and by how much: the best rival of each right answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Scores of this many (question, word) cells are held at once: 16 MiB in float32.
_CELLS = 4 * 2**20


@dataclass(frozen=True)
class Answers:
    """Of N questions `rival` (N,), the row of the word that scores best among those that are not right, and `margin`.

    `margin` (N,) is the score of the best right answer minus that of the rival, above 0 where the question is answered
    right. Where no other word is left, `rival` is -1 and the margin infinite; where no right answer may be given,
    because it is one of the three words asked, the margin is minus infinity.
    """

    rival: NDArray[np.int64]
    margin: NDArray[np.float64]

    @property
    def right(self) -> NDArray[np.bool_]:
        """Return which questions (N,) are answered right."""
        return self.margin > 0


@np.errstate(invalid="ignore")
def answers(
    embeddings: NDArray[np.floating],
    questions: NDArray[np.int64],
    alternatives: NDArray[np.int64],
    cells: int = _CELLS,
) -> Answers:
    """Return the best rivals and the margins of `questions` (N, 4), rows (a, b, a', b') of `embeddings` (V, d).

    A word's score is its cosine to b^ - a^ + a'^ (unit vectors), by the rule of `Scorer.correct` (docs/theory.md,
    section 5): a, b and a' are no answers, and of several right ones the best counts. `alternatives` (M, 2) are further
    right answers: a question's number, ascending, and the row of a word. At most about `cells` scores are held at once.
    """
    # a tiny start must not vanish when it is squared
    table = embeddings / max(np.abs(embeddings).max(initial=0.0), np.finfo(embeddings.dtype).tiny)
    norms = np.sqrt((table * table).sum(axis=1, keepdims=True))
    unit = table / np.maximum(norms, np.finfo(table.dtype).tiny)
    rival = np.full(len(questions), -1, np.int64)
    margin = np.empty(len(questions))
    # the cosines of a batch's words are held beside its scores
    batch = max(1, cells // (4 * len(unit)))
    for start in range(0, len(questions), batch):
        asked = questions[start : start + batch]
        words, position = np.unique(asked[:, :3], return_inverse=True)
        similarity = unit[words] @ unit.T
        a, b, a2 = position.reshape(-1, 3).T
        scores = similarity[b]
        scores -= similarity[a]
        scores += similarity[a2]
        first, last = np.searchsorted(alternatives[:, 0], [start, start + len(asked)])
        number = np.arange(len(asked))
        owner = np.concatenate([number, alternatives[first:last, 0] - start])
        right = np.concatenate([asked[:, 3], alternatives[first:last, 1]])
        own = scores[owner, right]
        own[(asked[owner, :3] == right[:, None]).any(axis=1)] = -np.inf
        best = np.full(len(asked), -np.inf)
        np.maximum.at(best, owner, own)
        scores[number[:, None], asked] = scores[owner, right] = -np.inf
        place = scores.argmax(axis=1)
        top = scores[number, place]
        length = np.linalg.norm(unit[asked[:, 1]] - unit[asked[:, 0]] + unit[asked[:, 2]], axis=1)
        # an answer that may not be given is wrong, whether or not there is another word
        difference = np.where(best == -np.inf, -np.inf, best - top)
        here = slice(start, start + len(asked))
        rival[here] = np.where(top == -np.inf, -1, place)
        margin[here] = difference / np.maximum(length, np.finfo(table.dtype).tiny)
    return Answers(rival, margin)
