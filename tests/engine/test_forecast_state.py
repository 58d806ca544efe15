from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
import torch

from qwem_tui.base.errors import QwemError
from qwem_tui.base.names import TrainerName
from qwem_tui.base.progress import Progress
from qwem_tui.engine.forecast_state import ForecastStates, NoStates, why_no_states
from qwem_tui.engine.run_folder.forecast_file import read_forecast, write_forecast
from qwem_tui.engine.timeline import StepSizeChange
from qwem_tui.engine.trainers import make_trainer
from qwem_tui.study.study import Study
from qwem_tui.theory.forecast_state import StateForecast, forecast_state
from tests.engine.conftest import Runs
from tests.waiting import PATIENCE, wait_for


def difference(W: torch.Tensor | None, trained: torch.Tensor) -> float:
    assert W is not None
    assert W.dtype == trained.dtype
    return float((W - trained).norm() / trained.norm())


def worked_out(study: Study) -> ForecastStates:
    states = ForecastStates(study)
    assert not states.ready
    assert states.at(0) is None
    states.start()
    # a second time changes nothing
    states.start()
    assert states.join(PATIENCE)
    assert states.ready
    assert states.crash is states.error is states.stage is None
    return states


def test_a_step_that_has_not_happened_is_as_training_will_make_it(runs: Runs) -> None:
    study = runs.study("gd")
    states, trainer = worked_out(study), make_trainer(study)
    for step in range(0, study.trajectory.expected_steps, 5):
        while trainer.steps < step:
            trainer.step()
        assert difference(states.at(step), trainer.W) < 0.01
    # none that was looked at before is lost by one that comes after, or by one beyond the end
    assert difference(states.at(10 * step), trainer.W) < 0.05
    assert difference(states.at(0), study.W0.to(study.dtype)) < 1e-5


def test_the_step_size_of_the_run_counts(runs: Runs) -> None:
    study = runs.study("gd")
    states, trainer = worked_out(study), make_trainer(study)
    changes = (StepSizeChange(5, 0.25 * study.step_size), StepSizeChange(15, 1.2 * study.step_size))
    for _ in range(20):
        trainer.step_size = {change.step: change.step_size for change in changes}.get(trainer.steps, trainer.step_size)
        trainer.step()
    assert difference(states.at(20), trainer.W) > 0.1
    assert difference(states.at(20, changes), trainer.W) < 0.01


def test_trainers_other_than_gd_have_none_and_say_so(runs: Runs) -> None:
    others: tuple[TrainerName, ...] = ("sgd", "word2vec")
    for name in others:
        study = runs.study(name)
        states = ForecastStates(study)
        states.start()
        assert states.missing is why_no_states(study) is NoStates.OTHER_TRAINER
        assert states.join(0)
        assert not states.ready
        assert states.at(3) is None


def test_a_run_folder_alone_has_none_and_its_corpus_read_again_has(runs: Runs, tmp_path: Path) -> None:
    study = runs.study("gd")
    write_forecast(tmp_path, study)
    stored = read_forecast(tmp_path)
    assert ForecastStates(stored).missing is NoStates.NO_CORPUS
    again = runs.study("gd", seed=stored.config.seed)
    assert ForecastStates(again).missing is None


class Held:
    """Stands in for `forecast_state`: waits in its first step until it is let go."""

    def __init__(self) -> None:
        self.begun, self.go, self.fails = threading.Event(), threading.Event(), False

    def __call__(self, *args: Any, progress: Progress) -> StateForecast:
        self.begun.set()
        assert self.go.wait(PATIENCE)
        if self.fails:
            raise QwemError("There is no room.")
        W0, target, spectrum, step_size = args
        return forecast_state(W0, target, spectrum, step_size, progress=progress)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Held:
    result = Held()
    monkeypatch.setattr("qwem_tui.engine.forecast_state.forecast_state", result)
    return result


def test_it_can_be_stopped_and_begun_again(runs: Runs, held: Held) -> None:
    states = ForecastStates(runs.study("gd"))
    # before it has begun there is nothing to stop
    states.stop()
    states.start()
    assert held.begun.wait(PATIENCE)
    states.stop()
    held.go.set()
    assert states.join(PATIENCE)
    assert not states.ready
    assert states.error is states.crash is None
    states.start()
    wait_for(lambda: states.ready)
    assert states.join(PATIENCE)


def test_what_went_wrong_is_kept(runs: Runs, held: Held) -> None:
    held.fails = True
    held.go.set()
    states = ForecastStates(runs.study("gd"))
    states.start()
    assert states.join(PATIENCE)
    assert str(states.error) == "There is no room."
    assert not states.ready


def test_training_keeps_its_threads(runs: Runs) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        worked_out(runs.study("gd"))
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)
