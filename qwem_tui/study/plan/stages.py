"""Three stages of a project: what each needs, what it should show, and what would end the project (*ours*)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from qwem_tui.base.units import percent
from qwem_tui.study.plan.learning_curve import (
    Interval,
    LearningCurve,
    MeasuredPart,
    Point,
    Z,
    accuracy_of,
    arcsine_sqrt,
)
from qwem_tui.study.plan.requirements import Answer
from qwem_tui.study.plan.verdict import LITTLE_GAIN, listed
from qwem_tui.theory.by_category import ByCategory
from qwem_tui.theory.critical_size import OVERALL, CriticalSize, chance, supported_order

StageName = Literal["small trial", "wider check", "production"]
#: Sizes are rounded up to a multiple of it, where accuracy has not fallen again by then.
_ROUND_TO = 8


@dataclass(frozen=True)
class Expected:
    """An ability that a stage should show: its accuracy at the stage's size, and the 95% range around it."""

    name: str
    accuracy: float
    range: Interval


@dataclass(frozen=True)
class Needed:
    """A need that a stage on all of the text is for: the `accuracy` needed in (0, 1], and what is `expected` there."""

    accuracy: float
    expected: Expected

    @property
    def in_reach(self) -> bool:
        """Return whether what is expected reaches what is needed."""
        # an expected accuracy has been through the arcsine and back
        return self.expected.accuracy >= self.accuracy - 1e-9


@dataclass(frozen=True)
class Stage:
    """A stage: its text (1 / 2^`level` of the whole, `words` long), V, d, what it should show and when to stop.

    `choice` is why just this text and size, `stop` what would end the project (None: none of its figures can). On all
    of the text `needed` are the needs that the stages are for, reached or not; on less there are none.
    """

    name: StageName
    level: int
    words: int
    vocab_size: int
    dim: int
    abilities: tuple[Expected, ...]
    choice: str
    stop: str | None
    needed: tuple[Needed, ...] = ()


def _known(learning_curves: Sequence[LearningCurve], at: int) -> list[tuple[LearningCurve, Point, Interval]]:
    """Return the categories that have a critical size in every part of the size `at`, those of small sizes first."""
    found = []
    for learning_curve in learning_curves:
        point = learning_curve.points[at]
        if point.critical_interval is not None and point.known == point.repeats:
            found.append((learning_curve, point, point.critical_interval))
    return sorted(found, key=lambda each: each[2][1])


def separated(learning_curves: Sequence[LearningCurve], at: int) -> tuple[str, ...]:
    """Return the order of the categories that their intervals support at one size of text (see `supported_order`)."""
    sizes: list[CriticalSize] = [
        replace(
            learning_curve.whole,
            interval=(math.floor(ends[0]), math.ceil(ends[1])),
            rising=learning_curve.whole.rising and point.level == 0,
        )
        for learning_curve, point, ends in _known(learning_curves, at)
    ]
    return supported_order(sizes)


def _mean_u(parts: Sequence[MeasuredPart], number: int | None, dim: int) -> float:
    """Return the mean of u of category `number` (None: overall) in `parts`, at the size evaluated up to `dim`."""
    values = []
    for part in parts:
        at = max(0, int(np.searchsorted(part.dims, dim, side="right")) - 1)
        values.append(arcsine_sqrt(float(part.sizes.at(number).accuracy[at])))
    return float(np.mean(values))


