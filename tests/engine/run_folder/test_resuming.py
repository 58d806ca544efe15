"""A run that was interrupted, at whatever moment, is the run that never was."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from qwem_tui.base.errors import UsageError
from qwem_tui.base.names import TrainerName
from qwem_tui.engine.commands import Pause, Resume, RunUntil, SaveCheckpoint, SetStepSize, Step
from qwem_tui.engine.goals import StepReached
from qwem_tui.engine.live_run import LiveRun, branch_of
from qwem_tui.engine.outcome import GoalReached
from qwem_tui.engine.run_config import RunConfig, resumed_config
from qwem_tui.engine.run_folder.checkpoints import Checkpoints
from qwem_tui.engine.run_folder.reader import read_record, read_run, resume_point_of
from qwem_tui.engine.run_folder.recorder import RunRecorder
from qwem_tui.engine.schedule import Schedule
from qwem_tui.engine.status import Phase
from qwem_tui.engine.timeline import StepSizeChange, Timeline
from qwem_tui.study.config import StudyConfig
from tests.engine.conftest import Runs
from tests.engine.waiting import finished, left, step_of
from tests.waiting import PATIENCE, wait_for

TRAINERS: tuple[TrainerName, ...] = ("gd", "sgd", "word2vec")


def schedule_of(path: Path) -> Schedule:
    """When the run in `path` was to be measured, with its changes of the step size."""
    schedule, changes = read_run(path).schedule, read_record(path).changes
    step_size = json.loads((path / "run.json").read_text(encoding="utf-8"))["step_size"]
    for number, change in enumerate(changes):
        before, after = Timeline(step_size, changes[:number]), Timeline(step_size, changes[: number + 1])
        schedule = schedule.retimed(before, after, change.step)
    return schedule


def assert_same_run(whole: Path, other: Path) -> None:
    """All that is to be measured of the run in `whole` was measured of that in `other`, with the same outcome."""
    first, second = read_record(whole).frames, {frame.step: frame for frame in read_record(other).frames}
    schedule = schedule_of(whole)
    for one in first:
        if one.step not in second:
            # where it was told to stand still
            assert not schedule.observes(one.step)
            continue
        two = second[one.step]
        assert (one.t, one.loss) == (two.t, two.loss)
        assert (one.modes_learned, one.effective_rank) == (two.modes_learned, two.effective_rank)
        assert one.participation_ratio == two.participation_ratio
        np.testing.assert_array_equal(one.singular_values, two.singular_values)
        if schedule.evaluates(one.step):
            assert one.accuracies is not None
            assert two.accuracies is not None
            np.testing.assert_array_equal(one.accuracies, two.accuracies)
            assert one.overall_accuracy == two.overall_accuracy
    assert max(second) == first[-1].step
    ends = [Checkpoints(path / "checkpoints").load() for path in (whole, other)]
    assert ends[0].step == ends[1].step == first[-1].step
    for name, tensor in ends[0].state.items():
        assert torch.equal(tensor, ends[1].state[name]), name


@pytest.mark.parametrize(
    ("trainer", "precision"),
    [("gd", "float64"), ("sgd", "auto"), ("sgd", "float64"), ("word2vec", "auto"), ("word2vec", "float64")],
)
def test_stopped_twice_between_two_measurements(
    runs: Runs, measured_every: Callable[..., None], tmp_path: Path, trainer: TrainerName, precision: str
) -> None:
    measured_every(5, 20)
    whole = finished(runs.new(trainer, tmp_path / "whole", precision=precision))
    path = tmp_path / "run"
    left(runs.new(trainer, path, StepReached(13), precision=precision))
    left(runs.resumed(path, StepReached(28)))
    again = finished(runs.resumed(path, afresh=trainer == "sgd"))
    assert again.status().completion == whole.status().completion is not None
    assert_same_run(tmp_path / "whole", path)
    state = Checkpoints(path / "checkpoints").load().state
    assert state["W"].dtype == (torch.float32 if precision == "auto" else torch.float64)


@pytest.mark.parametrize("trainer", TRAINERS)
def test_a_run_repeats_bit_for_bit(
    runs: Runs, measured_every: Callable[..., None], tmp_path: Path, trainer: TrainerName
) -> None:
    measured_every(4, 12)
    for name in ("first", "second"):
        finished(runs.new(trainer, tmp_path / name))
    assert_same_run(tmp_path / "first", tmp_path / "second")
    assert_same_run(tmp_path / "second", tmp_path / "first")
    one, other = (finished(runs.new(trainer, seed=seed, steps=20)).snapshot(0) for seed in (0, 1))
    assert one is not None
    assert other is not None
    assert not np.array_equal(one.embeddings, other.embeddings)


def steer(run: LiveRun, step: int) -> None:
    """Run to `step` and keep the state there."""
    run.send(RunUntil(StepReached(step)))
    wait_for(lambda: step_of(run) == step and run.status().phase is Phase.PAUSED)
    assert isinstance(run.status().notice, GoalReached)
    kept = SaveCheckpoint()
    run.send(kept)
    assert kept.reply.result(PATIENCE) == step


@pytest.mark.parametrize("trainer", TRAINERS)
def test_the_step_size_changes_on_the_way(
    runs: Runs, measured_every: Callable[..., None], tmp_path: Path, trainer: TrainerName
) -> None:
    measured_every(3, 9)
    whole = tmp_path / "whole"
    run = runs.new(trainer, whole, paused=True)
    run.start()
    wait_for(lambda: run.status().phase is Phase.PAUSED)
    steer(run, 10)
    steer(run, 14)
    study = runs.study(trainer)
    run.send(SetStepSize(0.3))
    wait_for(lambda: run.status().changes != ())
    assert run.status().step_size == 0.3 * study.step_limit
    assert run.status().changes == (StepSizeChange(14, 0.3 * study.step_limit),)
    steer(run, 22)
    run.send(Resume())
    wait_for(lambda: run.status().phase is Phase.DONE)
    run.stop()
    assert run.join(PATIENCE)

    record = read_record(whole)
    assert record.changes == run.status().changes
    assert '{"step_size": ' in (whole / "frames.jsonl").read_text(encoding="utf-8")
    if trainer != "word2vec":
        timeline = Timeline(study.step_size, record.changes)
        for frame in record.frames:
            assert frame.t == pytest.approx(timeline.t_at(frame.step), rel=1e-12)
    times = [frame.t for frame in record.frames]
    assert times == sorted(times)

    for step, change_again in ((10, True), (14, False), (22, False)):
        path = tmp_path / f"from-{step}"
        shutil.copytree(whole, path)
        kept = Checkpoints(path / "checkpoints")
        for later in kept.steps():
            if later > step:
                kept.path(later).unlink()
        if change_again:
            left(runs.resumed(path, StepReached(14)))
        again = runs.resumed(path, paused=True)
        again.start()
        wait_for(lambda again=again: again.status().phase is Phase.PAUSED)  # type: ignore[misc]
        if change_again:
            again.send(SetStepSize(0.3))
        again.send(Resume())
        wait_for(lambda again=again: again.status().phase is Phase.DONE)  # type: ignore[misc]
        assert again.status().changes == record.changes
        assert again.status().completion == run.status().completion
        again.stop()
        assert again.join(PATIENCE)
        assert_same_run(whole, path)


@pytest.mark.parametrize("trainer", TRAINERS)
def test_pause_steps_and_on(
    runs: Runs, measured_every: Callable[..., None], tmp_path: Path, trainer: TrainerName
) -> None:
    measured_every(5, 20)
    run = runs.new(trainer, tmp_path / "run", paused=True)
    run.start()
    wait_for(lambda: run.status().phase is Phase.PAUSED)
    assert step_of(run) == 0
    for asked, step in ((1, 1), (1, 2), (9, 11)):
        run.send(Step(asked))
        wait_for(lambda step=step: step_of(run) == step and run.status().phase is Phase.PAUSED)  # type: ignore[misc]
        history = run.history()
        assert history is not None
        latest = history.latest()
        assert latest is not None
        # whoever stands still wants to know
        assert latest.accuracies is not None
        assert Checkpoints(tmp_path / "run" / "checkpoints").load().step == step
    run.send(Resume())
    wait_for(lambda: step_of(run) > 11)
    run.send(Pause())
    wait_for(lambda: run.status().phase in (Phase.PAUSED, Phase.DONE))
    run.send(Resume())
    wait_for(lambda: run.status().phase is Phase.DONE)
    run.stop()
    assert run.join(PATIENCE)
    finished(runs.new(trainer, tmp_path / "whole"))
    assert_same_run(tmp_path / "whole", tmp_path / "run")


@pytest.mark.parametrize("trainer", TRAINERS)
def test_a_branch_is_a_run_of_its_own(
    runs: Runs, measured_every: Callable[..., None], tmp_path: Path, trainer: TrainerName
) -> None:
    measured_every(4, 12)
    parent = tmp_path / "parent"
    run = runs.new(trainer, parent, paused=True)
    run.start()
    wait_for(lambda: run.status().phase is Phase.PAUSED)
    steer(run, 7)
    run.send(SetStepSize(0.4))
    steer(run, 18)
    run.send(Resume())
    wait_for(lambda: run.status().phase is Phase.DONE)
    run.stop()
    assert run.join(PATIENCE)
    before = {path: path.read_bytes() for path in sorted(parent.rglob("*")) if path.is_file()}

    branch = finished(runs.new(trainer, tmp_path / "branch", branch=branch_of(run, 18)))
    described = json.loads((tmp_path / "branch" / "run.json").read_text(encoding="utf-8"))
    assert described["parent"] == {"run": str(parent), "step": 18}
    assert branch.status().completion == run.status().completion
    assert_same_run(parent, tmp_path / "branch")
    # it can be read, and go on, without its parent
    assert read_record(tmp_path / "branch").changes == read_record(parent).changes
    other = runs.new(trainer, tmp_path / "other", paused=True, branch=branch_of(run, 7))
    other.start()
    wait_for(lambda: other.status().phase is Phase.PAUSED)
    other.send(SetStepSize(0.1))
    other.send(Step(4))
    wait_for(lambda: step_of(other) == 11)
    other.stop()
    assert other.join(PATIENCE)
    assert [frame.step for frame in read_record(tmp_path / "other").frames if frame.step <= 7] == [
        frame.step for frame in read_record(parent).frames if frame.step <= 7
    ]
    assert read_record(tmp_path / "other").frames[-1].t < read_record(parent, 11).frames[-1].t
    assert {path: path.read_bytes() for path in sorted(parent.rglob("*")) if path.is_file()} == before


def test_a_run_goes_on_wherever_it_is_resumed(text_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "asked.txt").write_text(": capitals\nparis france rome italy\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    study = StudyConfig((text_file.name,), dim=4, window=8, analogies="asked.txt", steps=3)
    finished(LiveRun(RunConfig(study, training_threads=1), recorder=RunRecorder(Path("run"))))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    stored = read_run(Path("../run"))
    assert stored.study.sources == (str(text_file),)
    assert stored.study.analogies == str(tmp_path / "asked.txt")
    resume_point = resume_point_of(stored)
    with pytest.raises(UsageError, match="--steps is 2: the run is at step 3 already"):
        resumed_config(stored, resume_point, 2)
    again = LiveRun(
        resumed_config(stored, resume_point, 6),
        recorder=RunRecorder(stored.path, resume_point),
        resume_point=resume_point,
    )
    assert step_of(finished(again)) == 6
    # what has moved is looked for where it was named
    shutil.move(text_file, tmp_path / "elsewhere")
    assert read_run(Path("../run")).study.sources == (text_file.name,)


def test_what_a_run_is_made_from_is_recorded(runs: Runs, tmp_path: Path) -> None:
    finished(runs.new("sgd", tmp_path / "run", steps=2, seed=5))
    described = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert described["schema"] == "qwem-run/1"
    assert described["trainer"] == described["settings"]["trainer"] == "sgd"
    assert described["settings"]["seed"] == 5
    assert (described["threads"], described["device"], described["dtype"]) == (1, "cpu", "float32")
    assert described["corpus"]["digest"] == f"sha256:{runs.study('sgd').digest}"
    assert described["versions"].keys() == {"qwem-tui", "python", "torch", "numpy"}
    assert described["versions"]["torch"] == str(torch.__version__)
    assert "parent" not in described
    stored = read_run(tmp_path / "run")
    assert (stored.study.seed, stored.study.steps, stored.threads) == (5, 2, 1)
    assert oct((tmp_path / "run").stat().st_mode)[-3:] == "700"
