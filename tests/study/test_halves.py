from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from qwem_tui.base.errors import UsageError
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.prediction import PredictConfig
from tests.conftest import little_text
from tests.study.little import Stages, predicted, told


def test_each_half_is_predicted_as_a_text_of_its_own(study: StudyConfig, tmp_path: Path) -> None:
    dims = (2, 3, 4, 5, 6, 8, 12)
    found = predicted(PredictConfig(study, dims=dims, halves=True))
    lines = little_text().splitlines()
    partition = np.random.default_rng(study.seed).permutation(len(lines)) % 2
    assert (partition == 0).sum() == 60
    for half in (0, 1):
        own = tmp_path / f"{half}.txt"
        own.write_text(
            "\n".join(line for line, at in zip(lines, partition, strict=True) if at == half), encoding="utf-8"
        )
        alone = predicted(PredictConfig(replace(study, sources=(str(own),)), dims=dims))
        assert found.half_tokens[half] == alone.tokens_in_vocab
        pairs = zip((*found.abilities, found.overall), (*alone.abilities, alone.overall), strict=True)
        for ability, other in pairs:
            mine = ability.halves[half]
            np.testing.assert_array_equal(mine.accuracy, other.size.accuracy)
            assert told(mine) == told(other.size)
    assert sum(found.half_tokens) == found.tokens_in_vocab
    # the two halves are two texts
    assert not np.array_equal(found.overall.halves[0].accuracy, found.overall.halves[1].accuracy)
    # and the whole is what it is without them
    plain = predicted(PredictConfig(study, dims=dims))
    assert plain.half_tokens == ()
    assert plain.overall.halves == ()
    assert plain.overall.size.interval == found.overall.size.interval


def test_halves_of_too_little_are_refused(study: StudyConfig, tmp_path: Path) -> None:
    one = tmp_path / "one.txt"
    one.write_text(" ".join(little_text().split()), encoding="utf-8")
    stages = Stages()
    with pytest.raises(UsageError, match="--halves needs two documents or more"):
        predicted(PredictConfig(replace(study, sources=(str(one),)), halves=True), stages)
    assert "counting" not in stages.seen
    lines = little_text().splitlines()
    two = tmp_path / "two.txt"
    two.write_text(f"{' '.join(lines)}\nonly a line\n", encoding="utf-8")
    found = predicted(PredictConfig(replace(study, sources=(str(two),)), halves=True, draws=40))
    assert found.overall.size.critical_size is not None
    reasons = [half.reason or "" for half in found.overall.halves]
    assert sum("1 of the 2 documents hold fewer than two words" in str(reason) for reason in reasons) == 1
    # what shows a reason ends the sentence
    assert not any(str(reason).endswith(".") for reason in reasons)
    assert 0 in found.half_tokens
