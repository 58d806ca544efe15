from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from qwem_tui.analogies.scoring import Scorer
from qwem_tui.base.progress import Silent
from qwem_tui.engine.trainers import make_trainer
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.study import Study, prepare
from qwem_tui.theory.trajectory import ForecastRun, beyond


def accuracies_at(study: Study, step: int) -> NDArray[np.float64]:
    """Return the accuracy forecast for each category (n_categories,) at `step`, NaN where nothing is asked."""
    W = ForecastRun(study.W0, study.statistics.wide.truncated(beyond(study.dim)), study.step_size).at(step)
    return study.analogies.accuracies(Scorer(study.analogies.questions, W.device).correct(W))


def test_accuracies_of_a_step_that_has_not_happened_are_those_of_the_run(text_file: Path, tmp_path: Path) -> None:
    analogies = tmp_path / "capitals.txt"
    pairs = [("paris", "france"), ("rome", "italy"), ("madrid", "spain"), ("athens", "greece"), ("oslo", "norway")]
    lines = [f"{a} {b} {c} {d}" for a, b in pairs for c, d in pairs if a != c]
    analogies.write_text(": capitals\n" + "\n".join(lines) + "\n: none\nking queen man woman\n", encoding="utf-8")
    config = StudyConfig((str(text_file),), dim=8, window=8, analogies=str(analogies))
    study = prepare(config, torch.device("cpu"), Silent())
    trainer = make_trainer(study)
    scorer = Scorer(study.analogies.questions, torch.device("cpu"))
    last = study.trajectory.learned_step
    for step in (0, last // 2, last):
        while trainer.steps < step:
            trainer.step()
        measured = study.analogies.accuracies(scorer.correct(trainer.W.float()))
        np.testing.assert_allclose(accuracies_at(study, step), measured, atol=0.1)
    assert np.isnan(accuracies_at(study, last)[1])
