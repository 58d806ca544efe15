from __future__ import annotations

import io
from pathlib import Path

import pytest

from qwem_tui.base.progress import Silent
from qwem_tui.corpus.word_settings import WordSettings
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.target_from_text import read_corpus
from qwem_tui.study.text_read import read_once
from tests.corpus.segmenters.texts import japanese_text


def test_a_text_that_is_read_once_has_the_words_of_each_setting() -> None:
    text = "Rome Rome rome rome it\u00adaly it\u00adaly Italy\nRome 1990 1990\n"
    words = [WordSettings("whitespace"), WordSettings(), WordSettings(keep_case=True)]
    read = read_once(StudyConfig(("-",)), words, Silent(), io.BytesIO(text.encode()))
    assert read.documents == 2
    found = {settings: builder.corpus(None).vocabulary.words for settings, builder in read.builders.items()}
    assert found == {
        words[0]: ("rome", "it\u00adaly", "1990"),
        words[1]: ("rome", "italy"),
        words[2]: ("Rome", "rome", "italy"),
    }


def test_dictionaries_cut_beside_other_tokenizers_as_each_alone(tmp_path: Path) -> None:
    pytest.importorskip("fugashi")
    pytest.importorskip("unidic_lite")
    path = tmp_path / "text.txt"
    path.write_text(japanese_text(), encoding="utf-8")
    config = StudyConfig((str(path),))
    words = [WordSettings("mecab"), WordSettings(), WordSettings("mecab", dictionary_form=True)]
    read = read_once(config, words, Silent(), None)
    for settings, builder in read.builders.items():
        together = builder.corpus(config.vocab_size)
        alone = read_corpus(StudyConfig(config.sources, **vars(settings)), Silent(), None)
        assert alone.digest == read.digest
        assert together.vocabulary.words == alone.corpus.vocabulary.words
        assert together.ids.tolist() == alone.corpus.ids.tolist()
    notes = read.notes(config, 1000)
    assert any("give --tokenizer mecab" in note for note in notes)
