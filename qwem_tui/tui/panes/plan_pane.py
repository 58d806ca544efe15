"""A plan by category: the list, the charts of the one under the cursor, and sentences on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Container, VerticalScroll
from textual.widgets import DataTable, Static

from qwem_tui.base.units import percent
from qwem_tui.formats.plan.table import NAME_CELLS, answer, need_sentence, verdict_sentence, whole_critical
from qwem_tui.formats.tables import shown_word
from qwem_tui.study.plan.learning_curve import LearningCurve
from qwem_tui.study.plan.planner import Plan
from qwem_tui.study.plan.verdict import Verdict, between
from qwem_tui.tui.charts import ChartView, Plot
from qwem_tui.tui.rendering.learning_curve_plots import peak_plot, size_plot
from qwem_tui.tui.rendering.palette import palette
from qwem_tui.tui.screens.question import shown

#: label and width; the longest verdict and the longest limit fit, and all of it fits 80 columns
_COLUMNS = (("category", NAME_CELLS + 1), ("verdict on the text", 24), ("held back by", 15), ("peak", 5), ("d*", 5))
#: From this column on there are figures.
_FIGURES = 3
#: What the charts show, as far as their own titles do not say it.
_CHARTS_SHOW = "by words of text; upright: 95% intervals; dotted: extrapolated, or yours"


def listed_order(plan: Plan) -> tuple[int | None, ...]:
    """Return the categories in the order of the list, by number: those that can be measured first, then other peaks.

    Of these, those needed come first. The overall one, on which there is no verdict, is None, and the last of the list.
    """
    needed = {each.need.category for each in plan.answers}

    def rank(number: int) -> tuple[int, bool]:
        learning_curve = plan.learning_curves[number]
        known = (
            0 if learning_curve.whole.critical_size is not None else 1 if learning_curve.last.peak is not None else 2
        )
        return known, learning_curve.name not in needed

    return (*sorted(range(len(plan.learning_curves)), key=rank), None)


def _row(plan: Plan, number: int | None) -> tuple[LearningCurve, Verdict | None]:
    """Return a category, by number, with its verdict; the overall one, None, has none."""
    return (plan.overall, None) if number is None else (plan.learning_curves[number], plan.verdicts[number])


def _cells(learning_curve: LearningCurve, verdict: Verdict | None) -> list[Text]:
    peak = "–" if learning_curve.last.peak is None else percent(learning_curve.last.peak)
    word, limit = ("", "") if verdict is None else (verdict.text.word, verdict.limit)
    style = "" if learning_curve.last.peak is not None else "dim"
    cells = [shown(text) for text in (shown_word(learning_curve.name, NAME_CELLS), word, limit)]
    cells += [shown(text) for text in (peak, whole_critical(learning_curve, with_interval=False))]
    for cell in cells:
        cell.stylize(style)
    for cell in cells[_FIGURES:]:
        cell.justify = "right"
    return cells


def sentences_on(plan: Plan, number: int | None) -> str:
    """Return what the figures say of a category, by number: verdict, needs, and more text; None is overall."""
    if number is None:
        return " ".join([answer(plan), *plan.warnings, *_more_text(plan.overall)])
    learning_curve = plan.learning_curves[number]
    needs = [need_sentence(each) for each in plan.answers if each.need.category == learning_curve.name]
    return " ".join([verdict_sentence(plan.verdicts[number]), *_more_text(learning_curve), *needs])


def _more_text(learning_curve: LearningCurve) -> Iterator[str]:
    if learning_curve.extrapolations:
        ranges = [
            f"{between((each.low, each.high))} with {each.times} times the text"
            for each in learning_curve.extrapolations
        ]
        yield f"Extrapolated peak: {', '.join(ranges)}."


class PlanPane(VerticalScroll, can_focus=False):
    """List, charts and sentences."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._plan: Plan | None = None
        self._order: tuple[int | None, ...] = ()

    def compose(self) -> ComposeResult:
        """Yield the list, the charts and the sentences."""
        with Container(id="plan-upper"):
            yield DataTable(id="plan-table", cursor_type="row", cell_padding=0)
            with Container(id="plan-charts"):
                yield ChartView(id="plan-peak")
                yield ChartView(id="plan-size")
        with VerticalScroll(id="plan-sentences", can_focus=False) as box:
            box.border_title = _CHARTS_SHOW
            yield Static("", markup=False)

    def show(self, plan: Plan) -> None:
        """Show `plan`, the cursor on the first category of the list."""
        self._plan, self._order = plan, listed_order(plan)
        table = self.query_one(DataTable)
        for column, (label, width) in enumerate(_COLUMNS):
            justify: Literal["left", "right"] = "left" if column < _FIGURES else "right"
            table.add_column(Text(label, justify=justify), width=width)
        for number in self._order:
            table.add_row(*_cells(*_row(plan, number)))
        self.draw()

    def on_data_table_row_highlighted(self) -> None:
        """Show the category under the cursor."""
        self.draw()

    def draw(self) -> None:
        """Draw the category under the cursor."""
        plan, at = self._plan, self.query_one(DataTable).cursor_row
        if plan is None:
            return
        number = self._order[at]
        learning_curve, _ = _row(plan, number)
        colors = palette(self.app.theme)
        self.query_one("#plan-peak", ChartView).show(_plain(peak_plot(learning_curve, colors)))
        self.query_one("#plan-size", ChartView).show(_plain(size_plot(learning_curve, plan.config.study.dim, colors)))
        box = self.query_one("#plan-sentences", VerticalScroll)
        box.query_one(Static).update(shown(sentences_on(plan, number)))
        box.scroll_home(animate=False)

    def scroll_said(self, lines: int) -> None:
        """Scroll the sentences, and all where the terminal is too small for it."""
        for box in (self, self.query_one("#plan-sentences", VerticalScroll)):
            box.scroll_relative(y=lines, animate=False)


def _plain(plot: Plot) -> Plot:
    """Return `plot` with a title that every terminal can show."""
    return replace(plot, y_label=shown(plot.y_label).plain)
