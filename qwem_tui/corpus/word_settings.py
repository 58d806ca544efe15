"""Which words a text has: the settings of a tokenizer."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

from qwem_tui.base.errors import option_name

TokenizerName = Literal["letters", "whitespace"]
Normalization = Literal["nfc", "nfkc", "none"]
#: The languages whose lower case is not that of all others.
Language = Literal["az", "lt", "tr"]


@dataclass(frozen=True)
class WordSettings:
    """How words are cut, and what becomes of their characters.

    `normalize` is the Unicode normal form; `strip_marks` takes off Arabic vowel signs and tatweel, and Hebrew points;
    `keep_case` leaves upper case as it is; `language` is the one by whose rules lower case is made.
    """

    tokenizer: TokenizerName = "letters"
    normalize: Normalization = "nfc"
    strip_marks: bool = False
    keep_case: bool = False
    language: Language | None = None

    def chosen(self) -> dict[str, str | bool]:
        """Return the settings beside the tokenizer that are not as by default."""
        return {
            field.name: value
            for field in fields(self)
            if field.name != "tokenizer" and (value := getattr(self, field.name)) != field.default
        }

    def options(self) -> list[str]:
        """Return what the command line is given for `chosen`."""
        return [
            word
            for name, value in self.chosen().items()
            for word in (option_name(name), *(() if value is True else (str(value),)))
        ]
