"""Which words a text has: the settings of a tokenizer."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal, get_args

from qwem_tui.base.errors import Named, SettingError, option_name
from qwem_tui.base.printable import printable

TokenizerName = Literal["letters", "whitespace", "mecab", "sudachi", "jieba"]
#: Those that find words by a dictionary, in scripts that put no spaces between them.
SEGMENTERS: tuple[TokenizerName, ...] = ("mecab", "sudachi", "jieba")
Normalization = Literal["nfc", "nfkc", "none"]
#: The languages whose lower case is not that of all others.
Language = Literal["az", "lt", "tr"]
#: How long the words of Sudachi are: short, middle, or long.
SudachiMode = Literal["A", "B", "C"]


@dataclass(frozen=True)
class WordSettings:
    """How words are cut, and what becomes of their characters.

    `normalize` is the Unicode normal form; `strip_marks` takes off Arabic vowel signs and tatweel, and Hebrew points;
    `keep_case` leaves upper case as it is; `language` is the one by whose rules lower case is made.
    For those that cut by a dictionary: `user_dictionary` is the path of one more; `dictionary_form` takes words as
    a dictionary has them (Japanese alone), and `sudachi_mode` is for Sudachi.

    Making one raises SettingError where a setting is not for the tokenizer, or a language none of these.
    """

    tokenizer: TokenizerName = "letters"
    normalize: Normalization = "nfc"
    strip_marks: bool = False
    keep_case: bool = False
    language: Language | None = None
    dictionary_form: bool = False
    user_dictionary: str | None = None
    sudachi_mode: SudachiMode = "C"

    def __post_init__(self) -> None:
        """Raise SettingError where a setting is not for the tokenizer, or the language has no rules of its own."""
        if self.language not in (None, *get_args(Language)):
            needed = "give az, lt or tr, or leave it out: lower case is the same in all other languages."
            raise SettingError("language", printable(str(self.language)), needed)
        japanese: tuple[TokenizerName, ...] = ("mecab", "sudachi")
        for setting, asked, tokenizers in (
            ("dictionary_form", self.dictionary_form, japanese),
            ("user_dictionary", self.user_dictionary is not None, SEGMENTERS),
            ("sudachi_mode", self.sudachi_mode != "C", ("sudachi",)),
        ):
            if asked and self.tokenizer not in tokenizers:
                names = " or ".join(filter(None, (", ".join(tokenizers[:-1]), tokenizers[-1])))
                problem = ("is for ", Named("tokenizer"), f" {names}, not for {self.tokenizer}")
                raise SettingError(setting, "", "leave it out, or give one of them.", problem)

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
