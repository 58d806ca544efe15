"""Three stages of a project: what each needs, what it should show, and what would end the project (*ours*)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from qwem_tui.study.growth import Growth, Interval, Point, Sample, Z, accuracy_of, evened
from qwem_tui.study.needs import Answer
from qwem_tui.study.verdict import listed
from qwem_tui.theory.critical import OVERALL, CriticalSize, supported_order

StageName = Literal["small trial", "wider check", "production"]
#: Sizes are rounded up to a multiple of it.
_ROUND_TO = 8


@dataclass(frozen=True)
class Expected:
    """An ability that a stage should show: its accuracy at the stage's size, and the 95% range around it."""

    name: str
    accuracy: float
    range: Interval


@dataclass(frozen=True)
class Stage:
    """A stage: its text (1 / 2^`level` of the whole, `words` long), V, d, what it should show and when to stop.

    `choice` says why just this text and size, `stop` what would end the project.
    """

    name: StageName
    level: int
    words: int
    vocab_size: int
    dim: int
    abilities: tuple[Expected, ...]
    choice: str
    stop: str


def _known(growths: Sequence[Growth], at: int) -> list[tuple[Growth, Point, Interval]]:
    """Return the categories that have a critical size in every part of the size `at`, those of small sizes first."""
    found = []
    for growth in growths:
        point = growth.points[at]
        if point.critical_interval is not None and point.known == point.repeats:
            found.append((growth, point, point.critical_interval))
    return sorted(found, key=lambda each: each[2][1])


def separated(growths: Sequence[Growth], at: int) -> tuple[str, ...]:
    """Return the order of the categories that their intervals support at one size of text (see `supported_order`)."""
    sizes: list[CriticalSize] = [
        replace(
            growth.whole,
            interval=(math.floor(ends[0]), math.ceil(ends[1])),
            rising=growth.whole.rising and point.level == 0,
        )
        for growth, point, ends in _known(growths, at)
    ]
    return supported_order(sizes)


def _rounded_up(size: float, largest: int) -> int:
    return min(largest, _ROUND_TO * math.ceil(size / _ROUND_TO))


def _expected(growth: Growth, number: int, samples: Sequence[Sample], dim: int) -> Expected:
    """Return what a category should show at size `dim` in parts of one size; `number` is its place in each."""
    values, pairs = [], []
    for sample in samples:
        size = sample.sizes[number]
        at = max(0, int(np.searchsorted(sample.dims, dim, side="right")) - 1)
        values.append(evened(float(size.accuracy[at])))
        pairs.append(sample.resampled[number].peak_spread)
    u = float(np.mean(values))
    margin = Z * math.hypot(float(np.mean(pairs)), growth.spread or 0.0)
    return Expected(growth.name, accuracy_of(u), (accuracy_of(u - margin), accuracy_of(u + margin)))


@dataclass(frozen=True)
class _Text:
    """What all stages are planned from; `growths` are without all together, in the order of the samples' sizes."""

    growths: tuple[Growth, ...]
    samples: tuple[Sample, ...]

    def of_level(self, level: int) -> list[Sample]:
        return [sample for sample in self.samples if sample.level == level]

    def stage(self, name: StageName, at: int, dim: float, show: Sequence[Growth], choice: str, stop: str) -> Stage:
        """Return a stage on the text of point `at`, in which the categories `show` are to be seen."""
        point = self.growths[0].points[at]
        own = self.of_level(point.level)
        chosen = _rounded_up(dim, min(sample.dims[-1] for sample in own))
        abilities = tuple(_expected(each, self.growths.index(each), own, chosen) for each in show)
        vocab_size = round(float(np.mean([sample.vocab_size for sample in own])))
        return Stage(name, point.level, point.words, vocab_size, chosen, abilities, choice, stop)


