from __future__ import annotations

from collections import Counter

import pytest

from qwem_tui.corpus.tokenizers import letters, whitespace
from qwem_tui.corpus.unspaced import unspaced
from qwem_tui.corpus.word_sample import WordSample
from qwem_tui.corpus.word_settings import WordSettings
from tests.conftest import little_text

CLAUSES = {
    "Japanese": "吾輩はここで始めて人間というものを見た。どこで生れたかとんと見当がつかぬ。",
    "Chinese": "我们今天去公园里散步，看见很多人在湖边唱歌。",
    "Thai": "วันนี้เราไปเดินเล่นในสวนสาธารณะกับเพื่อนๆ",
    "Lao": "ມື້ນີ້ພວກເຮົາໄປຍ່າງຫຼິ້ນໃນສວນສາທາລະນະ",
    "Khmer": "ថ្ងៃនេះយើងទៅដើរលេងនៅក្នុងសួនច្បារជាមួយមិត្តភក្តិ",
    "Burmese": "ကျွန်တော်တို့ဒီနေ့ပန်းခြံထဲမှာလမ်းလျှောက်ကြတယ်",
}


@pytest.mark.parametrize("language", CLAUSES)
def test_clauses_of_a_script_without_spaces_are_noticed(language: str) -> None:
    found = unspaced(Counter(letters(CLAUSES[language])))
    assert found is not None
    assert (found.language, found.share > 0.7) == (language, True)


def test_text_with_spaces_between_its_words_is_none_of_these() -> None:
    for text in (
        little_text(),
        "吾輩 は ここ で 始めて 人間 という もの を 見 た コミュニケーション が とれ ない と 思っ た の で ある",
        "我们 今天 去 公园 里 散步 看见 很多 人 在 湖边 唱歌",
        "วันนี้ เรา ไป เดิน เล่น ใน สวนสาธารณะ กับ เพื่อน",
        "오늘 우리는 공원에서 산책했습니다",
        "",
    ):
        assert unspaced(Counter(whitespace(text))) is None, text


def test_a_share_is_that_of_the_letters() -> None:
    tokens = {"あいうえおかきく": 1, "abcdefgh": 8}
    found = unspaced(tokens)
    assert found is not None
    assert found.share == pytest.approx(1 / 9)
    assert unspaced({**tokens, "abcdefgh": 10}) is None


def test_a_sample_is_asked_only_of_tokenizers_that_know_no_words() -> None:
    sample = WordSample()
    assert list(sample.of([(CLAUSES["Japanese"], True)])) == [(CLAUSES["Japanese"], True)]
    for settings in (WordSettings(), WordSettings("whitespace")):
        found = sample.unspaced(settings)
        assert found is not None
        assert found.language == "Japanese"
    assert sample.unspaced(WordSettings("jieba")) is None