def _size_that_holds(
    size: float, parts: Sequence[MeasuredPart], numbers: Mapping[str, int | None], needs: Mapping[str, float]
) -> tuple[int, str]:
    """Return the size of a stage that should have `size`, and why it is not the next multiple of 8 ("" where it is).

    Accuracy may fall again at larger sizes, so candidates are tried in this order: the multiple of 8, `size` itself,
    the sizes evaluated, nearest first. The first is taken at which no category is below its least accuracy; `size`
    where there is none. The least accuracy of a category is the one in `needs`; of others it is that at `size`, or the
    peak less `LITTLE_GAIN` where that is lower. `numbers` are the categories' places in the parts, None for overall.
    """
    largest = min(part.dims[-1] for part in parts)
    plain = min(largest, math.ceil(size))
    rounded = min(largest, _ROUND_TO * math.ceil(size / _ROUND_TO))

    def accuracy_at(name: str, dim: int) -> float:
        return accuracy_of(_mean_u(parts, numbers[name], dim))

    least = {}
    for name, number in numbers.items():
        peak = float(np.mean([part.sizes.at(number).peak for part in parts]))
        least[name] = needs.get(name, min(peak - LITTLE_GAIN, accuracy_at(name, plain)))

    def fallen(dim: int) -> list[str]:
        # a mean has been through the arcsine and back
        return [name for name in numbers if accuracy_at(name, dim) < least[name] - 1e-9]

    others = sorted((dim for dim in parts[0].dims if dim <= largest), key=lambda dim: abs(dim - plain))
    chosen = next((dim for dim in (rounded, plain, *others) if not fallen(dim)), None)
    if chosen == rounded:
        return rounded, ""
    if chosen == plain:
        return plain, f"; not rounded up to {rounded}, where accuracy of {listed(fallen(rounded))} is lower"
    below = f"accuracy of {listed(fallen(plain))} is below what is needed"
    if chosen is None:
        return plain, f"; {below} there, as no size holds all"
    return chosen, f"; {chosen} instead of {plain}, where {below}"


def _expected(learning_curve: LearningCurve, number: int | None, parts: Sequence[MeasuredPart], dim: int) -> Expected:
    """Return what category `number` (None: overall) should show at size `dim` in parts of one size."""
    u = _mean_u(parts, number, dim)
    pairs = [part.resampled.at(number).peak_spread for part in parts]
    margin = Z * math.hypot(float(np.mean(pairs)), learning_curve.spread or 0.0)
    return Expected(learning_curve.name, accuracy_of(u), (accuracy_of(u - margin), accuracy_of(u + margin)))


@dataclass(frozen=True)
class _StageInputs:
    """What all stages are planned from; `answers` are to the needs that the stages are for."""

    learning_curves: ByCategory[LearningCurve]
    parts: tuple[MeasuredPart, ...]
    answers: tuple[Answer, ...] = ()

    def of_level(self, level: int) -> list[MeasuredPart]:
        return [part for part in self.parts if part.level == level]

    def stage(
        self,
        name: StageName,
        at: int,
        dim: float,
        show: Sequence[LearningCurve],
        choice: str,
        stop: Callable[[_Figures], str | None],
        needs: Mapping[str, float] | None = None,
    ) -> Stage:
        """Return a stage on the text of point `at`, in which the categories `show` are to be seen, `needs` reached.

        `stop` says what would end the project, from the figures of the stage.
        """
        point = self.learning_curves.categories[0].points[at]
        own = self.of_level(point.level)
        place = self.learning_curves.categories.index
        numbers: dict[str, int | None] = {each.name: place(each) for each in show}
        if needs and OVERALL in needs:
            numbers[OVERALL] = None
        chosen, why = _size_that_holds(dim, own, numbers, needs or {})
        abilities = tuple(_expected(each, place(each), own, chosen) for each in show)
        vocab_size = round(float(np.mean([part.vocab_size for part in own])))
        needed = self._needed(own, chosen) if point.level == 0 else ()
        figures = _Figures(abilities, needed, vocab_size)
        return Stage(name, point.level, point.words, vocab_size, chosen, abilities, choice + why, stop(figures), needed)

    def _needed(self, own: Sequence[MeasuredPart], dim: int) -> tuple[Needed, ...]:
        numbers: dict[str, int | None] = {each.name: n for n, each in enumerate(self.learning_curves.categories)}
        numbers[OVERALL] = None
        found = []
        for answer in self.answers:
            number = numbers[answer.need.category]
            found.append(Needed(answer.need.accuracy, _expected(self.learning_curves.at(number), number, own, dim)))
        return tuple(found)


