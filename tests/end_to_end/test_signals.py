"""Whatever tells `train` to end: the state of the last step is kept, and the exit code says by what it was told."""

from __future__ import annotations

import json
import os
import resource
import signal
from pathlib import Path

import pytest

from qwem_tui.engine.run_folder.checkpoints import Checkpoints
from qwem_tui.engine.run_folder.reader import read_record
from tests.end_to_end.long_runs import LONG, assert_all_is_kept, has_kept, size, train
from tests.end_to_end.moments import IN_A_CHECKPOINT, IN_A_STEP, IN_AN_EVALUATION
from tests.end_to_end.zygote import Child, Zygote
from tests.engine.remote.client import Client


@pytest.mark.parametrize(
    ("number", "moment", "trainer"),
    [
        (signal.SIGINT, IN_A_STEP, "gd"),
        (signal.SIGTERM, IN_AN_EVALUATION, "gd"),
        (signal.SIGHUP, IN_A_CHECKPOINT, "gd"),
        (signal.SIGTERM, IN_A_STEP, "sgd"),
        (signal.SIGHUP, IN_AN_EVALUATION, "sgd"),
        (signal.SIGINT, IN_A_CHECKPOINT, "sgd"),
    ],
)
def test_a_signal_in_the_middle_of_something(
    zygote: Zygote, text_file: Path, tmp_path: Path, number: signal.Signals, moment: str, trainer: str
) -> None:
    child = train(zygote, text_file, tmp_path, trainer=trainer, before=moment)
    child.reach((tmp_path / "here").exists)
    child.send(number)
    (tmp_path / "here").unlink()
    assert child.wait() == 128 + number
    step = assert_all_is_kept(tmp_path)
    stopped = next(line for line in child.said.splitlines() if line.startswith("Stopped"))
    assert stopped.startswith(f"Stopped by {number.name} at step {step:,} (t/tau_1 = ")
    assert stopped.endswith("; `qwem-tui resume run` continues it.")
    assert "Traceback" not in child.said


#: decomposing takes long, and hears of the signal where it tells how far it is
IN_PREPARING = """
import time
from pathlib import Path
from qwem_tui.study import study

def hold(target, pairs, device, progress):
    progress.stage("decomposing")
    Path("here").touch()
    while True:
        time.sleep(0.01)
        progress.advance(0.0)

study.top_eigenpairs = hold
"""


def test_a_signal_before_there_is_a_run(zygote: Zygote, text_file: Path, tmp_path: Path) -> None:
    done = train(zygote, text_file, tmp_path, "--steps", "3")
    assert done.wait() == 0
    first = (tmp_path / "run" / "frames.jsonl").read_bytes()
    here = tmp_path / "here"
    for number, arguments, said in (
        (signal.SIGTERM, ("train", str(text_file), "--out", "other"), "nothing was saved."),
        (signal.SIGHUP, ("resume", "run"), "the run is as it was: `qwem-tui resume run` continues it."),
    ):
        here.unlink(missing_ok=True)
        child = zygote.start(*arguments, cwd=tmp_path, before=IN_PREPARING)
        child.reach(here.exists)
        child.send(number)
        assert child.wait() == 128 + number
        assert child.said.splitlines()[-1] == f"Stopped by {number.name} before training began: {said}"
    assert not (tmp_path / "other").exists()
    assert (tmp_path / "run" / "frames.jsonl").read_bytes().startswith(first)


def test_a_run_from_a_pipe_is_not_said_to_go_on(zygote: Zygote, text_file: Path, tmp_path: Path) -> None:
    child = zygote.start("train", "-", "--out", "run", *LONG["gd"], cwd=tmp_path, stdin=text_file)
    child.reach(lambda: has_kept(tmp_path))
    child.send(signal.SIGTERM)
    assert child.wait() == 128 + signal.SIGTERM
    assert "; its corpus came from a pipe and is gone, so that it cannot be continued." in child.said


