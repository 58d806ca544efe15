"""What the table of categories asks: which names to show, and which columns."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, OptionList, Static

from qwem_tui.tui.rendering.category_columns import FIGURES
from qwem_tui.tui.screens.question import Question


class AskFilter(Question[str]):
    """Dismisses with a text that names shall hold, perhaps empty, or None."""

    TITLE_TEXT = "which categories?"

    def __init__(self, holding: str) -> None:
        """Ask; `holding` is what names hold that are shown now."""
        super().__init__()
        self._holding = holding

    def compose_question(self) -> ComposeResult:
        """Yield the question."""
        yield Static("Part of a name. Leave it empty for all.", markup=False)
        yield Input(self._holding, placeholder="all", select_on_focus=True)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Close."""
        self.dismiss(event.value.strip())


class ChooseColumns(Question[frozenset[str]]):
    """Dismisses with the keys of the columns that are to be hidden."""

    TITLE_TEXT = "columns of the table"
    KEYS_TEXT = "enter or space: show or hide, esc: done"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,H", "done", "Done"),
        Binding("space", "toggle_column", show=False),
    ]

    def __init__(self, hidden: frozenset[str]) -> None:
        """Ask; `hidden` are those hidden now."""
        super().__init__()
        self._hidden = hidden

    def compose_question(self) -> ComposeResult:
        """Yield the columns."""
        yield Static("Those chosen are shown as far as there is room for them, from the top.", markup=False)
        yield OptionList(*self._lines(), markup=False)

    def _lines(self) -> list[str]:
        return [f"[{' ' if each.key in self._hidden else 'x'}] {each.label}" for each in FIGURES]

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Show or hide a column."""
        self._hidden ^= {FIGURES[event.option_index].key}
        event.option_list.replace_option_prompt_at_index(event.option_index, self._lines()[event.option_index])

    def action_toggle_column(self) -> None:
        """Show or hide the column under the cursor."""
        self.query_one(OptionList).action_select()

    def action_done(self) -> None:
        """Close."""
        self.dismiss(self._hidden)
