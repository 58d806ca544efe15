"""A run looked at through its folder and its socket."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from qwem_tui.base.errors import UsageError, worded
from qwem_tui.engine.commands import Pause, Resume, RunUntil, SaveCheckpoint, SetPace, SetStepSize, Step, TakeSnapshot
from qwem_tui.engine.goals import ModesLearned, StepReached
from qwem_tui.engine.live_run import LiveRun
from qwem_tui.engine.outcome import GoalReached, LossSettled
from qwem_tui.engine.outcome_text import notice_text
from qwem_tui.engine.remote.attached_run import AttachedRun
from qwem_tui.engine.run_folder.checkpoints import Checkpoints
from qwem_tui.engine.run_folder.forecast_file import NAME
from qwem_tui.engine.status import Phase
from tests.engine.conftest import Runs
from tests.engine.waiting import step_of
from tests.waiting import PATIENCE, wait_for


@pytest.fixture
def run(runs: Runs, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[LiveRun]:
    """A run, of full batches unless asked otherwise, that is paused at its start."""
    run = runs.new(getattr(request, "param", "gd"), tmp_path / "run", paused=True)
    run.start()
    wait_for(lambda: run.status().phase is Phase.PAUSED and (tmp_path / "run" / "control.json").exists())
    yield run
    run.stop()
    assert run.join(PATIENCE)
    assert run.crash is None


@pytest.fixture
def attach() -> Iterator[Callable[[Path | None], AttachedRun]]:
    attached: list[AttachedRun] = []

    def attach(path: Path | None) -> AttachedRun:
        assert path is not None
        run = AttachedRun(path)
        attached.append(run)
        run.start()
        return run

    yield attach
    for run in attached:
        run.stop()
        assert run.join(PATIENCE)
        assert run.crash is None


Attach = Callable[[Path | None], AttachedRun]


def shown(attached: AttachedRun) -> int:
    """The step that is shown, or -1."""
    history = attached.history()
    frame = history.latest() if history is not None else None
    return -1 if frame is None else frame.step


def recorded(run: LiveRun | AttachedRun) -> list[tuple[int, list[bool]]]:
    log = run.outcomes()
    return [] if log is None else [(step, correct.tolist()) for step, correct in log.outcomes().records()]


def test_it_knows_which_questions_are_right_since_when(run: LiveRun, attach: Attach) -> None:
    attached = attach(run.path)
    for step in (3, 7):
        attached.send(RunUntil(StepReached(step)))
        wait_for(lambda step=step: shown(attached) == step and recorded(attached)[-1:] == recorded(run)[-1:] != [])  # type: ignore[misc]
        # it was evaluated where it stands
        assert recorded(run)[-1][0] == step
    assert recorded(attached) == recorded(run)


def test_it_shows_what_the_run_shows_and_carries_out_what_it_is_told(run: LiveRun, attach: Attach) -> None:
    attached = attach(run.path)
    wait_for(lambda: shown(attached) == 0 and attached.status().phase is Phase.PAUSED)
    study, own = attached.study(), run.study()
    assert study is not None
    assert own is not None
    assert study.config == own.config
    assert study.trajectory.crossing == own.trajectory.crossing
    attached.send(Step(3))
    wait_for(lambda: shown(attached) == 3 and attached.status().phase is Phase.PAUSED)
    attached.send(SetStepSize(0.3))
    attached.send(RunUntil(StepReached(9)))
    wait_for(lambda: shown(attached) == 9 and isinstance(attached.status().notice, GoalReached))
    assert attached.status().changes == run.status().changes != ()
    attached.send(RunUntil(ModesLearned(99)))
    wait_for(lambda: "The model has 4 modes" in notice_text(attached.status().notice))
    # what is refused at the socket is no failure of who asked, and said until something else is asked
    assert attached.status().phase is Phase.PAUSED
    assert run.status().notice == GoalReached(StepReached(9), "tau_1")
    attached.send(SetPace(0.001))
    attached.send(Resume())
    wait_for(lambda: attached.status().phase is Phase.RUNNING and attached.status().pace == 0.001)
    attached.send(Pause())
    wait_for(lambda: attached.status().phase is Phase.PAUSED)
    keep = SaveCheckpoint()
    attached.send(keep)
    assert keep.reply.result(PATIENCE) == shown(attached)
    ours, theirs = attached.history(), run.history()
    assert ours is not None
    assert theirs is not None
    for column in ("steps", "t", "loss", "singular_values", "modes_learned", "accuracies", "evaluated_steps"):
        np.testing.assert_array_equal(getattr(ours.columns(), column), getattr(theirs.columns(), column))
    with pytest.raises(ValueError, match="checkpoint"):
        attached.send(TakeSnapshot())


@pytest.mark.parametrize("run", ["gd", "word2vec"], indirect=True)
def test_a_snapshot_is_the_state_of_the_moment(run: LiveRun, attach: Attach) -> None:
    attached = attach(run.path)
    wait_for(lambda: shown(attached) == 0)
    attached.send(Step(5))
    wait_for(lambda: shown(attached) == 5)
    ours, theirs = attached.snapshot(PATIENCE), run.snapshot(PATIENCE)
    assert ours is not None
    assert theirs is not None
    assert (ours.step, ours.t, ours.words) == (theirs.step, theirs.t, theirs.words)
    assert ours.embeddings.dtype == np.float32
    np.testing.assert_array_equal(ours.embeddings, theirs.embeddings)
    np.testing.assert_array_equal(ours.counts, theirs.counts)


def test_two_look_at_once_and_leaving_leaves_the_run_alone(run: LiveRun, attach: Attach) -> None:
    first, second = attach(run.path), attach(run.path)
    wait_for(lambda: shown(first) == shown(second) == 0)
    first.send(Step(2))
    wait_for(lambda: shown(second) == 2)
    first.stop()
    assert first.join(PATIENCE)
    second.send(Step(1))
    wait_for(lambda: shown(second) == 3)
    assert not run.join(0)
    # one that has left answers for itself, and at once
    keep = SaveCheckpoint()
    first.send(keep)
    assert keep.reply.cancelled()


def test_the_end_of_the_run_is_seen_and_its_last_state_stays(run: LiveRun, attach: Attach) -> None:
    attached = attach(run.path)
    wait_for(lambda: shown(attached) == 0)
    attached.send(Step(4))
    wait_for(lambda: shown(attached) == 4)
    attached.end_run()
    assert run.join(PATIENCE)
    wait_for(lambda: attached.over)
    status = attached.status()
    assert status.phase is Phase.STOPPED
    assert (
        notice_text(status.notice)
        == f"The run was stopped, its state saved: `qwem-tui resume {run.path}` continues it."
    )
    assert shown(attached) == 4
    snapshot = attached.snapshot(PATIENCE)
    assert snapshot is not None
    assert snapshot.step == 4
    # damage is told, not raised
    Checkpoints((run.path or Path()) / "checkpoints").path(4).write_bytes(b"broken")
    for path in (run.path or Path()).glob("checkpoints/*"):
        path.write_bytes(b"broken")
    assert attached.snapshot(PATIENCE) is None
    assert "checkpoint" in worded(attached.status().problem)


def test_a_run_that_is_done_is_done_when_it_has_ended_too(run: LiveRun, attach: Attach) -> None:
    attached = attach(run.path)
    attached.send(Resume())
    wait_for(lambda: attached.status().phase is Phase.DONE)
    run.stop()
    assert run.join(PATIENCE)
    wait_for(lambda: attached.over)
    status = attached.status()
    assert status.phase is Phase.DONE
    assert status.completion == LossSettled(4)
    assert shown(attached) == step_of(run)


def test_a_process_that_ends_without_a_word_is_told_from_one_that_was_stopped(
    run: LiveRun, attach: Attach, monkeypatch: pytest.MonkeyPatch
) -> None:
    attached = attach(run.path)
    wait_for(lambda: shown(attached) == 0)
    # as it is with one that is killed
    monkeypatch.setattr("qwem_tui.engine.remote.server.Control._bid_farewell", lambda _: None)
    run.stop()
    assert run.join(PATIENCE)
    wait_for(lambda: attached.over)
    assert attached.status().phase is Phase.STOPPED
    assert notice_text(attached.status().notice).startswith(
        "The run's process ended without a word, killed perhaps: `qwem-tui resume"
    )
    assert shown(attached) == 0


def test_a_run_that_another_process_takes_up_is_not_followed_and_that_is_said(
    runs: Runs, run: LiveRun, attach: Attach
) -> None:
    attached = attach(run.path)
    wait_for(lambda: shown(attached) == 0)
    attached.send(Step(6))
    wait_for(lambda: shown(attached) == 6)
    attached.send(SaveCheckpoint())
    run.stop()
    assert run.join(PATIENCE)
    wait_for(lambda: attached.over)
    assert run.path is not None
    again = runs.resumed(run.path, paused=True)
    again.start()
    try:
        wait_for(lambda: "resumed elsewhere: `qwem-tui attach" in notice_text(attached.status().notice))
        assert attached.over
        assert not again.attended
        again.send(Step(2))
        wait_for(lambda: step_of(again) == 8)
        assert shown(attached) == 6
    finally:
        again.stop()
        assert again.join(PATIENCE)


def test_what_cannot_be_shown_ends_in_one_sentence(run: LiveRun, attach: Attach) -> None:
    assert run.path is not None
    (run.path / NAME).write_bytes(b"broken")
    attached = attach(run.path)
    wait_for(lambda: attached.status().phase is Phase.FAILED)
    assert f"{NAME} is damaged" in str(attached.status().error)
    assert attached.status().exit_code == 1
    # nothing has become of the run
    assert run.status().phase is Phase.PAUSED


def test_there_is_nothing_to_attach_to(run: LiveRun, tmp_path: Path) -> None:
    assert run.path is not None
    run.stop()
    assert run.join(PATIENCE)
    with pytest.raises(UsageError, match="No process writes"):
        AttachedRun(run.path)
    with pytest.raises(UsageError, match="is not a run folder"):
        AttachedRun(tmp_path)


def test_a_process_that_falls_silent_is_not_waited_for(
    run: LiveRun, attach: Attach, monkeypatch: pytest.MonkeyPatch
) -> None:
    attached = attach(run.path)
    wait_for(lambda: shown(attached) == 0)
    monkeypatch.setattr("qwem_tui.engine.remote.client._PATIENCE", 0.2)
    stuck = threading.Event()
    status = run.status

    def silent() -> object:
        stuck.wait(PATIENCE)
        return status()

    monkeypatch.setattr(run, "status", silent)
    wait_for(lambda: "does not answer" in worded(attached.status().problem))
    attached.send(Step(1))
    assert attached.snapshot(0.05) is None
    # who is slow for other reasons is not silent
    monkeypatch.setattr("qwem_tui.engine.remote.client._PATIENCE", PATIENCE)
    stuck.set()
    wait_for(lambda: not attached.status().problem and shown(attached) == 1)


def test_who_leaves_before_a_command_is_carried_out_is_told_so(
    run: LiveRun, attach: Attach, monkeypatch: pytest.MonkeyPatch
) -> None:
    attached = attach(run.path)
    wait_for(lambda: shown(attached) == 0)
    monkeypatch.setattr("qwem_tui.engine.remote.client.LEAVING", 0.3)
    # on a busy machine the first answer may take its time
    monkeypatch.setattr("qwem_tui.engine.remote.client.SILENT", PATIENCE)
    monkeypatch.setattr(LiveRun, "commands_waiting", True)
    attached.send(Step(1))
    attached.stop()
    assert attached.join(PATIENCE)
    assert attached.parting() == (
        f"detached; the run has not done yet what it was asked last: `qwem-tui attach {run.path}` shows what it does"
    )


def test_who_leaves_a_process_that_does_not_answer_waits_for_it_only_shortly(
    run: LiveRun, attach: Attach, monkeypatch: pytest.MonkeyPatch
) -> None:
    attached = attach(run.path)
    wait_for(lambda: shown(attached) == 0)
    # for ever, once it has answered
    monkeypatch.setattr("qwem_tui.engine.remote.client.LEAVING", math.inf)
    stuck = threading.Event()
    status = run.status

    def silent() -> object:
        stuck.wait(PATIENCE)
        return status()

    monkeypatch.setattr(run, "status", silent)
    try:
        attached.stop()
        assert attached.join(PATIENCE / 2)
        assert attached.parting().startswith("detached; the run's process does not answer")
    finally:
        stuck.set()
