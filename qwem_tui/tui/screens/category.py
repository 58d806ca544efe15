"""One category in detail: its questions, and why it is early or late."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Literal

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.screen import ModalScreen
from textual.widgets import ContentSwitcher

from qwem_tui.base.printable import printable
from qwem_tui.study.study import Forecast
from qwem_tui.tui.charts import ChartView
from qwem_tui.tui.moment_shown import MomentShown
from qwem_tui.tui.panes.questions_pane import QuestionsPane
from qwem_tui.tui.panes.why_pane import Explained, WhyPane
from qwem_tui.tui.screens.question import shown

Tab = Literal["questions", "why"]
_TABS: tuple[Tab, ...] = ("questions", "why")


class CategoryScreen(ModalScreen[None]):
    """A table of the questions of one category, and as second tab why it is early or late."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close"),
        Binding("q", "dismiss", "Close"),
        Binding("question_mark,f1", "app.help('A CATEGORY')", "Help", id="help"),
        Binding("tab,shift+tab", "turn"),
        Binding("1", "tab('questions')"),
        Binding("2,w", "tab('why')"),
        Binding("o", "order"),
        Binding("f", "which"),
        Binding("slash", "filter"),
        Binding("r", "evaluate"),
        Binding("left", "move(-1)"),
        Binding("right", "move(1)"),
        Binding("M", "map"),
    ]
    DEFAULT_CSS = """
    CategoryScreen { align: center middle; }
    CategoryScreen #category {
        width: 160; max-width: 100%; height: 96%; border: round $primary; background: $surface; padding: 0 1;
    }
    CategoryScreen ContentSwitcher { height: 1fr; }
    CategoryScreen.ascii #category { border: ascii $primary; }
    CategoryScreen.ascii WhyPane, CategoryScreen.ascii #questions-lines { scrollbar-size: 0 0; }
    """

    def __init__(
        self,
        study: Forecast,
        moment: MomentShown,
        category: str,
        known: Explained,
        tab: Tab,
        open_map: Callable[[], None],
    ) -> None:
        """Show `category` of the run of `study` at `moment`; `known` has what was found before of why, by category.

        `open_map` opens the map of words with its pairs.
        """
        super().__init__()
        self._category = category
        self._open_map = open_map
        self._first = tab
        self.questions = QuestionsPane(study, moment, category, id="questions")
        self.why = WhyPane(study, category, known, id="why")

    def compose(self) -> ComposeResult:
        """Yield both tabs, of which one is seen."""
        with Container(id="category"), ContentSwitcher(initial=self._first):
            yield self.questions
            yield self.why

    def on_mount(self) -> None:
        """Begin with the first tab."""
        self.set_class(ChartView.ascii_mode, "ascii")
        # the app may be left while the window opens
        if self.query("#questions-lines"):
            self.action_tab(self._first)

    @property
    def tab(self) -> str:
        """Return which tab is seen."""
        switchers = self.query(ContentSwitcher)
        return switchers.first().current or self._first if switchers else self._first

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether the tab that is seen has something for `action`."""
        return self.tab == "questions" if action in ("order", "which", "filter", "evaluate") else True

    def action_tab(self, tab: Tab) -> None:
        """Show a tab."""
        self.query_one(ContentSwitcher).current = tab
        if tab == "why":
            self.why.begin()
            self.why.focus()
        else:
            self.questions.take_keys()
        self._head()

    def action_turn(self) -> None:
        """Show the other tab."""
        self.action_tab(_TABS[(_TABS.index(self.tab) + 1) % 2])

    def action_close(self) -> None:
        """Give up a filter, or close."""
        if self.tab != "questions" or not self.questions.close_filter():
            self.dismiss()

    def action_order(self) -> None:
        """Show the questions in the next order."""
        self.questions.turn_order()

    def action_which(self) -> None:
        """Show all questions, those that are wrong, or those that are right."""
        self.questions.turn_which()

    def action_filter(self) -> None:
        """Filter the questions by a word."""
        self.questions.open_filter()

    def action_evaluate(self) -> None:
        """Evaluate the run as it is now."""
        self.questions.ask()

    def action_move(self, cells: int) -> None:
        """Move the time cursor."""
        self.questions.moment.move(cells)
        self.questions.ask()

    def action_map(self) -> None:
        """Show the pairs on the map of words."""
        self._open_map()

    def on_questions_pane_changed(self) -> None:
        """Say in which order which questions are shown."""
        self._head()

    def _head(self) -> None:
        box, tab = self.query_one("#category"), self.tab
        # the name comes from a file: it is no markup
        title = shown(f"{printable(self._category)}   ")
        for number, name in enumerate(_TABS, 1):
            title.append(f" {number} {name} ", "reverse" if name == tab else "").append(" ")
        box.border_title = title
        if tab == "questions":
            # the tabs have their keys in the title
            keys = f"o: {self.questions.order}  f: {self.questions.which}  /: filter  r: again  M: map  esc: close"
            # where it fits
            keys += "  ?: help" if self.size.width >= 100 else ""
        else:
            keys = "up, down: scroll  M: map  esc: close  ?: help"
        box.border_subtitle = Text(keys)
