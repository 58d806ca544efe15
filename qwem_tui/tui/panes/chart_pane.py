"""A titled chart."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Vertical

from qwem_tui.tui.charts import ChartView, Plot
from qwem_tui.tui.view import View

PlotMaker = Callable[[View], Plot]


class ChartPane(Vertical):
    """A chart with a border and a title."""

    def __init__(self, title: str, maker: PlotMaker, *, id: str) -> None:
        """Show what `maker` makes of the run, under `title`."""
        super().__init__(id=id, classes="pane")
        self.border_title = title
        self._maker = maker
        self._shown: object = None

    def compose(self) -> ComposeResult:
        """Yield the chart."""
        yield ChartView()

    def show(self, view: View) -> None:
        """Draw the run as it is; costs nothing where nothing has changed."""
        if view.key != self._shown:
            self._shown = view.key
            self.query_one(ChartView).show(self._maker(view))
