from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from typer.testing import CliRunner

from qwem_tui.base.errors import UsageError
from qwem_tui.cli import app
from qwem_tui.commands import headless_run
from qwem_tui.commands.options import (
    ForceOptions,
    RunOptions,
    ShapedTextOptions,
    StartOptions,
    StudyOptions,
    TextOptions,
    TrainerOptions,
    TrainingOptions,
)
from qwem_tui.commands.settings import run_config, study_config
from qwem_tui.commands.signature import command
from qwem_tui.engine import step_timing
from qwem_tui.engine.run_config import RunConfig
from qwem_tui.study import predict
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.plan.planner import PlanConfig
from qwem_tui.study.prediction import PredictConfig
from qwem_tui.study.sweep.grid import SweepConfig
from qwem_tui.sweep_runner import runner

#: Every option of a study that `plan` and `sweep` both take, none as it is by default.
GIVEN = (
    "--vocab-size 70 --window 5 --window-shape flat --tokenizer whitespace --analogies own.txt --protocol pairs "
    "--normalize nfkc --strip-marks --keep-case --language tr "
    "--negative-weight 2 --dim 7 --sigma 1e-3 --step-size 0.25 --seed 9 --text-field body --encoding cp1252 --lines"
).split()
ASKED = StudyConfig(
    ("a.txt", "b.txt"), vocab_size=70, window=5, window_shape="flat", tokenizer="whitespace", analogies="own.txt",
    protocol="pairs", negative_weight=2.0, dim=7, sigma=1e-3, step_fraction=0.25, seed=9, normalize="nfkc",
    strip_marks=True, keep_case=True, language="tr", text_field="body", encoding="cp1252", lines=True,
)  # fmt: skip


class Asked(Exception):  # noqa: N818 - it ends a command once it is known what it asks for
    pass


def configuration(*arguments: str) -> object:
    """Return what a command asks for; it is ended before it begins to work."""
    with pytest.raises(Asked) as caught:
        app([*arguments], standalone_mode=False)
    return caught.value.args[0]


@pytest.fixture(autouse=True)
def _ended(monkeypatch: pytest.MonkeyPatch) -> None:
    def end(config: object, *_: object) -> None:
        raise Asked(config)

    for module, name in (
        (step_timing, "plan_here"), (runner, "swept"), (predict, "predict"), (headless_run, "train_headless"),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, end)


def test_every_option_of_a_study_is_one_of_its_settings() -> None:
    assert study_config(
        ShapedTextOptions(corpus=["a.txt", "b.txt"], window_shape="flat"),
        StartOptions(step_size=0.3),
        TrainerOptions("gd"),
        TrainingOptions(force=True),
    ) == StudyConfig(("a.txt", "b.txt"), step_fraction=0.3, forced=True, window_shape="flat")


def test_an_option_that_is_not_given_is_as_by_default() -> None:
    groups = (ShapedTextOptions(corpus=[]), StartOptions(), TrainerOptions(), TrainingOptions())
    assert study_config(*groups) == StudyConfig(())


def test_a_setting_that_a_study_has_not_is_refused() -> None:
    @dataclass(frozen=True)
    class Misspelt(StudyOptions):
        vocabulary_size: int = 5

    with pytest.raises(TypeError, match="vocabulary_size"):
        study_config(TextOptions(corpus=["a.txt"]), Misspelt())
    mapping: Any = {"corpus": ["a.txt"], "vocabulary_size": 5}
    with pytest.raises(TypeError):
        study_config(mapping)


def test_plan_and_sweep_and_predict_take_what_is_studied_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.txt").write_text(": a\nparis france rome italy\n", encoding="utf-8")
    plan = configuration("plan", "a.txt", "b.txt", *GIVEN)
    sweep = configuration("sweep", "a.txt", "b.txt", *GIVEN, "--over", "sigma=1e-2,1e-4")
    assert isinstance(plan, PlanConfig)
    assert isinstance(sweep, SweepConfig)
    assert plan.study == sweep.study == ASKED
    assert configuration("predict", "a.txt", "b.txt", *GIVEN, "--max-dim", "40") == PredictConfig(ASKED, largest_dim=40)


