from __future__ import annotations

from dataclasses import replace

import pytest

from qwem_tui.base.errors import SettingError, option_name
from qwem_tui.engine.commands import SetStepSize
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.prediction import PredictConfig

STUDY = StudyConfig(("text.txt",))


@pytest.mark.parametrize(
    ("changes", "setting", "value"),
    [
        ({"step_fraction": 1.5}, "step_size", "1.5"),
        ({"step_fraction": 0.0}, "step_size", "0"),
        ({"step_fraction": float("inf"), "forced": True}, "step_size", "inf"),
        ({"sigma": 0.0}, "sigma", "0"),
        ({"sigma": 2.0}, "sigma", "2"),
        ({"sigma": 1e-200}, "sigma", "1e-200"),
        ({"sigma": float("nan")}, "sigma", "nan"),
        ({"window": 0}, "window", "0"),
        ({"window": 70_000}, "window", "70,000"),
        ({"vocab_size": 1}, "vocab_size", "1"),
        ({"seed": -1}, "seed", "-1"),
        ({"seed": 10**23}, "seed", f"{10**23}"),
        ({"dim": 0}, "dim", "0"),
        ({"steps": 0}, "steps", "0"),
        ({"negative_weight": float("inf")}, "negative_weight", "inf"),
        ({"window_shape": "flat", "trainer": "sgd"}, "window_shape", "flat"),
        ({"precision": "float32", "sigma": 1e-8}, "precision", "float32"),
        ({"language": "en\x1b"}, "language", "en\\x1b"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_where_it_is_made(
    changes: dict[str, object], setting: str, value: str
) -> None:
    with pytest.raises(SettingError) as caught:
        StudyConfig(("text.txt",), **changes)  # type: ignore[arg-type]
    assert caught.value.setting == setting
    assert str(caught.value).removeprefix(option_name(setting)).startswith((f" is {value}: ", f" {value} "))
    with pytest.raises(SettingError):
        replace(STUDY, **changes)  # type: ignore[arg-type]


def test_what_may_be_forced_says_so_and_is_taken_then() -> None:
    for changes in ({"step_fraction": 1.5}, {"precision": "float32", "sigma": 1e-8}):
        with pytest.raises(SettingError) as caught:
            replace(STUDY, **changes)
        assert caught.value.forceable
        assert replace(STUDY, **changes, forced=True).forced
    with pytest.raises(SettingError) as caught:
        replace(STUDY, step_fraction=-1.0)
    assert not caught.value.forceable


def test_a_step_size_on_the_way_is_checked_as_one_at_the_start_is() -> None:
    with pytest.raises(SettingError, match="--step-size is 1: it is in units of the stability limit"):
        SetStepSize(1.0)
    assert SetStepSize(1.0, forced=True).fraction == 1.0


@pytest.mark.parametrize("target", ["ppmi", "pmi"])
def test_a_baseline_has_no_run_to_give_settings_for(target: str) -> None:
    # the step size that is the default is not one that was asked for
    assert PredictConfig(replace(STUDY, step_fraction=0.5), target=target).target == target  # type: ignore[arg-type]
    for setting, study in (("dim", replace(STUDY, dim=8)), ("step_size", replace(STUDY, step_fraction=0.2))):
        with pytest.raises(SettingError, match="is that of the run whose steps are forecast") as caught:
            PredictConfig(study, target=target)
        assert caught.value.setting == setting
