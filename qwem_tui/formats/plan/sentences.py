"""Sentences of a plan that the table and the page share.

Names of categories and words in them come from outside: whoever shows a sentence makes it printable. `name` maps the
name of a category to how it is shown.
"""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields

from qwem_tui.base.errors import option_name
from qwem_tui.base.printable import printable
from qwem_tui.base.units import duration, percent, readable_bytes
from qwem_tui.corpus.documents import STDIN
from qwem_tui.formats.plan.quantities import UNSURE, share
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.plan.costs import EVALUATING_SHARE, Cost, StepTiming
from qwem_tui.study.plan.domain import NEIGHBOURS, Domain
from qwem_tui.study.plan.planner import Plan
from qwem_tui.study.plan.stages import Needed, Stage
from qwem_tui.study.plan.verdict import UNCOVERED, LimitWord, between, listed
from qwem_tui.theory.dynamics import DEFAULT_STEP_FRACTION

Name = Callable[[str], str]
#: What holds a category back, as it is counted.
_LIMITS: dict[LimitWord, str] = {
    "text": "held back by the text",
    "model": "held back by the model",
    "text and model": "held back by both text and model",
    "vocabulary": "outside the vocabulary",
    "neither": "held back by neither",
    "not known": "by what is not known",
}
_SHOWN_WORDS = 20
#: How many words that are used differently are shown, and how many neighbours of each.
SHOWN_USAGES, SHOWN_NEIGHBOURS = 12, 4
UNSTABLE = "Texts of this length give no word stable neighbours: how words are used cannot be compared."
TOO_FEW_DOCUMENTS = "One has too few documents: its texts are made of pieces, which are more alike than documents are."


def fraction(plan: Plan) -> str:
    """Return the share of its peak at which a size is critical, in words."""
    return "half" if plan.config.fraction == 0.5 else percent(plan.config.fraction)


def taught(plan: Plan, what: str) -> str:
    """Return how many categories the text teaches, `what` being what they are called."""
    count = sum(learning_curve.whole.critical_size is not None for learning_curve in plan.learning_curves)
    can = "can be measured on all of the text"
    if not count:
        return f"None of {len(plan.learning_curves)} {what} {can}: no accuracy is surely above chance."
    whose = "its accuracy is" if count == 1 else "their accuracy is"
    return f"{count} of {len(plan.learning_curves)} {what} {can}: {whose} surely above chance."


def _unreached(plan: Plan) -> list[Needed]:
    """Return the needs that the stages are for, and that are not expected to be reached on all of the text."""
    return [each for each in plan.stages[-1].needed if not each.in_reach] if plan.stages else []


def _reach(each: Needed, name: Name) -> str:
    found = each.expected
    text = f"{percent(found.accuracy)}, {between(found.range)}"
    if each.in_reach:
        unsure = "" if found.range[0] >= each.accuracy else ", though not surely"
        return f"{name(found.name)} is expected to reach the {percent(each.accuracy)} needed ({text}){unsure}"
    may = ", though it may" if found.range[1] >= each.accuracy else ": get more text before production"
    return f"{name(found.name)} is not expected to reach the {percent(each.accuracy)} needed ({text}){may}"


def reach(stage: Stage, name: Name) -> str:
    """Return whether the needs that a stage is for are expected to be reached in it; empty where it is for none."""
    if not stage.needed:
        return ""
    return f"On this text {'; '.join(_reach(each, name) for each in stage.needed)}."


def stop(stage: Stage) -> str:
    """Return what should stop one in a stage, to go after *Stop if*; what to say instead where nothing can."""
    return stage.stop or "none of its figures can tell: the low end of no range is above chance"


def unserved(plan: Plan, name: Name) -> str:
    """Return which needs no stage can serve; empty where there are none."""
    served = {each.expected.name for each in plan.stages[-1].needed} if plan.stages else set()
    left = [each for each in plan.answers if each.need.category not in served]
    if not left:
        return ""
    named = ", ".join(f"{name(each.need.category)} at {percent(each.need.accuracy)} ({each.word})" for each in left)
    instead = "" if served or not plan.stages else "; the stages are for what the text teaches"
    return f"Needs that no stage can serve: {named}{instead}."