def test_a_baseline_is_predicted_with_the_options_as_they_are() -> None:
    config = configuration("predict", "a.txt", "--target", "ppmi")
    assert isinstance(config, PredictConfig)
    assert config.target == "ppmi"


def test_train_takes_what_is_studied_and_where() -> None:
    shape = GIVEN.index("--window-shape")
    given = [*GIVEN[:shape], *GIVEN[shape + 2 :], "--trainer", "sgd", "--precision", "float64", "--force"]
    sgd = replace(ASKED, window_shape="dynamic", trainer="sgd", precision="float64", forced=True)
    assert configuration("train", "a.txt", "b.txt", *given, "--threads", "3", "--keep-gb", "0.5") == RunConfig(
        sgd, "auto", training_threads=3, spare_cores=0, keep_bytes=500_000_000
    )
    default = run_config(RunOptions(), 1, TextOptions(corpus=["a.txt"]))
    assert default == RunConfig(StudyConfig(("a.txt",)), spare_cores=1)


@pytest.mark.parametrize("keep", ["0", "-1", "inf", "nan", "1e-12"])
def test_no_space_for_checkpoints_is_refused(keep: str) -> None:
    with pytest.raises(UsageError, match=r"--keep-gb is .*: give 1e-9 \(one byte\) or more, such as 2\."):
        app(["train", "a.txt", "--keep-gb", keep], standalone_mode=False)


def test_too_little_space_for_checkpoints_is_refused_as_it_was_written() -> None:
    with pytest.raises(UsageError, match=r"^--keep-gb is 1e-11: give"):
        app(["train", "a.txt", "--keep-gb", "1e-11"], standalone_mode=False)


def test_only_a_command_that_can_be_insisted_upon_says_so() -> None:
    said = "--step-size is 1.5: it is in units of the stability limit; give a number between 0 and 1"
    for name, end in (("train", " (--force insists)."), ("predict", "."), ("plan", ".")):
        with pytest.raises(UsageError) as caught:
            app([name, "a.txt", "--step-size", "1.5"], standalone_mode=False)
        assert str(caught.value) == said + end


@dataclass(frozen=True)
class Shown:
    width: Annotated[int, typer.Option(help="How wide.")] = 80
    plain: Annotated[bool, typer.Option("--plain")] = False


@dataclass(frozen=True)
class Wide(Shown):
    width: Annotated[int, typer.Option(help="How wide in all.")] = 200
    colour: Annotated[bool, typer.Option()] = True


def test_a_command_has_an_option_for_each_field_of_its_groups() -> None:
    calls: list[object] = []

    @command
    def show(name: Annotated[str, typer.Argument()], shown: Wide, force: ForceOptions, times: int = 1) -> None:
        """Show something."""
        calls.append((name, shown, force, times))

    shell = typer.Typer(rich_markup_mode=None)
    shell.command()(show)
    assert CliRunner().invoke(shell, ["a", "--width", "9", "--no-colour", "--times", "2", "--force"]).exit_code == 0
    assert CliRunner().invoke(shell, ["b"]).exit_code == 0
    assert calls == [
        ("a", Wide(9, colour=False), ForceOptions(force=True), 2),
        ("b", Wide(), ForceOptions(), 1),
    ]
    said = " ".join(CliRunner().invoke(shell, ["--help"]).stdout.split())
    assert "Show something." in said
    # a group that redefines an option has it in the same place, in its own words
    assert said.index("How wide in all. [default: 200]") < said.index("--plain") < said.index("--force")


def test_an_option_in_two_groups_is_refused() -> None:
    def twice(shown: Shown, width: int = 3) -> None:
        raise AssertionError((shown, width))

    with pytest.raises(ValueError, match="width"):
        command(twice)


@pytest.mark.parametrize("words", ["predict a.txt", "train a.txt", "analogies make a.txt", "sweep a.txt --over seed=1"])
def test_a_language_without_rules_of_its_own_is_refused_in_our_words(words: str) -> None:
    with pytest.raises(UsageError) as caught:
        app([*words.split(), "--language", "de"], standalone_mode=False)
    assert str(caught.value) == (
        "--language is de: give az, lt or tr, or leave it out: lower case is the same in all other languages."
    )
