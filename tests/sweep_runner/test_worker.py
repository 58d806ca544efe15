from __future__ import annotations

import os
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwem_tui.analogies.files import Category, Question, parse_analogies, read_analogies
from qwem_tui.base.errors import Cancelled, QwemError
from qwem_tui.base.progress import Silent
from qwem_tui.corpus.memory_mapped import save_corpus
from qwem_tui.corpus.tokenizers import letters
from qwem_tui.corpus.vocabulary import CorpusBuilder
from qwem_tui.corpus.word_settings import WordSettings
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.sweep.cells import predicted_cell
from qwem_tui.study.sweep.grid import CellResult, SweepConfig, grid, parse_factor
from qwem_tui.sweep_runner import worker as worker_module
from qwem_tui.sweep_runner.worker import Common, Worker, save_questions, saved_questions
from tests.conftest import little_text
from tests.mutations import mutated, refusal


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Worker:
    folder = tmp_path_factory.mktemp("bench")
    builder = CorpusBuilder(letters)
    for line in little_text().splitlines():
        builder.add(line)
    save_corpus(builder.corpus(None), folder / "letters")
    capitals = [("paris", "france"), ("rome", "italy"), ("madrid", "spain"), ("athens", "greece"), ("oslo", "norway")]
    lines = [" ".join((*a, *b)) for a in capitals for b in capitals if a != b]
    (folder / "a.txt").write_text(
        "\n".join([": capitals", *lines, ": kings", "king queen man woman"]), encoding="utf-8"
    )
    save_questions(read_analogies(folder / "a.txt"), folder / "questions.json")
    return Worker(
        Common({WordSettings(): folder / "letters"}, "digest", {WordSettings(): folder / "questions.json"}, "cpu")
    )


@given(st.lists(st.tuples(st.text(), st.lists(st.tuples(*[st.text()] * 4), max_size=3).map(tuple)), max_size=4))
def test_questions_come_back(
    tmp_path_factory: pytest.TempPathFactory, categories: list[tuple[str, tuple[Question, ...]]]
) -> None:
    file = tmp_path_factory.getbasetemp() / "questions.json"
    asked = tuple(Category(name, questions) for name, questions in categories)
    save_questions(asked, file)
    assert saved_questions(file) == asked
    several = parse_analogies("cat feline/animal\ndog canine/animal\n", "f")
    save_questions(several, file)
    assert saved_questions(file) == several


@given(mutated('[["capitals", [["a", "b", "c", "d"]]], ["none", []]]'))
def test_damaged_questions_are_taken_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "damaged.json"
    file.write_bytes(data)
    assert (refusal(lambda: saved_questions(file)) or "damaged.json").startswith("damaged.json")


def swept(worker: Worker, *over: str, trained: bool = False, **base: Any) -> list[CellResult | QwemError]:
    study = StudyConfig(("t",), window=8, vocab_size=100, **{"dim": 6, **base})
    cells = grid(SweepConfig(study, tuple(map(parse_factor, over)), 12, trained))
    found = dict(worker.measured(dict(enumerate(cells)), Silent()))
    return [found[number] for number in range(len(cells))]


def test_a_trained_cell_has_what_was_forecast_and_what_came_of_it(worker: Worker) -> None:
    (trained,) = swept(worker, "sigma=1e-4", trained=True)
    (forecast,) = swept(worker, "sigma=1e-4")
    assert isinstance(trained, CellResult)
    assert isinstance(forecast, CellResult)
    assert trained.trained is not None
    assert trained.trained.modes_learned == 6
    assert trained.trained.note == "all 6 modes learned and the loss settled"
    assert trained.expected_steps is not None
    assert trained.trained.steps == pytest.approx(trained.expected_steps, rel=0.05)
    capitals, kings, overall = trained.abilities.every
    for ability, before in zip(trained.abilities.every, forecast.abilities.every, strict=True):
        assert (ability.critical_size, ability.step, ability.peak) == (before.critical_size, before.step, before.peak)
    for ability in (capitals, overall):
        assert ability.trained is not None
        assert ability.step is not None
        assert ability.trained.step == pytest.approx(ability.step, rel=0.05, abs=2)
        assert ability.trained.step is not None
        assert trained.step_size is not None
        assert ability.trained.t == pytest.approx(ability.trained.step * trained.step_size)
        assert ability.trained.peak is not None
        assert ability.trained.peak > 0.5
    assert kings.trained is not None
    assert (kings.trained.peak, kings.trained.step) == (None, None)
    assert "no question is covered" in (kings.trained.reason or "")


def test_trainers_are_compared_at_the_thresholds_of_one(worker: Worker) -> None:
    gd, word2vec = swept(worker, "trainer=gd,word2vec", steps=40, sigma=0.01)
    for found in (gd, word2vec):
        assert isinstance(found, CellResult)
        assert found.trained is not None
        assert found.trained.steps == 40
        assert "40 steps taken" in found.trained.note
    assert isinstance(word2vec, CellResult)
    assert word2vec.no_run == "word2vec is not forecast"
    assert word2vec.abilities.categories[0].step is None
    assert word2vec.abilities.categories[0].critical_size is not None
    trained = word2vec.abilities.categories[0].trained
    assert trained is not None
    if trained.step is None:
        assert "is half of the peak forecast" in (trained.reason or "")


def test_a_cell_that_fails_says_why_and_the_others_go_on(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    too_large, fine = swept(worker, "dim=64,6", trained=True, steps=3)
    assert isinstance(too_large, QwemError)
    assert str(too_large).startswith("--dim 64 is more than the")
    assert isinstance(fine, CellResult)
    real = predicted_cell
    raised: list[Exception] = [MemoryError(), ZeroDivisionError("defect")]

    def failing(*given: Any) -> CellResult:
        if raised:
            raise raised.pop(0)
        return real(*given)

    monkeypatch.setattr(worker_module, "predicted_cell", failing)
    memory, defect, good = swept(worker, "sigma=1e-2,1e-4,1e-8")
    assert isinstance(memory, QwemError)
    # it comes out of another process
    assert pickle.loads(pickle.dumps(memory)).settings == ("workers", "vocab_size", "dim")  # noqa: S301
    assert str(memory) == "Out of memory: use fewer --workers, or a smaller --vocab-size or --dim."
    assert isinstance(defect, QwemError)
    assert str(defect).startswith("Internal error in test_worker.py, line ")
    assert isinstance(good, CellResult)


def test_a_worker_whose_parent_is_gone_ends(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    attended = worker_module._ParentWatch()
    attended.advance(1.0)
    monkeypatch.setattr(os, "getppid", lambda: 1)
    cells = grid(SweepConfig(StudyConfig(("t",), window=8, dim=6), (parse_factor("window=4"),), 12))
    with pytest.raises(Cancelled):
        list(worker.measured({0: cells[0]}, attended))
