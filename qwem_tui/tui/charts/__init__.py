"""Charts drawn with dots: from arrays to rows of cells, and the widget that shows them."""

from qwem_tui.tui.charts.model import AXIS_COLOR, Heat, Marker, Plot, Series
from qwem_tui.tui.charts.plot import draw
from qwem_tui.tui.charts.scale import Axis, coarse_ceiling, coarse_floor
from qwem_tui.tui.charts.widget import ChartView

__all__ = [
    "AXIS_COLOR", "Axis", "ChartView", "Heat", "Marker", "Plot", "Series", "coarse_ceiling", "coarse_floor", "draw",
]  # fmt: skip
