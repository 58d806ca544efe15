"""A sweep: cells being worked out, then what each setting does, by category and in full."""

from __future__ import annotations

from itertools import combinations
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import OptionList

from qwem_tui.base.printable import printable
from qwem_tui.engine.background import Background
from qwem_tui.formats.sweep.table import CategoryReport, SweepReport
from qwem_tui.formats.tables import shown_word
from qwem_tui.study.sweep.effects import HeatMap, MapChoice, chosen_map, mapped_factors, responses_of
from qwem_tui.study.sweep.grid import Sweep, SweepConfig
from qwem_tui.tui.charts import ChartView
from qwem_tui.tui.panes.report_pane import ReportPane
from qwem_tui.tui.screens.question import shown
from qwem_tui.tui.screens.work import LEAVE, WorkScreen

_LONGEST_NAME = 27


def heading(name: str, config: SweepConfig) -> str:
    """Return what is varied, in a line."""
    varied = ", ".join(f"{factor.name} ({len(factor.levels)})" for factor in config.factors)
    return f"sweep  {printable(name)}: {varied}"


def maps_of(config: SweepConfig) -> tuple[tuple[str, ...], ...]:
    """Return the factors of which there can be a map: two of those that vary, or one by all categories."""
    varied = [factor.name for factor in config.factors if len(factor.levels) > 1]
    return (*combinations(varied, 2), *((name,) for name in varied))


class SweepScreen(WorkScreen[Sweep | None]):
    """Shows the progress of a sweep, and then its effects with a map for a category, and all of it as it is printed."""

    VIEWS = ("sweep-map", "sweep-report")
    HELP_PART = "SWEEP"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1", "view('sweep-map')", "Map"),
        Binding("2", "view('sweep-report')", "All of it"),
        Binding("f", "figure(1)", "Figure", key_display="f F"),
        Binding("F", "figure(-1)", show=False),
        Binding("m", "factors", "Factors"),
        Binding("j", "scroll_map(1)", "Scroll", key_display="j k"),
        Binding("k", "scroll_map(-1)", show=False),
        LEAVE,
    ]

    def __init__(self, work: Background[Sweep | None], name: str, config: SweepConfig, choice: MapChoice) -> None:
        """Show the sweep by `config` of the corpus called `name`; its map is at first that of `choice`."""
        super().__init__(work, heading(name, config))
        self._maps = maps_of(config)
        numbers = mapped_factors(choice, config)
        self._factors = tuple(config.factors[number].name for number in numbers)
        self._response = choice.response
        self._category = choice.category

    def compose_views(self) -> ComposeResult:
        """Yield the views."""
        with Horizontal(id="sweep-map"):
            yield OptionList(id="sweep-categories", markup=False, compact=True)
            yield ReportPane(id="sweep-effects", can_focus=False)
        yield ReportPane(id="sweep-report")

    def fill(self, result: Sweep | None) -> None:
        """Fill the views."""
        assert result is not None  # there is something to show
        names = self.query_one(OptionList)
        names.add_options([shown(shown_word(name, _LONGEST_NAME)) for name in result.names.every])
        number = None if self._category is None else result.categories.index(self._category)
        names.highlighted = result.numbers.index(number)
        self._draw()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether there is something for `action` to act on."""
        own = action in ("figure", "factors", "scroll_map")
        return super().check_action(action, parameters) and (not own or self.result is not None)

    def code(self, result: Sweep | None) -> int:
        """Return 0 where any cell has a result."""
        return 0 if result is not None and result.done else 1

    def on_option_list_option_highlighted(self) -> None:
        """Show the category under the cursor."""
        self._draw()

    def heat(self) -> HeatMap | None:
        """Return the map that is chosen; None where there is none."""
        sweep, at = self.result, self.query_one(OptionList).highlighted
        if sweep is None or at is None or not sweep.done or not self._factors:
            return None
        number = sweep.numbers[at]
        name = None if number is None else sweep.categories[number]
        return chosen_map(MapChoice(self._factors, self._response, name), sweep)

    def _draw(self) -> None:
        sweep, at = self.result, self.query_one(OptionList).highlighted
        if sweep is None or at is None:
            return
        heat, plain = self.heat(), ChartView.ascii_mode
        whole = SweepReport(sweep, heat, plain)
        self.query_one("#sweep-report", ReportPane).show(whole)
        effects = CategoryReport(sweep, heat, sweep.numbers[at], plain) if sweep.done else whole
        self.query_one("#sweep-effects", ReportPane).show(effects)

    def action_figure(self, by: int) -> None:
        """Have the map show the next figure, or the one before."""
        if self.result is not None:
            every = responses_of(self.result)
            self._response = every[(every.index(self._response) + by) % len(every)]
            self._draw()

    def action_factors(self) -> None:
        """Have the map show the next factors."""
        if self._maps:
            # two factors may be in another order than here
            sets = [set(each) for each in self._maps]
            # the one asked for on the command line may have a factor with a single level, which is not among them
            at = sets.index(set(self._factors)) if set(self._factors) in sets else -1
            self._factors = self._maps[(at + 1) % len(sets)]
            self._draw()

    def action_scroll_map(self, lines: int) -> None:
        """Scroll the sentences on the category."""
        self.query_one("#sweep-effects", ReportPane).scroll_relative(y=lines, animate=False)
