from __future__ import annotations

from dataclasses import replace

import pytest

from qwem_tui.cli import app
from qwem_tui.commands import headless_run, plan, predict, sweep
from qwem_tui.commands.options import study_config
from qwem_tui.engine.run_config import RunConfig
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.plan.planner import PlanConfig
from qwem_tui.study.prediction import PredictConfig
from qwem_tui.study.sweep.grid import SweepConfig

#: Every option of a study that `plan` and `sweep` both take, none as it is by default.
GIVEN = (
    "--vocab-size 70 --window 5 --window-shape flat --tokenizer whitespace --analogies own.txt --protocol pairs "
    "--negative-weight 2 --dim 7 --sigma 1e-3 --step-size 0.25 --seed 9"
).split()
ASKED = StudyConfig(
    ("a.txt", "b.txt"), vocab_size=70, window=5, window_shape="flat", tokenizer="whitespace", analogies="own.txt",
    protocol="pairs", negative_weight=2.0, dim=7, sigma=1e-3, step_fraction=0.25, seed=9,
)  # fmt: skip


def test_options_are_the_fields_of_a_study_and_others_are_passed_over() -> None:
    found = study_config({"corpus": ["a.txt"], "step_size": 0.3, "force": True, "trainer": "sgd", "json_form": True})
    assert found == StudyConfig(("a.txt",), step_fraction=0.3, forced=True, trainer="sgd")


def test_plan_and_sweep_take_what_is_studied_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[StudyConfig] = []

    def begun(config: PlanConfig | SweepConfig, *_: object) -> int:
        asked.append(config.study)
        return 0

    monkeypatch.setattr(plan, "plan_headless", begun)
    monkeypatch.setattr(sweep, "sweep_headless", begun)
    app(["plan", "a.txt", "b.txt", *GIVEN], standalone_mode=False)
    app(["sweep", "a.txt", "b.txt", *GIVEN, "--over", "sigma=1e-2,1e-4"], standalone_mode=False)
    assert asked == [ASKED, ASKED]


def test_predict_and_train_take_what_is_studied_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[PredictConfig | RunConfig] = []

    def begun(config: PredictConfig | RunConfig, *_: object) -> int:
        asked.append(config)
        return 0

    monkeypatch.setattr(predict, "predict_headless", begun)
    monkeypatch.setattr(headless_run, "train_headless", begun)
    app(["predict", "a.txt", "b.txt", *GIVEN, "--max-dim", "40"], standalone_mode=False)
    shape = GIVEN.index("--window-shape")
    trained = [*GIVEN[:shape], *GIVEN[shape + 2 :], "--trainer", "sgd", "--precision", "float64", "--force"]
    app(["train", "a.txt", "b.txt", *trained, "--threads", "3", "--keep-gb", "0.5"], standalone_mode=False)
    assert asked[0] == PredictConfig(ASKED, largest_dim=40)
    sgd = replace(ASKED, window_shape="dynamic", trainer="sgd", precision="float64", forced=True)
    assert asked[1] == RunConfig(sgd, "auto", training_threads=3, spare_cores=0, keep_bytes=500_000_000)
