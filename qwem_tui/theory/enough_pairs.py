"""How many word pairs a category needs before its accuracy can be told from chance (*ours*; docs/analogies.md)."""

from __future__ import annotations

from bisect import bisect_left
from math import comb, floor

from qwem_tui.theory.critical_size import FEWEST_QUESTIONS

#: An accuracy that a category worth asking should reach at some size.
WORTH_TELLING = 0.2
#: The lower end of a 95% interval.
_LOWER = 0.025
_MOST_PAIRS = 400


def _is_told(pairs: int, working: int, by_chance: float) -> bool:
    """Return whether accuracy exceeds chance surely, where so many of `pairs` word pairs work.

    A pair works where b' is found from a', whatever the first pair. Pairs are resampled as for the interval of a peak
    (`critical_size.weak_peak`), so the working ones among them are binomial, and the lower end of their share, taken
    for that of accuracy, must lie above chance.
    """
    share = working / pairs
    # that no more working pairs are drawn than chance gives
    drawn = range(min(pairs, floor(by_chance * pairs)) + 1)
    return sum(comb(pairs, k) * share**k * (1 - share) ** (pairs - k) for k in drawn) < _LOWER


def least_working(pairs: int, by_chance: float) -> int | None:
    """Return how many of `pairs` word pairs must work for accuracy to exceed `by_chance` surely; None where all do not.

    That is four of them, or three of up to eight, where chance is 1% and pairs are fewer than 100: all of k are missed
    in a share (1 - k / n)^n of the resamples.
    """
    working = 1 + bisect_left(range(1, pairs + 1), True, key=lambda count: _is_told(pairs, count, by_chance))
    return working if working <= pairs else None


def least_peak(pairs: int, questions: int, by_chance: float) -> float | None:
    """Return the least accuracy in (0, 1] that so many `pairs` and `questions` tell from chance; None where none."""
    working = least_working(pairs, by_chance) if questions >= FEWEST_QUESTIONS else None
    return None if working is None else working / pairs


def pairs_needed(peak: float, by_chance: float) -> int | None:
    """Return the least number of word pairs, all asked about each other, that tell an accuracy of `peak` from chance.

    `peak` is in (0, 1], rounded down to a whole number of pairs. None where 400 do not.
    """
    for pairs in range(2, _MOST_PAIRS + 1):
        # 1e-9: 0.2 of 20 pairs are 4
        working = int(peak * pairs + 1e-9)
        if working and pairs * (pairs - 1) >= FEWEST_QUESTIONS and _is_told(pairs, working, by_chance):
            return pairs
    return None
