"""Words as numbers, in the order of their first occurrence."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from qwem_tui.corpus.tokenizers import ASCII_TABLES, BETWEEN, Tokenizer

if TYPE_CHECKING:
    from qwem_tui.corpus.ascii_words import AsciiWords

#: After this many characters compiling what numbers words in ASCII pays, which takes a second; a document
#: must have `_WORTH_CALLING` for it to be called.
_WORTH_COMPILING, _WORTH_CALLING = 8_000_000, 4_000


class _Known(dict[str, int]):
    """Gives each new word the next number."""

    def __missing__(self, word: str) -> int:
        number = self[word] = len(self)
        return number


class Numbering:
    """Gives the words of one document after another their numbers."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        """Begin with no word."""
        self._tokenizer = tokenizer
        self._known = _Known()
        self._characters = 0
        self._compiled: AsciiWords | None = None

    def __len__(self) -> int:
        """Return how many words have a number."""
        return len(self._known)

    def __iter__(self) -> Iterator[str]:
        """Yield the words in the order of their numbers."""
        return iter(self._known)

    def numbers(self, text: str, border: int) -> NDArray[np.int32]:
        """Return the numbers of the words of a document, and `border` behind them (n + 1,)."""
        self._characters += len(text)
        if self._characters >= _WORTH_COMPILING and len(text) >= _WORTH_CALLING and text.isascii():
            table = ASCII_TABLES.get(self._tokenizer)
            if table is not None:
                return np.append(self._by_compiled(text, table), np.int32(border))
        tokens = self._tokenizer(text)
        found = chain(map(self._known.__getitem__, tokens), (border,))
        return np.fromiter(found, np.int32, len(tokens) + 1)

    def _by_compiled(self, text: str, table: bytes) -> NDArray[np.int32]:
        if self._compiled is None:
            # imported late: it takes a third of a second
            from qwem_tui.corpus.ascii_words import AsciiWords

            self._compiled = AsciiWords(np.frombuffer(table, np.uint8), BETWEEN)
        compiled, known = self._compiled, self._known
        compiled.learn(reversed(list(islice(reversed(known), len(known) - len(compiled)))))
        numbers = compiled.numbers(text.encode("ascii"))
        for number in range(len(known), len(compiled)):
            known[compiled.word(number)] = number
        return numbers
