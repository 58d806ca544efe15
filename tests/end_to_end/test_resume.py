"""A run that is killed at any moment goes on from its latest checkpoint."""

from __future__ import annotations

import json
import random
import signal
from pathlib import Path

import pytest

from qwem_tui.engine.run_folder.checkpoints import Checkpoints
from qwem_tui.engine.run_folder.forecast_file import read_forecast
from qwem_tui.engine.run_folder.outcomes_file import read_outcomes
from qwem_tui.engine.run_folder.reader import read_record, read_run
from tests.end_to_end.long_runs import has_kept, size, train
from tests.end_to_end.zygote import Child, Zygote

#: without it a run this short keeps its state at its end alone
OFTEN = "from qwem_tui.engine.run_folder import checkpoint_policy; checkpoint_policy.EVERY_SECONDS = 0.1"


def begin(zygote: Zygote, text: Path, folder: Path, trainer: str = "gd") -> Child:
    """Start a run and return once it has kept a first checkpoint."""
    child = train(zygote, text, folder, trainer=trainer, before=OFTEN)
    child.reach(lambda: has_kept(folder))
    return child


def assert_nothing_is_broken(run: Path) -> int:
    """Every checkpoint loads, frames are read; return the step of the latest checkpoint."""
    kept = Checkpoints(run / "checkpoints")
    for step in kept.steps():
        assert int(kept.load(step).state["steps"]) == step
    latest = kept.load().step
    steps = [frame.step for frame in read_record(run).frames]
    every = read_run(run).schedule.observe_every
    assert set(range(0, steps[-1] + 1, every)) <= set(steps)
    # no more than the work since the latest checkpoint is gone
    assert latest in steps
    outcomes = read_outcomes(run, read_forecast(run).analogies, latest)
    assert outcomes is not None
    assert len(outcomes.outcomes().steps) > 0
    right = {step: correct.mean() for step, correct in outcomes.outcomes().records()}
    assert right == {
        frame.step: frame.overall_accuracy
        for frame in read_record(run, latest).frames
        if frame.overall_accuracy is not None
    }
    return latest


def killed_again_and_again(zygote: Zygote, text: Path, folder: Path, trainer: str, times: int, seed: int) -> Path:
    """Kill a run `times` times, and another one where it gets to its end meanwhile; return the folder of the last."""
    moments = random.Random(seed)
    killed = latest = 0
    child, place = begin(zygote, text, folder, trainer), folder
    while killed < times:
        until = size(place) + moments.randrange(30_000)
        child.wait_for(lambda: size(place) > until or child.poll() is not None)  # noqa: B023 - called at once
        child.kill()
        killed += child.code == 128 + signal.SIGKILL
        reached = assert_nothing_is_broken(place / "run")
        # checkpoints are never lost
        assert reached >= latest
        latest = reached
        if child.code == 0:
            place, latest = folder / f"after-{killed}", 0
            place.mkdir()
            child = begin(zygote, text, place, trainer)
            continue
        before = size(place)
        child = zygote.start("resume", "run", cwd=place, before=OFTEN)
        # its first line says from where it goes on
        child.wait_for(lambda: size(place) > before + 200 or child.poll() is not None)  # noqa: B023 - called at once
        assert child.poll() in (None, 0), child.said
    child.kill()
    assert assert_nothing_is_broken(place / "run") >= latest
    return place


@pytest.mark.parametrize(("trainer", "times"), [("gd", 5), ("sgd", 3)])
def test_killed_at_random_moments_it_continues_each_time(
    zygote: Zygote, text_file: Path, tmp_path: Path, trainer: str, times: int
) -> None:
    place = killed_again_and_again(zygote, text_file, tmp_path, trainer, times, seed=1)
    latest = Checkpoints(place / "run" / "checkpoints").load().step
    done = zygote.start("resume", "run", "--steps", str(latest + 50), "--json", cwd=place)
    assert done.wait() == 0, done.said
    steps = [json.loads(line)["step"] for line in done.out.splitlines()]
    assert latest < steps[0] <= latest + read_run(place / "run").schedule.observe_every
    assert steps[-1] == latest + 50
    assert Checkpoints(place / "run" / "checkpoints").load().step == latest + 50


@pytest.mark.benchmark
@pytest.mark.parametrize("trainer", ["gd", "sgd"])
def test_killed_a_hundred_times(zygote: Zygote, text_file: Path, tmp_path: Path, trainer: str) -> None:
    killed_again_and_again(zygote, text_file, tmp_path, trainer, 100, seed=2)


def test_two_do_not_write_one_run(zygote: Zygote, text_file: Path, tmp_path: Path) -> None:
    child = begin(zygote, text_file, tmp_path)
    second = zygote.start("resume", "run", cwd=tmp_path)
    assert second.wait() == 1
    child.kill()
    assert f"is being written by pid {child.pid} on " in second.said
    assert "Traceback" not in second.said


def test_what_cannot_go_on_is_said_in_one_sentence(zygote: Zygote, text_file: Path, tmp_path: Path) -> None:
    nothing = zygote.start("resume", "nothing", cwd=tmp_path)
    assert nothing.wait() == 2
    assert nothing.said.strip().endswith("give the folder that `train` wrote.")
    child = begin(zygote, text_file, tmp_path)
    child.send(signal.SIGTERM)
    assert child.wait() == 128 + signal.SIGTERM
    with text_file.open("a", encoding="utf-8") as more:
        more.write("one more line of text\n")
    changed = zygote.start("resume", "run", cwd=tmp_path)
    assert changed.wait() == 1
    assert "The corpus is not what it was when this run began" in changed.said
    assert "Traceback" not in changed.said
