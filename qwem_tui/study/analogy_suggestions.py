"""Word pairs of a text that fit a category's pattern by the closed form, for a person to confirm (*ours*)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import torch

from qwem_tui.analogies.files import Category
from qwem_tui.analogies.protocols import attempt
from qwem_tui.base.errors import Named, QwemError
from qwem_tui.base.printable import shortened
from qwem_tui.base.progress import Progress
from qwem_tui.corpus.vocabulary import Vocabulary
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.target_from_text import build_target, read_text
from qwem_tui.theory.spectrum import top_eigenpairs
from qwem_tui.theory.task_vectors import distinct_pairs

#: How much it counts that a word is like the others on its side.
SIDE_WEIGHT = 0.3
FEWEST_PAIRS = 3
_ROWS_AT_ONCE = 1024


@dataclass(frozen=True)
class Suggestion:
    """A candidate a : b, its score (up to 1.6), and how often each word occurs in the text."""

    a: str
    b: str
    score: float
    counts: tuple[int, int]


@dataclass(frozen=True)
class Suggestions:
    """The candidates for a category, the best first; `known` of its word pairs are in the vocabulary, by size `dim`."""

    category: str
    known: int
    dim: int
    found: tuple[Suggestion, ...]


@dataclass(frozen=True)
class SuggestedPairs:
    """The candidates for each category, found among `vocab_size` words; `notes` are sentences on what was read."""

    vocab_size: int
    categories: tuple[Suggestions, ...]
    notes: tuple[str, ...] = ()


def suggested(category: Category, vocabulary: Vocabulary, embeddings: torch.Tensor, count: int) -> Suggestions:
    """Return the `count` best candidates for `category` by `embeddings` (V, d) of the words of `vocabulary`.

    With m the mean of b^ - a^ over the category's pairs (unit vectors), A^ and B^ the directions of the mean a^ and b^,
    a pair x : y scores cos(y, x^ + m) + 0.3 (cos(x, A) + cos(y, B)). It is a candidate where y is the best for x and x
    the best for y, x is none of the known a and y none of the known b. Raises QwemError with fewer than three pairs.
    """
    analogies = attempt([category], vocabulary.index, "pairs")
    pairs = distinct_pairs(analogies, 0) if len(analogies.questions) else np.empty((0, 2), np.int64)
    if len(pairs) < FEWEST_PAIRS:
        raise QwemError(
            f"{shortened(category.name)} has {len(pairs)} word pair(s) in the vocabulary, and {FEWEST_PAIRS} are "
            "needed to see a pattern: raise ",
            Named("vocab_size"),
            ", or give more pairs.",
        )
    unit = torch.nn.functional.normalize(embeddings / embeddings.abs().max(), dim=1)
    known_a, known_b = torch.from_numpy(pairs.T.copy())
    offset = (unit[known_b] - unit[known_a]).mean(dim=0)
    side_a, side_b = (torch.nn.functional.normalize(unit[side].mean(dim=0), dim=0) for side in (known_a, known_b))
    moved = torch.nn.functional.normalize(unit + offset, dim=1)
    near_a, near_b = SIDE_WEIGHT * (unit @ side_a), SIDE_WEIGHT * (unit @ side_b)
    near_a[known_a] = near_b[known_b] = -torch.inf
    size = len(unit)
    best_b, best_a = torch.empty(size, dtype=torch.int64), torch.zeros(size, dtype=torch.int64)
    scores, best = torch.empty(size), torch.full((size,), -torch.inf)
    for start in range(0, size, _ROWS_AT_ONCE):
        rows = torch.arange(start, min(size, start + _ROWS_AT_ONCE))
        block = moved[rows] @ unit.T + near_a[rows, None] + near_b
        block[torch.arange(len(rows)), rows] = -torch.inf
        scores[rows], best_b[rows] = block.max(dim=1)
        column, at = block.max(dim=0)
        better = column > best
        best[better], best_a[better] = column[better], at[better] + start
    mutual = (best_a[best_b] == torch.arange(size)) & torch.isfinite(scores)
    rows = torch.nonzero(mutual)[:, 0]
    rows = rows[torch.argsort(scores[rows], descending=True, stable=True)][:count]
    found = tuple(
        Suggestion(
            vocabulary.words[a],
            vocabulary.words[b],
            float(scores[a]),
            (int(vocabulary.counts[a]), int(vocabulary.counts[b])),
        )
        for a, b in zip(rows.tolist(), best_b[rows].tolist(), strict=True)
    )
    return Suggestions(category.name, len(pairs), embeddings.shape[1], found)


def suggestions_in(
    config: StudyConfig,
    category: str | None,
    dim: int,
    count: int,
    device: torch.device,
    progress: Progress,
    stdin: BinaryIO | None = None,
) -> SuggestedPairs:
    """Return the candidates for the analogies of `config` in its text, or for one `category` of them.

    A category of which the text has too few pairs has none, where another has some. Raises QwemError with one sentence
    for the user; whatever `progress` raises goes through.
    """
    text = read_text(config, progress, stdin)
    vocabulary = text.corpus.vocabulary
    pairs = min(dim, len(vocabulary))
    target = build_target(
        text.corpus,
        config.window,
        pairs,
        device,
        progress,
        negative_weight=config.negative_weight,
        shape=config.window_shape,
    )
    spectrum = top_eigenpairs(target, pairs, device, progress=progress)
    embeddings = (spectrum.vectors * spectrum.eigenvalues.clamp(min=0).sqrt()).float().cpu()
    found: list[Suggestions] = []
    refused: dict[str, QwemError] = {}
    for each in text.categories:
        if category not in (None, each.name):
            continue
        try:
            found.append(suggested(each, vocabulary, embeddings, count))
        except QwemError as error:
            refused[each.name] = error
    if not refused:
        return SuggestedPairs(len(vocabulary), tuple(found), text.notes)
    if not found:
        raise next(iter(refused.values()))
    none = f"No candidates for {', '.join(map(shortened, refused))}: fewer than {FEWEST_PAIRS} of their word pairs "
    return SuggestedPairs(len(vocabulary), tuple(found), (*text.notes, f"{none}are in the vocabulary."))
