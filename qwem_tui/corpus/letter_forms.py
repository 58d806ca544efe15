"""Case, normal form and marks of the letters of a text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache

from qwem_tui.corpus.word_settings import Language, WordSettings

TextForm = Callable[[str], str]

#: The languages that write an i without a dot too.
TURKIC = ("az", "tr")

_DOT_ABOVE = "\u0307"
# an i keeps its dot below other accents: I or J before a mark above, whatever stands below it between them
_ABOVE = "".join(chr(code) for code in range(0x300, 0x1E00) if unicodedata.combining(chr(code)) == 230)
_BELOW = "".join(chr(code) for code in range(0x300, 0x1E00) if unicodedata.combining(chr(code)) not in (0, 230))
_BEFORE_ACCENT = re.compile(f"([IJ])(?!{_DOT_ABOVE})(?=[{re.escape(_BELOW)}]*[{re.escape(_ABOVE)}])")
#: Vowel signs and Koranic marks, tatweel, Hebrew points and accents. Hamza and madda are parts of their letters.
_STRIPPED = re.compile(
    "[\u0610-\u061a\u0640\u064b-\u0652\u0656-\u065e\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
    "\u0897-\u089f\u08ca-\u08e1\u08e3-\u08ff\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]"
)


def _lower_turkic(text: str) -> str:
    return text.replace("\u0130", "i").replace("I" + _DOT_ABOVE, "i").replace("I", "\u0131").lower()


def _lower_lithuanian(text: str) -> str:
    return _BEFORE_ACCENT.sub(rf"\1{_DOT_ABOVE}", unicodedata.normalize("NFD", text)).lower()


_LOWER: dict[Language | None, TextForm] = {
    None: str.lower, "az": _lower_turkic, "tr": _lower_turkic, "lt": _lower_lithuanian,
}  # fmt: skip
#: What lower case makes of the Turkish capital, and is one with an i.
_DOTTED = re.compile(f"i{_DOT_ABOVE}+")


def _normal(text: str, form: str) -> str:
    if text.isascii() or form == "none":
        return text
    return unicodedata.normalize("NFC" if form == "nfc" else "NFKC", text)


@cache
def letter_form(settings: WordSettings) -> TextForm:
    """Return what gives the letters of a text the case and the normal form that `settings` ask for, marks stripped.

    Lower case is that of Unicode; without a language that says otherwise the dot above an i goes, which lower case
    makes of the Turkish capital.
    """
    lower = None if settings.keep_case else _LOWER[settings.language]
    # compatibility forms have letters of either case; an I and its dot are one letter to Turks
    first = settings.normalize if settings.normalize == "nfkc" or settings.strip_marks or settings.language else "none"

    def formed(text: str) -> str:
        text = _normal(text, first)
        if settings.strip_marks:
            text = _STRIPPED.sub("", text)
        if lower is not None:
            text = lower(text)
        if settings.language != "lt" and _DOT_ABOVE in text:
            text = _DOTTED.sub("i", text)
        return _normal(text, settings.normalize)

    return formed
