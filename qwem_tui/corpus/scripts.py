"""What belongs to a word beside letters and marks, by script: joiners, apostrophes, points (docs/text.md)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from itertools import chain, groupby

BOM = "\ufeff"
#: U+02BC is a letter to Unicode and never a quotation mark, unlike U+2019.
APOSTROPHE, GERESH, GERSHAYIM, MIDDLE_DOT = "\u02bc", "\u05f3", "\u05f4", "\u00b7"
#: Unicode's Default_Ignorable_Code_Point, without the two joiners and the zero-width space.
_IGNORED = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_ASTRAL = "\U00010000-\U0010ffff"
_JOINERS = "\u200c\u200d"
#: Where a joiner changes what is read: Arabic and its neighbours, the scripts of India and Sri Lanka, Burmese, Khmer,
#: Mongolian, forms of Arabic, and the younger of these beyond the first plane.
_JOINING = (
    (0x600, 0xE00), (0x1000, 0x10A0), (0x1780, 0x18B0), (0x1CD0, 0x1D00), (0xA8E0, 0xA900), (0xA9E0, 0xAA80),
    (0xFB50, 0xFE00), (0xFE70, 0xFEFF), (0x10A00, 0x10A60), (0x10D00, 0x10D40), (0x11000, 0x12000), (0x1E900, 0x1E960),
)  # fmt: skip
_CYRILLIC = "\u0400-\u0482\u048a-\u052f\u1c80-\u1c8f\ua640-\ua66e\ua680-\ua69d"
_CYRILLIC_OR_MARK = _CYRILLIC + "\u0300-\u036f\u0483-\u0487"
_HEBREW = "\u05d0-\u05ea\u05ef-\u05f2\ufb1d\ufb1f-\ufb28\ufb2a-\ufb4f"
_HEBREW_OR_POINT = _HEBREW + "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
_ARMENIAN = "\u0531-\u0556\u0560-\u0588"
_SINGLE, _DOUBLE = "'\u2018\u2019", '"\u201c\u201d'
#: A consonant with a joiner, as older Malayalam and Bengali text spells what has had a letter of its own since.
_OWN_LETTERS = {
    "\u0d23\u0d4d\u200d": "\u0d7a",
    "\u0d28\u0d4d\u200d": "\u0d7b",
    "\u0d30\u0d4d\u200d": "\u0d7c",
    "\u0d32\u0d4d\u200d": "\u0d7d",
    "\u0d33\u0d4d\u200d": "\u0d7e",
    "\u0d15\u0d4d\u200d": "\u0d7f",
    "\u09a4\u09cd\u200d": "\u09ce",
}

_ignored = re.compile(f"[{_IGNORED}]+")
_astral = re.compile(f"[{_ASTRAL}]+")
#: Text without any of these is as its script writes it.
_rare = re.compile(f"[{_CYRILLIC}{_HEBREW}{_ARMENIAN}{GERESH}{GERSHAYIM}{MIDDLE_DOT}\u013f\u0140{_JOINERS}{_ASTRAL}]")
_cyrillic_apostrophe = re.compile(f"[{_SINGLE}](?<=[{_CYRILLIC_OR_MARK}].)(?=[{_CYRILLIC}])")
_hebrew = re.compile(f"[{_HEBREW}{GERESH}{GERSHAYIM}]")
_hebrew_double = re.compile(f"(?<=[{_HEBREW_OR_POINT}])(?:[{_DOUBLE}]|''|\u2019\u2019|{GERESH * 2})(?=[{_HEBREW}])")
_hebrew_single = re.compile(f"[{_SINGLE}](?<=[{_HEBREW_OR_POINT}].)(?=[{_HEBREW}])")
_hebrew_outside = re.compile(
    f"{GERSHAYIM}(?<![{_HEBREW_OR_POINT}].)|{GERSHAYIM}(?![{_HEBREW}])|{GERESH}(?<![{_HEBREW_OR_POINT}].)"
)
_dot_outside = re.compile(f"{MIDDLE_DOT}(?!(?<=[lL].)[lL]|(?<=[nNsS].)[hH])")
_armenian_tone = re.compile(f"[\u055b\u055c\u055e](?<=[{_ARMENIAN}].)(?=[{_ARMENIAN}])")


def _ranges(codes: Iterable[int]) -> str:
    """Return ascending `codes` as the body of a class of a regular expression."""
    parts = []
    for _, run in groupby(enumerate(codes), lambda pair: pair[1] - pair[0]):
        found = [code for _, code in run]
        parts.append(f"\\U{found[0]:08x}-\\U{found[-1]:08x}")
    return "".join(parts)


def _of(major: str, codes: Iterable[int]) -> str:
    return _ranges(code for code in codes if unicodedata.category(chr(code))[0] in major)


@cache
def _word() -> re.Pattern[str]:
    # Python's \w leaves out combining marks (Devanagari vowel signs, Arabic harakat) and would cut such words
    # apart; it also takes in numerals such as the superscript two. Beyond the first plane whatever there is: a list of
    # the letters there would cost ten times the time wherever a word ends, and `as_written` has left nothing else.
    letters, marks = _of("L", range(0x10000)), _of("M", range(0x10000))
    inside = f"{letters}{marks}{_ASTRAL}{_JOINERS}{GERESH}{GERSHAYIM}{MIDDLE_DOT}"
    return re.compile(f"[{letters}{_ASTRAL}][{inside}]*")


@cache
def _joiner() -> re.Pattern[str]:
    joining = _of("LM", chain.from_iterable(range(*each) for each in _JOINING))
    return re.compile(f"(?<=[{joining}])([{_JOINERS}])[{_JOINERS}]*(?=[{joining}])|[{_JOINERS}]+")


def without_ignorable(text: str) -> str:
    """Return `text` without what no reader sees: soft hyphens, marks of direction, variation selectors, the BOM."""
    return _ignored.sub("", text)


def _words_beyond(run: re.Match[str]) -> str:
    """Return a run of characters beyond the first plane, a space for each that is neither letter nor mark."""
    return "".join(c if unicodedata.category(c)[0] in "LM" else " " for c in run.group())


def as_written(text: str) -> str:
    """Return `text` with one spelling for what joins letters of its script, and a space where it joins none.

    That is apostrophes between Cyrillic letters, geresh and gershayim, the middle dot of Catalan and Occitan, joiners,
    and Armenian marks of tone, which are dropped; of what lies beyond Unicode's first plane letters and marks alone.
    """
    if not _rare.search(text):
        return text
    text = _cyrillic_apostrophe.sub(APOSTROPHE, text)
    if _hebrew.search(text):
        text = _hebrew_single.sub(GERESH, _hebrew_double.sub(GERSHAYIM, text))
        text = _hebrew_outside.sub(" ", text)
    text = _dot_outside.sub(" ", text.replace("\u0140", "l\u00b7").replace("\u013f", "L\u00b7"))
    text = _armenian_tone.sub("", text)
    if any(joiner in text for joiner in _JOINERS):
        for spelt, letter in _OWN_LETTERS.items():
            text = text.replace(spelt, letter)
        text = _joiner().sub(r"\1", text)
    return _astral.sub(_words_beyond, text)


def words_of(text: str) -> list[str]:
    """Return the words of `text`, which `as_written` has gone over: a letter, then letters, marks and what joins."""
    found: list[str] = _word().findall(text)
    if _astral.search(text):
        # a mark there would begin a word
        return [word for each in found for word in ([each] if _is_letter(each[0]) else _word_within(each))]
    return found


def _is_letter(character: str) -> bool:
    return unicodedata.category(character)[0] == "L"


def _word_within(found: str) -> list[str]:
    first = next((at for at, character in enumerate(found) if _is_letter(character)), None)
    return [] if first is None else [found[first:]]
