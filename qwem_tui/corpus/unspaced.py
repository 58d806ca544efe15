"""Text in a script that puts no spaces between words, read as if it did (*ours*)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Language = Literal["Japanese", "Chinese", "Thai", "Lao", "Khmer", "Burmese"]

_KANA = "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"
_HAN = "\u3005\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_kana = re.compile(f"[{_KANA}]")
#: Words from other languages are long and stand alone in katakana; a clause never is.
_katakana = re.compile("[\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f]+")
#: The letters of each script, and more of them than a word usually has; Chinese has Japanese for kana.
_SCRIPTS: dict[Language, tuple[re.Pattern[str], int]] = {
    "Chinese": (re.compile(f"[{_HAN}{_KANA}]"), 6),
    "Thai": (re.compile("[\u0e01-\u0e4e]"), 15),
    "Lao": (re.compile("[\u0e81-\u0eff]"), 15),
    "Khmer": (re.compile("[\u1780-\u17d3]"), 15),
    "Burmese": (re.compile("[\u1000-\u109f\ua9e0-\ua9fe\uaa60-\uaa7f]"), 15),
}
#: The letters of all of them, as the body of a class of a regular expression.
UNSPACED_LETTERS = "".join(letters.pattern.strip("[]") for letters, _ in _SCRIPTS.values())
#: From this share of all letters on it matters; with this share of kana Han characters are Japanese.
_LEAST_SHARE, _LEAST_KANA = 0.1, 0.05


@dataclass(frozen=True)
class Unspaced:
    """`share` of a text's letters are in tokens of more than `usual` letters of a script without spaces."""

    language: Language
    share: float
    usual: int


def unspaced(tokens: Mapping[str, int]) -> Unspaced | None:
    """Return the language whose clauses stand as `tokens` (how often each occurs), or None where none does.

    That is where a tenth of the letters are in tokens longer than words of the script are. Of several languages it is
    the one with the largest share.
    """
    inside, kana = Counter[Language](), 0
    for token, count in tokens.items():
        if _katakana.fullmatch(token):
            continue
        for language, (letters, usual) in _SCRIPTS.items():
            found = len(letters.findall(token))
            if found > usual:
                inside[language] += count * found
                kana += count * len(_kana.findall(token))
    total = sum(len(token) * count for token, count in tokens.items())
    if not inside or inside.most_common(1)[0][1] < _LEAST_SHARE * total:
        return None
    [(language, most)] = inside.most_common(1)
    usual = _SCRIPTS[language][1]
    japanese = language == "Chinese" and kana >= _LEAST_KANA * most
    return Unspaced("Japanese" if japanese else language, most / total, usual)
