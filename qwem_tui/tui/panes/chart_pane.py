"""A titled chart."""

from __future__ import annotations

from collections.abc import Callable

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical

from qwem_tui.tui.charts import ChartView, Plot
from qwem_tui.tui.rendering.view import View

PlotMaker = Callable[[View], Plot]
TitleMaker = Callable[[View], str]


class ChartPane(Vertical):
    """A chart with a border and a title."""

    def __init__(self, title: TitleMaker, maker: PlotMaker, readout: TitleMaker, *, id: str) -> None:
        """Show what `maker` makes of the run, between what `title` and `readout` make of it."""
        super().__init__(id=id, classes="pane")
        self._title = title
        self._maker = maker
        self._readout = readout
        self._shown: object = None

    def compose(self) -> ComposeResult:
        """Yield the chart."""
        yield ChartView()

    def show(self, view: View) -> None:
        """Draw the run as it is; costs nothing where nothing has changed."""
        if view.key != self._shown:
            self._shown = view.key
            self.border_title = Text(self._title(view))
            self.border_subtitle = Text(self._readout(view))
            self.query_one(ChartView).show(self._maker(view))
