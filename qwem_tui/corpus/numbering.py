"""Words as numbers, in the order of their first occurrence."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from qwem_tui.base.errors import QwemError
from qwem_tui.base.printable import printable
from qwem_tui.corpus.tokenizers import ASCII_TABLES, BETWEEN, Tokenizer

if TYPE_CHECKING:
    from qwem_tui.corpus.ascii_words import AsciiWords

#: After this many characters compiling what numbers words in ASCII pays, which takes a second; a document
#: must have `_WORTH_CALLING` for it to be called.
_WORTH_COMPILING, _WORTH_CALLING = 8_000_000, 4_000


#: What has more characters is no word: the run of letters of an encoded file, say. A word costs memory of its length
#: wherever it is kept, and in vectors all words that of the longest.
LONGEST_WORD = 1_000
_NONE = -2
#: Characters of a word that a sentence shows.
_SHOWN = 40


class _Known(dict[str, int]):
    """Gives each new word the next number, and `_NONE` to what is too long for one, of which `too_long` were met."""

    too_long = 0

    def __missing__(self, word: str) -> int:
        if len(word) > LONGEST_WORD:
            self.too_long += 1
            return _NONE
        self.check(word)
        number = self[word] = len(self)
        return number

    @staticmethod
    def check(word: str) -> None:
        """Raise QwemError where a word cannot be written with the vectors."""
        if "\0" in word:
            raise QwemError(
                f"The text has a NUL in the word {printable(word[:_SHOWN])}: it is binary, or not in UTF-8; "
                "give text in UTF-8, or take NULs out with `tr -d '\\000'`."
            )


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

    @property
    def too_long(self) -> int:
        """Return how many tokens were left out because they are too long for a word."""
        return self._known.too_long

    def __iter__(self) -> Iterator[str]:
        """Yield the words in the order of their numbers."""
        return iter(self._known)

    def numbers(self, text: str) -> NDArray[np.int32] | list[int]:
        """Return the numbers of the words of a document (n,): millions are short, and to be gathered in a list."""
        self._characters += len(text)
        if self._characters >= _WORTH_COMPILING and len(text) >= _WORTH_CALLING and text.isascii():
            table = ASCII_TABLES.get(self._tokenizer)
            if table is not None:
                return self._by_compiled(text, table)
        before = self._known.too_long
        numbers = list(map(self._known.__getitem__, self._tokenizer(text)))
        return numbers if self._known.too_long == before else [number for number in numbers if number != _NONE]

    def _by_compiled(self, text: str, table: bytes) -> NDArray[np.int32]:
        if self._compiled is None:
            # imported late: it takes a third of a second
            from qwem_tui.corpus.ascii_words import AsciiWords

            self._compiled = AsciiWords(np.frombuffer(table, np.uint8), BETWEEN, LONGEST_WORD)
        compiled, known = self._compiled, self._known
        compiled.learn(reversed(list(islice(reversed(known), len(known) - len(compiled)))))
        numbers, too_long = compiled.numbers(text.encode("ascii"))
        known.too_long += too_long
        for number in range(len(known), len(compiled)):
            word = compiled.word(number)
            known.check(word)
            known[word] = number
        return numbers
