"""The line in which words are asked about: completes from the vocabulary, recalls what was asked before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input


class WordSuggester(Suggester):
    """Completes the last word of a line by the most frequent word that begins so."""

    def __init__(self) -> None:
        """Know no words yet."""
        super().__init__(use_cache=False, case_sensitive=True)
        self.words: Sequence[str] = ()

    async def get_suggestion(self, value: str) -> str | None:
        """Return `value` with its last word completed, or None where no other word begins so."""
        begun = value.rsplit(" ", 1)[-1]
        if not begun or value.startswith(":"):
            return None
        for word in self.words:
            if len(word) > len(begun) and word.startswith(begun) and word.isprintable():
                return value + word[len(begun) :]
        return None


class WordsLine(Input):
    """An input of one row."""

    class Left(Message):
        """Escape was pressed in it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave", key_display="esc"),
        Binding("tab", "complete", "Complete"),
        Binding("up", "recall(-1)", "Asked before", key_display="↑"),
        Binding("down", "recall(1)", "What was asked after", show=False),
    ]

    def __init__(self, *, id: str) -> None:
        """Begin empty."""
        self._completions = WordSuggester()
        super().__init__(
            id=id,
            placeholder="a word, or man king woman",
            suggester=self._completions,
            compact=True,
            select_on_focus=True,
        )
        self._asked: list[str] = []
        self._at = 0

    def know(self, words: Sequence[str]) -> None:
        """Complete by `words`, the most frequent first."""
        self._completions.words = words

    def remember(self, text: str) -> None:
        """Take `text` among what is recalled."""
        if not self._asked or self._asked[-1] != text:
            self._asked.append(text)
        self._at = len(self._asked)
        self.select_all()

    def action_leave(self) -> None:
        """Leave the line: keys are the app's again."""
        self.post_message(self.Left())

    def action_complete(self) -> None:
        """Take the completion that is shown."""
        self.action_end()
        self.action_cursor_right()

    def action_recall(self, by: int) -> None:
        """Show what was asked before, or after."""
        at = self._at + by
        if not 0 <= at <= len(self._asked):
            return
        self._at = at
        self.value = self._asked[at] if at < len(self._asked) else ""
        self.action_end()
