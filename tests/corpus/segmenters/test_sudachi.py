from __future__ import annotations

from pathlib import Path

import pytest

from qwem_tui.base.errors import SettingError
from qwem_tui.corpus.segmenters.sudachi import sudachi
from qwem_tui.corpus.tokenizers import tokenizer_of
from qwem_tui.corpus.word_settings import SudachiMode, WordSettings

pytest.importorskip("sudachipy")
pytest.importorskip("sudachidict_core")


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("A", ["国際", "連合", "安全", "保障", "理事", "会", "の", "委員"]),
        ("B", ["国際", "連合", "安全", "保障", "理事会", "の", "委員"]),
        ("C", ["国際連合", "安全保障理事会", "の", "委員"]),
    ],
)
def test_modes_cut_into_shorter_and_longer_words(mode: SudachiMode, expected: list[str]) -> None:
    assert tokenizer_of(WordSettings("sudachi", sudachi_mode=mode))("国際連合安全保障理事会の委員。") == expected


def test_dictionary_form_and_blanks_inside_a_word() -> None:
    settings = WordSettings("sudachi", dictionary_form=True)
    assert tokenizer_of(settings)("New Yorkで手紙を書いた。") == ["new", "york", "で", "手紙", "を", "書く", "た"]
    assert tokenizer_of(WordSettings("sudachi"))("手紙を書いた、3冊") == ["手紙", "を", "書い", "た", "冊"]


@pytest.mark.parametrize("character", ["猫", "𠮷", "\ufdfa"])
def test_lines_longer_than_it_takes_are_cut(character: str) -> None:
    # 120,000 bytes and more, without a place to cut; and of the last each is eighteen characters in its normal form
    words = tokenizer_of(WordSettings("sudachi"))(f"東京。{character * 40_000}")
    assert words[0] == "東京"
    assert sum(map(len, words[1:])) >= 40_000


def test_a_piece_that_grows_beyond_its_limit_is_cut_in_two() -> None:
    cut = sudachi(WordSettings("sudachi"))
    assert cut("猫" * 20_000).replace("\n", "") == "猫" * 20_000


def test_what_is_no_compiled_dictionary_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "words.dic"
    path.write_text("東京,1,2,3\n", encoding="utf-8")
    with pytest.raises(SettingError, match="is no compiled dictionary that Sudachi can read: compile it with"):
        tokenizer_of(WordSettings("sudachi", user_dictionary=str(path)))
