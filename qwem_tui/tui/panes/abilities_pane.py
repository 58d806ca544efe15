"""Pane 3: analogy accuracy by category, as a chart and as a table."""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Container
from textual.message import Message
from textual.widgets import DataTable

from qwem_tui.tui.abilities import AbilityRow, ability_rows
from qwem_tui.tui.charts import ChartView
from qwem_tui.tui.plots import abilities_plot
from qwem_tui.tui.view import View

#: key, label, width; what matters most comes first, for a narrow terminal
_COLUMNS = (
    ("letter", "", 1),
    ("name", "category", 19),
    ("accuracy", "now", 4),
    ("state", "state", 19),
    ("critical", "predicted", 9),
    ("asked", "asked", 11),
)


class AbilitiesPane(Container):
    """Chart and table of the categories."""

    class Chosen(Message):
        """Enter was pressed on a row of the table, or it was clicked; the row is the one under the cursor."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, classes="pane")
        self.border_title = "3 analogies"
        self._shown: object = None
        self._rows: tuple[AbilityRow, ...] = ()

    def compose(self) -> ComposeResult:
        """Yield the chart and the table."""
        yield ChartView()
        table: DataTable[Text] = DataTable(cursor_type="row", cell_padding=1)
        for key, label, width in _COLUMNS:
            table.add_column(label, key=key, width=width)
        yield table

    def show(self, view: View) -> None:
        """Draw the run as it is; costs nothing where nothing has changed."""
        if view.key == self._shown:
            return
        self._shown = view.key
        self.border_title = f"3 analogies ({view.study.analogies.protocol} protocol; w: why)"
        self.query_one(ChartView).show(abilities_plot(view))
        self._fill(ability_rows(view))

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """Spell out the row under the cursor below the pane: columns may be cut."""
        self._spell_out(event.cursor_row)

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Tell that a row was chosen."""
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

    def _fill(self, rows: tuple[AbilityRow, ...]) -> None:
        table = self.query_one(DataTable)
        cells = [self._cells(row) for row in rows]
        if [row.name for row in rows] != [row.name for row in self._rows]:
            table.clear()
            for row, texts in zip(rows, cells, strict=True):
                table.add_row(*texts, key=row.name)
        else:
            keys = [key for key, _, _ in _COLUMNS]
            for row, before, texts in zip(rows, self._rows, cells, strict=True):
                if row != before:
                    for key, text in zip(keys, texts, strict=True):
                        table.update_cell(row.name, key, text)
        self._rows = rows
        self._spell_out(table.cursor_row)

    @staticmethod
    def _cells(row: AbilityRow) -> list[Text]:
        style = {True: "bold", False: "", None: "dim"}[row.reached]
        plain = (row.letter, row.name, row.accuracy, row.state, row.critical, row.asked)
        right = {2, 4, 5}
        return [Text(text, style, justify="right" if i in right else "left") for i, text in enumerate(plain)]