def begin(plan: Plan, name: Name) -> str:
    """Return with which stages to begin and to end, or why there are none; empty where the plan holds neither."""
    if not plan.stages:
        return "" if plan.no_stages is None else f"{plan.no_stages.capitalize()}."
    trial, _, production = plan.stages
    unreached = "; ".join(_reach(each, name) for each in _unreached(plan))
    first = f"On this text {unreached}. " if unreached else ""
    return (
        f"{first}Begin with {trial.words:,} words at d = {trial.dim}; all {production.words:,} words want d = "
        f"{production.dim}{_stages_are_for(plan, name)}."
    )


def _stages_are_for(plan: Plan, name: Name) -> str:
    """Return what the stages are planned for, where that is not all that the text teaches; else nothing."""
    needed = {each.need.category for each in plan.answers if each.word != "impossible"}
    shown = [each.name for each in plan.stages[-1].abilities]
    known = {
        learning_curve.name for learning_curve in plan.learning_curves if learning_curve.whole.critical_size is not None
    }
    short = {each.expected.name for each in _unreached(plan)}
    if not set(shown) <= needed or (known <= needed and not short):
        return ""
    reached = [name(each) for each in shown if each not in short]
    others = [name(each) for each in shown if each in short]
    text = f", for what is needed: {listed(reached)}" if reached else ""
    return f"{text}, {'and ' if reached else ''}to go as far as it does with {listed(others)}" if others else text


def limits(plan: Plan) -> str:
    """Return what holds back the categories that can be measured, and why the others cannot; empty where none are."""
    known, others = [], []
    for learning_curve, verdict in zip(plan.learning_curves, plan.verdicts, strict=True):
        if learning_curve.whole.critical_size is not None:
            known.append(_LIMITS[verdict.limit])
        else:
            others.append(verdict.text.word if verdict.text.word in UNCOVERED else "with a peak that may be chance")
    found = []
    if known:
        found.append(f"Of the {len(known)}: {_counted(known, _LIMITS.values())}." if len(known) > 1 else "")
        if len(known) == 1:
            found[-1] = f"It is {known[0]}." if known[0] != _LIMITS["not known"] else "What holds it back is not known."
    if others:
        which = f"Of the other {len(others)}" if known else f"Of the {len(others)}"
        found.append(f"{which}: {_counted(others, (*UNCOVERED, 'with a peak that may be chance'))}.")
    return " ".join(found)


def _counted(found: Sequence[str], order: Iterable[str]) -> str:
    return ", ".join(f"{found.count(each)} {each}" for each in order if each in found)


def needs_met(plan: Plan, name: Name) -> str:
    """Return how many needs are met, and which are not; empty where there are none."""
    if not plan.answers:
        return ""
    unmet = [each for each in plan.answers if each.word not in ("met", "met, not surely")]
    named = "; not: " + ", ".join(f"{name(each.need.category)} ({each.word})" for each in unmet) if unmet else ""
    return f"Needs met: {len(plan.answers) - len(unmet)} of {len(plan.answers)}{named}."


def measured(plan: Plan) -> str:
    """Return what parts of the text were measured; empty where it was not divided."""
    levels = [part.level for part in plan.parts]
    sizes = ", ".join(f"{levels.count(each)} of {share(each)}" for each in sorted(set(levels), reverse=True) if each)
    what = "pieces of consecutive words" if plan.cut else "documents"
    if not sizes:
        return ""
    return (
        f"{len(plan.parts)} parts of the text, made of {what} divided at random: {sizes}, disjoint among "
        "themselves and nested in each other, and the whole. The words of a part are those of the whole text's "
        "vocabulary that occur in it at least twice."
    )


def intervals(plan: Plan) -> str:
    """Return what the intervals of a plan are made of."""
    resamples = f"Intervals (95%): {plan.config.draws:,} resamples of the word pairs"
    if plan.overall.spread is None:
        return f"{resamples} alone: no size has two parts to show how far texts differ, so they are too narrow."
    return f"{resamples}, and the spread over disjoint parts of the text, in quadrature."


