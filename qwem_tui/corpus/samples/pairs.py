"""Analogies written down as pairs of words, by category."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import permutations

Pair = tuple[str, str]


def pairs_of(text: str) -> tuple[Pair, ...]:
    """Return the pairs of `text`, in which pairs are separated by commas and the two words of a pair by a space."""
    split = (item.split() for item in text.split(","))
    return tuple((first, second) for first, second in split)


def questions_of(categories: Mapping[str, tuple[Pair, ...]]) -> str:
    """Return the analogy file: a `: name` line for each category, then a line `a b c d` for each two of its pairs.

    Both orders of two pairs are asked, so a category of n pairs gives n (n - 1) questions.
    """
    lines: list[str] = []
    for name, pairs in categories.items():
        lines.append(f": {name}")
        lines.extend(f"{a} {b} {c} {d}" for (a, b), (c, d) in permutations(pairs, 2))
    return "\n".join(lines) + "\n"
