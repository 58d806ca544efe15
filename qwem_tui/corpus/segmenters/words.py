"""From a text to the words that a segmenter finds in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from qwem_tui.corpus.segmenters.chinese import jieba
from qwem_tui.corpus.segmenters.mecab import mecab
from qwem_tui.corpus.segmenters.sudachi import sudachi
from qwem_tui.corpus.tokenizers import word_form
from qwem_tui.corpus.word_settings import TokenizerName, WordSettings

#: From a piece of text to its words.
PieceCutter = Callable[[str], list[str]]

_CUT: dict[TokenizerName, Callable[[WordSettings], Callable[[str], str]]] = {
    "mecab": mecab, "sudachi": sudachi, "jieba": jieba,
}  # fmt: skip
#: Characters that are cut into words at once: memory grows with them, and Sudachi refuses more than 49,149 bytes.
LONGEST_PIECE = 10_000
#: Where a longer text is cut, the best places first.
_BORDERS = ("。！？!?\n", "、，,;； \u3000")
#: To MeCab a text ends at a NUL. U+200B stands between words where a script shows no space.
_BETWEEN = str.maketrans("\0\u200b", "  ")


def pieces(text: str) -> Iterator[str]:
    """Yield `text` in pieces of up to `LONGEST_PIECE` characters, cut behind the last sentence end that fits, or comma.

    A word is cut only where there is neither in so many characters.
    """
    at = 0
    while len(text) - at > LONGEST_PIECE:
        window = text[at : at + LONGEST_PIECE]
        ends = (max(map(window.rfind, borders)) + 1 for borders in _BORDERS)
        stop = at + (next(filter(None, ends), 0) or LONGEST_PIECE)
        yield text[at:stop]
        at = stop
    yield text[at:]


class _HasLetter(dict[str, bool]):
    """Whether a token has a letter, which makes it a word: punctuation, numbers and blanks are none."""

    def __missing__(self, token: str) -> bool:
        self[token] = found = any(map(str.isalpha, token))
        return found


def piece_cutter(settings: WordSettings) -> PieceCutter:
    """Return what finds the words of a piece of text; blanks end words.

    Raises SettingError where its packages are missing, or the user's dictionary cannot be read.
    """
    cut = _CUT[settings.tokenizer](settings)
    # dictionaries have words in upper case
    before, after = word_form(replace(settings, keep_case=True)), word_form(settings)
    has_letter = _HasLetter()

    def words(piece: str) -> list[str]:
        found = cut(before(piece.translate(_BETWEEN)))
        return list(filter(has_letter.__getitem__, (found if settings.keep_case else after(found)).split()))

    return words


def segmenter(settings: WordSettings) -> Callable[[str], list[str]]:
    """Return the tokenizer that `settings` describe, from a text of any length to its words; errors as above.

    One thread at a time may use it.
    """
    cut = piece_cutter(settings)
    return lambda text: [word for piece in pieces(text) for word in cut(piece)]
