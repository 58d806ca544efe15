from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from qwem_tui.base.errors import SettingError
from qwem_tui.corpus.tokenizers import tokenizer_of
from qwem_tui.corpus.word_settings import WordSettings
from tests.corpus.segmenters.texts import japanese_text

fugashi = pytest.importorskip("fugashi")
unidic_lite = pytest.importorskip("unidic_lite")


def surface(text: str, keep_case: bool = False, dictionary_form: bool = False) -> list[str]:
    return tokenizer_of(WordSettings("mecab", keep_case=keep_case, dictionary_form=dictionary_form))(text)


def base(text: str) -> list[str]:
    return surface(text, dictionary_form=True)


def test_words_are_those_of_mecab_alone_without_punctuation_numbers_and_blanks() -> None:
    text = japanese_text()
    tagger = fugashi.GenericTagger(f"-O wakati -d {unidic_lite.DICDIR} -r /dev/null")
    # a line at a time, and no word of it is punctuation but the full stop
    alone = Counter(word for line in text.splitlines() for word in tagger.parse(line).split() if word != "。")
    assert Counter(word for line in text.splitlines() for word in surface(line)) == alone
    assert surface("3冊、　１２人 2026年!…ー・「本」") == ["冊", "人", "年", "ー", "本"]
    assert surface("") == surface(" 。\u3000") == []


def test_case_and_normal_form_are_those_of_the_settings() -> None:
    assert surface("NewYork ＡＢＣ か\u3099") == ["newyork", "ａｂｃ", "が"]
    assert surface("NewYork", keep_case=True) == ["NewYork"]
    assert tokenizer_of(WordSettings("mecab", normalize="nfkc"))("ＡＢＣ ﾃﾚﾋﾞ") == ["abc", "テレビ"]


def test_names_keep_their_characters_in_dictionary_form() -> None:
    # by the lemma, which is the reading, both would be アベ, and three of these ワタナベ
    names = ["阿部", "安部", "渡辺", "渡邊", "渡部", "加藤", "佐藤"]
    assert base("さんと".join(names))[::3] == names
    assert base("佐藤さんは東京にいる") == ["佐藤", "さん", "は", "東京", "に", "いる"]


def test_notes_in_a_lemma_are_no_part_of_a_word() -> None:
    assert base("私はパーティーへ") == ["私", "は", "パーティー", "へ"]


def test_unknown_words_and_numbers_in_characters_stay_as_they_are_in_dictionary_form() -> None:
    assert base("スマホで二十人がqwemを使った") == ["スマホ", "で", "二十", "人", "が", "qwem", "を", "使う", "た"]


def test_inflected_words_are_cut_as_they_are_written_or_as_in_a_dictionary() -> None:
    assert surface("手紙を書いて、早く帰らなかった") == ["手紙", "を", "書い", "て", "早く", "帰ら", "なかっ", "た"]
    assert base("手紙を書いて、早く帰らなかった") == ["手紙", "を", "書く", "て", "早い", "帰る", "ない", "た"]


def test_a_text_does_not_end_at_a_nul_and_a_space_without_width_ends_a_word() -> None:
    assert surface("東京\0大阪\u200b京都") == ["東京", "大阪", "京都"]


def test_words_of_one_text_do_not_change_when_the_next_is_cut() -> None:
    cut = tokenizer_of(WordSettings("mecab", dictionary_form=True))
    first = cut("手紙を書いた")
    assert cut("山へ行った") == ["山", "へ", "行く", "た"]
    assert first == ["手紙", "を", "書く", "た"]


@pytest.fixture
def user_dictionary(tmp_path: Path) -> Path:
    entry = "量子猫,4786,4786,-5000,名詞,普通名詞,一般,*,*,*,リョウシネコ,量子猫,量子猫,リョウシネコ,量子猫\n"
    # without the dictionary form
    short = "電脳犬,4786,4786,-5000,名詞,普通名詞,一般\n"
    (tmp_path / "words.csv").write_text(entry + short, encoding="utf-8")
    arguments = f"build -d {unidic_lite.DICDIR} -u {tmp_path}/words.dic -f utf8 -t utf8 {tmp_path}/words.csv"
    program = f"import fugashi; fugashi.build_dictionary({arguments!r})"
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    return tmp_path / "words.dic"


def test_words_of_a_user_dictionary_are_whole(user_dictionary: Path) -> None:
    text = "量子猫と電脳犬が走った"
    assert surface(text)[:2] == ["量子", "猫"]
    for form, last in ((False, "走っ"), (True, "走る")):
        settings = WordSettings("mecab", user_dictionary=str(user_dictionary), dictionary_form=form)
        assert tokenizer_of(settings)(text) == ["量子猫", "と", "電脳犬", "が", last, "た"]


def test_what_is_no_compiled_dictionary_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "words.dic"
    with pytest.raises(SettingError, match=r"--user-dictionary .*words\.dic is no file: check the path\."):
        tokenizer_of(WordSettings("mecab", user_dictionary=str(path)))
    path.write_text("東京,1,2,3\n", encoding="utf-8")
    with pytest.raises(SettingError, match="is no compiled dictionary that MeCab can read: compile it against unidic"):
        tokenizer_of(WordSettings("mecab", user_dictionary=str(path)))
