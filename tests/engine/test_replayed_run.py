"""A run shown from its folder alone."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from qwem_tui.base.errors import QwemError, UsageError, worded
from qwem_tui.base.names import TrainerName
from qwem_tui.engine.commands import Resume, SaveCheckpoint, SetStepSize, Step
from qwem_tui.engine.live_run import LiveRun
from qwem_tui.engine.outcome import RunEnded, StepLimit
from qwem_tui.engine.replayed_run import ReplayedRun
from qwem_tui.engine.run_config import resumed_config
from qwem_tui.engine.run_folder.checkpoints import Checkpoints
from qwem_tui.engine.run_folder.lines import frame_line
from qwem_tui.engine.run_folder.reader import read_record, read_run, resume_point_of
from qwem_tui.engine.run_folder.recorder import RunRecorder
from qwem_tui.engine.status import Phase
from qwem_tui.engine.timeline import StepSizeChange
from tests.engine.conftest import Runs
from tests.engine.waiting import finished, step_of
from tests.waiting import PATIENCE, wait_for

OLD = Path(__file__).resolve().parents[1] / "data" / "written_by_5acf430"

Replay = Callable[[Path], ReplayedRun]


@pytest.fixture
def replay() -> Iterator[Replay]:
    """Replays, which are stopped when the test ends."""
    replays = []

    def begin(path: Path) -> ReplayedRun:
        run = ReplayedRun(path)
        replays.append(run)
        run.start()
        return run

    yield begin
    for run in replays:
        run.stop()
        assert run.join(PATIENCE)
        assert run.crash is None


def shown(run: ReplayedRun) -> int:
    history = run.history()
    frame = None if history is None else history.latest()
    return -1 if frame is None or run.status().phase is Phase.PREPARING else frame.step


def files(folder: Path) -> dict[str, tuple[bytes, int]]:
    """What is in the files below `folder`, and when they and their folders were written."""
    return {
        str(path.relative_to(folder)): (path.read_bytes() if path.is_file() else b"", path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
    }


@pytest.mark.parametrize("trainer", ["gd", "sgd", "word2vec"])
def test_a_run_that_is_done_is_shown_as_it_was(
    runs: Runs, replay: Replay, tmp_path: Path, trainer: TrainerName
) -> None:
    live = finished(runs.new(trainer, tmp_path / "run"))
    before = files(tmp_path)
    run = replay(tmp_path / "run")
    wait_for(lambda: run.status().phase is not Phase.PREPARING)
    assert run.status().phase is Phase.DONE
    assert run.status().completion == live.status().completion
    assert run.status().completion is not None
    assert run.over
    study, theirs = run.study(), live.study()
    assert study is not None
    assert theirs is not None
    assert study.config == theirs.config
    history, past, log, theirs_log = run.history(), live.history(), run.outcomes(), live.outcomes()
    assert history is not None
    assert past is not None
    assert log is not None
    assert theirs_log is not None
    assert [frame_line(frame) for frame in history.frames()] == [frame_line(frame) for frame in past.frames()]
    assert [step for step, _ in log.outcomes().records()] == [step for step, _ in theirs_log.outcomes().records()]
    snapshot, last = run.latest_snapshot(0), live.snapshot(0)
    assert snapshot is not None
    assert last is not None
    assert (snapshot.step, snapshot.t, snapshot.made_of) == (last.step, last.t, "checkpoint")
    np.testing.assert_array_equal(snapshot.embeddings, last.embeddings)
    at_first = run.snapshot_of(run.checkpoint_steps()[0])
    assert at_first is not None
    assert at_first.step == 0
    # what is asked of it all the same is not waited for, and changes nothing
    asked = SaveCheckpoint()
    run.send(asked)
    run.send(Step(1))
    run.end_run()
    assert asked.reply.cancelled()
    run.stop()
    assert run.join(PATIENCE)
    assert files(tmp_path) == before


def test_a_run_is_followed_to_its_end_and_where_it_is_resumed(runs: Runs, replay: Replay, tmp_path: Path) -> None:
    path = tmp_path / "run"
    live = runs.new("gd", path, paused=True)
    live.start()
    wait_for(lambda: live.status().phase is Phase.PAUSED)
    run = replay(path)
    wait_for(lambda: shown(run) == 0)
    assert run.status().phase is Phase.RUNNING
    assert not run.over
    live.send(SetStepSize(0.25, False))
    live.send(Step(4))
    wait_for(lambda: shown(run) == 4)
    study = run.study()
    assert study is not None
    assert run.status().changes == (StepSizeChange(0, 0.25 * study.step_limit),)
    assert run.status().step_size == 0.25 * study.step_limit
    live.stop()
    assert live.join(PATIENCE)
    wait_for(lambda: run.status().phase is Phase.STOPPED)
    assert run.status().notice == RunEnded(path, lost=False)
    # from an earlier step than it came to
    again = runs.resumed(path, paused=True, step=0)
    again.start()
    wait_for(lambda: shown(run) == 0)
    again.send(Resume())
    wait_for(lambda: run.status().phase is Phase.DONE)
    # its process is still there
    assert not run.over
    assert run.status().completion == again.status().completion
    assert shown(run) == step_of(again)
    again.stop()
    assert again.join(PATIENCE)


def test_a_run_that_is_resumed_with_another_limit_ends_at_that(runs: Runs, replay: Replay, tmp_path: Path) -> None:
    path = tmp_path / "run"
    finished(runs.new("gd", path, steps=5))
    run = replay(path)
    wait_for(lambda: run.status().completion == StepLimit(5))
    record = read_run(path)
    point = resume_point_of(record)
    finished(LiveRun(resumed_config(record, point, 8), recorder=RunRecorder(path, point), resume_point=point))
    wait_for(lambda: run.status().completion == StepLimit(8) and run.status().phase is Phase.DONE)
    assert shown(run) == 8


def test_runs_of_an_earlier_version_are_shown(replay: Replay) -> None:
    before = files(OLD)
    done, killed = replay(OLD / "finished"), replay(OLD / "killed")
    wait_for(lambda: shown(done) == 20 and shown(killed) == 9)
    assert done.status().completion == StepLimit(20)
    assert killed.status().phase is Phase.STOPPED
    # its latest checkpoint is of step 0
    assert killed.status().notice == RunEnded(OLD / "killed", lost=True)
    assert killed.status().changes == read_record(OLD / "killed").changes
    snapshot = killed.snapshot(0)
    assert snapshot is not None
    assert (snapshot.step, killed.checkpoint_steps()) == (0, (0,))
    assert done.outcomes() is None
    assert files(OLD) == before


@pytest.fixture
def old(tmp_path: Path) -> Path:
    shutil.copytree(OLD / "finished", tmp_path / "run")
    return tmp_path / "run"


def test_that_there_are_no_embeddings_is_said(old: Path, replay: Replay) -> None:
    for step in (0, 20):
        Checkpoints(old / "checkpoints").path(step).write_bytes(b"broken")
    run = replay(old)
    wait_for(lambda: shown(run) == 20)
    assert run.status().problem == ()
    assert run.snapshot(0) is None
    assert worded(run.status().problem) == "No checkpoint of this run can be read: embeddings are missing."


def test_damaged_lines_are_left_out_and_mentioned(old: Path, replay: Replay) -> None:
    with (old / "frames.jsonl").open("a", encoding="ascii") as frames:
        frames.write("garbage\n")
    run = replay(old)
    wait_for(lambda: shown(run) == 20)
    assert worded(run.status().problem).startswith("frames.jsonl has a damaged line, left out: ")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("frames.jsonl", None, "holds no frames to show: `qwem-tui resume RUN` writes them. frames.jsonl cannot be"),
        ("frames.jsonl", b"garbage\n", "holds no frames to show: `qwem-tui resume RUN` writes them. frames.jsonl has"),
        ("outlook.safetensors", None, "outlook.safetensors is missing: without it this run cannot be shown"),
        ("outlook.safetensors", b"broken", "outlook.safetensors is damaged"),
    ],
)
def test_what_cannot_be_shown_ends_in_one_sentence(
    old: Path, replay: Replay, name: str, content: bytes | None, said: str
) -> None:
    (old / name).unlink()
    if content is not None:
        (old / name).write_bytes(content)
    run = replay(old)
    wait_for(lambda: run.status().phase is Phase.FAILED)
    assert said.replace("RUN", str(old)) in str(run.status().error)
    assert run.study() is None
    assert run.history() is None


def test_a_folder_without_a_run_or_with_one_of_another_version_is_refused(old: Path, tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(UsageError, match="is not a run folder"):
            ReplayedRun(place)
    described = old / "run.json"
    described.write_text(described.read_text().replace("qwem-run/1", "qwem-run/0"))
    with pytest.raises(QwemError, match=r"another version: its run\.json is qwem-run/0"):
        ReplayedRun(old)


def test_a_run_from_a_pipe_is_not_said_to_continue(runs: Runs, replay: Replay, tmp_path: Path) -> None:
    config = runs.config("gd", sources=("-",))
    live = LiveRun(config, study=runs.study("gd"), recorder=RunRecorder(tmp_path / "run"), paused=True)
    live.start()
    wait_for(lambda: live.status().phase is Phase.PAUSED)
    live.stop()
    assert live.join(PATIENCE)
    run = replay(tmp_path / "run")
    wait_for(lambda: run.status().phase is Phase.STOPPED)
    assert run.sources == ("-",)
    assert run.status().notice is None
