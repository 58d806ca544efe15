"""What options of the tokenizer would change, measured while a text is read."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from qwem_tui.corpus import word_sample
from qwem_tui.corpus.word_sample import OptionEffect, WordSample
from qwem_tui.corpus.word_settings import Language, WordSettings

LETTERS = WordSettings()
LIGATURES = "of\ufb01ce of\ufb01ce \ufb01ne plain plain plain plain plain plain plain"


def effects(*documents: str, settings: WordSettings = LETTERS) -> tuple[OptionEffect, ...]:
    sample = WordSample()
    assert list(sample.of(documents)) == list(documents)
    return sample.effects(settings)


def test_ligatures_are_words_of_their_own_without_nfkc() -> None:
    nfkc = replace(LETTERS, normalize="nfkc")
    assert effects(LIGATURES) == (OptionEffect(nfkc, 0.3, ("of\ufb01ce", "\ufb01ne")),)
    assert effects(LIGATURES, settings=nfkc) == ()


def test_a_thousandth_is_not_said() -> None:
    assert effects("\ufb01 " + "a " * 999) == ()
    assert [effect.share for effect in effects("\ufb01 \ufb02 " + "a " * 998)] == [0.002]


def test_vowel_signs_are_marks() -> None:
    (effect,) = effects("\u0643\u064e\u062a\u064e\u0628\u064e \u0643\u062a\u0628 \u0643\u062a\u0628 \u0643\u062a\u0628")
    assert effect == OptionEffect(replace(LETTERS, strip_marks=True), 0.25, ("\u0643\u064e\u062a\u064e\u0628\u064e",))


@pytest.mark.parametrize(("text", "language"), [("IRMAK \u0131rmak", "tr"), ("IRMAK \u0131rmaq v\u0259", "az")])
def test_turkish_case_is_asked_about_where_the_text_has_its_letters(text: str, language: Language) -> None:
    (effect,) = effects(text)
    assert (effect.settings, effect.words) == (replace(LETTERS, language=language), ("irmak",))
    assert effects("I \u00e9 I", "I am") == ()
    assert effects(text, settings=replace(LETTERS, keep_case=True)) == ()


def test_text_in_ascii_has_nothing_to_change() -> None:
    assert effects("Plain text", "I am") == ()
    assert effects() == ()


def test_a_sample_is_spread_over_the_text_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_sample, "_PIECE", 2)
    monkeypatch.setattr(word_sample, "_MOST_PIECES", 8)
    for documents in (["".join(chr(code) for code in range(0x100, 0x200))], [chr(c) for c in range(0x100, 0x180)]):
        sample = WordSample()
        list(sample.of(documents))
        pieces = sample._pieces
        assert 4 <= len(pieces) <= 8
        starts = [ord(piece[0]) for piece in pieces]
        steps = {after - before for before, after in pairwise(starts)}
        assert len(steps) == 1
        assert starts[0] == 0x100
        assert starts[-1] + steps.pop() >= ord(documents[-1][-1])
