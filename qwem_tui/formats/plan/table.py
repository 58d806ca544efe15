"""A plan as sentences and tables for a terminal of 80 columns or more."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from qwem_tui.base.printable import printable
from qwem_tui.base.units import duration, percent
from qwem_tui.formats.plan import sentences
from qwem_tui.formats.plan.data import CAVEATS
from qwem_tui.formats.plan.domain_table import domain_parts
from qwem_tui.formats.plan.quantities import UNKNOWN, critical, onset, share
from qwem_tui.formats.tables import plain_table, shown_text, shown_word
from qwem_tui.study.plan.learning_curve import LearningCurve, Point
from qwem_tui.study.plan.planner import Plan
from qwem_tui.study.plan.requirements import Answer
from qwem_tui.study.plan.stages import Stage
from qwem_tui.study.plan.verdict import UNCOVERED, Verdict, between

#: The cells of a name on 80 columns; wider terminals give names the rest, narrower ones leave the last at least.
NAME_CELLS, _COLUMNS, _FEWEST_NAME_CELLS = 27, 80, 12


def words_in_short(count: float) -> str:
    """Return a number of words in at most five characters: 950, 9.5k, 469k, 3.8M, 15M."""
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if count >= 0.9995 * size:
            scaled = count / size
            return f"{scaled:.1f}{unit}" if scaled < 9.95 else f"{scaled:.0f}{unit}"
    return f"{count:.0f}"


def answer(plan: Plan) -> str:
    """Return the answer in a few sentences: what the text teaches, and what holds the categories back."""
    parts = (
        sentences.taught(plan, "categories"),
        sentences.limits(plan),
        sentences.needs_met(plan, printable),
        sentences.begin(plan, str),
    )
    return " ".join(filter(None, parts))


def _setting_lines(plan: Plan) -> Iterator[str]:
    study = plan.config.study
    shape = "" if study.window_shape == "dynamic" else f"{study.window_shape} "
    yield (
        f"Corpus: {plan.documents:,} documents, {plan.words:,} words, {plan.words_in_vocab:,} of them in the "
        f"vocabulary of {plan.vocab_size:,}; {shape}window {study.window}, negative weight {study.negative_weight:g}; "
        f"{study.protocol} protocol."
    )
    if measured := sentences.measured(plan):
        yield f"Measured: {measured}"


def _peak(point: Point) -> str:
    return UNKNOWN if point.peak is None else percent(point.peak)


def whole_peak(learning_curve: LearningCurve) -> str:
    """Return the peak accuracy on the whole text with its interval; a dash where it is not known."""
    last = learning_curve.last
    if last.peak is None or last.peak_interval is None:
        return UNKNOWN
    return f"{percent(last.peak)} ({between(last.peak_interval).removesuffix('%')})"


def _twice(learning_curve: LearningCurve) -> str:
    return (
        between((learning_curve.extrapolations[0].low, learning_curve.extrapolations[0].high))
        if learning_curve.extrapolations
        else UNKNOWN
    )


def _size(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.0f}"


def whole_critical(learning_curve: LearningCurve, with_interval: bool = True) -> str:
    """Return the critical size on the whole text, marked where it may be larger; a dash where it is not known."""
    last = learning_curve.last
    if last.critical is None or with_interval:
        return critical(learning_curve, last)
    return f"{'≥' if learning_curve.whole.rising else ''}{last.critical:.0f}"


def _onset(learning_curve: LearningCurve) -> str:
    return onset(learning_curve.last)


def verdict_sentence(verdict: Verdict) -> str:
    """Return the verdict on a category as a sentence."""
    text, model = verdict.text, verdict.model
    found = f"{text.word}: {text.sentence}"
    if model is not None and text.word not in UNCOVERED:
        found += f"; {model.word}: {model.sentence}"
    return f"{printable(verdict.name)}: {found}."


def need_sentence(answer: Answer) -> str:
    """Return the answer to a need as a sentence."""
    return f"{printable(answer.need.category)} at {percent(answer.need.accuracy)}: {answer.sentence}."


def need_lines(plan: Plan) -> Iterator[str]:
    """Yield the answers to the needs, under a heading; nothing where there are none."""
    if plan.answers:
        yield "Needs:"
    for each in plan.answers:
        yield f"  {need_sentence(each)}"


def stage_lines(plan: Plan) -> Iterator[str]:
    """Yield the three stages, each under its own heading, and what was timed for them; or why there are none."""
    if plan.no_stages is not None:
        yield f"Stages: {plan.no_stages}."
    if unserved := sentences.unserved(plan, printable):
        yield unserved
    for number, (stage, cost) in enumerate(zip(plan.stages, plan.costs, strict=True), start=1):
        yield (
            f"{number}. {stage.name.capitalize()}: {stage.words:,} words ({share(stage.level)} of the text), "
            f"V = {stage.vocab_size:,}, d = {stage.dim}."
        )
        yield f"  Why: {stage.choice}."
        yield f"  Costs: {sentences.costs(cost, plan.config.speedup)}."
        yield f"  Should show: {_shown(stage)}."
        if reach := sentences.reach(stage, printable):
            yield f"  Needed: {reach}"
        yield f"  Stop if {sentences.stop(stage)}." if stage.stop else f"  Stop: {sentences.stop(stage)}."
        if (line := sentences.command(plan, stage)) is not None:
            yield f"  Command: {line}"
    yield from sentences.timed(plan)


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
        if any(learning_curve.whole.attempted for learning_curve in plan.learning_curves):
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
                lambda point: f"{point.attempted:.0f}",
                (("of", lambda learning_curve: f"{learning_curve.whole.total}"),),
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
        return shown_text(line, self._ascii)

    def _rows(self) -> list[LearningCurve]:
        return [
            learning_curve
            for learning_curve in (*self._plan.learning_curves, self._plan.overall)
            if learning_curve.whole.attempted
        ]

    def _by_words(
        self,
        cell: Callable[[Point], str],
        others: Sequence[tuple[str, Callable[[LearningCurve], str]]],
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
        for learning_curve in rows:
            cells = [
                shown_word(learning_curve.name, self._name_cells),
                *(cell(point) for point in learning_curve.points[: len(points)]),
            ]
            cells += [other(learning_curve) for _, other in others]
            table.add_row(*map(self._text, cells), end_section=learning_curve is rows[-2] if len(rows) > 1 else False)
        return table

    def _verdicts(self) -> Iterator[str]:
        plan = self._plan
        yield "What the figures support:"
        lost = []
        for each, coverage in zip(plan.verdicts, plan.coverage, strict=True):
            if not coverage.attempted and coverage.wide_enough is None:
                lost.append(f"{printable(each.name)} ({coverage.total:,})")
                continue
            yield f"  {verdict_sentence(each)}"
        if lost:
            yield f"  Not in this text, none of their questions (in brackets) being covered: {', '.join(lost)}."

    def _notes(self) -> Iterator[str]:
        plan = self._plan
        yield (
            "d*, the critical size: the first size at which accuracy reaches "
            f"{sentences.fraction(plan)} of its own peak; onset: from "
            "there on it stays above zero. Figures of a part are means over those of the disjoint parts of its size in "
            f"which enough questions could be asked. {sentences.intervals(plan)}"
        )
        yield from filter(None, (sentences.rising(plan), sentences.unsure(plan), sentences.extrapolated(plan)))
        yield from CAVEATS
        yield f"This plan took {duration(plan.seconds)}."


def _shown(stage: Stage) -> str:
    return ", ".join(
        f"{printable(each.name)} {percent(each.accuracy)} ({between(each.range)})" for each in stage.abilities
    )
