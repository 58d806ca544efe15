"""From text to words."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from qwem_tui.corpus.letter_forms import TURKIC, TextForm, letter_form
from qwem_tui.corpus.scripts import BOM, as_written, without_ignorable, words_of
from qwem_tui.corpus.word_settings import SEGMENTERS, WordSettings

Tokenizer = Callable[[str], list[str]]

#: No byte of ASCII.
BETWEEN = 255
#: What a tokenizer does with text in ASCII, a character at a time, where it treats each by itself; see `tokenizer_of`.
ASCII_TABLES: dict[Tokenizer, bytes] = {}


@cache
def word_form(settings: WordSettings) -> TextForm:
    """Return what gives a word that stands alone, such as one of an analogy, the form of the words of a text."""
    letters = letter_form(settings)
    if settings.tokenizer == "whitespace":
        return lambda text: letters(text.replace(BOM, ""))
    return lambda text: as_written(letters(without_ignorable(text)))


def tokenizer_of(settings: WordSettings) -> Tokenizer:
    """Return the tokenizer that `settings` describe: from a text to its words, in order.

    `letters`: maximal runs of letters with combining marks attached, and what joins them in their script; on a-z the
    tokenizer of the paper. `whitespace`: what stands between white space, for text that is already segmented (*ours*).
    The others find words by a dictionary, made anew for each caller: raises SettingError where that cannot be.
    """
    if settings.tokenizer in SEGMENTERS:
        # imported late: it builds on this
        from qwem_tui.corpus.segmenters.words import segmenter

        return segmenter(settings)
    return _tokenizer(settings)


@cache
def _tokenizer(settings: WordSettings) -> Tokenizer:
    form, by_white_space = word_form(settings), settings.tokenizer == "whitespace"
    # with `split` several times faster than a regular expression
    kept = (chr(code) if by_white_space or chr(code).isalpha() else " " for code in range(128))
    table = "".join(kept if settings.keep_case else map(str.lower, kept)).encode().ljust(256)
    # a Turkish I is no ASCII in lower case
    table_serves = settings.keep_case or settings.language not in TURKIC

    def tokens(text: str) -> list[str]:
        if table_serves and text.isascii():
            return text.encode("ascii").translate(table).decode("ascii").split()
        return form(text).split() if by_white_space else words_of(form(text))

    if table_serves:
        each = [tokens(chr(code)) for code in range(128)]
        found = bytes(ord(token[0]) if token else BETWEEN for token in each)
        ASCII_TABLES[tokens] = found.ljust(256, bytes([BETWEEN]))
    return tokens


#: The tokenizers as they are by default.
letters, whitespace = tokenizer_of(WordSettings()), tokenizer_of(WordSettings("whitespace"))
