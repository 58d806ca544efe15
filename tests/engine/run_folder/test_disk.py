"""A place that takes nothing any more does not end a run, and loses nothing that it had taken."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from qwem_tui.base.atomic import atomic_file, remove_partial
from qwem_tui.base.errors import worded
from qwem_tui.base.memory import resident_bytes
from qwem_tui.base.names import TrainerName
from qwem_tui.engine.commands import SetStepSize, Step
from qwem_tui.engine.history import History
from qwem_tui.engine.live_run import LiveRun
from qwem_tui.engine.run_folder.checkpoint_policy import CheckpointPolicy
from qwem_tui.engine.run_folder.checkpoints import Checkpoints
from qwem_tui.engine.run_folder.reader import read_record
from qwem_tui.engine.run_folder.writer import RunFolder
from qwem_tui.engine.status import Phase
from tests.engine.conftest import Runs
from tests.engine.run_folder.still import Still
from tests.engine.waiting import finished, step_of
from tests.waiting import PATIENCE, wait_for


def steps_on(run: LiveRun, count: int) -> int:
    """Take `count` steps; return where the run stands then."""
    wanted = step_of(run) + count
    run.send(Step(count))
    wait_for(lambda: step_of(run) == wanted and run.status().phase in (Phase.PAUSED, Phase.DONE))
    return wanted


def paused(run: LiveRun) -> LiveRun:
    run.start()
    wait_for(lambda: run.status().phase is Phase.PAUSED)
    return run


def ended(run: LiveRun) -> None:
    run.stop()
    assert run.join(PATIENCE)


def frames_at(path: Path) -> list[int]:
    return [frame.step for frame in read_record(path).frames]


def kept_at(path: Path) -> tuple[int, ...]:
    """The steps of all checkpoints, each of which loads."""
    kept = Checkpoints(path / "checkpoints")
    for step in kept.steps():
        assert int(kept.load(step).state["steps"]) == step
    return kept.steps()


def assert_continues(runs: Runs, path: Path, trainer: TrainerName) -> None:
    """The run at `path` goes on to the end of one that nothing ever happened to."""
    again, whole = finished(runs.resumed(path)).snapshot(0), finished(runs.new(trainer)).snapshot(0)
    assert again is not None
    assert whole is not None
    assert again.step == whole.step
    np.testing.assert_array_equal(again.embeddings, whole.embeddings)


def mounted(*arguments: str) -> bool:
    return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode == 0


@pytest.fixture
def little_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB."""
    path = tmp_path / "disk"
    path.mkdir()
    if os.geteuid() != 0 or not mounted("-t", "tmpfs", "-o", "size=256k", "tmpfs", str(path)):
        pytest.skip("needs root, to mount a small file system")
    yield path
    while subprocess.run(["umount", "--lazy", str(path)], capture_output=True, check=False).returncode == 0:
        pass


def test_a_full_disk_and_one_that_cannot_be_written(runs: Runs, little_disk: Path) -> None:
    path = little_disk / "run"
    run = paused(runs.new("gd", path, paused=True))
    steps_on(run, 5)
    assert not run.status().problem
    filler = little_disk / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 100)
    stood = steps_on(run, 4)
    problem = worded(run.status().problem)
    assert problem.startswith("No checkpoint could be written: Cannot write ")
    assert "no space left on device; make room there" in problem
    assert problem.count(". ") == 0
    assert stood == 9
    assert kept_at(path) == (0, 5)
    filler.unlink()
    steps_on(run, 3)
    assert not run.status().problem
    assert kept_at(path)[-1] == 12
    # a gap, and no damage
    assert {0, 1, 2, 3, 4, 5, 10, 11, 12} <= set(frames_at(path))
    assert set(frames_at(path)) < set(range(13))

    # a mount over it that takes no writing: what is open goes on, what is to be made does not
    assert mounted("--bind", str(little_disk), str(little_disk))
    assert mounted("-o", "remount,ro,bind", str(little_disk))
    steps_on(run, 2)
    assert "read-only file system" in worded(run.status().problem)
    subprocess.run(["umount", str(little_disk)], check=True)
    steps_on(run, 1)
    assert not run.status().problem
    assert kept_at(path)[-1] == 15
    ended(run)
    assert not list(path.rglob("*partial*"))
    assert_continues(runs, path, "gd")


