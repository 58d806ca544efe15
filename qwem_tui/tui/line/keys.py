"""What comes from the terminal, cut into sequences: the answers to our queries are taken out, and Esc is a key.

Textual's parser takes Esc and a key right behind it for one with Alt, and more behind that with it (8.2). Here a key
follows Esc unless both begin a sequence that terminals send; nothing in this app is bound to Alt.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator

from textual._xterm_parser import XTermParser
from textual.constants import ESCAPE_DELAY
from textual.events import Key, Paste
from textual.message import Message

from qwem_tui.tui.line.flow import ANSWER

#: A control sequence (with the old reports of the mouse and the keys of the Linux console), or an application key.
_SEQUENCE = re.compile(r"\x1b(?:\[(?:M.{3}|\[[A-E]|[0-?]*[ -/]*[@-Z\\-~])|O[0-9;]*[A-Za-z])", re.DOTALL)
#: One that is not complete.
_BEGUN = re.compile(r"\x1b(?:\[(?:M.{0,2}|\[|[0-?]*[ -/]*)|O[0-9;]*)?\Z", re.DOTALL)
_PASTE, _PASTED = "\x1b[200~", "\x1b[201~"
#: Seconds for which the rest of a sequence is waited for that is surely one.
_REST = 1.0
#: Longer ones are not for us: Textual's parser would hand them on as keys.
_LONGEST = 32


class TerminalInput:
    """Makes messages of what a terminal sends, as it comes."""

    def __init__(self, answered: Callable[[], None], clock: Callable[[], float] = time.monotonic) -> None:
        """Call `answered` for each answer to our query."""
        self._answered = answered
        self._clock = clock
        self._parser = XTermParser()
        self._begun = ""
        self._pasted: str | None = None
        self._since = 0.0

    def feed(self, text: str) -> Iterator[Message]:
        """Yield what `text` says, together with what came before and was not complete."""
        text, self._begun = self._begun + text, ""
        at = 0
        while at < len(text):
            if self._pasted is not None:
                end = text.find(_PASTED, at)
                if end < 0:
                    self._keep(text[at:])
                    return
                yield Paste(text[at:end].replace("\0", ""))
                self._pasted, at = None, end + len(_PASTED)
            elif text[at] != "\x1b":
                end = text.find("\x1b", at)
                end = len(text) if end < 0 else end
                yield from self._parser.feed(text[at:end])
                at = end
            elif found := _SEQUENCE.match(text, at):
                yield from self._sequence(found[0])
                at = found.end()
            elif _BEGUN.match(text, at):
                self._keep(text[at:])
                return
            else:
                yield Key("escape", "\x1b")
                at += 1

    def _keep(self, text: str) -> None:
        self._begun, self._since = text, self._clock()

    def _sequence(self, sequence: str) -> Iterator[Message]:
        if sequence == ANSWER:
            self._answered()
        elif sequence == _PASTE:
            self._pasted = ""
        elif len(sequence) <= _LONGEST:
            messages = list(self._parser.feed(sequence))
            if not messages:
                # it may be waiting for more
                self._parser = _like(self._parser)
                if sequence[1] == "O":
                    messages = [Key("escape", "\x1b"), *self._parser.feed(sequence[1:])]
            yield from messages

    @property
    def patience(self) -> float | None:
        """Return the seconds until what is not complete is taken as it is; None where there is nothing."""
        if not self._begun or self._pasted is not None:
            return None
        limit = _REST if self._begun.startswith("\x1b[") else ESCAPE_DELAY
        return max(0.0, self._since + limit - self._clock())

    def tick(self) -> Iterator[Message]:
        """Yield what was begun and has not become a sequence in time: it was keys."""
        if self.patience == 0.0:
            begun, self._begun = self._begun, ""
            # a longer one was cut off: nobody types that
            if len(begun) <= 2 or begun[1] == "O":
                yield Key("escape", "\x1b")
                if begun[1:]:
                    yield from self._parser.feed(begun[1:])


def _like(parser: XTermParser) -> XTermParser:
    """Return a parser at rest that knows what `parser` does of the mouse and the terminal."""
    new = XTermParser()
    new.last_x, new.last_y, new.mouse_pixels = parser.last_x, parser.last_y, parser.mouse_pixels
    new.terminal_size, new.terminal_pixel_size = parser.terminal_size, parser.terminal_pixel_size
    return new
