"""The closing lines of runs that are not trained."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from qwem_tui.base.progress import Silent
from qwem_tui.engine.frame import Frame
from qwem_tui.engine.history import History
from qwem_tui.engine.status import Phase
from qwem_tui.engine.trainers import set_up
from qwem_tui.formats.run.report import closing_lines
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.study import Forecast, gather
from qwem_tui.theory.reason import reason_of
from qwem_tui.theory.trajectory import Crossing
from tests.conftest import little_text

FOLDER = Path("runs/\x1b[31mred")
WAY_ON = "`qwem-tui resume x` resumes it"


@pytest.fixture(scope="module")
def forecast(tmp_path_factory: pytest.TempPathFactory) -> Forecast:
    folder = tmp_path_factory.mktemp("report")
    text, questions = folder / "little.txt", folder / "capitals.txt"
    text.write_text(little_text(), encoding="utf-8")
    pairs = ["paris france", "rome italy", "madrid spain", "athens greece", "oslo norway"]
    questions.write_text(
        ": capitals\n"
        + "\n".join(f"{a} {b}" for a in pairs for b in pairs if a != b)
        + "\n: \x1b[2Jred\nparis france rome italy\n: absent\nnowhere else not here\n"
    )
    config = StudyConfig((str(text),), dim=4, window=8, analogies=str(questions))
    return set_up(gather(config, torch.device("cpu"), Silent()), config, Silent())


def history_of(forecast: Forecast, *accuracies: float, modes: int | None = 3) -> History:
    history = History(forecast.dim, len(forecast.analogies.names))
    for step, accuracy in enumerate(accuracies):
        found = np.full(len(forecast.analogies.names), accuracy)
        history.add(
            Frame(step, step * forecast.step_size, 0.5, np.ones(forecast.dim), modes, 2.5, 1.5, found, accuracy, 10.0)
        )
    return history


def lines(forecast: Forecast, history: History, phase: Phase, stopped_by: str | None = None) -> list[str]:
    return closing_lines(forecast, history, phase, FOLDER, why="the loss settled", way_on=WAY_ON, stopped_by=stopped_by)


def test_a_run_that_is_done_is_reported_in_full(forecast: Forecast) -> None:
    crossings = (Crossing(1, 2, None), Crossing(None, None, reason_of("too few questions")), Crossing(None, None, None))
    forecast = replace(forecast, warnings=("A warning.",), trajectory=replace(forecast.trajectory, crossings=crossings))
    found = lines(forecast, history_of(forecast, 0.0, 1.0), Phase.DONE)
    assert found == [
        "A warning.",
        f"Done at step 1 (t/tau_1 = {forecast.step_size / forecast.time_unit:.2f}): the loss settled.",
        f"Loss 0.5000 (floor {forecast.loss_floor:.4f}), 3 of 4 modes learned.",
        "Analogies (questions protocol): 100.0% of 21 questions attempted, of 22.",
        "  100.0%  capitals  (20 of 20 attempted; crossed at step 1, forecast for step 1)",
        found[5],
        "Run folder: runs/\\x1b[31mred",
    ]
    assert found[5].startswith("  100.0%  \\x1b[2Jred  (1 of 1 attempted; ")
    assert found[5].endswith("too few questions)")


def test_a_category_that_has_not_crossed_is_below_its_threshold(forecast: Forecast) -> None:
    unknown = replace(forecast.trajectory, crossings=(Crossing(None, None, None),) * 3)
    found = lines(replace(forecast, trajectory=unknown), history_of(forecast, 0.0), Phase.DONE)
    assert f"below {forecast.trajectory.threshold[0]:.0%})" in found[-3]


@pytest.mark.parametrize(
    ("phase", "stopped_by", "expected"),
    [
        (Phase.PAUSED, None, "Stopped at step 0 (t/tau_1 = 0.00). the loss settled"),
        (Phase.PAUSED, "SIGTERM", f"Stopped by SIGTERM at step 0 (t/tau_1 = 0.00); {WAY_ON}."),
        (Phase.STOPPED, "SIGINT", f"Stopped by SIGINT at step 0 (t/tau_1 = 0.00); {WAY_ON}."),
        (Phase.STOPPED, None, f"Stopped at step 0 (t/tau_1 = 0.00); {WAY_ON}."),
    ],
)
def test_a_run_that_was_stopped_names_the_signal_and_the_way_on(
    forecast: Forecast, phase: Phase, stopped_by: str | None, expected: str
) -> None:
    assert lines(forecast, history_of(forecast, 0.0), phase, stopped_by)[len(forecast.warnings)] == expected


def test_a_trainer_without_modes_has_its_rank_reported(forecast: Forecast) -> None:
    bare = replace(forecast, loss_floor=None, warnings=())
    assert lines(bare, history_of(bare, 0.0, modes=None), Phase.DONE)[1] == (
        "Loss 0.5000, effective rank 2.5 of 4; modes learned are not defined for this trainer."
    )


def test_a_problem_stands_before_the_end(forecast: Forecast) -> None:
    found = closing_lines(
        forecast, history_of(forecast, 0.0), Phase.DONE, FOLDER, why="x", way_on=WAY_ON, problem="The disk is full."
    )
    assert found[len(forecast.warnings)] == "The disk is full."


def test_a_run_that_never_began_to_train_leaves_one_line_or_none() -> None:
    def before(phase: Phase, resumed: bool) -> list[str]:
        return closing_lines(None, None, phase, FOLDER, why="", way_on=WAY_ON, stopped_by="SIGINT", resumed=resumed)

    assert before(Phase.STOPPED, False) == ["Stopped by SIGINT before training began: nothing was saved."]
    assert before(Phase.STOPPED, True) == [f"Stopped by SIGINT before training began: the run is as it was: {WAY_ON}."]
    assert before(Phase.FAILED, False) == []
