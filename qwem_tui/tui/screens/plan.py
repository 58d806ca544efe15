"""A plan: which abilities a text can teach, by category, in stages, and in full."""

from __future__ import annotations

from dataclasses import asdict
from typing import ClassVar

from rich.console import Group
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Resize
from textual.widgets import Static

from qwem_tui.base.printable import printable
from qwem_tui.engine.background import Background
from qwem_tui.formats.plan.table import PlanReport, answer, need_lines, stage_lines
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.plan.planner import Plan, PlanConfig
from qwem_tui.study.study import Forecast
from qwem_tui.tui.charts import ChartView
from qwem_tui.tui.panes.plan_pane import PlanPane
from qwem_tui.tui.panes.report_pane import ReportPane
from qwem_tui.tui.screens.question import shown
from qwem_tui.tui.screens.work import LEAVE, WorkScreen

#: From this size on the charts stand beside the list.
_WIDE = 130


def config_of_run(asked: StudyConfig, study: Forecast) -> PlanConfig:
    """Return the plan of the corpus of a run, which was begun as `asked`, with its settings; its size is the user's."""
    settings = StudyConfig(
        sources=asked.sources,
        vocab_size=asked.vocab_size,
        dim=study.dim,
        window=asked.window,
        analogies=asked.analogies,
        protocol=asked.protocol,
        sigma=asked.sigma,
        step_fraction=asked.step_fraction,
        seed=asked.seed,
        negative_weight=asked.negative_weight,
        window_shape=asked.window_shape,
        precision=asked.precision,
        forced=asked.forced,
        **asdict(asked.words),
        **asdict(asked.reading),
    )
    return PlanConfig(settings, trained_by="sgd" if asked.trainer == "sgd" else "gd")


def heading(name: str, config: PlanConfig, vocab_size: int | None = None) -> str:
    """Return what is planned, in a line; `vocab_size` words are modelled (None: not known yet)."""
    study = config.study
    size = f"up to {study.vocab_size:,}" if vocab_size is None else f"= {vocab_size:,}"
    yours = "" if study.dim is None else f", yours d = {study.dim}"
    shape = "" if study.window_shape == "dynamic" else f"{study.window_shape} "
    return (
        f"plan  {printable(name)}: V {size}{yours}, {shape}window {study.window}, k = "
        f"{study.negative_weight:g}, {study.tokenizer}, {study.protocol}"
    )


def question(name: str) -> str:
    """Return what is asked before the corpus of a run is planned."""
    return (
        f"Plan {printable(name)}?\n\n"
        "The text is read again, and predictions are made on nested parts of it, with the settings of the run: which "
        "abilities this text can teach, with how much of it and how large a model each comes, whether it is the text "
        "or the model that holds one back, and three stages of a project with what they cost. It takes a few times as "
        "long as preparing the run did.\n\n"
        "The run is left as it is. While it trains both are slower, and the times that the plan gives are those of a "
        "machine that is busy: pause it for others.\n\n"
        "enter begins, q goes back; q later gives the plan up."
    )


class PlanScreen(WorkScreen[Plan]):
    """Shows a plan being made, and then its categories, its stages, and all of it as the command line prints it."""

    VIEWS = ("plan-categories", "plan-stages", "plan-report")
    HELP_PART = "PLAN"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1", "view('plan-categories')", "Categories"),
        Binding("2", "view('plan-stages')", "Stages"),
        Binding("3", "view('plan-report')", "All of it"),
        Binding("j", "scroll_said(1)", "Scroll text", key_display="j k"),
        Binding("k", "scroll_said(-1)", show=False),
        LEAVE,
    ]

    def __init__(self, work: Background[Plan], name: str, config: PlanConfig) -> None:
        """Show the plan by `config` of the corpus called `name`; asks first where it has not begun."""
        super().__init__(work, heading(name, config), question(name))
        self._corpus, self._config = name, config

    def compose_views(self) -> ComposeResult:
        """Yield the views."""
        yield PlanPane(id="plan-categories")
        yield ReportPane(id="plan-stages")
        yield ReportPane(id="plan-report")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether there is something for `action` to act on."""
        return super().check_action(action, parameters) and (action != "scroll_said" or self.result is not None)

    def on_resize(self, event: Resize) -> None:
        """Put the charts where there is room."""
        self.set_class(event.size.width >= _WIDE, "wide")

    def fill(self, result: Plan) -> None:
        """Fill the views, and say what should be known of the plan."""
        self.query_one("#title", Static).update(shown(heading(self._corpus, self._config, result.vocab_size)))
        for warning in result.warnings:
            self.notify(warning, severity="warning", timeout=10, markup=False)
        self.query_one(PlanPane).show(result)
        self.query_one("#plan-stages", ReportPane).show(stages_report(result))
        self.query_one("#plan-report", ReportPane).show(PlanReport(result, ChartView.ascii_mode))

    def redraw(self) -> None:
        """Draw the charts anew."""
        self.query_one(PlanPane).draw()

    def action_scroll_said(self, lines: int) -> None:
        """Scroll what is said of the category."""
        self.query_one(PlanPane).scroll_said(lines)


def stages_report(plan: Plan) -> Group:
    """Return the answer, what to mind, the needs, and the stages, the head of each in bold."""
    parts = [shown(line) for line in (answer(plan), *plan.warnings)]
    for section in (need_lines(plan), stage_lines(plan)):
        lines = list(section)
        parts += [Text(), *(shown(line) for line in lines)] if lines else []
    for part in parts:
        if part.plain[:2] in ("1.", "2.", "3."):
            part.stylize("bold")
    return Group(*parts)