def test_a_folder_that_may_not_be_written(runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "run"
    run = paused(runs.new("sgd", path, paused=True))
    steps_on(run, 2)
    folder = path / "checkpoints"
    if os.geteuid() == 0:
        # root may write anywhere
        plain = os.open

        def refused(name: str, *arguments: int) -> int:
            if Path(name).is_relative_to(folder):
                raise PermissionError(13, "Permission denied", name)
            return plain(name, *arguments)

        monkeypatch.setattr("qwem_tui.base.atomic.os.open", refused)
    folder.chmod(0o500)
    steps_on(run, 2)
    assert "permission denied; choose a place that you may write to" in worded(run.status().problem)
    assert kept_at(path)[-1] == 2
    monkeypatch.undo()
    folder.chmod(0o700)
    steps_on(run, 2)
    assert not run.status().problem
    assert kept_at(path)[-1] == 6
    ended(run)
    assert_continues(runs, path, "sgd")


@pytest.mark.parametrize("trainer", ["gd", "sgd"])
def test_a_folder_removed_while_the_run_goes_on_is_made_again(runs: Runs, tmp_path: Path, trainer: TrainerName) -> None:
    path = tmp_path / "run"
    run = paused(runs.new(trainer, path, paused=True))
    steps_on(run, 3)
    run.send(SetStepSize(0.3))
    run.send(SetStepSize(runs.study(trainer).step_size / runs.study(trainer).step_limit))
    steps_on(run, 2)
    files = {file.name for file in path.iterdir()}
    shutil.rmtree(path)
    steps_on(run, 3)
    assert worded(run.status().problem) == (
        "The run folder was removed while the run went on: it was made again, without its earlier checkpoints."
    )
    assert {file.name for file in path.iterdir()} - {"control.json"} == files - {"control.json"}
    assert set(frames_at(path)) >= {0, 3, 5, 8}
    assert read_record(path).changes == run.status().changes
    # the first as soon as it was missed
    assert kept_at(path)[-1] == 8
    # a part of it
    for name in ("lock", "run.json", "frames.jsonl"):
        (path / name).unlink()
        steps_on(run, 1)
        assert (path / name).exists()
    assert set(frames_at(path)) >= {0, 3, 5, 8, 9, 10, 11}
    # at the very end, with nothing new to write
    shutil.rmtree(path)
    ended(run)
    assert kept_at(path) == (11,)
    assert_continues(runs, path, trainer)


def test_checkpoints_removed_while_the_run_continues_come_back(runs: Runs, tmp_path: Path) -> None:
    run = paused(runs.new("gd", tmp_path / "run", paused=True))
    steps_on(run, 2)
    shutil.rmtree(tmp_path / "run" / "checkpoints")
    run.send(Step(40))
    wait_for(lambda: kept_at(tmp_path / "run") != ())
    ended(run)


def test_what_has_taken_the_folders_place_is_left_alone(runs: Runs, tmp_path: Path) -> None:
    path = tmp_path / "run"
    run = paused(runs.new("gd", path, paused=True))
    steps_on(run, 2)
    path.rename(tmp_path / "elsewhere")
    other = paused(runs.new("sgd", path, paused=True))
    steps_on(other, 1)
    before = {file: file.read_bytes() for file in sorted(path.rglob("*")) if file.is_file()}
    steps_on(run, 2)
    assert "already holds a run: give another --out, or remove it" in worded(run.status().problem)
    ended(run)
    assert {file: file.read_bytes() for file in sorted(path.rglob("*")) if file.is_file()} == before
    steps_on(other, 1)
    assert not other.status().problem
    ended(other)
    assert frames_at(path) == [0, 1, 2]
    assert kept_at(tmp_path / "elsewhere")[-1] == 2


def test_a_change_of_the_step_size_is_written_as_soon_as_it_can_be(
    runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run"
    run = paused(runs.new("gd", path, paused=True))
    steps_on(run, 2)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(RunFolder, "_append", full)
        run.send(SetStepSize(0.25))
        steps_on(run, 2)
        assert (
            worded(run.status().problem)
            == "Frames cannot be written, and the run continues without: No space left on device."
        )
    steps_on(run, 1)
    assert not run.status().problem
    ended(run)
    assert read_record(path).changes == run.status().changes != ()
    assert frames_at(path) == [0, 1, 2, 5]


def test_what_a_killed_process_left_half_written_goes(runs: Runs, tmp_path: Path) -> None:
    path = tmp_path / "run"
    ended(paused(runs.new("gd", path, paused=True)))
    mine = path / ".notes.partial"
    mine.touch()
    for name in (".run.json.partial-0123abcd", "checkpoints/.step-000000001.safetensors.partial-0123abcd"):
        (path / name).touch()
    ended(paused(runs.resumed(path, paused=True)))
    assert [file.name for file in path.rglob("*partial*")] == [".notes.partial"]
    remove_partial(path / "missing")
    with atomic_file(tmp_path / "file"):
        assert len(list(tmp_path.glob(".file.partial-????????"))) == 1
        remove_partial(tmp_path / "run")


def test_problems_of_the_keeper_are_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    kept = CheckpointPolicy(Checkpoints(tmp_path / "file" / "checkpoints"))
    kept.save(Still(torch.zeros(2, 2), 0.1))
    assert worded(kept.problem) == "No checkpoint could be written: Not a directory."


def test_a_long_run_takes_no_more_memory_than_a_short_one(
    runs: Runs, measured_every: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured_every(1, 1000)
    most = 2**20
    monkeypatch.setattr("qwem_tui.engine.live_run.History", partial(History, most_bytes=most))
    run = paused(runs.new("gd", tmp_path / "run", paused=True))
    steps_on(run, 500)
    before = resident_bytes()
    steps_on(run, 5000)
    assert resident_bytes() < before + 8 * 2**20
    history = run.history()
    assert history is not None
    assert len(history) * 600 < most
    ended(run)
    assert len(frames_at(tmp_path / "run")) == 5501
