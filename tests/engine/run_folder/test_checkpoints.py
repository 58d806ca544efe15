from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from qwem_tui.base.errors import QwemError, UsageError, worded
from qwem_tui.engine.frame import Frame
from qwem_tui.engine.live_run import LiveRun
from qwem_tui.engine.run_config import RunConfig
from qwem_tui.engine.run_folder import checkpoint_policy
from qwem_tui.engine.run_folder.checkpoint_policy import EVERY_SECONDS, CheckpointPolicy
from qwem_tui.engine.run_folder.checkpoints import Checkpoint, Checkpoints, spared
from qwem_tui.engine.run_folder.reader import ResumePoint, read_record, read_run, resume_point_of
from qwem_tui.engine.run_folder.recorder import RunRecorder
from qwem_tui.engine.run_folder.writer import RunFolder
from tests.engine.run_folder.still import Still
from tests.engine.waiting import config_for, finished


def state(step: int) -> dict[str, torch.Tensor]:
    return {"W": torch.full((5, 3), float(step)), "steps": torch.tensor(step)}


def frame(step: int, accuracies: list[float] | None = None) -> Frame:
    return Frame(
        step=step,
        t=0.1 * step,
        loss=1.0 / (step + 1),
        singular_values=np.array([0.1 + step, 1 / 3]),
        modes_learned=1,
        effective_rank=float("nan"),
        participation_ratio=1.5,
        accuracies=None if accuracies is None else np.array(accuracies),
        overall_accuracy=None if accuracies is None else 0.25,
        steps_per_second=7.0,
    )


def test_a_checkpoint_comes_back_as_it_was_and_others_can_read_it(tmp_path: Path) -> None:
    kept = Checkpoints(tmp_path / "checkpoints")
    with pytest.raises(UsageError, match="no checkpoint that can be read"):
        kept.load()
    for step in (3, 12):
        kept.write(Checkpoint(step, "gd", state(step)))
    assert kept.steps() == (3, 12)
    latest = kept.load()
    assert (latest.step, latest.trainer) == (12, "gd")
    assert torch.equal(latest.state["W"], state(12)["W"])
    assert torch.equal(kept.load(3).state["steps"], torch.tensor(3))
    assert torch.equal(load_file(kept.path(3))["W"], state(3)["W"])
    with pytest.raises(UsageError, match="no checkpoint of step 5; it has: 3, 12"):
        kept.load(5)


def test_a_damaged_checkpoint_is_passed_over_and_named_where_it_is_asked_for(tmp_path: Path) -> None:
    kept = Checkpoints(tmp_path)
    for step in (3, 12, 20):
        kept.write(Checkpoint(step, "gd", state(step)))
    kept.path(20).write_bytes(kept.path(20).read_bytes()[:-7])
    kept.path(12).rename(kept.path(15))
    assert kept.load().step == 3
    with pytest.raises(QwemError, match=r"step-000000020\.safetensors cannot be read"):
        kept.load(20)
    with pytest.raises(QwemError, match="its header says otherwise"):
        kept.load(15)


def test_old_checkpoints_make_room(tmp_path: Path) -> None:
    kept = Checkpoints(tmp_path, most_bytes=10 * 400)
    for step in range(0, 1000, 10):
        kept.write(Checkpoint(step, "gd", state(step)), pinned=(500, 700))
    steps = kept.steps()
    assert len(steps) <= 20
    assert {0, 500, 700, 990} <= set(steps)


def test_what_is_spared_grows_sparse_with_distance() -> None:
    assert spared([1, 2, 3], [], 3) == {1, 2, 3}
    kept = sorted(spared(range(1, 101), [], 8))
    assert len(kept) == 8
    assert (kept[0], kept[-1]) == (1, 100)
    gaps = np.diff(kept)[::-1]
    assert (np.diff(gaps[:-1]) >= 0).all()


def test_the_keeper_keeps_now_and_then_and_tries_again_after_a_failure(tmp_path: Path) -> None:
    now = [0.0]
    kept = Checkpoints(tmp_path / "checkpoints")
    policy = CheckpointPolicy(kept, lambda: now[0])
    trainer = Still(torch.zeros(4, 2), 0.1)

    def step(transition: bool = False, seconds: float = 1.0) -> None:
        now[0] += seconds
        trainer.step()
        policy.consider(trainer, transition)

    step()
    assert kept.steps() == ()
    step(transition=True)
    assert kept.steps() == (2,)
    step(seconds=EVERY_SECONDS - 1)
    assert kept.steps() == (2,)
    step(seconds=2.0)
    assert kept.steps() == (2, 4)
    policy.save(trainer)
    assert not policy.problem
    (tmp_path / "checkpoints").rename(tmp_path / "gone")
    (tmp_path / "checkpoints").write_text("a file in the way")
    step(seconds=EVERY_SECONDS + 1)
    assert worded(policy.problem).startswith("No checkpoint could be written: ")
    (tmp_path / "checkpoints").unlink()
    step(seconds=EVERY_SECONDS + 1)
    assert not policy.problem
    assert kept.steps() == (6,)


