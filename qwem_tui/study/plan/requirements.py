"""Abilities that the user needs: whether this text teaches them, with how much of it, or why it cannot (*ours*)."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import takewhile
from typing import Literal

from qwem_tui.base.errors import SettingError
from qwem_tui.base.printable import printable
from qwem_tui.base.units import about_words, percent
from qwem_tui.study.plan.learning_curve import MOST_DOUBLINGS, LearningCurve
from qwem_tui.study.plan.verdict import UNCOVERED, Verdict, between
from qwem_tui.theory.critical_size import OVERALL

#: This many categories at most are named for one that is misspelt, as far as they are as alike as this.
_SHOWN_MATCHES, _ALIKE = 3, 0.75
NeedWord = Literal["met", "met, not surely", "needs more text", "impossible", "cannot tell"]


@dataclass(frozen=True)
class Need:
    """A category and the accuracy in (0, 1] that it must reach."""

    category: str
    accuracy: float


@dataclass(frozen=True)
class Answer:
    """What the figures support about a need, and the sentence that gives the reason.

    `words` are those of the least part of this text from which on the peak, at a size of its own, reaches it; or the
    extrapolated fewest and most. `dim` is the first size at which the whole text does. `extrapolated`: by a trend
    beyond this text. What is not known is None.
    """

    need: Need
    word: NeedWord
    sentence: str
    words: tuple[int, int | None] | None = None
    dim: int | None = None
    extrapolated: bool = False


def parse_need(text: str) -> Need:
    """Return the need in `text`, such as `plurals:0.6` or `plurals:60%`; raises UsageError where it is none."""
    category, colon, number = text.rpartition(":")
    try:
        accuracy = float(number.removesuffix("%")) / (100 if number.endswith("%") else 1)
    except ValueError:
        accuracy = math.nan
    if not colon or not category.strip() or not 0 < accuracy <= 1:
        needed = "give CATEGORY:ACCURACY, the accuracy above 0 and up to 1, such as plurals:0.6."
        raise SettingError("need", printable(text), needed, problem="")
    return Need(category.strip(), accuracy)


def _likeness(asked: str, name: str) -> float:
    """Return how alike two names are, from 0 to 1: all of them, or one of the words of `name`."""
    if asked in name:
        return 1.0
    return max(SequenceMatcher(None, asked, part).ratio() for part in (name, *re.split("[-_ ]", name)))


def check_needs(needs: Sequence[Need], names: Sequence[str]) -> None:
    """Raise UsageError where a need is of a category that the questions do not have; names those like it."""
    known = (*names, OVERALL)
    for need in needs:
        if need.category in known:
            continue
        alike = {name: _likeness(need.category.lower(), name.lower()) for name in known}
        meant = sorted((name for name in known if alike[name] >= _ALIKE), key=lambda name: -alike[name])[
            :_SHOWN_MATCHES
        ]
        advice = f"is it {' or '.join(map(printable, meant))}?"
        if not meant:
            advice = f"choose from {', '.join(map(printable, known))}."
        raise SettingError("need", printable(need.category), f"there is no such category; {advice}", problem="")


def answer(need: Need, learning_curve: LearningCurve, verdict: Verdict) -> Answer:
    """Return what the learning curve of a category supports about a need for it."""
    wanted = percent(need.accuracy)
    if verdict.text.word in UNCOVERED:
        what = {"not in this text": "this text", "cannot occur": "these words"}.get(
            verdict.text.word, "this vocabulary"
        )
        return Answer(need, "impossible", f"impossible with {what}: {verdict.text.sentence}")
    last = learning_curve.last
    if last.peak is None or last.peak_interval is None or learning_curve.whole.reason is not None:
        return Answer(need, "cannot tell", f"cannot tell: {verdict.text.sentence}")
    if learning_curve.whole.peak >= need.accuracy:
        return _met(need, learning_curve)
    peak = f"peak {percent(learning_curve.whole.peak)} with all of this text"
    if learning_curve.whole.rising:
        beyond = f"accuracy may still rise beyond the largest size evaluated, {learning_curve.dims[-1]}"
        return Answer(need, "cannot tell", f"cannot tell: {peak}; {beyond}")
    ends = learning_curve.range_at(MOST_DOUBLINGS)
    if ends is None:
        return Answer(need, "cannot tell", f"cannot tell: {peak}, and no trend is known to go by")
    fewest, most = learning_curve.words_for(need.accuracy)
    times = 2**MOST_DOUBLINGS
    if fewest is None:
        return Answer(
            need,
            "impossible",
            f"impossible with up to {times} times text of this kind: {peak} and no size evaluated does better; by the "
            f"trend {between(ends)} then (extrapolated)",
            extrapolated=True,
        )
    until = about_words(most) if most is not None else f"more than {about_words(last.words * times)}"
    word: NeedWord = "needs more text" if verdict.text.word == "more text helps" else "cannot tell"
    return Answer(
        need,
        word,
        f"{word}: {peak}; by the trend {wanted} takes about {about_words(fewest)} to {until} words (extrapolated)",
        (fewest, most),
        extrapolated=True,
    )


def _met(need: Need, learning_curve: LearningCurve) -> Answer:
    whole, last = learning_curve.whole, learning_curve.last
    assert last.peak_interval is not None  # the caller has looked
    sure = last.peak_interval[0] >= need.accuracy
    # a peak has been through the arcsine and back
    least = need.accuracy - 1e-9
    reaching = takewhile(lambda point: point.peak is not None and point.peak >= least, reversed(learning_curve.points))
    enough = min(reaching, key=lambda point: point.words)
    sizes = [dim for dim, right in zip(learning_curve.dims, whole.accuracy, strict=True) if right >= need.accuracy]
    at = f"peak {percent(whole.peak)} ({between(last.peak_interval)})"
    where = f"with all of this text d = {_sizes(sizes, learning_curve.dims)}"
    if enough.level:
        where = f"from {enough.words:,} words on its peak reaches {percent(need.accuracy)}; {where}"
    word: NeedWord = "met" if sure else "met, not surely"
    return Answer(need, word, f"{word}: {at}; {where}", (enough.words, None), sizes[0])


def _sizes(found: Sequence[int], dims: Sequence[int]) -> str:
    """Return which of the `dims` evaluated were `found` to do, with the verb."""
    if len(found) == 1:
        return f"{found[0]} does"
    first, last = dims.index(found[0]), dims.index(found[-1])
    some = "" if last - first + 1 == len(found) else ", though not all between"
    return f"{found[0]} to {found[-1]} do{some}"


def answers(
    needs: Sequence[Need], learning_curves: Mapping[str, LearningCurve], verdicts: Mapping[str, Verdict]
) -> tuple[Answer, ...]:
    """Return an answer for each need; both mappings are by category."""
    return tuple(answer(need, learning_curves[need.category], verdicts[need.category]) for need in needs)
