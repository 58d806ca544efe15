"""Forecasts of runs on the little text, made once for all tests of screens."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from qwem_tui.base.progress import Silent
from qwem_tui.engine.run_config import RunConfig
from qwem_tui.engine.trainers import set_up
from qwem_tui.study.study import Study, gather
from tests.tui.little import CAPITALS, NOT_IN_THE_TEXT, little_config


@pytest.fixture
def config(tmp_path: Path) -> RunConfig:
    """A run that takes so long that it does not get anywhere."""
    study = little_config(tmp_path, CAPITALS + NOT_IN_THE_TEXT, 8)
    return RunConfig(study, training_threads=1, spare_cores=1, paced_seconds=3600.0)


@pytest.fixture(scope="session")
def studies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Study]:
    """By name: "gd" of size 8, the same by "word2vec", and one of size 3 ("small")."""
    config = little_config(tmp_path_factory.mktemp("studies"), CAPITALS + NOT_IN_THE_TEXT, 8)
    statistics = gather(config, torch.device("cpu"), Silent())
    settings = {"gd": config, "word2vec": replace(config, trainer="word2vec"), "small": replace(config, dim=3)}
    return {name: set_up(statistics, each, Silent()) for name, each in settings.items()}


@pytest.fixture
def gd(studies: dict[str, Study]) -> Study:
    return studies["gd"]
