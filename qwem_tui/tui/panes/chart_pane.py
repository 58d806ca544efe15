"""A titled chart."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Vertical

from qwem_tui.engine.history import Columns
from qwem_tui.study.study import Study
from qwem_tui.tui.charts import ChartView, Plot
from qwem_tui.tui.palette import Palette

PlotMaker = Callable[[Study, Columns, bool, Palette], Plot]


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

    def show(self, study: Study, columns: Columns, log_x: bool, colors: Palette) -> None:
        """Draw the run as it is; costs nothing where nothing has changed."""
        wanted = (id(study), columns.version, log_x, colors)
        if wanted != self._shown:
            self._shown = wanted
            self.query_one(ChartView).show(self._maker(study, columns, log_x, colors))
