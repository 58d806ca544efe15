"""A row of words of which one is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Static


class OptionRow(Static, can_focus=True):
    """Left and right choose; the word chosen stands in brackets, for terminals without colours."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "turn(-1)", show=False),
        Binding("right,space", "turn(1)", show=False),
        Binding("enter", "submit", show=False),
    ]

    class Changed(Message):
        """Another word was chosen."""

    class Submitted(Message):
        """Enter was pressed."""

    def __init__(self, words: Sequence[str], chosen: str, *, id: str) -> None:
        """Offer `words`, of which `chosen` is one."""
        super().__init__(id=id, markup=False)
        self._words = tuple(words)
        self.value = chosen

    def on_mount(self) -> None:
        """Show the words."""
        self._write()

    def _write(self) -> None:
        words = [f"[{word}]" if word == self.value else f" {word} " for word in self._words]
        text = Text(" ".join(words), no_wrap=True)
        start = text.plain.index("[")
        text.stylize("bold", start, start + len(self.value) + 2)
        self.update(text)

    def action_turn(self, by: int) -> None:
        """Choose the next word, or the one before."""
        self.value = self._words[(self._words.index(self.value) + by) % len(self._words)]
        self._write()
        self.post_message(self.Changed())

    def action_submit(self) -> None:
        """Post that enter was pressed."""
        self.post_message(self.Submitted())
