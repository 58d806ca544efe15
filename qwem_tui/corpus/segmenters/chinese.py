"""Chinese words by jieba's dictionary and model: rjieba."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path

from qwem_tui.corpus.segmenters.errors import bad_dictionary, check_is_file, missing
from qwem_tui.corpus.word_settings import WordSettings

_HAN = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_MARKS = "".join(
    re.escape(chr(code)) for code in range(128, sys.maxunicode + 1) if unicodedata.category(chr(code))[0] == "M"
)
#: Words in letters of other scripts, one of them at least not ASCII: jieba would cut café in two, and Cyrillic into
#: letters.
_FOREIGN = re.compile(
    f"((?:[a-zA-Z]+(?![{_HAN}]))?(?![{_HAN}\x00-\x7f])[^\\W\\d_](?:(?![{_HAN}])[^\\W\\d_]|[{_MARKS}])*)"
)
#: A line of a user dictionary, as jieba reads it.
_ENTRY = re.compile(r"(.+?)( [0-9]{1,15})?( [a-z]+)?")


def _entries(path: str) -> list[tuple[str, int | None, str | None]]:
    """Return the words of a user dictionary, with frequency and tag where it gives them; raises SettingError."""
    check_is_file(path)
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        needed = "give a text file in UTF-8, a word a line, with its frequency behind it or not."
        raise bad_dictionary(path, "cannot be read as a list of words", needed) from error
    found = (_ENTRY.fullmatch(line.strip()) for line in text.splitlines() if line.strip())
    return [
        (entry[1], None if entry[2] is None else int(entry[2]), None if entry[3] is None else entry[3].strip())
        for entry in found
        if entry is not None
    ]


def jieba(settings: WordSettings) -> Callable[[str], str]:
    """Return what cuts a piece of text, to its words with line ends between.

    Raises SettingError where packages are missing, or the user's dictionary cannot be read.
    """
    try:
        from rjieba import Jieba
    except ImportError as error:
        raise missing("jieba", "zh") from error
    segmenter = Jieba()
    for word, frequency, tag in [] if settings.user_dictionary is None else _entries(settings.user_dictionary):
        segmenter.add_word(word, frequency, tag)

    def cut(piece: str) -> str:
        words: list[str] = []
        for number, part in enumerate(_FOREIGN.split(piece)):
            # without the model of new words (hmm) traditional characters come one by one
            words += [part] if number % 2 else segmenter.cut(part, hmm=True)
        return "\n".join(words)

    return cut
