"""Pane 4: a line to ask about words, what was found, and a watch list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.events import Resize
from textual.widgets import Static

from qwem_tui.base.ascii import to_ascii
from qwem_tui.study.word_query import Found
from qwem_tui.tui.charts import ChartView
from qwem_tui.tui.panes.words_line import WordsLine
from qwem_tui.tui.rendering.words import EMPTY, FirstRight, found_lines, watch_line


@dataclass(frozen=True)
class WordsShown:
    """What the pane shows: `title` says of which moment; `refusal` what is wrong with what was typed.

    `first` and `seen_right` are of the analogy in `found` (see `found_lines`).
    """

    title: str
    words: Sequence[str]
    found: Found | None = None
    refusal: str = ""
    first: FirstRight | None = None
    seen_right: int | None = None
    watched: tuple[Found, ...] = ()


class WordsPane(Vertical):
    """Shows what was found; what is asked is posted by its line (`Input.Submitted`)."""

    def __init__(self, *, id: str) -> None:
        """Begin with how to ask."""
        super().__init__(id=id, classes="pane")
        self.shown = WordsShown("4 words", ())

    def compose(self) -> ComposeResult:
        """Yield the line, what was found, and the watch list."""
        yield WordsLine(id="words-line")
        yield Static("", id="words-found", markup=False)
        yield Static("", id="words-watched", markup=False)

    def on_mount(self) -> None:
        """Show how to ask."""
        self._draw()

    def on_resize(self, event: Resize) -> None:
        """Fit the lines to the new size."""
        self._draw()

    @property
    def line(self) -> WordsLine:
        """Return the line."""
        return self.query_one(WordsLine)

    @property
    def room(self) -> int:
        """Return for how many words there is room at least."""
        return max(3, min(20, self.size.height - 9 - min(4, len(self.shown.watched))))

    @property
    def typing(self) -> bool:
        """Return whether keys go into the line."""
        return bool(self.query(WordsLine)) and self.line.has_focus

    def show(self, shown: WordsShown) -> None:
        """Show `shown`; costs nothing where nothing has changed."""
        if shown != self.shown:
            self.shown = shown
            self._draw()

    def _draw(self) -> None:
        shown, width = self.shown, max(10, self.size.width - 1)
        self.border_title = Text(_plain(shown.title))
        lines = [shown.refusal] if shown.refusal else []
        if shown.found is not None:
            lines += found_lines(shown.found, shown.words, width, shown.first, shown.seen_right)
        elif not lines:
            lines += EMPTY
        self.query_one("#words-found", Static).update(Text(_plain("\n".join(lines))))
        watched = self.query_one("#words-watched", Static)
        watched.display = bool(shown.watched)
        watched.update(Text(_plain("\n".join(watch_line(each, shown.words, width) for each in shown.watched))))


def _plain(text: str) -> str:
    return "\n".join(map(to_ascii, text.split("\n"))) if ChartView.ascii_mode else text
