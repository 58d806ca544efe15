"""Sizes scored and a run forecast at once: the same answers, and no thread left behind."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from qwem_tui.base.errors import Cancelled, QwemError
from qwem_tui.study import size_scores, sizes_and_run
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.prediction import PredictConfig
from qwem_tui.theory import trajectory
from qwem_tui.theory.critical_size import outcomes_by_size
from tests.study.little import Stages, predicted, told
from tests.waiting import PATIENCE


@pytest.fixture
def two_threads() -> None:
    """Let sizes and the run forecast be worked out at once, as where there are two cores."""
    torch.set_num_threads(2)  # until the end of the test: see `one_thread`


def thread_counts() -> set[int]:
    """Return how many threads torch uses, here and in a thread that is new: each has a setting of its own."""
    with ThreadPoolExecutor(1) as fresh:
        return {torch.get_num_threads(), fresh.submit(torch.get_num_threads).result()}


@pytest.mark.parametrize("stage", ["forecasting", "asking the questions at every size"])
@pytest.mark.parametrize("threads", [1, 2])
def test_work_ends_when_nobody_waits(study: StudyConfig, stage: str, threads: int) -> None:
    class Stop(Stages):
        def advance(self, done: float) -> None:
            if self.seen[-1] == stage:
                raise Cancelled

    stop = Stop()
    torch.set_num_threads(threads)
    with pytest.raises(Cancelled):
        predicted(PredictConfig(study), stop)
    assert stop.seen[-1] == stage
    assert "sizes" not in {thread.name.partition("_")[0] for thread in threading.enumerate()}
    assert thread_counts() == {threads}


@pytest.mark.usefixtures("two_threads")
def test_two_things_at_once_are_what_they_are_one_by_one(study: StudyConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    workers: set[str] = set()
    tellers: set[str] = set()

    class Watched(Stages):
        def stage(self, name: str, total: float | None = None) -> None:
            super().stage(name, total)
            tellers.add(threading.current_thread().name)

        def advance(self, done: float) -> None:
            tellers.add(threading.current_thread().name)

    def asked(*arguments: object) -> object:
        workers.add(threading.current_thread().name.partition("_")[0])
        assert torch.get_num_threads() == 1
        return outcomes_by_size(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(size_scores, "outcomes_by_size", asked)
    at_once = predicted(PredictConfig(study), Watched())
    assert workers == {"sizes"}
    # whoever shows progress need not know of threads
    assert tellers == {threading.current_thread().name}
    workers.clear()
    monkeypatch.setattr(sizes_and_run, "_at_once", lambda spectrum: False)
    one_by_one = predicted(PredictConfig(study))
    assert workers == {threading.current_thread().name.partition("_")[0]}
    assert at_once.expected_steps == one_by_one.expected_steps is not None
    pairs = zip((*at_once.abilities, at_once.overall), (*one_by_one.abilities, one_by_one.overall), strict=True)
    for ability, other in pairs:
        assert (ability.crossing, ability.t) == (other.crossing, other.t)
        assert told(ability.size) == told(other.size)
        np.testing.assert_array_equal(ability.size.accuracy, other.size.accuracy)


@pytest.mark.usefixtures("two_threads")
def test_one_of_two_things_at_once_that_ends_late_leaves_nothing_behind(
    study: StudyConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, ended = threading.Event(), threading.Event()

    def late(*arguments: object) -> object:
        progress = arguments[-1]
        assert isinstance(progress, sizes_and_run._Ended)
        began.set()
        try:
            while True:
                progress.advance(0)
        finally:
            ended.set()

    class Stop(Stages):
        def stage(self, name: str, total: float | None = None) -> None:
            if name == "forecasting":
                assert began.wait(PATIENCE)
                raise Cancelled

    monkeypatch.setattr(size_scores, "outcomes_by_size", late)
    with pytest.raises(Cancelled):
        predicted(PredictConfig(study), Stop())
    assert ended.is_set()
    assert thread_counts() == {2}


@pytest.mark.usefixtures("two_threads")
def test_an_error_in_either_of_two_things_at_once_is_the_user_s(
    study: StudyConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(trajectory, "MOST_STEPS", 20)
        (warning,) = predicted(PredictConfig(study, draws=40)).warnings
        assert warning.startswith("No step is forecast: This run would take more than 20 steps to settle")

    def broken(*arguments: object) -> object:
        raise QwemError("The questions cannot be asked.")

    monkeypatch.setattr(size_scores, "outcomes_by_size", broken)
    with pytest.raises(QwemError, match="cannot be asked"):
        predicted(PredictConfig(study, draws=40))