def test_a_reader_that_goes_away(zygote: Zygote, text_file: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    child = train(zygote, text_file, tmp_path, "--json", stdout=tmp_path / "pipe")
    with (tmp_path / "pipe").open("rb") as pipe:
        assert json.loads(pipe.readline())["step"] == 0
    assert child.wait() == 128 + signal.SIGPIPE
    assert_all_is_kept(tmp_path)
    assert "Traceback" not in child.said
    assert "Exception ignored" not in child.said


def test_a_reader_that_stops_reading(zygote: Zygote, text_file: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    child = train(zygote, text_file, tmp_path, "--json", stdout=tmp_path / "pipe")
    with (tmp_path / "pipe").open("rb"):
        # many times what a pipe holds
        child.reach(lambda: size(tmp_path) > 150_000)
        child.send(signal.SIGTERM)
        assert child.wait() == 128 + signal.SIGTERM
    assert_all_is_kept(tmp_path)


class Line:
    """A terminal of which nobody reads more than one wants."""

    def __init__(self) -> None:
        self.master, slave = os.openpty()
        self.name = os.ttyname(slave)
        self._slave: int | None = slave

    def leave_to(self, child: Child) -> None:
        """Leave the terminal to the child, which has opened it by then."""
        child.reach(lambda: os.readlink(f"/proc/{child.pid}/fd/2") == self.name)
        assert self._slave is not None
        os.close(self._slave)

    def read(self) -> bytes:
        """All that is there to read; at the end of the line, too."""
        taken = b""
        os.set_blocking(self.master, False)
        while True:
            try:
                taken += os.read(self.master, 65536)
            except OSError:
                return taken


@pytest.mark.parametrize("silent", [False, True], ids=["read", "silent"])
def test_a_terminal_that_is_closed(zygote: Zygote, text_file: Path, tmp_path: Path, silent: bool) -> None:
    line = Line()
    # frames and progress fill what a terminal holds in no time
    child = train(zygote, text_file, tmp_path, *(("--json",) if silent else ()), terminal=line.name)
    line.leave_to(child)
    child.reach(lambda: size(tmp_path) > 150_000)
    os.close(line.master)
    assert child.wait() == 128 + signal.SIGHUP
    assert_all_is_kept(tmp_path)


def test_a_terminal_that_stops_reading(zygote: Zygote, text_file: Path, tmp_path: Path) -> None:
    line = Line()
    child = train(zygote, text_file, tmp_path, "--json", terminal=line.name)
    line.leave_to(child)
    child.reach(lambda: size(tmp_path) > 150_000)
    child.send(signal.SIGTERM)
    assert child.wait() == 128 + signal.SIGTERM
    os.close(line.master)
    assert_all_is_kept(tmp_path)


def test_suspended_and_brought_back(zygote: Zygote, text_file: Path, tmp_path: Path) -> None:
    line = Line()
    child = train(zygote, text_file, tmp_path, terminal=line.name)
    line.leave_to(child)
    child.reach(lambda: size(tmp_path) > 10_000)
    seen, reached = line.read(), read_record(tmp_path / "run").frames[-1].step
    os.write(line.master, b"\x1a")
    child.reach(lambda: child.state == "T")
    stood = size(tmp_path)
    assert Checkpoints(tmp_path / "run" / "checkpoints").load().step >= reached
    seen += line.read()
    assert seen.rfind(b"\x1b[?25h") > seen.rfind(b"\x1b[?25l") > -1
    child.send(signal.SIGCONT)
    child.reach(lambda: size(tmp_path) > stood)
    os.write(line.master, b"\x03")
    assert child.wait() == 128 + signal.SIGINT
    assert_all_is_kept(tmp_path)
    assert b"Stopped by SIGINT at step" in line.read()
    os.close(line.master)


def test_no_space_and_space_again(zygote: Zygote, text_file: Path, tmp_path: Path) -> None:
    often = "from qwem_tui.engine.run_folder import checkpoint_policy; checkpoint_policy.EVERY_SECONDS = 0.05"
    child = train(zygote, text_file, tmp_path, before=often)
    child.reach(lambda: has_kept(tmp_path))
    # what is there may not grow, and nothing of any size can be made
    resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
    child.reach(lambda: "No checkpoint could be written: Cannot write " in child.said)
    stood = size(tmp_path)
    client = Client(tmp_path / "run")
    at = client.step()
    child.reach(lambda: client.step() > at + 20)
    client.close()
    # a last line may be cut off where the space ends
    assert size(tmp_path) <= max(stood, 1000)
    resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    before = Checkpoints(tmp_path / "run" / "checkpoints").steps()[-1]
    child.reach(lambda: Checkpoints(tmp_path / "run" / "checkpoints").steps()[-1] > before)
    child.send(signal.SIGTERM)
    assert child.wait() == 128 + signal.SIGTERM
    last = assert_all_is_kept(tmp_path)
    steps = [frame.step for frame in read_record(tmp_path / "run").frames]
    assert len(steps) < last + 1
    assert "file too large; choose a place that takes files of this size" in child.said


def test_frames_that_find_no_space_end_the_run_with_all_kept(zygote: Zygote, text_file: Path, tmp_path: Path) -> None:
    child = train(zygote, text_file, tmp_path, "--json", stdout=Path("/dev/full"))
    assert child.wait() == 1
    assert_all_is_kept(tmp_path)
    assert "Frames could not be written to stdout: no space left on device. The run is in run." in child.said
