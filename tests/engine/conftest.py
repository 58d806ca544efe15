"""Runs on the little text, which is prepared once for all tests of the engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from qwem_tui.base.names import TrainerName
from qwem_tui.base.progress import Silent
from qwem_tui.engine.goals import Goal
from qwem_tui.engine.live_run import LiveRun
from qwem_tui.engine.run_config import RunConfig
from qwem_tui.engine.run_folder.reader import read_run, resume_point_of
from qwem_tui.engine.run_folder.recorder import Branch, RunRecorder
from qwem_tui.engine.schedule import Schedule
from qwem_tui.engine.trainers import set_up
from qwem_tui.engine.training_loop.observer import Observer
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.study import CorpusStatistics, Study, gather
from qwem_tui.training.trainer import Trainer
from tests.conftest import little_text

#: settings with which each trainer takes 40 to 70 steps
SMALL: dict[TrainerName, dict[str, object]] = {"gd": {}, "sgd": {}, "word2vec": {"steps": 60}}


class Runs:
    """Makes runs of any trainer on the little text, with embeddings of size 4."""

    def __init__(self, text: Path) -> None:
        self._config = RunConfig(StudyConfig((str(text),), dim=4, window=8), training_threads=1)
        self._material: CorpusStatistics | None = None
        self._studies: dict[StudyConfig, Study] = {}

    def config(self, trainer: TrainerName, **settings: object) -> RunConfig:
        study = replace(self._config.study, trainer=trainer, **{**SMALL[trainer], **settings})  # type: ignore[arg-type]
        return replace(self._config, study=study)

    def study(self, trainer: TrainerName, **settings: object) -> Study:
        return self._study(self.config(trainer, **settings).study)

    def _study(self, config: StudyConfig) -> Study:
        if config not in self._studies:
            if self._material is None:
                self._material = gather(config, torch.device("cpu"), Silent())
            self._studies[config] = set_up(self._material, config, Silent())
        return self._studies[config]

    def new(
        self,
        trainer: TrainerName,
        path: Path | None = None,
        goal: Goal | None = None,
        paused: bool = False,
        branch: Branch | None = None,
        **settings: object,
    ) -> LiveRun:
        """A run, written down at `path` if that is given, that has not started."""
        return LiveRun(
            self.config(trainer, **settings),
            study=self.study(trainer, **settings),
            recorder=None if path is None else RunRecorder(path, branch=branch),
            resume_point=None if branch is None else branch.resume_point,
            goal=goal,
            paused=paused,
        )

    def resumed(
        self,
        path: Path,
        goal: Goal | None = None,
        paused: bool = False,
        step: int | None = None,
        afresh: bool = False,
    ) -> LiveRun:
        """The run at `path`, going on from its latest checkpoint or that of `step`; `afresh`: all is prepared anew."""
        stored = read_run(path)
        resume_point = resume_point_of(stored, step)
        return LiveRun(
            RunConfig(stored.study, training_threads=stored.threads),
            study=None if afresh else self._study(stored.study),
            recorder=RunRecorder(path, resume_point),
            resume_point=resume_point,
            goal=goal,
            paused=paused,
        )


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    path = tmp_path_factory.mktemp("text") / "little.txt"
    path.write_text(little_text(), encoding="utf-8")
    return Runs(path)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets word2vec take its steps in less time."""
    monkeypatch.setattr("qwem_tui.engine.trainers.DEFAULT_BATCH_SIZE", 1000)


@pytest.fixture
def measured_every(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, int], None]:
    """Fixes how often runs are measured and evaluated, which otherwise depends on how fast the machine is."""

    def fix(observe_every: int, evaluate_every: int) -> None:
        def schedule(_: Trainer, __: Observer, ___: float, also: tuple[int, ...] = ()) -> Schedule:
            return Schedule(evaluate_every, also, observe_every)

        monkeypatch.setattr("qwem_tui.engine.live_run.calibrate", schedule)

    return fix