def kept_run(config: RunConfig, path: Path, resume_point: ResumePoint | None = None) -> LiveRun:
    """Run to the end with a run folder at `path`, as `train` and `resume` do."""
    return finished(LiveRun(config, recorder=RunRecorder(path, resume_point), resume_point=resume_point))


@pytest.mark.parametrize("sigma", [1e-4, 1e-8])
def test_a_run_that_continues_is_the_run_that_never_stopped(
    text_file: Path, tmp_path: Path, sigma: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a run so short could afford none but its first
    monkeypatch.setattr(checkpoint_policy, "TRANSITIONS_SHARE", 1e9)
    config = config_for(text_file, sigma=sigma)
    whole = kept_run(config, tmp_path / "whole")
    last = whole.snapshot(0)
    assert last is not None
    stored = read_run(tmp_path / "whole")
    assert stored.study == replace(config.study, dim=8)
    assert stored.threads == 1
    begun, middle, *_ = Checkpoints(tmp_path / "whole" / "checkpoints").steps()
    # whatever ends a run, and however soon, there is something to go on from
    assert begun == 0
    again = tmp_path / "again"
    shutil.copytree(tmp_path / "whole", again)
    for step in Checkpoints(again / "checkpoints").steps():
        if step > middle:
            Checkpoints(again / "checkpoints").path(step).unlink()
    with (again / "frames.jsonl").open("a", encoding="utf-8") as cut_off:
        cut_off.write('{"step": 99999, "t"')
    resumed = kept_run(config, again, resume_point_of(read_run(again))).snapshot(0)
    assert resumed is not None
    assert 0 < middle < resumed.step == last.step
    np.testing.assert_array_equal(resumed.embeddings, last.embeddings)
    first, second = read_record(tmp_path / "whole").frames, read_record(again).frames
    assert [frame.step for frame in first] == [frame.step for frame in second]
    for one, other in zip(first, second, strict=True):
        assert (one.step, one.t, one.loss) == (other.step, other.t, other.loss)
        assert (one.modes_learned, one.effective_rank) == (other.modes_learned, other.effective_rank)
        assert one.participation_ratio == other.participation_ratio
        np.testing.assert_array_equal(one.singular_values, other.singular_values)
        if stored.schedule.evaluates(one.step):
            assert one.accuracies is not None
            assert other.accuracies is not None
            np.testing.assert_array_equal(one.accuracies, other.accuracies)


def test_a_run_that_is_done_stays_so(text_file: Path, tmp_path: Path) -> None:
    config = config_for(text_file)
    whole = kept_run(config, tmp_path / "run").snapshot(0)
    again = kept_run(config, tmp_path / "run", resume_point_of(read_run(tmp_path / "run"))).snapshot(0)
    assert whole is not None
    assert again is not None
    assert again.step == whole.step


def test_a_run_does_not_go_on_with_another_text(text_file: Path, tmp_path: Path) -> None:
    config = config_for(text_file, steps=12)
    kept_run(config, tmp_path / "run")
    resume_point = resume_point_of(read_run(tmp_path / "run"))
    text_file.write_text(text_file.read_text(encoding="utf-8") + "one more line\n", encoding="utf-8")
    run = LiveRun(config, resume_point=resume_point)
    finished(run)
    assert "not what it was when this run began" in str(run.status().error)


def test_frames_that_could_not_be_written_leave_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = RunFolder(tmp_path / "run")
    for step in (0, 1):
        folder.write_frame(frame(step))

    real = folder._frames

    class Full:
        def write(self, data: memoryview) -> int:
            real.write(data[:20])
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder, "_frames", Full())
    with pytest.raises(OSError, match="No space"):
        folder.write_frame(frame(2))
    monkeypatch.setattr(folder, "_frames", real)
    folder.write_frame(frame(3))
    folder.close()
    assert [each.step for each in read_record(tmp_path / "run").frames] == [0, 1, 3]


def test_a_full_disk_does_not_end_a_run(text_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = RunRecorder(tmp_path / "run")
    problems: list[str] = []

    def write(self: RunRecorder, written: Frame, correct: object) -> None:
        problems.append(worded(run.status().problem))
        if 5 <= written.step < 10:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(RunRecorder, "write", write)
    run = LiveRun(config_for(text_file, steps=20), recorder=recorder)
    finished(run)
    assert run.status().error is None
    assert "Frames cannot be written, and the run continues without: No space left on device." in problems
    assert not run.status().problem
    assert Checkpoints(tmp_path / "run" / "checkpoints").load().step == 20
