"""The list of runs begun last, and what the commands that open runs say without an argument."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from qwem_tui.base.lock import locked
from qwem_tui.cli import app
from qwem_tui.engine.run_folder.recent_runs import latest_step, list_file, note_run, recent_runs

NOON = datetime(2026, 1, 2, 12, 0, 0)


@pytest.fixture(autouse=True)
def _own_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def begun(folder: Path, steps: int = 0, checkpoint: bool = False) -> Path:
    """A run folder as far as the list looks into it, noted."""
    (folder / "checkpoints").mkdir(parents=True)
    (folder / "run.json").write_text("{}", encoding="utf-8")
    lines = [json.dumps({"step": step, "loss": 0.5}) for step in range(steps)]
    (folder / "frames.jsonl").write_text("\n".join(lines), encoding="utf-8")
    if checkpoint:
        (folder / "checkpoints" / "step-000001.safetensors").touch()
    note_run(folder, ["some/text.txt", "other.txt"], "gd", NOON)
    return folder


def said(*arguments: str) -> str:
    done = CliRunner().invoke(app, [*arguments])
    assert done.exit_code == 0
    return done.output


def test_the_newest_run_is_first_each_is_there_once_and_the_list_is_bounded(tmp_path: Path) -> None:
    folders = [begun(tmp_path / f"run-{number}") for number in range(60)]
    runs, note = recent_runs()
    assert note == ""
    assert [run.folder for run in runs] == [str(folder) for folder in reversed(folders[10:])]
    note_run(folders[20], ["a.txt"], "sgd", NOON)
    runs, _ = recent_runs()
    assert (runs[0].folder, runs[0].sources, runs[0].trainer) == (str(folders[20]), ["a.txt"], "sgd")
    assert len(runs) == len({run.folder for run in runs}) == 50


def test_folders_that_are_gone_are_left_out(tmp_path: Path) -> None:
    kept, gone = begun(tmp_path / "kept"), begun(tmp_path / "gone")
    (gone / "run.json").unlink()
    assert [run.folder for run in recent_runs()[0]] == [str(kept)]


@pytest.mark.parametrize("content", [b"\xff", b"[]", b'{"runs": [1]}', b'{"runs": '])
def test_a_damaged_list_is_passed_over_with_a_note_and_begun_anew(tmp_path: Path, content: bytes) -> None:
    list_file().parent.mkdir(parents=True)
    list_file().write_bytes(content)
    runs, note = recent_runs()
    assert runs == ()
    assert "recent-runs.json is damaged" in note
    folder = begun(tmp_path / "run")
    assert [run.folder for run in recent_runs()[0]] == [str(folder)]
    assert recent_runs()[1] == ""


def test_a_list_that_cannot_be_written_stops_no_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    begun(tmp_path / "run")
    assert recent_runs()[0] == ()


def test_the_latest_step_is_that_of_the_last_whole_line(tmp_path: Path) -> None:
    assert latest_step(tmp_path) is None
    frames = tmp_path / "frames.jsonl"
    frames.write_text('{"step": 1}\n{"step": 12, "loss": null}\n{"change": 1}\n{"step": 13, "lo', encoding="utf-8")
    assert latest_step(tmp_path) == 12


def test_commands_without_an_argument_list_what_they_can_open(tmp_path: Path) -> None:
    ended = begun(tmp_path / "its end", steps=8, checkpoint=True)
    begun(tmp_path / "bare")
    running = begun(tmp_path / "running", steps=3, checkpoint=True)
    with locked(running, "wait"):
        replay, attach, resume = said("replay"), said("attach"), said("resume")
    assert replay.index("running") < replay.index("bare") < replay.index("its end")
    assert "2026-01-02 12:00:00  text.txt and 1 more, gd: step 2, running" in replay
    assert "no step yet, not running" in replay
    assert f"    qwem-tui attach {running}" in attach.splitlines()
    assert attach.count("qwem-tui attach") == 1
    # a path with a space is quoted as the shell needs it
    assert resume.splitlines()[1:] == [f"    qwem-tui resume '{ended}'"]


def test_where_there_is_nothing_to_open_that_is_said(tmp_path: Path) -> None:
    for command in ("resume", "attach", "replay"):
        assert said(command) == f"There is no run to {command} among those begun last; give the folder of one: " + (
            f"{command} RUN.\n"
        )
    assert not list_file().exists()
    assert os.listdir(tmp_path) == []


def test_what_stands_in_the_list_does_not_reach_the_terminal_as_it_is(tmp_path: Path) -> None:
    folder = begun(tmp_path / "run\x1b[31m")
    note_run(folder, ["a\x1b[2J.txt"], "gd", NOON)
    assert "\x1b" not in said("replay")
