"""From text to words."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Callable
from functools import cache
from itertools import groupby

from qwem_tui.corpus.letter_forms import TextForm, letter_form
from qwem_tui.corpus.word_settings import WordSettings

Tokenizer = Callable[[str], list[str]]

#: Lower case for letters and a space for all else: with `split` several times faster than a regular expression.
_ASCII_LETTERS = bytes(ord(chr(code).lower()) if chr(code).isalpha() else ord(" ") for code in range(128)).ljust(256)
#: No byte of ASCII.
BETWEEN = 255


def _char_class(major: str) -> str:
    """Return a regular-expression class body of every character of Unicode major category `major`."""
    members = (code for code in range(128, sys.maxunicode + 1) if unicodedata.category(chr(code))[0] == major)
    parts = []
    for _, run in groupby(enumerate(members), lambda pair: pair[1] - pair[0]):
        codes = [code for _, code in run]
        parts.append(f"\\U{codes[0]:08x}-\\U{codes[-1]:08x}")
    return "".join(parts)


@cache
def _unicode_word() -> re.Pattern[str]:
    # Python's \w leaves out combining marks (Devanagari vowel signs, Arabic harakat) and would cut such words
    # apart; it also takes in numerals such as the superscript two.
    letters, marks = _char_class("L"), _char_class("M")
    return re.compile(f"[A-Za-z{letters}][A-Za-z{letters}{marks}]*")


def letters(text: str) -> list[str]:
    """Return the lower-cased words of `text`: maximal runs of Unicode letters, combining marks attached.

    Text is brought to NFC first. On a-z this is the tokenizer of the paper.
    """
    if text.isascii():
        return text.encode("ascii").translate(_ASCII_LETTERS).decode("ascii").split()
    return _unicode_word().findall(letter_form(WordSettings())(text))


def whitespace(text: str) -> list[str]:
    """Return the lower-cased tokens of `text` between white space: for text that is already segmented (*ours*)."""
    return letter_form(WordSettings("whitespace"))(text).split()


def word_form(settings: WordSettings) -> TextForm:
    """Return what brings a word that stands alone, such as one of an analogy, to the form of the words of a text."""
    return letter_form(settings)


@cache
def tokenizer_of(settings: WordSettings) -> Tokenizer:
    """Return the tokenizer that `settings` describe: from a text to its words, in order."""
    if settings == WordSettings():
        return letters
    if settings == WordSettings("whitespace"):
        return whitespace
    form, cut = word_form(settings), _unicode_word().findall if settings.tokenizer == "letters" else str.split
    return lambda text: cut(form(text))


def _ascii_table(tokenizer: Tokenizer) -> bytes:
    """Return for each byte what a character of ASCII counts as in a word, and `BETWEEN` for what ends one (256,)."""
    tokens = [tokenizer(chr(code)) for code in range(128)]
    return bytes(ord(token[0]) if token else BETWEEN for token in tokens).ljust(256, bytes([BETWEEN]))


#: What the tokenizers do with text in ASCII, a character at a time.
ASCII_TABLES: dict[Tokenizer, bytes] = {tokenizer: _ascii_table(tokenizer) for tokenizer in (letters, whitespace)}