def rising(plan: Plan) -> str:
    """Return what the mark of a size that may be larger means; empty where there is none."""
    if not any(learning_curve.whole.rising for learning_curve in (*plan.learning_curves, plan.overall)):
        return ""
    last = plan.overall.dims[-1]
    return f"≥: accuracy may still rise beyond the largest size evaluated, {last}, so that d* may be larger."


def unsure(plan: Plan) -> str:
    """Return what an unsure onset means; empty where there is none."""
    if not any(
        point.onset_unsure
        for learning_curve in (*plan.learning_curves, plan.overall)
        for point in learning_curve.points
    ):
        return ""
    return f"{UNSURE.capitalize()}: the interval of the onset spans about all sizes evaluated, and is not shown."


def extrapolated(plan: Plan) -> str:
    """Return what a range with more text is; empty where there is none."""
    if not any(learning_curve.extrapolations for learning_curve in (*plan.learning_curves, plan.overall)):
        return ""
    return (
        "With more text: a range and no promise. It goes from the lower of two trends to the higher, each with the "
        "spread between texts: the line through the last four sizes, and the last step. It is for the same questions "
        "and text of the same kind: unlike intervals, it does not hold what other word pairs would change."
    )


def training_time(cost: Cost) -> str:
    """Return how long training takes, with the range that the steps timed support; raises where it is not known."""
    assert cost.train_seconds is not None  # the caller has looked
    text = duration(cost.train_seconds)
    low, high = map(duration, cost.train_range or (cost.train_seconds, cost.train_seconds))
    return text if low == high else f"{text} ({low} to {high})"


def seconds_elsewhere(cost: Cost, speedup: float | None) -> float | None:
    """Return how long preparing and training take on a device `speedup` times as fast; None where that is not known."""
    if speedup is None or cost.train_seconds is None:
        return None
    return (cost.prepare_seconds + cost.train_seconds) / speedup


def costs(cost: Cost, speedup: float | None) -> str:
    """Return what a stage costs; on another device `speedup` times as fast too."""
    text = (
        f"{cost.parameters:,} parameters, {readable_bytes(cost.bytes)}; {readable_bytes(cost.memory)} of memory; "
        f"preparing {duration(cost.prepare_seconds)}"
    )
    if cost.train_seconds is None or cost.steps is None:
        return f"{text}; {cost.reason}"
    text += f"; training about {cost.steps:,} steps, {training_time(cost)} on this machine"
    if (both := seconds_elsewhere(cost, speedup)) is not None:
        text += f"; {duration(both)} in all on one {speedup:g} times as fast (your figure)"
    return text


def timed(plan: Plan) -> Iterator[str]:
    """Yield which steps were timed, what training times hold, and last whether the machine was busy meanwhile."""
    for timing in plan.step_timings:
        pairs = "" if timing.pairs is None else f" of {timing.pairs:,} pairs"
        low, high = map(duration, timing.range)
        between = "" if low == high else f", {low} to {high} from burst to burst"
        yield (
            f"Timed here: {timing.timed:,} steps of {timing.trainer}{pairs} at V = {timing.vocab_size:,}, "
            f"d = {timing.dim}: {duration(timing.seconds)} each{between}."
        )
    if plan.step_timings:
        yield (
            f"A run measures accuracies too, in about {EVALUATING_SHARE:.0%} of its time, in a short run more: "
            f"training times hold {EVALUATING_SHARE:.0%}."
        )
    if any(timing.busy for timing in plan.step_timings):
        signs = []
        if any(timing.uneven for timing in plan.step_timings):
            slowest = max(map(_slowdown, plan.step_timings))
            signs.append(f"the slowest steps took {slowest:.1f} times as long as the fastest of the same kind")
        if any(timing.kept_waiting for timing in plan.step_timings):
            waited = max(timing.waited or 0.0 for timing in plan.step_timings)
            signs.append(f"steps waited for a processor {percent(waited)} of their time")
        yield (
            f"The machine was busy with something else: {' and '.join(signs)}; preparing may have been slowed down "
            "too; plan again on a quiet machine for better times."
        )


