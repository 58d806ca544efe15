from __future__ import annotations

import sys
import unicodedata

import pytest

from qwem_tui.base.printable import printable


@pytest.mark.parametrize("text", ["", "king", "naïve Straße", "नमस्ते", "北京 大学", "a\u00a0b\u3000c", r"a\x1bb", "🦊"])
def test_what_only_shows_is_unchanged(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x07", r"\x1b[31mred\x07"),
        ("a\tb\nc\r", r"a\x09b\x0ac\x0d"),
        ("\x9b2J", r"\x9b2J"),
        ("\x7f\xad", r"\x7f\xad"),
        ("user\u202egnp", r"user\u202egnp"),
        ("\u2066a\u200db\ufeff", r"\u2066a\u200db\ufeff"),
        ("line\u2028par\u2029", r"line\u2028par\u2029"),
        ("caf\udce9", r"caf\udce9"),
        ("\ue000\u0378", r"\ue000\u0378"),
        ("\U000e0041\U0010ffff", r"\U000e0041\U0010ffff"),
        ("naïve\u3000\x00", "naïve\u3000\\x00"),
    ],
)
def test_what_a_terminal_could_act_upon_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_no_character_of_unicode_gets_through_that_should_not() -> None:
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    left = {unicodedata.category(c) for c in printable(everything)}
    assert not left & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    kept = [c for c in everything if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}]
    assert all(printable(c) == c for c in kept)
