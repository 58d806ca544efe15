"""What all small questions share: a box with a title, the keys below it, and a line for what is wrong."""

from __future__ import annotations

from typing import ClassVar, Protocol, TypeVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from qwem_tui.base.ascii import to_ascii
from qwem_tui.tui.charts import ChartView

Answer = TypeVar("Answer")


class Question(ModalScreen[Answer | None]):
    """Dismisses with an answer, or None where there is none."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel"),
        Binding("question_mark,f1", "app.help", "Help", id="help"),
    ]
    TITLE_TEXT: ClassVar[str] = ""
    KEYS_TEXT: ClassVar[str] = "enter: go, esc: cancel, F1: help"

    def compose(self) -> ComposeResult:
        """Yield the box."""
        # it scrolls where it does not fit; focus goes to what is asked
        with VerticalScroll(classes="question", can_focus=False) as box:
            box.border_title, box.border_subtitle = self.TITLE_TEXT, self.KEYS_TEXT
            yield from self.compose_question()
            yield Static("", id="refusal", markup=False)

    def compose_question(self) -> ComposeResult:
        """Yield what stands in the box."""
        yield from ()

    def refuse(self, sentence: str) -> None:
        """Say what is wrong with the answer given; the question stays open."""
        self.query_one("#refusal", Static).update(shown(sentence))


class Ask(Protocol):
    """Asks a question in a window."""

    async def __call__(self, question: Question[Answer]) -> Answer | None:
        """Return the answer to `question`, or None where there is none."""


def shown(text: str) -> Text:
    """Return `text`, which is no markup, in ASCII where everything is drawn so."""
    return Text(to_ascii(text) if ChartView.ascii_mode else text)


def number(text: str) -> float | None:
    """Return the finite number that `text` is, or None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None
