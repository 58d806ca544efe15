"""The widget that draws a `Plot`, and repaints only the rows that changed."""

from __future__ import annotations

from typing import ClassVar

from rich.color import Color as RichColor
from rich.color import ColorParseError as RichColorParseError
from rich.segment import Segment
from rich.style import Style
from textual.color import Color, ColorParseError
from textual.events import MouseDown, MouseEvent, MouseMove, MouseScrollDown, MouseScrollUp
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from qwem_tui.tui.charts.canvas import Row
from qwem_tui.tui.charts.model import AXIS_COLOR, Plot
from qwem_tui.tui.charts.plot import Across, across, draw


class ChartView(Widget):
    """A chart of one `Plot`. Colours may also be theme variables such as $primary; no colour is the theme's own."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"chartview--axis"}
    DEFAULT_CSS = """
    ChartView {
        width: 1fr;
        height: 1fr;
    }
    ChartView > .chartview--axis {
        color: $text-muted;
    }
    """

    ascii_mode: bool = False
    """Draw with ASCII only. Set it on the class for all charts, or on one before it is first shown."""

    marked: bool = False
    """Write their labels into the lines, for screens without colours. Set it as `ascii_mode`."""

    def __init__(
        self,
        plot: Plot | None = None,
        *,
        ascii_mode: bool | None = None,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        if ascii_mode is not None:
            self.ascii_mode = ascii_mode
        self._plot = plot or Plot(())
        self._rows: list[Row] = []
        self._drawn: tuple[Size, bool] | None = None
        self._styles_of: dict[str, Style] = {}

    @property
    def plot(self) -> Plot:
        """The plot shown last."""
        return self._plot

    def show(self, plot: Plot) -> None:
        """Draw `plot` and repaint the rows that differ from those on screen; an equal plot costs nothing."""
        if plot == self._plot and self._is_current:
            return
        self._plot = plot
        if not self._is_current:
            # Another size than the rows were drawn for: render_line draws them anew.
            self._drawn = None
            self.refresh()
            return
        before, self._rows = self._rows, draw(plot, self.size.width, self.size.height, self.ascii_mode, self.marked)
        changed = [at for at, (old, new) in enumerate(zip(before, self._rows, strict=True)) if old != new]
        if changed:
            self.refresh(*(Region(0, at, self.size.width, 1) for at in changed))

    class Picked(Message):
        """The mouse was pressed, or dragged, over the place `x` of the axis."""

        def __init__(self, x: float) -> None:
            """Keep the place."""
            super().__init__()
            self.x = x

    class Wheeled(Message):
        """The mouse's wheel was turned over the place `x` of the axis: `up`, away from the user, or towards."""

        def __init__(self, x: float, up: bool) -> None:
            """Keep the place and the direction."""
            super().__init__()
            self.x, self.up = x, up

    @property
    def across(self) -> Across | None:
        """Return how x is laid out; None while there is no picture."""
        return across(self._plot, self.size.width, self.size.height, self.ascii_mode)

    def on_mouse_down(self, event: MouseDown) -> None:
        """Post the place that is picked, and those that it is dragged to."""
        self.capture_mouse()
        self._pick(event)

    def on_mouse_move(self, event: MouseMove) -> None:
        """Post the place that the pressed mouse is dragged to."""
        if event.button:
            self._pick(event)

    def on_mouse_up(self) -> None:
        """Let go of the mouse."""
        self.release_mouse()

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Post where the wheel was turned."""
        self._wheel(event, up=True)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Post where the wheel was turned."""
        self._wheel(event, up=False)

    def _wheel(self, event: MouseEvent, up: bool) -> None:
        laid_out = self.across
        if laid_out is not None and self._plot.x_label:
            self.post_message(self.Wheeled(laid_out.value_at(event.x), up))

    def _pick(self, event: MouseEvent) -> None:
        laid_out = self.across
        if laid_out is not None and self._plot.x_label:
            self.post_message(self.Picked(laid_out.value_at(event.x)))

    @property
    def _is_current(self) -> bool:
        return self._drawn == (self.size, self.ascii_mode)

    def render_line(self, y: int) -> Strip:
        """Return row `y` of the chart at the widget's present size."""
        if not self._is_current:
            # Here rather than on Resize, which arrives after the first paint at the new size.
            self._rows = draw(self._plot, self.size.width, self.size.height, self.ascii_mode, self.marked)
            self._drawn = (self.size, self.ascii_mode)
        if y >= len(self._rows):
            return Strip.blank(self.size.width, self.rich_style)
        return Strip([Segment(text, self._style(color)) for text, color in self._rows[y]], self.size.width)

    def notify_style_update(self) -> None:
        """Forget the colours when the theme or the styles change."""
        self._styles_of.clear()
        super().notify_style_update()

    def _style(self, color: str) -> Style:
        style = self._styles_of.get(color)
        if style is None:
            style = self._styles_of[color] = self._resolve(color)
        return style

    def _resolve(self, color: str) -> Style:
        if color == AXIS_COLOR:
            return self.get_component_rich_style("chartview--axis")
        base = self.rich_style
        if not color:
            return base
        if color.startswith("$"):
            color = self.app.theme_variables.get(color[1:], color)
        try:
            return base + Style(color=Color.parse(color).rich_color)
        except ColorParseError:
            pass
        try:
            return base + Style(color=RichColor.parse(color))
        except RichColorParseError:
            return base
