"""A run that is killed at any moment goes on from its latest checkpoint."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from qwem_tui.engine.checkpoint import Checkpoints
from qwem_tui.engine.stored import read_frames, read_run

PROGRAM = [sys.executable, "-c", "from qwem_tui.cli import main; main()"]
#: a step so small that the run takes thousands
OPTIONS = ["--dim", "8", "--window", "8", "--step-size", "0.005", "--threads", "1"]


def begin(text: Path, run: Path) -> subprocess.Popen[bytes]:
    """Start a run and return once it has kept a first checkpoint."""
    process = subprocess.Popen(
        [*PROGRAM, "train", str(text), "--out", str(run), *OPTIONS], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    until = time.monotonic() + 60
    while not Checkpoints(run / "checkpoints").steps():
        assert time.monotonic() < until, "no checkpoint came"
        assert process.poll() is None, process.stderr.read().decode() if process.stderr else ""
        time.sleep(0.01)
    return process


def resume(run: Path, *options: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*PROGRAM, "resume", str(run), *options], capture_output=True, timeout=120, check=False)


def assert_nothing_is_broken(run: Path) -> int:
    """Every checkpoint loads, frames are read; return the step of the latest checkpoint."""
    kept = Checkpoints(run / "checkpoints")
    for step in kept.steps():
        assert int(kept.load(step).state["steps"]) == step
    latest = kept.load().step
    frames = read_frames(run)
    assert [frame.step for frame in frames] == list(range(len(frames)))
    assert frames[-1].step >= latest
    return latest


def killed_again_and_again(text: Path, run: Path, times: int, seed: int) -> None:
    moments = random.Random(seed)
    process = begin(text, run)
    latest = 0
    for _ in range(times):
        time.sleep(moments.uniform(0.0, 0.7))
        process.kill()
        process.wait()
        reached = assert_nothing_is_broken(run)
        # checkpoints are never lost
        assert reached >= latest
        latest = reached
        process = subprocess.Popen([*PROGRAM, "resume", str(run)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 60
        before = (run / "frames.jsonl").stat().st_size
        while (run / "frames.jsonl").stat().st_size <= before and process.poll() is None:
            assert time.monotonic() < until
            time.sleep(0.01)
    process.kill()
    process.wait()
    assert_nothing_is_broken(run)


def test_killed_at_random_moments_it_goes_on_each_time(text_file: Path, tmp_path: Path) -> None:
    killed_again_and_again(text_file, tmp_path / "run", 5, seed=1)
    latest = Checkpoints(tmp_path / "run" / "checkpoints").load().step
    done = resume(tmp_path / "run", "--steps", str(latest + 50), "--json")
    assert done.returncode == 0, done.stderr.decode()
    steps = [json.loads(line)["step"] for line in done.stdout.splitlines()]
    assert steps[0] == latest + 1
    assert steps[-1] == latest + 50
    assert Checkpoints(tmp_path / "run" / "checkpoints").load().step == latest + 50


@pytest.mark.benchmark
def test_killed_a_hundred_times(text_file: Path, tmp_path: Path) -> None:
    killed_again_and_again(text_file, tmp_path / "run", 100, seed=2)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_keeps_the_state_of_the_last_step(text_file: Path, tmp_path: Path, number: signal.Signals) -> None:
    run = tmp_path / "run"
    process = begin(text_file, run)
    process.send_signal(number)
    assert process.wait(60) == 128 + number
    assert assert_nothing_is_broken(run) == read_frames(run)[-1].step
    assert read_run(run).threads == 1


def test_two_do_not_write_one_run(text_file: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    process = begin(text_file, run)
    second = resume(run)
    process.kill()
    process.wait()
    assert second.returncode == 1
    said = second.stderr.decode()
    assert f"is being written by pid {process.pid} on " in said
    assert "Traceback" not in said


def test_what_cannot_go_on_is_said_in_one_sentence(text_file: Path, tmp_path: Path) -> None:
    nothing = resume(tmp_path / "nothing")
    assert nothing.returncode == 2
    assert nothing.stderr.decode().strip().endswith("give the folder that `train` wrote.")
    run = tmp_path / "run"
    process = begin(text_file, run)
    process.send_signal(signal.SIGTERM)
    process.wait(60)
    with text_file.open("a", encoding="utf-8") as more:
        more.write("one more line of text\n")
    changed = resume(run)
    assert changed.returncode == 1
    assert "The corpus is not what it was when this run began" in changed.stderr.decode()
    assert "Traceback" not in changed.stderr.decode()
