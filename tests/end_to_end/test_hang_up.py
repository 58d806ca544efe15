"""A terminal that goes away, and a run that is looked at from another one."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from qwem_tui.engine.goals import StepReached
from qwem_tui.engine.live_run import LiveRun
from qwem_tui.engine.run_config import RunConfig
from qwem_tui.engine.run_folder.reader import read_record
from qwem_tui.engine.run_folder.recorder import RunRecorder
from qwem_tui.engine.status import Phase
from qwem_tui.study.config import StudyConfig
from tests.end_to_end.long_runs import LONG, assert_all_is_kept, size
from tests.end_to_end.terminal import Forked, step_on
from tests.end_to_end.zygote import Zygote
from tests.engine.remote.client import Client
from tests.waiting import PATIENCE, wait_for

Begin = Callable[..., Forked]
#: what takes a while after it was announced goes on until a file is gone
LOADING = """
import time
from pathlib import Path
from qwem_tui.commands import run
from tests.waiting import PATIENCE

announce = run.announce

def announced(stays=False):
    announce(stays)
    Path("loading").touch()
    while Path("loading").exists():
        time.sleep(0.005)

run.announce = announced
"""


@pytest.fixture
def begin(zygote: Zygote, tmp_path: Path) -> Iterator[Begin]:
    """Starts qwem-tui in a terminal; a test that fails leaves nothing behind that would go on for ever."""
    begun: list[Forked] = []

    def begin(*arguments: str, before: str = "") -> Forked:
        begun.append(Forked(zygote, *arguments, cwd=tmp_path, before=before))
        return begun[-1]

    yield begin
    for terminal in begun:
        terminal.forked.kill()


def assert_no_screen_is_busy(pid: int) -> None:
    """What waits for keys waits for ever, rather than to be told again and again that there are none."""
    assert [os.readlink(f"/proc/{pid}/fd/{number}") for number in (1, 2)] == [os.devnull] * 2
    keys = os.open(f"/proc/{pid}/fd/0", os.O_RDONLY | os.O_NONBLOCK)
    with pytest.raises(BlockingIOError):
        os.read(keys, 1)
    os.close(keys)


def test_hung_up_it_goes_on_and_is_seen_and_steered_from_another_terminal(
    begin: Begin, text_file: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    first = begin("run", str(text_file), *LONG["gd"], "--out", str(run), "--on-hangup", "continue")
    first.wait_for(lambda text: step_on(text) >= 1)
    first.hang_up()
    client = Client(run)
    assert client.ask(do="pace", steps_per_second=50)["ok"]
    stood = size(tmp_path)
    wait_for(lambda: size(tmp_path) > stood)
    second = begin("attach", str(run))
    seen = step_on(second.wait_for(lambda text: step_on(text) >= 1))
    second.wait_for(lambda text: step_on(text) > seen)
    second.press(" ")
    second.wait_for(lambda text: "‖" in text)
    assert_no_screen_is_busy(first.pid)
    paused = size(tmp_path)
    second.press("q")
    assert second.exit_code() == 0
    assert second.restored
    assert f": it stays so until `qwem-tui attach {run}` (space) continues it".encode() in second.raw
    os.kill(first.pid, signal.SIGHUP)
    assert client.phase() == "paused"
    assert size(tmp_path) == paused
    client.close()
    os.kill(first.pid, signal.SIGTERM)
    assert first.exit_code() == 128 + signal.SIGTERM
    assert_all_is_kept(tmp_path, snapshot=True)


#: decomposing takes until a file is gone
PREPARING = """
import time
from pathlib import Path
from qwem_tui.study import study

top = study.top_eigenpairs

def slowly(*arguments, **options):
    Path("preparing").touch()
    while Path("preparing").exists():
        time.sleep(0.005)
    return top(*arguments, **options)

study.top_eigenpairs = slowly
"""


def test_a_run_that_is_being_prepared_is_waited_for(
    begin: Begin, zygote: Zygote, text_file: Path, tmp_path: Path
) -> None:
    child = zygote.start("train", str(text_file), *LONG["gd"], "--out", "run", cwd=tmp_path, before=PREPARING)
    child.reach((tmp_path / "preparing").exists)
    terminal = begin("attach", "run")
    terminal.wait_for(lambda text: f"run is being prepared by process {child.pid}: waiting for it" in text)
    (tmp_path / "preparing").unlink()
    terminal.wait_for(lambda text: step_on(text) >= 1)
    terminal.press("q")
    assert terminal.exit_code() == 0
    child.send(signal.SIGTERM)
    assert child.wait() == 128 + signal.SIGTERM


def test_a_terminal_that_fell_silent_before_it_went_away(begin: Begin, text_file: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    options = (*LONG["gd"], "--out", str(run), "--on-hangup", "continue", "--fps", "60")
    terminal = begin("run", str(text_file), *options)
    terminal.wait_for(lambda text: step_on(text) >= 1)
    # nobody reads: the screen's thread is stuck in what it has to write by then
    terminal.fill()
    stood = size(tmp_path)
    terminal.forked.reach(lambda: size(tmp_path) > stood + 10_000)
    terminal.hang_up()
    client = Client(run)
    assert client.ask(do="pause")["ok"]
    wait_for(lambda: client.phase() == "paused")
    wait_for(lambda: os.readlink(f"/proc/{terminal.pid}/fd/2") == os.devnull)
    assert_no_screen_is_busy(terminal.pid)
    paused = read_record(run).frames[-1].step
    assert client.ask(do="until", goal=f"step={paused + 20}")["ok"]
    wait_for(lambda: client.phase() == "paused" and read_record(run).frames[-1].step == paused + 20)
    assert client.ask(do="stop")["ok"]
    assert terminal.exit_code() == 0
    assert_all_is_kept(tmp_path, snapshot=True)


def test_hung_up_it_trains_to_its_end(begin: Begin, text_file: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    options = (*LONG["gd"], "--steps", "2000", "--out", str(run), "--on-hangup", "continue")
    terminal = begin("run", str(text_file), *options, before=LOADING)
    # before there is anything to see of it
    terminal.wait_for(lambda text: "loading" in text and (tmp_path / "loading").exists())
    assert not (run / "run.json").exists()
    terminal.hang_up()
    (tmp_path / "loading").unlink()
    assert terminal.exit_code() == 0
    assert read_record(run).frames[-1].step == 2000
    assert_all_is_kept(tmp_path, snapshot=True)


def test_a_run_of_the_app_is_resumed_there_and_hung_up_its_state_is_kept(
    begin: Begin, text_file: Path, tmp_path: Path
) -> None:
    config = RunConfig(StudyConfig((str(text_file),), dim=8, window=8, step_fraction=0.005), training_threads=1)
    begun = LiveRun(config, recorder=RunRecorder(tmp_path / "run", screen=True), goal=StepReached(10))
    begun.start()
    wait_for(lambda: begun.status().phase is Phase.PAUSED)
    begun.stop()
    assert begun.join(PATIENCE)
    terminal = begin("resume", str(tmp_path / "run"), "--until", "step=15")
    terminal.wait_for(lambda text: step_on(text) == 15 and "‖" in text)
    terminal.hang_up()
    assert terminal.exit_code() == 128 + signal.SIGHUP
    assert [frame.step for frame in read_record(tmp_path / "run").frames] == list(range(16))
    assert_all_is_kept(tmp_path, snapshot=False)
