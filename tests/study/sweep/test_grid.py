"""Factors, the grid of cells, and which cells share their counts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from qwem_tui.base.errors import SettingError, UsageError
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.sweep.grid import (
    Factor,
    Level,
    SweepConfig,
    batches,
    grid,
    level_text,
    parse_factor,
    questions_of,
)

CPU = torch.device("cpu")
HUNDRED = ",".join(map(str, range(1, 101)))
BASE = StudyConfig(("text.txt",), dim=6, window=8)


# --- factors and the grid


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("window=4,8", (4, 8)),
        ("sigma=1e-2, 1e-4", (0.01, 0.0001)),
        ("text=1/4,0.5,1", (0.25, 0.5, 1.0)),
        ("window-shape=flat,dynamic", ("flat", "dynamic")),
        ("tokenizer=letters", ("letters",)),
        ("trainer=gd,word2vec", ("gd", "word2vec")),
        ("step-size=0.25", (0.25,)),
    ],
)
def test_factors_are_read(text: str, levels: tuple[Level, ...]) -> None:
    assert parse_factor(text) == Factor(text.split("=")[0], levels)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("wind=4", "there is no factor 'wind'; give one of vocab-size, window"),
        ("window", "give whole numbers, such as --over window=4,8,16"),
        ("window=", "give whole numbers"),
        ("window=4,8.5", "give whole numbers"),
        ("sigma=1e-4,0.0001", "has the level 0.0001 twice"),
        ("sigma=nan", "give numbers"),
        ("text=0,1", "give shares above 0 and up to 1"),
        ("text=2", "give shares"),
        ("text=1/0", "give shares"),
        ("window-shape=round", "give dynamic and flat"),
        ("trainer=adam", "give some of gd, sgd, word2vec"),
        ("\x1b[31m=1", "there is no factor"),
    ],
)
def test_what_is_no_factor_is_refused_in_one_sentence(text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_factor(text)
    assert said in str(caught.value)
    assert str(caught.value).isprintable()


def config(*over: str, trained: bool = False, study: StudyConfig = BASE) -> SweepConfig:
    return SweepConfig(study, tuple(map(parse_factor, over)), trained=trained)


def test_the_grid_is_every_combination_the_last_factor_fastest() -> None:
    found = grid(config("window=4,8", "sigma=1e-2,1e-4", "text=0.5"))
    assert [cell.levels for cell in found] == [(4, 0.01, 0.5), (4, 1e-4, 0.5), (8, 0.01, 0.5), (8, 1e-4, 0.5)]
    assert [(cell.study.window, cell.study.sigma, cell.text) for cell in found] == [cell.levels for cell in found]
    assert not any(cell.trained for cell in found)
    assert {replace(cell.study, window=8, sigma=1e-4) for cell in found} == {BASE}


def test_a_sweep_over_trainers_trains() -> None:
    assert all(cell.trained for cell in grid(config("trainer=gd,sgd")))
    assert all(cell.trained for cell in grid(config("window=4,8", trained=True)))


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ((), "Nothing is varied"),
        (
            (
                "window=4",
                "window=8",
            ),
            "--over window is given twice",
        ),
        (("window=0,4",), "--window is 0"),
        (("sigma=2",), "--sigma is 2"),
        (("step-size=1.5",), "--step-size is 1.5"),
        (("dim=0",), "--dim is 0"),
        (("seed=-1",), "--seed is -1"),
        (("negative-weight=0",), "--negative-weight is 0"),
        (
            (
                "window-shape=flat",
                "trainer=gd,word2vec",
            ),
            "--window-shape flat is for --trainer gd",
        ),
        (
            (
                f"seed={HUNDRED},101",
                f"window={HUNDRED}",
            ),
            "10,100 cells",
        ),
    ],
)
def test_what_cannot_be_swept_is_refused_in_one_sentence(over: tuple[str, ...], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        grid(config(*over))
    assert said in str(caught.value)


def test_only_what_is_forecast_is_swept_without_training() -> None:
    with pytest.raises(SettingError, match="add --train"):
        config("window=4", study=replace(BASE, trainer="sgd"))


def test_levels_are_shown_short() -> None:
    levels: list[Level] = [1e-8, 0.25, 10_000, "flat"]
    assert list(map(level_text, levels)) == ["1e-8", "0.25", "10,000", "flat"]


# --- what is worked out together


def together(asked: SweepConfig, at_least: int = 1) -> list[tuple[tuple[object, ...], ...]]:
    found = grid(asked)
    return [tuple(found[n].levels for n in numbers) for numbers in batches(dict(enumerate(found)), at_least)]


def test_cells_with_the_same_counts_are_one_batch() -> None:
    found = together(config("negative-weight=1,2", "window=4,8", "sigma=1e-2,1e-4"))
    # side by side those of one negative weight, which share a target
    assert found == [
        ((1.0, 4, 0.01), (1.0, 4, 1e-4), (2.0, 4, 0.01), (2.0, 4, 1e-4)),
        ((1.0, 8, 0.01), (1.0, 8, 1e-4), (2.0, 8, 0.01), (2.0, 8, 1e-4)),
    ]


def test_the_seed_chooses_documents_so_only_the_whole_text_is_shared_by_seeds() -> None:
    assert together(config("text=0.5,1", "seed=0,1")) == [((0.5, 0),), ((0.5, 1),), ((1.0, 0), (1.0, 1))]


def test_too_few_batches_for_the_cores_are_halved_between_targets() -> None:
    asked = config("negative-weight=1,2", "sigma=1e-2,1e-3,1e-4")
    assert [len(batch) for batch in together(asked, 2)] == [3, 3]
    assert {levels[0] for levels in together(asked, 2)[0]} == {1.0}
    assert sorted(len(batch) for batch in together(asked, 4)) == [1, 1, 2, 2]
    # no more than there are cells
    assert len(together(config("sigma=1e-2,1e-4"), 16)) == 2
    assert batches({}, 4) == []


# --- the questions


def test_questions_are_in_the_form_of_the_words_of_each_cell(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text(": c\nRo\u00adme Italy Paris France\n", encoding="utf-8")
    study = replace(BASE, analogies=str(file), keep_case=True)
    asked = questions_of(grid(config("tokenizer=letters,whitespace", "window=2,4", study=study)))
    assert [category.questions for file in asked.values() for category in file.categories] == [
        (("Rome", "Italy", "Paris", "France"),),
        (("Ro\u00adme", "Italy", "Paris", "France"),),
    ]
    assert [words.tokenizer for words in asked] == ["letters", "whitespace"]


def test_built_in_questions_are_those_of_the_tokenizers_that_are_compared() -> None:
    cells = grid(config("tokenizer=mecab,sudachi"))
    [mecab, sudachi] = questions_of(cells).values()
    assert mecab == sudachi
    assert mecab.categories[0].name == "動詞-音便形"
    said = "The built-in analogies of letters and mecab are not the same ones: give --analogies for all."
    with pytest.raises(UsageError, match=said):
        questions_of(grid(config("tokenizer=letters,mecab")))