@dataclass(frozen=True)
class _Figures:
    """What a stage can be stopped by: what is to be seen in it, what is needed of it, and its V."""

    abilities: tuple[Expected, ...]
    needed: tuple[Needed, ...]
    vocab_size: int

    def short(self, below: Callable[[int, str], str]) -> str | None:
        """Return the rule by needs, by their own accuracies, and by the low ends of the other abilities' ranges.

        Only a low end above chance can stop anything. `below` words the rule for N abilities by these names; None where
        there is no rule.
        """
        rules = [f"{listed([each.expected.name])} is below the {percent(each.accuracy)} needed" for each in self.needed]
        needed = {each.expected.name for each in self.needed}
        others = [each for each in self.abilities if each.name not in needed]
        by_chance = chance(self.vocab_size)
        telling = [each.name for each in others if each.range[0] > by_chance]
        silent = [each.name for each in others if each.range[0] <= by_chance]
        if telling:
            called = listed(telling)
            if len(telling) == len(self.abilities):
                called = "this ability" if len(telling) == 1 else "these abilities"
            rule = below(len(telling), called)
            if silent:
                do, whose = ("does", "its") if len(silent) == 1 else ("do", "their")
                rule += f" ({listed(silent)} {do} not count: the low end of {whose} range is not above chance)"
            rules.append(rule)
        return ", or ".join(rules) or None


def stages(
    learning_curves: ByCategory[LearningCurve],
    parts: Sequence[MeasuredPart],
    answers: Sequence[Answer],
    appear: int | None,
) -> tuple[tuple[Stage, ...], str | None]:
    """Return the three stages, or none and the reason.

    `appear` categories are to be seen in the small trial; None: half of those
    that the whole text teaches. Where there are `answers` to needs, the stages are planned for the categories needed,
    as far as the text teaches them.
    """
    inputs = _StageInputs(learning_curves, tuple(parts))
    whole = len(learning_curves.overall.points) - 1
    needed = {answer.need.category for answer in answers if answer.word != "impossible"}
    taught = [learning_curve for learning_curve, _, _ in _known(learning_curves.categories, whole)]
    whose = "all"
    if needed and any(learning_curve.name in needed for learning_curve in taught):
        taught = [learning_curve for learning_curve in taught if learning_curve.name in needed]
        whose = "what is needed"
    if not taught:
        return (), "no stage can be planned: no category can be measured on the whole text"
    shown = {learning_curve.name for learning_curve in taught}
    if learning_curves.overall.whole.critical_size is not None:
        shown.add(OVERALL)
    for_needs = (each for each in answers if each.need.category in needed & shown)
    inputs = replace(inputs, answers=tuple(for_needs))
    wanted = min(appear or math.ceil(len(taught) / 2), len(taught))
    trial = _trial(inputs, taught, wanted, whole)
    check = _check(inputs, taught, trial, whole)
    return (trial, check, _production(inputs, taught, answers, whole, whose)), None


def _required(wanted: int, taught: int) -> str:
    if taught == 1:
        return "the one ability"
    return f"all {taught} abilities" if wanted == taught else f"at least {wanted} of {taught} abilities"


def _below(count: int, called: str) -> str:
    """Return the rule on `count` abilities, `called` so: of forty, one is below its range by chance alone."""
    if count == 1:
        return f"{called} does not reach the low end of its range"
    return f"fewer than half of {called} reach the low end of their range"


