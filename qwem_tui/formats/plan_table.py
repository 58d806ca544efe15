"""A plan as sentences and tables for a terminal of 80 columns or more."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rich import box
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from qwem_tui.base.inert import inert
from qwem_tui.base.memory import readable_bytes
from qwem_tui.base.plain import to_ascii
from qwem_tui.formats.domain_table import domain_parts
from qwem_tui.formats.explanation import shown_word
from qwem_tui.formats.plan_json import CAVEATS
from qwem_tui.study.costs import Cost
from qwem_tui.study.growth import Growth, Point
from qwem_tui.study.needs import Answer
from qwem_tui.study.plan import Plan
from qwem_tui.study.stages import Stage
from qwem_tui.study.verdict import Verdict, between, listed, percent, sizes_between

#: On 80 columns names have so many; on others as many more or less, but no fewer than the last.
NAME_CELLS, _COLUMNS, _FEWEST_NAME_CELLS = 27, 80, 12
_LIMITS = {
    "text": "held back by the text",
    "model": "held back by the model",
    "text and model": "held back by both text and model",
    "vocabulary": "outside the vocabulary",
    "neither": "held back by neither",
    "not known": "where it is not known",
}


def words_in_short(count: float) -> str:
    """Return a number of words in at most five characters: 950, 9.5k, 469k, 3.8M, 15M."""
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if count >= 0.9995 * size:
            scaled = count / size
            return f"{scaled:.1f}{unit}" if scaled < 9.95 else f"{scaled:.0f}{unit}"
    return f"{count:.0f}"


def duration(seconds: float) -> str:
    """Return a time in words: 0.2 s, 42 s, 12 min, 3.5 h, 12 days."""
    if seconds < 10:
        return f"{seconds:.2g} s"
    for unit, size in (("days", 172_800.0), ("h", 7200.0), ("min", 120.0)):
        if seconds >= size:
            scaled = seconds / {"days": 86_400.0, "h": 3600.0, "min": 60.0}[unit]
            return f"{scaled:.1f} {unit}" if scaled < 10 else f"{scaled:.0f} {unit}"
    return f"{seconds:.0f} s"


def interval_sentence(plan: Plan) -> str:
    """Return what the intervals of a plan are made of."""
    resamples = f"Intervals (95%): {plan.config.draws:,} resamples of the word pairs"
    if plan.overall.spread is None:
        return f"{resamples} alone: no size has two parts to show how far texts differ, so they are too narrow."
    return f"{resamples}, and the spread over disjoint parts of the text, in quadrature."


def stages_are_for(plan: Plan, name: Callable[[str], str] = str) -> str:
    """Return what the stages are planned for, where that is not all that the text teaches; else nothing.

    Categories are called by `name`.
    """
    needed = {each.need.category for each in plan.answers if each.word != "impossible"}
    shown = [each.name for each in plan.stages[-1].abilities] if plan.stages else []
    taught = {growth.name for growth in plan.growths if growth.whole.critical_size is not None}
    if not set(shown) <= needed or taught <= needed:
        return ""
    return f", for what is needed: {listed([name(each) for each in shown])}"


def answer(plan: Plan) -> str:
    """Return the answer in a few sentences: what the text teaches, and what holds the categories back."""
    total = len(plan.growths)
    taught = [growth.name for growth in plan.growths if growth.whole.critical_size is not None]
    told = [f"{len(taught)} of {total} categories are known to work on all of the text."]
    limits = [each.limit for each in plan.verdicts]
    counted = [(word, limits.count(word)) for word in _LIMITS if word in limits]
    if counted:
        told.append(f"Of the {total}: " + ", ".join(f"{count} {_LIMITS[word]}" for word, count in counted) + ".")
    unmet = [each for each in plan.answers if each.word not in ("met", "met, not surely")]
    if plan.answers:
        met = len(plan.answers) - len(unmet)
        named = ", ".join(f"{inert(each.need.category)} ({each.word})" for each in unmet)
        told.append(f"Needs met: {met} of {len(plan.answers)}" + (f"; not: {named}." if unmet else "."))
    if plan.stages:
        trial, _, production = plan.stages
        told.append(
            f"Begin with {trial.words:,} words at d = {trial.dim}; all {production.words:,} words want d = "
            f"{production.dim}{stages_are_for(plan)}."
        )
    elif plan.no_stages is not None:
        told.append(f"{plan.no_stages.capitalize()}.")
    return " ".join(told)


def _setting_lines(plan: Plan) -> Iterator[str]:
    study = plan.config.study
    shape = "" if study.window_shape == "dynamic" else f"{study.window_shape} "
    yield (
        f"Corpus: {plan.documents:,} documents, {plan.words:,} words, {plan.words_in_vocab:,} of them in the "
        f"vocabulary of {plan.vocab_size:,}; {shape}window {study.window}, negative weight {study.negative_weight:g}; "
        f"{study.protocol} protocol."
    )
    levels = sorted({part.level for part in plan.parts}, reverse=True)
    counts = [(level, sum(part.level == level for part in plan.parts)) for level in levels]
    sizes = ", ".join(f"{count} of {_share(level)}" for level, count in counts if level)
    what = "pieces of consecutive words" if plan.cut else "documents"
    if sizes:
        yield (
            f"Measured: {len(plan.parts)} parts of the text, made of {what} dealt at random: {sizes}, disjoint among "
            "themselves and nested in each other, and the whole. The words of a part are those of the whole text's "
            "vocabulary that occur in it at least twice."
        )


def _share(level: int) -> str:
    return "the whole" if level == 0 else f"1/{2**level}"


def plain_table(ascii_only: bool) -> Table:
    """Return a table without frame whose columns are one cell apart, so that all of it fits."""
    style = box.ASCII2 if ascii_only else box.SIMPLE_HEAD
    return Table(box=style, pad_edge=False, padding=0, show_edge=False, header_style="bold")


def _peak(point: Point) -> str:
    return "–" if point.peak is None else percent(point.peak)


def _with_interval(value: str, ends: str | None) -> str:
    return value if ends is None else f"{value} ({ends})"


def whole_peak(growth: Growth) -> str:
    """Return the peak accuracy on the whole text with its interval; a dash where it is not known."""
    last = growth.last
    if last.peak is None or last.peak_interval is None:
        return "–"
    return _with_interval(percent(last.peak), between(last.peak_interval).removesuffix("%"))


def _twice(growth: Growth) -> str:
    return between((growth.ahead[0].low, growth.ahead[0].high)) if growth.ahead else "–"


def _size(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f}"


def whole_critical(growth: Growth, with_interval: bool = True) -> str:
    """Return the critical size on the whole text, marked where it may be larger; a dash where it is not known."""
    last = growth.last
    mark = "≥" if growth.whole.rising else ""
    if last.critical is None or last.critical_interval is None:
        return "–"
    ends = sizes_between(last.critical_interval) if with_interval else None
    return mark + _with_interval(_size(last.critical), ends)


def _onset(growth: Growth) -> str:
    last = growth.last
    if last.onset is None or last.onset_interval is None:
        return "–"
    return _with_interval(_size(last.onset), sizes_between(last.onset_interval))


def verdict_sentence(verdict: Verdict) -> str:
    """Return the verdict on a category as a sentence."""
    text, model = verdict.text, verdict.model
    said = f"{text.word}: {text.sentence}"
    if model is not None and text.word != "not in this text":
        said += f"; {model.word}: {model.sentence}"
    return f"{inert(verdict.name)}: {said}."


def need_sentence(answer: Answer) -> str:
    """Return what is said of a need as a sentence."""
    return f"{inert(answer.need.category)} at {percent(answer.need.accuracy)}: {answer.sentence}."


def need_lines(plan: Plan) -> Iterator[str]:
    """Yield what is said of the needs, under a heading; nothing where there are none."""
    if plan.answers:
        yield "Needs:"
    for each in plan.answers:
        yield f"  {need_sentence(each)}"


def stage_lines(plan: Plan) -> Iterator[str]:
    """Yield the three stages, each under its own heading, and what was timed for them; or why there are none."""
    if plan.no_stages is not None:
        yield f"Stages: {plan.no_stages}."
    for number, (stage, cost) in enumerate(zip(plan.stages, plan.costs, strict=True), start=1):
        yield (
            f"{number}. {stage.name.capitalize()}: {stage.words:,} words ({_share(stage.level)} of the text), V = "
            f"{stage.vocab_size:,}, d = {stage.dim}."
        )
        yield f"  Why: {stage.choice}."
        yield f"  Costs: {_cost(cost, plan.config.speedup)}."
        yield f"  Should show: {_shown(stage)}."
        yield f"  Stop if {stage.stop}."
    for pace in plan.paces:
        pairs = "" if pace.pairs is None else f" of {pace.pairs:,} pairs"
        yield (
            f"Timed here: {pace.timed} steps of {pace.trainer}{pairs} at V = {pace.vocab_size:,}, d = {pace.dim}: "
            f"{duration(pace.seconds)} each (median)."
        )


def _cost(cost: Cost, speedup: float | None) -> str:
    told = (
        f"{cost.parameters:,} parameters, {readable_bytes(cost.bytes)}; {readable_bytes(cost.memory)} of memory; "
        f"preparing {duration(cost.prepare_seconds)}"
    )
    if cost.train_seconds is None or cost.steps is None:
        return f"{told}; {cost.reason}"
    told += f"; training about {cost.steps:,} steps, {duration(cost.train_seconds)} on this machine"
    if speedup is not None:
        both = (cost.prepare_seconds + cost.train_seconds) / speedup
        told += f"; {duration(both)} in all on one {speedup:g} times as fast (your figure)"
    return told


class PlanReport:
    """The plan as a Rich renderable: the answer, tables by words of text, verdicts, needs, stages, and what to mind."""

    def __init__(self, plan: Plan, ascii_only: bool = False) -> None:
        """Show `plan`."""
        self._plan, self._ascii = plan, ascii_only
        self._name_cells = NAME_CELLS

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        plan = self._plan
        self._name_cells = max(_FEWEST_NAME_CELLS, NAME_CELLS + options.max_width - _COLUMNS)
        for paragraph in [answer(plan), *plan.warnings, *_setting_lines(plan)]:
            yield self._text(paragraph)
        if any(growth.whole.attempted for growth in plan.growths):
            yield Text()
            yield self._text("Peak accuracy by words of text, and the range with twice the text (extrapolated):")
            yield self._by_words(_peak, (("whole (95%)", whole_peak), ("twice", _twice)), drop_last=True)
            yield Text()
            yield self._text("Critical size d* by words of text:")
            yield self._by_words(
                lambda point: _size(point.critical), (("whole (95%)", whole_critical), ("onset (95%)", _onset)), True
            )
            yield Text()
            yield self._text(
                "Questions asked (a word that occurs less than twice is not modelled), of those there are:"
            )
            yield self._by_words(
                lambda point: f"{point.attempted:.0f}", (("of", lambda growth: f"{growth.whole.total}"),)
            )
        for section in (self._verdicts(), need_lines(plan), stage_lines(plan)):
            yield Text()
            yield from map(self._text, section)
        if plan.domain is not None:
            for part in domain_parts(plan.domain, self._ascii, self._name_cells):
                yield self._text(part) if isinstance(part, str) else part
        yield Text()
        yield from map(self._text, self._notes())

    def _text(self, line: str) -> Text:
        return Text(to_ascii(line) if self._ascii else line)

    def _rows(self) -> list[Growth]:
        return [growth for growth in (*self._plan.growths, self._plan.overall) if growth.whole.attempted]

    def _by_words(
        self,
        cell: Callable[[Point], str],
        others: Sequence[tuple[str, Callable[[Growth], str]]],
        drop_last: bool = False,
    ) -> Table:
        rows = self._rows()
        points = rows[-1].points[:-1] if drop_last else rows[-1].points
        table = plain_table(self._ascii)
        table.add_column("category", no_wrap=True)
        for point in points:
            table.add_column(words_in_short(point.words), justify="right", no_wrap=True)
        for name, _ in others:
            table.add_column(name, justify="right", no_wrap=True)
        for growth in rows:
            cells = [
                shown_word(growth.name, self._name_cells),
                *(cell(point) for point in growth.points[: len(points)]),
            ]
            cells += [other(growth) for _, other in others]
            table.add_row(*map(self._text, cells), end_section=growth is rows[-2] if len(rows) > 1 else False)
        return table

    def _verdicts(self) -> Iterator[str]:
        plan = self._plan
        yield "What the figures support:"
        lost = []
        for each, coverage in zip(plan.verdicts, plan.coverage, strict=True):
            if not coverage.attempted and coverage.wide_enough is None:
                lost.append(f"{inert(each.name)} ({coverage.total:,})")
                continue
            yield f"  {verdict_sentence(each)}"
        if lost:
            yield f"  Not in this text, none of their questions (so many) being covered: {', '.join(lost)}."

    def _notes(self) -> Iterator[str]:
        plan = self._plan
        config = plan.config
        share = "half" if config.fraction == 0.5 else percent(config.fraction)
        yield (
            f"d*, the critical size: the first size at which accuracy reaches {share} of its own peak; onset: from "
            "there on it stays above zero. Figures of a part are means over those of the disjoint parts of its size in "
            f"which enough questions could be asked. {interval_sentence(plan)}"
        )
        if any(growth.whole.rising for growth in (*plan.growths, plan.overall)):
            largest = plan.overall.dims[-1]
            yield f"≥: accuracy still rises at the largest size looked at, {largest}, so that d* may be larger."
        if any(growth.ahead for growth in plan.growths):
            yield (
                "Twice the text: from the lower of two trends to the higher, each with the spread between texts: the "
                "line through the last four sizes, and the last step. For the same questions and text of the same kind."
            )
        yield from CAVEATS
        yield f"This plan took {duration(plan.seconds)}."


def _shown(stage: Stage) -> str:
    return ", ".join(f"{inert(each.name)} {percent(each.accuracy)} ({between(each.range)})" for each in stage.abilities)
