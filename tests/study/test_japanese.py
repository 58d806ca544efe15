"""From a plain Japanese text to what models of it can do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from qwem_tui.base.progress import Silent
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.predict import predict
from qwem_tui.study.prediction import PredictConfig
from qwem_tui.study.target_from_text import read_text
from tests.corpus.segmenters.texts import VERBS, japanese_text

pytest.importorskip("fugashi")
pytest.importorskip("unidic_lite")


def test_forms_of_verbs_emerge_from_a_text_without_spaces(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_text(japanese_text(), encoding="utf-8")
    study = StudyConfig((str(path),), tokenizer="mecab", window=4)
    found = predict(PredictConfig(study, largest_dim=12), torch.device("cpu"), Silent())

    asked = [ability.size for ability in found.abilities if ability.size.attempted > 2]
    assert [size.name for size in asked] == ["動詞-音便形", "動詞-連用形", "動詞-未然形"]
    for size in asked:
        # every two of the six verbs
        assert size.attempted == len(VERBS) * (len(VERBS) - 1)
        # by chance 1 in 45 words
        assert size.peak > 0.2


def test_dictionary_forms_take_the_place_of_inflected_ones(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_text(japanese_text(), encoding="utf-8")
    config = StudyConfig((str(path),), tokenizer="mecab")
    inflected = read_text(config, Silent(), None).corpus
    plain = read_text(replace(config, dictionary_form=True), Silent(), None).corpus
    assert plain.tokens == inflected.tokens
    assert {form for verb in VERBS for form in verb} <= set(inflected.vocabulary.words)
    assert {verb[0] for verb in VERBS} <= set(plain.vocabulary.words)
    assert not {form for verb in VERBS for form in verb[1:]} & set(plain.vocabulary.words)
