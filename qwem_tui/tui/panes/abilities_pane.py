"""Pane 3: analogy accuracy by category, as a chart and as a table."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Literal

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.message import Message
from textual.widgets import DataTable

from qwem_tui.tui.charts import ChartView
from qwem_tui.tui.rendering.abilities import AbilityRow, ability_rows
from qwem_tui.tui.rendering.plots import abilities_plot, abilities_title
from qwem_tui.tui.rendering.view import View

#: key (a field of `AbilityRow`): label, width, alignment; what matters most comes first, for a narrow terminal
_COLUMNS: dict[str, tuple[str, int, Literal["left", "right"]]] = {
    "letter": ("", 1, "left"),
    "name": ("category", 19, "left"),
    "accuracy": ("now", 4, "right"),
    "dotted": ("dotted", 6, "right"),
    "state": ("state", 19, "left"),
    "critical": ("forecast", 9, "right"),
    "asked": ("asked", 11, "right"),
}
#: there is room for one of these: another run's accuracies, or how many questions are asked (the line below has that)
_ALONE, _COMPARED = (tuple(key for key in _COLUMNS if key != left_out) for left_out in ("dotted", "asked"))


class CategoryTable(DataTable[Text], inherit_bindings=False):
    """A table of which left and right are the time cursor's."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select_cursor", "Questions", key_display="enter"),
        Binding("up", "cursor_up", show=False),
        Binding("down", "cursor_down", show=False),
        Binding("pageup", "page_up", show=False),
        Binding("pagedown", "page_down", show=False),
        Binding("home", "scroll_top", show=False),
        Binding("end", "scroll_bottom", show=False),
    ]


class AbilitiesPane(Container):
    """Chart and table of the categories."""

    class Chosen(Message):
        """Enter was pressed on a row of the table, or it was clicked; the row is the one under the cursor."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, classes="pane")
        self._shown: object = None
        self._view: View | None = None
        #: the category of the row in which the table's cursor stands, and whether a key or a click has put it there
        self._at: str | None = None
        self._chosen = False
        self._keys: tuple[str, ...] = ()
        #: what stands above the accuracies, and what the columns were made for
        self._moment = "now"
        self._headed: tuple[tuple[str, ...], str] = ((), "")
        self._rows: tuple[AbilityRow, ...] = ()

    def compose(self) -> ComposeResult:
        """Yield the chart and the table."""
        yield ChartView()
        yield CategoryTable(cursor_type="row", cell_padding=1)

    def show(self, view: View) -> None:
        """Draw the run as it is, the category chosen in front; costs nothing where nothing has changed."""
        in_front = self._at if self._chosen and self.query_one(DataTable).has_focus else None
        self._view = view = replace(view, category=in_front)
        if view.key == self._shown:
            return
        self._shown = view.key
        self.border_title = Text(abilities_title(view))
        self.query_one(ChartView).show(abilities_plot(view))
        self._moment = "now" if view.cursor is None else "then"
        self._head(_ALONE if view.other is None else _COMPARED)
        self._fill(ability_rows(view))

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """Spell out the row under the cursor below the pane: columns may be cut; bring its curves forward."""
        self._spell_out(event.cursor_row)
        if self.category != self._at:
            # not where the table was only filled: at first all curves are alike
            self._chosen = self._at is not None
            self._at = self.category
            self._show_again()

    def on_descendant_focus(self) -> None:
        """Bring the curves of the category forward that was chosen before."""
        self._show_again()

    on_descendant_blur = on_descendant_focus

    def put_back(self) -> None:
        """Draw all curves alike, until another category is chosen."""
        self._chosen = False
        self._show_again()

    def _show_again(self) -> None:
        if self._view is not None and self.display:
            self.show(self._view)

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Post that a row was chosen."""
        event.stop()
        self.post_message(self.Chosen())

    @property
    def category(self) -> str | None:
        """Return the name of the category under the cursor, or None while there is no row."""
        at = self.query_one(DataTable).cursor_row
        return self._rows[at].name if at < len(self._rows) else None

    def _spell_out(self, at: int) -> None:
        if at < len(self._rows):
            row = self._rows[at]
            self.border_subtitle = Text(row.sentence)

    def _head(self, keys: tuple[str, ...]) -> None:
        """Give the table these columns; the cursor stays in its row."""
        if (keys, self._moment) == self._headed:
            return
        table = self.query_one(DataTable)
        at = table.cursor_row
        table.clear(columns=True)
        for key in keys:
            label, width, _ = _COLUMNS[key]
            label = self._moment if key == "accuracy" else label
            table.add_column(label, key=key, width=width)
        for row in self._rows:
            table.add_row(*self._cells(row, keys), key=row.name)
        table.move_cursor(row=at)
        self._keys, self._headed = keys, (keys, self._moment)

    def _fill(self, rows: tuple[AbilityRow, ...]) -> None:
        table = self.query_one(DataTable)
        cells = [self._cells(row, self._keys) for row in rows]
        if [row.name for row in rows] != [row.name for row in self._rows]:
            table.clear()
            for row, texts in zip(rows, cells, strict=True):
                table.add_row(*texts, key=row.name)
        else:
            for row, before, texts in zip(rows, self._rows, cells, strict=True):
                if row != before:
                    for key, text in zip(self._keys, texts, strict=True):
                        table.update_cell(row.name, key, text)
        self._rows = rows
        self._spell_out(table.cursor_row)

    @staticmethod
    def _cells(row: AbilityRow, keys: tuple[str, ...]) -> list[Text]:
        style = {True: "bold", False: "", None: "dim"}[row.reached]
        return [Text(getattr(row, key), style, justify=_COLUMNS[key][2]) for key in keys]
