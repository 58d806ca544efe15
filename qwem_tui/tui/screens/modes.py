"""The modes of the run in front, one by one, as it proceeds."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Literal

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import Resize
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import DataTable, Static

from qwem_tui.tui.charts import ChartView
from qwem_tui.tui.rendering.modes import Column, mode_cells, mode_columns, mode_ends, mode_rows
from qwem_tui.tui.rendering.view import View

_EVERY_SECONDS = 1.0
#: Cells that a column takes beside its own, and those of a scrollbar.
_GAP, _SCROLLBAR = 2, 1
WORDS = """\
lambda_k: the k-th eigenvalue of M*; s_k of W grows to its square root. tau_k: its half-way time. forecast, learned: \
the step at which s_k^2 comes to half of lambda_k. of end: s_k now, in units of sqrt(lambda_k). Words: those of the \
largest entries of eigenvector k, of either sign. Late modes compete with those beyond the model's size, and come \
later than forecast."""


class ModeChosen(Message):
    """Mode `k`, counted from 1, was chosen in the table."""

    def __init__(self, k: int) -> None:
        super().__init__()
        self.k = k


class ModesScreen(ModalScreen[None]):
    """A row a mode: eigenvalue, when it is forecast to be learned, when it was, where it stands, and its words.

    Posts `ModeChosen` to the app where one is chosen, and closes.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,m,q", "dismiss", "Close"),
        Binding("question_mark,f1", "app.help", "Help", id="help"),
    ]
    DEFAULT_CSS = """
    ModesScreen { align: center middle; }
    ModesScreen #modes {
        width: 130; max-width: 100%; height: 96%; border: round $primary; background: $surface; padding: 0 1;
    }
    ModesScreen DataTable { height: 1fr; background: $surface; }
    ModesScreen #modes-words { height: auto; max-height: 40%; color: $text-muted; margin-top: 1; }
    ModesScreen.ascii #modes { border: ascii $primary; }
    """

    def __init__(self, current: Callable[[], View]) -> None:
        """Show the view that `current` returns, now and from then on."""
        super().__init__()
        self._current = current
        self._ends = mode_ends(current().study)
        self._columns: tuple[Column, ...] = ()
        self._shown: object = None

    def compose(self) -> ComposeResult:
        """Yield the table and the words."""
        with Vertical(id="modes") as box:
            box.border_title = "modes"
            box.border_subtitle = "up, down: move  enter: bring its curve forward, or back  esc: close  ?: help"
            yield DataTable[Text](cursor_type="row", cell_padding=_GAP // 2)
            yield Static(WORDS, id="modes-words", markup=False)

    def on_mount(self) -> None:
        """Draw, now and every second."""
        self.set_class(ChartView.ascii_mode, "ascii")
        self.query_one(DataTable).focus()
        self.set_interval(_EVERY_SECONDS, self._draw)

    def on_resize(self, event: Resize) -> None:
        """Fit the columns."""
        self.call_after_refresh(self._draw)

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Post which mode was chosen, and close."""
        event.stop()
        self.app.post_message(ModeChosen(event.cursor_row + 1))
        self.dismiss()

    def _draw(self) -> None:
        view, table = self._current(), self.query_one(DataTable)
        # the scrollbar may come and go
        columns = mode_columns(self.query_one("#modes").content_size.width - _SCROLLBAR, _GAP)
        if (view.key, columns) == self._shown:
            return
        self._shown = (view.key, columns)
        rows = mode_rows(view)
        cells = [
            mode_cells(row, rows[0], ends, columns, ChartView.ascii_mode)
            for row, ends in zip(rows, self._ends, strict=True)
        ]
        if columns != self._columns:
            at = table.cursor_row
            table.clear(columns=True)
            for column in columns:
                justify: Literal["left", "right"] = "left" if column.key == "ends" else "right"
                table.add_column(Text(column.label, justify=justify), key=column.key, width=column.width)
            for number, texts in enumerate(cells):
                table.add_row(*texts, key=str(number))
            table.move_cursor(row=at)
            self._columns = columns
            return
        for number, texts in enumerate(cells):
            for column, text in zip(columns, texts, strict=True):
                table.update_cell(str(number), column.key, text)
