"""How much of a text is markup, by samples of it."""

from __future__ import annotations

import re

from qwem_tui.corpus.reading.facts import Markup

_SAMPLED = 4096
_MARKUP = re.compile(
    r"<!--.*?-->|</?[A-Za-z][^<>]{0,300}>|&(?:#\d{1,7}|#[xX][\da-fA-F]{1,6}|[A-Za-z][A-Za-z\d]{1,30});"
    r"|(?:https?://|www\.)[^\s<>\"']+",
    re.DOTALL,
)
_SIGNS = ("<", "&", "://", "www.")
_WORD = re.compile(r"[^\W\d_]+")
_SHOWN = 40


class MarkupSampler:
    """Looks at samples of a text: all of its begin, and of the rest a part that shrinks as the text grows.

    So looking takes no time to speak of however long a text is.
    """

    def __init__(self) -> None:
        """Begin with nothing seen."""
        self._position = self._next = 0
        self._words = self._in_markup = 0
        self._example = ""

    def look(self, text: str) -> None:
        """Take the next part of the text."""
        begin = self._position
        self._position += len(text)
        while self._next < self._position:
            at = max(0, self._next - begin)
            self._sample(text[at : at + _SAMPLED])
            self._next = begin + at + max(_SAMPLED, self._position >> 4)

    def _sample(self, text: str) -> None:
        self._words += len(_WORD.findall(text))
        if not any(sign in text for sign in _SIGNS):
            return
        for found in _MARKUP.finditer(text):
            words = len(_WORD.findall(found[0]))
            self._in_markup += words
            if words and not self._example:
                self._example = found[0]

    @property
    def markup(self) -> Markup | None:
        """Return how much of the words seen is in markup; None where nothing is."""
        if not self._in_markup:
            return None
        example = " ".join(self._example.split())
        shown = example if len(example) <= _SHOWN else f"{example[:_SHOWN]}..."
        return Markup(self._in_markup / self._words, shown)