def _trial(inputs: _StageInputs, taught: Sequence[LearningCurve], wanted: int, whole: int) -> Stage:
    at = next(at for at in range(whole + 1) if len(_known(taught, at)) >= wanted)
    known = _known(taught, at)
    first = known[:wanted]
    largest = max(ends[1] for _, _, ends in first)
    verb, whose = ("is", "its critical size") if wanted == 1 else ("are", "their critical sizes")
    appear = f"{len(known)} appear{'s' if len(known) == 1 else ''}"
    if len(known) > wanted:
        smallest = "one of the smallest critical size being that"
        if wanted > 1:
            smallest = f"{wanted} of the smallest critical sizes being those"
        appear += f", the {smallest} to look at"
    where = "the whole text: no part of it shows as many" if at == whole else "the least text that shows enough"

    def stop(figures: _Figures) -> str | None:
        rule = figures.short(_below)
        return None if rule is None else f"{rule}: then the text does not teach what its counts promise"

    return inputs.stage(
        "small trial",
        at,
        largest,
        [learning_curve for learning_curve, _, _ in first],
        f"{where}: {_required(wanted, len(taught))} {verb} required in every part, and {appear}; d covers "
        f"the interval{'' if wanted == 1 else 's'} of {whose}",
        stop,
    )


def _check(inputs: _StageInputs, taught: Sequence[LearningCurve], trial: Stage, whole: int) -> Stage:
    """Return the stage at which intervals separate as far as they do in the whole text, larger than the trial."""
    levels = [point.level for point in taught[0].points]
    later = [at for at in range(whole + 1) if levels[at] < trial.level] or [whole]
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
    # of a check on the text of the trial nothing can have grown
    before = {each.name: each.accuracy for each in trial.abilities if levels[at] < trial.level}
    rising = {
        learning_curve.name
        for learning_curve in taught
        if learning_curve.gain is not None and learning_curve.gain[0] > 0
    }

    def stop(figures: _Figures) -> str | None:
        rule = figures.short(_below)
        grown = [
            each.name
            for each in figures.abilities
            if each.name in rising and each.accuracy > before.get(each.name, math.inf)
        ]
        if not grown:
            return rule
        still = f"{listed(grown)} has not grown" if len(grown) == 1 else f"none of {listed(grown)} has grown"
        since = f"{still} since the trial: then more text is not what is missing"
        return since if rule is None else f"{rule}, or {since}"

    return inputs.stage(
        "wider check",
        at,
        max(ends[1] for _, _, ends in known),
        [learning_curve for learning_curve, _, _ in known],
        f"{why}; d covers the intervals of all",
        stop,
    )


def _production(
    inputs: _StageInputs, taught: Sequence[LearningCurve], answers: Sequence[Answer], whole: int, whose: str
) -> Stage:
    """Return the stage on the whole text; `whose` intervals it goes by, in words."""
    known = _known(taught, whole)
    margins = {learning_curve.name: ends[1] / point.critical for learning_curve, point, ends in known if point.critical}
    sizes = [ends[1] for _, _, ends in known]
    # a need may ask for more than half of the peak: the same margin on the size that reaches it
    sizes += [answer.dim * margins.get(answer.need.category, 1.0) for answer in answers if answer.dim is not None]
    rising = [learning_curve.name for learning_curve, _, _ in known if learning_curve.whole.rising]
    choice = f"all of the text; d covers the upper ends of the intervals of {whose}"
    if rising:
        choice += f" (accuracy of {listed(rising)} may still rise beyond the largest size evaluated)"
    later = [answer.need.category for answer in answers if answer.word in ("needs more text", "cannot tell")]
    if later:
        choice += f"; {listed(later)} may need more text than there is"

    def stop(figures: _Figures) -> str | None:
        rule = figures.short(_below)
        return None if rule is None else f"{rule} at the end of the steps forecast: training for longer lifts nothing"

    return inputs.stage(
        "production",
        whole,
        max(sizes),
        [learning_curve for learning_curve, _, _ in known],
        choice,
        stop,
        {answer.need.category: answer.need.accuracy for answer in answers if answer.dim is not None},
    )
