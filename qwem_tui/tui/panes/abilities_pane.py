"""Pane 3: analogy accuracy by category, as a chart and as a table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.message import Message
from textual.widgets import DataTable

from qwem_tui.tui.charts import ChartView
from qwem_tui.tui.rendering.abilities import AbilityRow, ability_rows
from qwem_tui.tui.rendering.category_columns import Column, arranged, cells_of, columns_for, heading, sortable
from qwem_tui.tui.rendering.plots import abilities_plot, abilities_title
from qwem_tui.tui.rendering.view import View
from qwem_tui.tui.screens.table_questions import AskFilter, ChooseColumns

_SCROLLBAR = 1


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


@dataclass(frozen=True)
class Arrangement:
    """What the table shows: names that hold a text, sorted by a column (None: as in the chart), and what is hidden."""

    sorted_by: str | None = None
    holding: str = ""
    hidden: frozenset[str] = frozenset()


class AbilitiesPane(Container):
    """Chart and table of the categories."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "sort", show=False),
        Binding("F", "filter", show=False),
        Binding("H", "columns", show=False),
    ]

    class Chosen(Message):
        """Enter was pressed on a row of the table, or it was clicked; the row is the one under the cursor."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, classes="pane")
        self._shown: object = None
        self._view: View | None = None
        #: the category of the row in which the table's cursor stands, and whether a key or a click has put it there
        self._at: str | None = None
        self._chosen = False
        self._arrangement = Arrangement()
        self._rows: tuple[AbilityRow, ...] = ()
        #: what the table was built for: columns, headings, and names in order
        self._columns: tuple[Column, ...] = ()
        self._built: object = None

    def compose(self) -> ComposeResult:
        """Yield the chart and the table."""
        yield ChartView()
        yield CategoryTable(cursor_type="row", cell_padding=1)

    def show(self, view: View) -> None:
        """Draw the run as it is, the category chosen in front; costs nothing where nothing has changed."""
        in_front = self._at if self._chosen and self.query_one(DataTable).has_focus else None
        self._view = view = replace(view, category=in_front)
        # the scrollbar may come and go
        width = self.query_one(DataTable).size.width - _SCROLLBAR
        if (view.key, width, self._arrangement) == self._shown:
            return
        self._shown = (view.key, width, self._arrangement)
        holding = f"; F: names with {self._arrangement.holding}" if self._arrangement.holding else ""
        self.border_title = Text(f"{abilities_title(view)}{holding}")
        self.query_one(ChartView).show(abilities_plot(view))
        rows = ability_rows(view, ChartView.ascii_mode)
        columns = columns_for(rows, width, self._arrangement.hidden)
        self._fill(arranged(rows, self._arrangement.sorted_by, self._arrangement.holding), columns)

    def on_resize(self) -> None:
        """Fit the columns."""
        self.call_after_refresh(self._show_again)

    def action_sort(self) -> None:
        """Sort by the next column, and after the last as in the chart."""
        keys: list[str | None] = [None, *sortable(self._columns)]
        at = keys.index(self._arrangement.sorted_by) if self._arrangement.sorted_by in keys else 0
        self._arrange(sorted_by=keys[(at + 1) % len(keys)])

    def action_filter(self) -> None:
        """Ask which names to show."""
        self.app.push_screen(AskFilter(self._arrangement.holding), lambda text: self._arrange(holding=text))

    def action_columns(self) -> None:
        """Ask which columns to show."""
        self.app.push_screen(ChooseColumns(self._arrangement.hidden), lambda keys: self._arrange(hidden=keys))

    def _arrange(self, **changed: object) -> None:
        """Show the table arranged in another way; what was not answered stays as it is."""
        if None not in changed.values() or "sorted_by" in changed:
            self._arrangement = replace(self._arrangement, **changed)  # type: ignore[arg-type]
            self._show_again()

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

    @property
    def in_front(self) -> bool:
        """Return whether the curves of a category are in front."""
        return self._view is not None and self._view.category is not None

    def _spell_out(self, at: int) -> None:
        if at < len(self._rows):
            row = self._rows[at]
            self.border_subtitle = Text(row.sentence)

    def _fill(self, rows: tuple[AbilityRow, ...], columns: tuple[Column, ...]) -> None:
        """Write what has changed; the cursor stays in the row of its category."""
        table, before, ascii = self.query_one(DataTable), self._rows, ChartView.ascii_mode
        moment = "now" if self._view is None or self._view.cursor is None else "then"
        names = [row.name for row in rows]
        built = (columns, moment, self._arrangement.sorted_by, names)
        self._rows, self._columns = rows, columns
        if built == self._built:
            for row, old in zip(rows, before, strict=True):
                if row != old:
                    for column, text in zip(columns, cells_of(row, columns, ascii), strict=True):
                        table.update_cell(row.name, column.key, text)
        else:
            self._built = built
            with self.app.batch_update():
                table.clear(columns=True)
                for column in columns:
                    label = heading(column, moment, self._arrangement.sorted_by, ascii)
                    table.add_column(label, key=column.key, width=column.width)
                for row in rows:
                    table.add_row(*cells_of(row, columns, ascii), key=row.name)
                if self._at in names:
                    table.move_cursor(row=names.index(self._at))
        self._spell_out(table.cursor_row)
