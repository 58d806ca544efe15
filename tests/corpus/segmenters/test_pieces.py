from __future__ import annotations

import sys

import pytest

from qwem_tui.base.errors import SettingError
from qwem_tui.corpus.segmenters import words
from qwem_tui.corpus.segmenters.words import pieces
from qwem_tui.corpus.tokenizers import tokenizer_of
from qwem_tui.corpus.word_settings import TokenizerName, WordSettings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [""]),
        ("あ。いう、え", ["あ。いう、え"]),
        ("あ。い。うえおか、きく", ["あ。い。", "うえおか、", "きく"]),
        ("あ、いうえおかきく", ["あ、", "いうえおかき", "く"]),
        ("あいうえおかきくけこ。", ["あいうえおか", "きくけこ。"]),
    ],
)
def test_a_long_text_is_cut_behind_a_sentence_or_a_comma(
    text: str, expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "LONGEST_PIECE", 6)
    assert list(pieces(text)) == expected
    assert "".join(expected) == text


@pytest.mark.parametrize(
    ("tokenizer", "package", "extra"),
    [("mecab", "fugashi", "ja"), ("mecab", "unidic_lite", "ja"), ("sudachi", "sudachipy", "sudachi"),
     ("sudachi", "sudachidict_core", "sudachi"), ("jieba", "rjieba", "zh")],
)  # fmt: skip
def test_what_is_not_installed_is_named_with_the_command_that_installs_it(
    tokenizer: TokenizerName, package: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(SettingError) as refused:
        tokenizer_of(WordSettings(tokenizer))
    assert str(refused.value) == (
        f"--tokenizer {tokenizer} needs packages that are not installed: install them with: "
        f'pip install "qwem-tui[{extra}]".'
    )


def test_settings_for_another_tokenizer_are_refused() -> None:
    with pytest.raises(SettingError, match="--dictionary-form is for --tokenizer mecab or sudachi, not for letters"):
        WordSettings(dictionary_form=True)
    with pytest.raises(SettingError, match="--dictionary-form is for --tokenizer mecab or sudachi, not for jieba"):
        WordSettings("jieba", dictionary_form=True)
    with pytest.raises(SettingError, match="--user-dictionary is for --tokenizer mecab, sudachi or jieba, not for"):
        WordSettings("whitespace", user_dictionary="words.txt")
    with pytest.raises(SettingError, match="--sudachi-mode is for --tokenizer sudachi, not for mecab"):
        WordSettings("mecab", sudachi_mode="A")