def _slowdown(timing: StepTiming) -> float:
    return timing.range[1] / timing.range[0]


def compared(domain: Domain) -> str:
    """Return what one's own text was compared with."""
    return (
        f"Your text: {domain.documents:,} documents, {domain.words:,} words; the general vocabulary has "
        f"{percent(domain.known_share)} of those that occur twice or more. It is compared with two disjoint general "
        f"texts of the same length, {domain.compared:,} words of the vocabulary each, over the {domain.shared:,} words "
        "that all three have at least twice: what differs between the two general ones is chance."
    )


def domain_words(domain: Domain, name: Name) -> Iterator[str]:
    """Yield which categories cannot be asked of both texts, and which words one of them lacks."""
    unasked = [name(each.name) for each in domain.carried if not each.own.attempted]
    if unasked:
        yield f"No question can be asked of both for: {', '.join(unasked)}."
    if domain.unknown:
        words = ", ".join(f"{word} ({count:,})" for word, count in domain.unknown[:_SHOWN_WORDS])
        yield f"Most frequent words of yours that the general vocabulary lacks, and how often they occur: {words}."
    if domain.lacking:
        yield f"Most frequent general words that yours lacks: {', '.join(domain.lacking[:_SHOWN_WORDS])}."


def unstable(domain: Domain) -> bool:
    """Return whether no word has stable neighbours, so that `UNSTABLE` holds and `neighbours` does not."""
    return math.isnan(domain.usual_neighbours)


def neighbours(domain: Domain) -> str:
    """Return how much the neighbours of words differ; needs texts in which some are stable."""
    return (
        f"Of the {NEIGHBOURS} nearest neighbours of a word (d = {domain.dim}), yours and a general text share "
        f"{percent(domain.shared_neighbours)}, two general texts {percent(domain.usual_neighbours)}; "
        f"{domain.unstable:,} words are left out, whose neighbours are not stable in texts of this length."
    )


def spaces(domain: Domain) -> str:
    """Return how far the top eigen-spaces overlap; empty where that was not measured."""
    text = ", ".join(f"{percent(each.own)} ({percent(each.usual)}) at d = {each.dim}" for each in domain.spaces)
    return f"Overlap of the top eigen-spaces, in brackets that of two general texts: {text}." if text else ""


_DEFAULTS = {field.name: field.default for field in fields(StudyConfig)}
#: Settings of a plan that its commands repeat where they are not as by default.
_REPEATED = (
    "vocab_size", "window", "window_shape", "negative_weight", "tokenizer", "analogies", "protocol", "sigma", "seed",
)  # fmt: skip


def command(plan: Plan, stage: Stage) -> str | None:
    """Return the command line of a stage; None where the text came from stdin, which cannot be read again.

    On a part of the text it is a sweep of one cell, on documents partitioned anew; on all of it a run, or, with a
    window that no run takes, a sweep too.
    """
    study = plan.config.study
    if STDIN in study.sources:
        return None
    swept = stage.level > 0 or study.window_shape != _DEFAULTS["window_shape"]
    words = ["qwem-tui", "sweep" if swept else "train", *study.sources, "--dim", f"{stage.dim}"]
    if swept:
        words += ["--over", f"text={0.5**stage.level:g}", "--train"]
    for name in _REPEATED:
        value = getattr(study, name)
        if value != _DEFAULTS[name]:
            words += [option_name(name), f"{value}"]
    for name, given in study.reading.given.items():
        words += [option_name(name)] if given is True else [option_name(name), f"{given}"]
    words += study.words.options()
    if plan.config.trained_by == "sgd":
        words += ["--trainer", "sgd"]
    elif study.step_fraction not in (None, DEFAULT_STEP_FRACTION):
        words += ["--step-size", f"{study.step_fraction}"]
    return printable(shlex.join(words))
