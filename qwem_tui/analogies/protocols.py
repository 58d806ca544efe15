"""Which questions are asked, and which of them the vocabulary covers (docs/theory.md, section 5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import permutations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from qwem_tui.analogies.files import Category, Question

Protocol = Literal["questions", "pairs"]


@dataclass(frozen=True)
class Analogies:
    """The questions that can be attempted, as rows of the vocabulary.

    `questions` (N, 4) are (a, b, a', b'); `category` (N,) says whose each is; `pairs` (N, 2) numbers the word pairs
    (a, b) and (a', b') of each question inside its category. `attempted` and `total` (n_categories,) count
    questions; those with a word outside the vocabulary are skipped, not wrong. `missing` are each category's
    words outside the vocabulary, sorted: of the right answers of a pair only where the vocabulary has none of them.

    Of several right answers b and b' are the first that the vocabulary has; `alternatives` (M, 2) are the others that
    are right too: the number of a question, ascending, and the row of a word.
    """

    protocol: Protocol
    names: tuple[str, ...]
    questions: NDArray[np.int64]
    category: NDArray[np.int64]
    pairs: NDArray[np.int64]
    attempted: NDArray[np.int64]
    total: NDArray[np.int64]
    missing: tuple[tuple[str, ...], ...]
    alternatives: NDArray[np.int64] = field(default_factory=lambda: np.empty((0, 2), np.int64))

    def only(self, mine: NDArray[np.bool_]) -> Analogies:
        """Return those of the questions that are marked in `mine` (N,); all else stays as it is."""
        place = np.cumsum(mine) - 1
        kept = self.alternatives[mine[self.alternatives[:, 0]]]
        return replace(
            self,
            questions=self.questions[mine],
            category=self.category[mine],
            pairs=self.pairs[mine],
            alternatives=np.column_stack([place[kept[:, 0]], kept[:, 1]]),
        )

    def accuracies(self, correct: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the accuracy of each category (n_categories,) from `correct` (N,); NaN where none was attempted."""
        hits = np.bincount(self.category, weights=correct, minlength=len(self.names))
        accuracies = np.full(len(self.names), np.nan)
        np.divide(hits, self.attempted, out=accuracies, where=self.attempted > 0)
        return accuracies


def _word_pairs(questions: Iterable[Question]) -> list[tuple[str, str]]:
    """Return the distinct word pairs of a category in order of first appearance."""
    pairs: dict[tuple[str, str], None] = {}
    for a, b, a2, b2 in questions:
        pairs.setdefault((a, b))
        pairs.setdefault((a2, b2))
    return list(pairs)


def _rows_of(
    pairs: Iterable[tuple[str, str]], category: Category, index: Mapping[str, int]
) -> tuple[dict[tuple[str, str], tuple[int, ...]], set[str]]:
    """Return the rows of a, of b and of its other right answers, of each pair that can be asked; and missing words."""
    others = {(a, b): more for a, b, more in category.several}
    rows: dict[tuple[str, str], tuple[int, ...]] = {}
    missing: set[str] = set()
    for a, b in pairs:
        right = (b, *others.get((a, b), ()))
        known = [index[word] for word in right if word in index]
        if a in index and known:
            rows[a, b] = index[a], *known
        missing.update(() if a in index else (a,), () if known else right)
    return rows, missing


def attempt(categories: Iterable[Category], index: Mapping[str, int], protocol: Protocol) -> Analogies:
    """Return the questions that a vocabulary (`index`: word to row) covers under a protocol.

    *questions*: the lines of the file. *pairs*: all ordered pairs of a category's distinct pairs (the paper's). Of a
    pair with several right answers the first that the vocabulary has is b, whatever the protocol, and any of them is
    right as b'.
    """
    names, attempted, total, missing = [], [], [], []
    rows: list[tuple[int, int, int, int]] = []
    owners: list[int] = []
    pair_rows: list[tuple[int, int]] = []
    alternatives: list[tuple[int, int]] = []
    for number, category in enumerate(categories):
        pairs = _word_pairs(category.questions)
        pair_number = {pair: i for i, pair in enumerate(pairs)}
        asked: Iterable[tuple[tuple[str, str], tuple[str, str]]]
        if protocol == "pairs":
            asked = list(permutations(pairs, 2))
        else:
            asked = [((a, b), (a2, b2)) for a, b, a2, b2 in category.questions]
        before = len(rows)
        rows_of, lacking = _rows_of(pairs, category, index)
        for first, second in asked:
            if first in rows_of and second in rows_of:
                (a, b, *_), (a2, b2, *others) = rows_of[first], rows_of[second]
                alternatives += [(len(rows), other) for other in others]
                rows.append((a, b, a2, b2))
                pair_rows.append((pair_number[first], pair_number[second]))
        owners += [number] * (len(rows) - before)
        names.append(category.name)
        attempted.append(len(rows) - before)
        total.append(len(asked))
        missing.append(tuple(sorted(lacking)))
    return Analogies(
        protocol,
        tuple(names),
        np.array(rows, np.int64).reshape(-1, 4),
        np.array(owners, np.int64),
        np.array(pair_rows, np.int64).reshape(-1, 2),
        np.array(attempted, np.int64),
        np.array(total, np.int64),
        tuple(missing),
        np.array(alternatives, np.int64).reshape(-1, 2),
    )
