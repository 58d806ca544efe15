"""Text from outside made safe to show."""

from __future__ import annotations

import unicodedata

# Controls, formats (bidirectional overrides, joiners), surrogates, private and unassigned characters, and the two
# separators that end a line.
_ACTIVE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def _visible(character: str) -> str:
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


#: Of a word or name in a sentence, this many characters are shown.
_SHOWN = 60


def shortened(text: str) -> str:
    """Return the beginning of `text`, printable: for a word or name of any length in a sentence."""
    return printable(text) if len(text) <= _SHOWN else printable(text[: _SHOWN - 2]) + ".."


def printable(text: str) -> str:
    r"""Return `text` with whatever a terminal could act upon as a visible escape (`\x1b`, `\u202e`), else unchanged.

    Tabs and newlines are escaped too, and lone surrogates, so the result is one line that UTF-8 can encode. It is
    for showing only: a backslash of the text stays as it is.
    """
    if text.isprintable():
        return text
    return "".join(_visible(c) if unicodedata.category(c) in _ACTIVE else c for c in text)