def stages(
    growths: Sequence[Growth], samples: Sequence[Sample], answers: Sequence[Answer], appear: int | None
) -> tuple[tuple[Stage, ...], str | None]:
    """Return the three stages, or none and the reason.

    `growths` hold all together last. `appear` categories are to be seen in the small trial; None: half of those that
    the whole text teaches. Where there are `answers` to needs, the stages are planned for the categories needed, as
    far as the text teaches them.
    """
    text = _Text(tuple(growth for growth in growths if growth.name != OVERALL), tuple(samples))
    whole = len(text.growths[0].points) - 1 if text.growths else 0
    needed = {answer.need.category for answer in answers if answer.word != "impossible"}
    taught = [growth for growth, _, _ in _known(text.growths, whole)] if text.growths else []
    whose = "all"
    if needed and any(growth.name in needed for growth in taught):
        taught = [growth for growth in taught if growth.name in needed]
        whose = "what is needed"
    if not taught:
        return (), "no stage can be planned: no category is known to work on the whole text"
    wanted = min(appear or math.ceil(len(taught) / 2), len(taught))
    trial = _trial(text, taught, wanted, whole)
    check = _check(text, taught, trial.level, whole)
    return (trial, check, _production(text, taught, answers, whole, whose)), None


def _trial(text: _Text, taught: Sequence[Growth], wanted: int, whole: int) -> Stage:
    at = next(at for at in range(whole + 1) if len(_known(taught, at)) >= wanted)
    first = _known(taught, at)[:wanted]
    largest = max(ends[1] for _, _, ends in first)
    appear, missed = "appear", f"fewer than {wanted} of these abilities reach the low end of their range"
    if wanted == 1:
        appear, missed = "appears", "this ability does not reach the low end of its range"
    where = "the whole text: no part of it shows as many" if at == whole else "the least text looked at"
    return text.stage(
        "small trial",
        at,
        largest,
        [growth for growth, _, _ in first],
        f"{where}, in every part of which {wanted} of {len(taught)} abilities {appear}; d covers the intervals of "
        "their critical sizes",
        f"{missed}: then the text does not teach what its counts promise",
    )


def _check(text: _Text, taught: Sequence[Growth], trial_level: int, whole: int) -> Stage:
    """Return the stage at which intervals separate as far as they do in the whole text, larger than the trial."""
    levels = [point.level for point in taught[0].points]
    later = [at for at in range(whole + 1) if levels[at] < trial_level] or [whole]
    apart = len(separated(taught, whole))
    at = next((at for at in later if apart > 1 and len(separated(taught, at)) >= apart), None)
    if at is None:
        at = later[-2] if len(later) > 1 else later[-1]
        why = "intervals of critical sizes do not separate in any part of the text: this is the largest below the whole"
        if len(taught) == 1:
            why = "one ability has nothing to be told apart from: this is the largest part below the whole"
        if levels[at] == 0:
            why = "the whole text, since the trial leaves nothing between"
    else:
        why = f"the least text at which critical sizes separate as in the whole: {listed(separated(taught, at))}"
    known = _known(taught, at) or _known(taught, whole)
    grown = [growth.name for growth in taught if growth.gain is not None and growth.gain[0] > 0]
    stop = "fewer than half of these abilities reach the low end of their range"
    if len(known) == 1:
        stop = "this ability does not reach the low end of its range"
    if grown:
        stop += f", or none of {listed(grown)} has grown since the trial: then more text is not what is missing"
    return text.stage(
        "wider check",
        at,
        max(ends[1] for _, _, ends in known),
        [growth for growth, _, _ in known],
        f"{why}; d covers the intervals of all",
        stop,
    )


def _production(text: _Text, taught: Sequence[Growth], answers: Sequence[Answer], whole: int, whose: str) -> Stage:
    """Return the stage on the whole text; `whose` intervals it goes by, in words."""
    known = _known(taught, whole)
    margins = {growth.name: ends[1] / point.critical for growth, point, ends in known if point.critical}
    sizes = [ends[1] for _, _, ends in known]
    # a need may ask for more than half of the peak: the same margin on the size that reaches it
    sizes += [answer.dim * margins.get(answer.need.category, 1.0) for answer in answers if answer.dim is not None]
    rising = [growth.name for growth, _, _ in known if growth.whole.rising]
    choice = f"all of the text; d covers the upper ends of the intervals of {whose}"
    if rising:
        choice += f" (accuracy of {listed(rising)} still rises at the largest size looked at, and may need more)"
    later = [answer.need.category for answer in answers if answer.word in ("needs more text", "cannot tell")]
    if later:
        choice += f"; {listed(later)} may need more text than there is"
    return text.stage(
        "production",
        whole,
        max(sizes),
        [growth for growth, _, _ in known],
        choice,
        "one of these abilities is below the low end of its range in what `qwem-tui predict` says of the text before "
        "training: training will not lift it above that",
    )
