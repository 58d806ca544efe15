from __future__ import annotations

from pathlib import Path

import pytest

from qwem_tui.base.errors import SettingError
from qwem_tui.corpus.tokenizers import tokenizer_of
from qwem_tui.corpus.word_settings import WordSettings

rjieba = pytest.importorskip("rjieba")


def cut(text: str, user_dictionary: str | None = None) -> list[str]:
    return tokenizer_of(WordSettings("jieba", user_dictionary=user_dictionary))(text)


def test_words_are_those_of_jieba_without_punctuation_numbers_and_blanks() -> None:
    # from jieba's own README
    assert cut("我来到北京清华大学") == ["我", "来到", "北京", "清华大学"]
    assert cut("他来到了网易杭研大厦，3.14  100%。") == ["他", "来到", "了", "网易", "杭研", "大厦"]


def test_traditional_characters_are_not_cut_one_by_one() -> None:
    text = "漢字繁體中文測試"
    assert cut(text) == ["漢字", "繁體", "中文", "測試"]
    assert rjieba.cut(text, hmm=False) == ["漢", "字", "繁", "體", "中文", "測", "試"]


def test_words_of_other_scripts_are_whole() -> None:
    text = "café里喝naïve咖啡, Привет мир テスト हिन्दी和T恤iPhone手机"
    assert cut(text) == [
        "café", "里", "喝", "naïve", "咖啡", "привет", "мир", "テスト", "हिन्दी", "和", "t恤", "iphone", "手机",
    ]  # fmt: skip
    # what is mended
    assert rjieba.cut("café") == ["caf", "é"]


def test_words_of_a_user_dictionary_are_whole_with_or_without_frequency(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("\ufeff云计算\n石墨烯 500000 n\n\n", encoding="utf-8")
    assert cut("云计算和石墨烯") != ["云计算", "和", "石墨烯"]
    assert cut("云计算和石墨烯", str(path)) == ["云计算", "和", "石墨烯"]
    # and of nobody else
    assert cut("云计算和石墨烯") != ["云计算", "和", "石墨烯"]


def test_a_list_of_words_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_bytes("云计算".encode("gb18030"))
    with pytest.raises(SettingError, match="cannot be read as a list of words: give a text file in UTF-8"):
        cut("云计算", str(path))
    with pytest.raises(SettingError, match="is no file: check the path"):
        cut("云计算", str(tmp_path / "none.txt"))
