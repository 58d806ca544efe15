"""Embeddings read from the checkpoints of a run folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from qwem_tui.base.errors import QwemError, UsageError
from qwem_tui.engine.commands import SetStepSize, Step
from qwem_tui.engine.live_run import LiveRun
from qwem_tui.engine.run_folder.checkpoints import Checkpoints
from qwem_tui.engine.run_folder.forecast_file import read_forecast
from qwem_tui.engine.run_folder.saved_snapshots import SavedSnapshots
from qwem_tui.engine.status import Phase
from tests.engine.conftest import Runs
from tests.engine.waiting import step_of
from tests.waiting import PATIENCE, wait_for


@pytest.fixture
def run(runs: Runs, tmp_path: Path) -> LiveRun:
    """Ended at step 5, with checkpoints of steps 0 and 5, and a step size of its own from step 2 on."""
    run = runs.new("gd", tmp_path / "run", paused=True)
    run.start()
    wait_for(lambda: run.status().phase is Phase.PAUSED)
    for command, step in ((Step(2), 2), (SetStepSize(0.25, False), 2), (Step(3), 5)):
        run.send(command)
        wait_for(lambda step=step: step_of(run) == step and not run.commands_waiting)  # type: ignore[misc]
    run.stop()
    assert run.join(PATIENCE)
    return run


def test_a_checkpoint_holds_the_embeddings_and_the_time_of_its_step(run: LiveRun) -> None:
    assert run.path is not None
    saved, study, now = SavedSnapshots(run.path), read_forecast(run.path), run.snapshot(PATIENCE)
    assert now is not None
    found = saved.of(5, study)
    assert found is not None
    assert (found.step, found.words, found.made_of) == (5, now.words, "checkpoint")
    np.testing.assert_array_equal(found.embeddings, now.embeddings)
    np.testing.assert_array_equal(found.counts, now.counts)
    # two steps at the size it began with, three at a quarter of the limit
    assert found.t == pytest.approx(2 * study.step_size + 3 * 0.25 * study.step_limit, rel=1e-12)
    assert found.t == now.t
    at_first = saved.of(0, study)
    assert at_first is not None
    assert at_first.t == 0.0
    assert np.linalg.norm(at_first.embeddings - now.embeddings) > 0.1 * np.linalg.norm(at_first.embeddings)


def test_the_run_itself_says_which_there_are(run: LiveRun, runs: Runs) -> None:
    steps = run.checkpoint_steps()
    assert steps == tuple(sorted(steps))
    assert {0, 5} <= set(steps)
    found = run.snapshot_of(5)
    assert found is not None
    assert (found.step, found.made_of) == (5, "checkpoint")
    assert run.snapshot_of(4) is None
    without = runs.new("gd")
    assert without.checkpoint_steps() == ()
    assert without.snapshot_of(0) is None


def test_the_latest_is_the_latest_that_can_be_read_and_is_read_once(
    run: LiveRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run.path is not None
    saved, study = SavedSnapshots(run.path), read_forecast(run.path)
    assert saved.latest(None) is None
    first = saved.latest(study)
    assert first is not None
    assert first.step == 5
    with monkeypatch.context() as patched:
        patched.setattr(Checkpoints, "load", lambda *_: pytest.fail("it was read already"))
        assert saved.latest(study) is first
    kept = Checkpoints(run.path / "checkpoints")
    kept.path(5).write_bytes(b"broken")
    before = saved.latest(study)
    assert before is not None
    assert before.step == kept.steps()[-2]
    for step in kept.steps():
        kept.path(step).write_bytes(b"broken")
    assert saved.latest(study) is None


def test_what_cannot_be_read_is_an_error_or_nothing(run: LiveRun, runs: Runs, tmp_path: Path) -> None:
    assert run.path is not None
    saved, study = SavedSnapshots(run.path), read_forecast(run.path)
    with pytest.raises(UsageError, match="has no checkpoint of step 4"):
        saved.read(4, study)
    assert saved.of(4, study) is None
    assert saved.of(5, None) is None
    other = runs.study("gd", dim=3)
    with pytest.raises(QwemError, match="is of another run"):
        saved.read(5, other)
    kept = Checkpoints(run.path / "checkpoints")
    whole = kept.load(5)
    kept.write(type(whole)(5, whole.trainer, {name: each for name, each in whole.state.items() if name != "steps"}))
    with pytest.raises(QwemError, match="step 5 is damaged"):
        saved.read(5, study)
    nowhere = SavedSnapshots(tmp_path / "nowhere")
    assert nowhere.steps() == ()
    assert nowhere.latest(study) is None
