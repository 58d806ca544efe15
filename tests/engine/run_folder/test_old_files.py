"""Runs that an earlier version wrote (see the README beside them) still open, resume and are continued."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from qwem_tui.base.errors import worded
from qwem_tui.engine.live_run import LiveRun
from qwem_tui.engine.run_config import resumed_config
from qwem_tui.engine.run_folder.checkpoints import Checkpoints
from qwem_tui.engine.run_folder.forecast_file import read_forecast
from qwem_tui.engine.run_folder.frame_tail import FrameTail
from qwem_tui.engine.run_folder.lines import Sizes, frame_line
from qwem_tui.engine.run_folder.outcomes_file import OutcomesTail
from qwem_tui.engine.run_folder.reader import read_record, read_run, resume_point_of
from qwem_tui.engine.run_folder.recorder import RunRecorder
from qwem_tui.engine.timeline import StepSizeChange
from tests.conftest import little_text
from tests.engine.waiting import finished, step_of

OLD = Path(__file__).resolve().parents[2] / "data" / "written_by_5acf430"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the runs, their text and their questions."""
    shutil.copytree(OLD, tmp_path / "old")
    monkeypatch.chdir(tmp_path / "old")
    Path("little.txt").write_text(little_text(0, 60, 30), encoding="utf-8")
    return Path()


def resumed(path: Path, steps: int | None = None) -> LiveRun:
    stored = read_run(path)
    resume_point = resume_point_of(stored)
    run = LiveRun(
        resumed_config(stored, resume_point, steps), recorder=RunRecorder(path, resume_point), resume_point=resume_point
    )
    finished(run)
    assert run.status().error is None
    return run


@pytest.mark.parametrize(("name", "steps"), [("finished", 20), ("killed", 9)])
def test_an_old_run_opens(place: Path, name: str, steps: int) -> None:
    run, forecast = read_run(place / name), read_forecast(place / name)
    assert (run.study.sources, run.study.dim, run.study.window, run.threads) == (("little.txt",), 4, 8, 1)
    assert run.sizes == Sizes(4, 2)
    assert run.digest == forecast.digest
    assert forecast.analogies.names == ("capitals", "kings")
    record = read_record(place / name, sizes=run.sizes)
    assert [frame.step for frame in record.frames] == list(range(steps + 1))
    assert record.problem is None
    # as an attached screen reads it
    tail = FrameTail(place / name, forecast.dim, len(forecast.analogies.names))
    while tail.advance():
        pass
    assert tail.problem is None
    shown = tail.history.frames()
    assert [frame_line(frame) for frame in shown] == [frame_line(frame) for frame in record.frames]
    # which questions were right was not recorded then
    outcomes = OutcomesTail(place / name, forecast.analogies)
    assert not outcomes.advance()
    assert (outcomes.log, outcomes.problem) == (None, None)


def test_lines_are_written_as_they_were(place: Path) -> None:
    lines = (place / "finished" / "frames.jsonl").read_text(encoding="ascii").splitlines()
    assert [frame_line(frame) for frame in read_record(place / "finished").frames] == lines


def test_an_old_run_that_ended_is_continued(place: Path) -> None:
    before = read_record(place / "finished").frames
    run = resumed(place / "finished", 25)
    assert step_of(run) == 25
    record = read_record(place / "finished")
    assert [frame.step for frame in record.frames] == list(range(26))
    assert [frame_line(frame) for frame in record.frames[:21]] == [frame_line(frame) for frame in before]
    assert (record.frames[-1].modes_learned or 0) >= (before[-1].modes_learned or 0)
    assert Checkpoints(place / "finished" / "checkpoints").steps()[-1] == 25


def test_an_old_run_that_was_killed_goes_on_with_its_numbers(place: Path) -> None:
    before = read_record(place / "killed")
    assert before.changes == (StepSizeChange(0, 0.02814942640612933),)
    run = resumed(place / "killed", 15)
    assert step_of(run) == 15
    after = read_record(place / "killed")
    assert after.changes == before.changes
    # from its first checkpoint it takes the steps that it took then
    for one, other in zip(before.frames, after.frames, strict=False):
        assert (one.step, one.t) == (other.step, other.t)
        np.testing.assert_allclose(one.singular_values, other.singular_values, rtol=1e-4)


def test_damaged_lines_of_an_old_run_are_left_out_and_mentioned(place: Path) -> None:
    file = place / "finished" / "frames.jsonl"
    lines = file.read_text(encoding="ascii").splitlines()
    lines[4], lines[6] = lines[4].replace('"loss": 0.', '"loss": -1e9990.'), "garbage"
    file.write_text("".join(f"{line}\n" for line in lines), encoding="ascii")
    run = resumed(place / "finished", 22)
    history = run.history()
    assert history is not None
    assert [frame.step for frame in history.frames()] == [0, 1, 2, 3, 5, *range(7, 23)]
    assert worded(run.status().problem).startswith("frames.jsonl has 2 damaged lines, left out; the first: ")


def test_an_old_run_that_was_left_no_space_for_checkpoints_keeps_its_latest(place: Path) -> None:
    described = place / "killed" / "run.json"
    described.write_text(described.read_text().replace('"keep_bytes": 2000000000', '"keep_bytes": 0'))
    run = resumed(place / "killed")
    assert Checkpoints(place / "killed" / "checkpoints").steps()[-1] == step_of(run)
