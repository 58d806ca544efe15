"""The control socket of a run, spoken to as anybody might."""

from __future__ import annotations

import json
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qwem_tui.base.errors import Named, QwemError, SettingError, UsageError, worded
from qwem_tui.engine.commands import (
    Command,
    Pause,
    Resume,
    RunUntil,
    SaveCheckpoint,
    SetPace,
    SetStepSize,
    Step,
    TakeSnapshot,
)
from qwem_tui.engine.frame import Frame
from qwem_tui.engine.goals import CategoryCrossed, LossBelow, ModesLearned, ReachedThreshold, StepReached, TimeReached
from qwem_tui.engine.live_run import LiveRun
from qwem_tui.engine.outcome import (
    CommandRefused,
    GoalReached,
    LossGrew,
    LossSettled,
    Paused,
    Position,
    SavedLoss,
    Worded,
)
from qwem_tui.engine.outcome_text import notice_text
from qwem_tui.engine.remote.protocol import command_json, command_of, status_json
from qwem_tui.engine.status import Phase, StageStatus, Status
from qwem_tui.engine.timeline import StepSizeChange
from tests.engine.conftest import Runs
from tests.engine.remote.client import Client, status_of
from tests.engine.waiting import step_of
from tests.waiting import PATIENCE, wait_for


@pytest.mark.parametrize(
    "command",
    [
        Pause(),
        Resume(),
        Step(7),
        RunUntil(ModesLearned()),
        RunUntil(ModesLearned(3)),
        RunUntil(CategoryCrossed()),
        RunUntil(CategoryCrossed("città = città")),
        RunUntil(TimeReached(1.2345678901)),
        RunUntil(LossBelow(0.1 + 0.2)),
        RunUntil(StepReached(500)),
        SetPace(None),
        SetPace(2.5),
        SetStepSize(1.5, forced=True),
        SetStepSize(0.25),
    ],
)
def test_every_command_arrives_as_it_was_sent(command: Command) -> None:
    assert command_of(json.loads(json.dumps(command_json(command)))) == command


def test_keep_arrives_and_embeddings_do_not_travel() -> None:
    assert isinstance(command_of(command_json(SaveCheckpoint())), SaveCheckpoint)
    with pytest.raises(ValueError, match="checkpoint"):
        command_json(TakeSnapshot())


@pytest.mark.parametrize(
    "status",
    [
        Status(Phase.PREPARING, StageStatus("counting", 3.0, None, 0.5)),
        Status(
            Phase.PAUSED,
            completion=LossSettled(8),
            steps_per_second=1e4,
            pace=0.1,
            step_size=0.3,
            changes=(StepSizeChange(4, 0.2), StepSizeChange(9, 0.1)),
            notice=GoalReached(CategoryCrossed(), "tau_1", (ReachedThreshold("été", 0.3),)),
            fault=Paused(LossGrew(9, 0.5, 0.6), 1.5, Position(8, 0.55, 5, 0.5, SavedLoss(4, 0.52))),
            problem=("p ", Named("out"), "."),
            goal=ModesLearned(8),
            device="cuda",
            memory=2**40,
        ),
    ],
)
def test_a_status_arrives_as_it_was_sent(status: Status) -> None:
    assert status_of(json.loads(json.dumps(status_json(status)))) == status


@pytest.mark.parametrize("error", [UsageError("No."), QwemError("Use a smaller ", Named("step_size"), ".")])
def test_an_error_arrives_as_it_was_sent(error: QwemError) -> None:
    refused = status_json(Status(Phase.FAILED, error=error, notice=CommandRefused(error)))
    got = status_of(json.loads(json.dumps(refused)))
    assert isinstance(got.notice, CommandRefused)
    for arrived in (got.error, got.notice.error):
        assert type(arrived) is type(error)
        assert arrived.parts == error.parts


def test_settings_are_called_by_their_keys() -> None:
    out_of_bounds = SettingError("sigma", "-1", ("use another, or another ", Named("vocab_size"), "."))
    sent = status_json(
        Status(
            Phase.FAILED,
            error=out_of_bounds,
            notice=CommandRefused(out_of_bounds),
            problem=("Cannot write: give another ", Named("out"), "."),
        )
    )
    assert sent["error"] == sent["notice"] == "sigma is -1: use another, or another vocab_size."
    assert sent["problem"] == "Cannot write: give another out."
    # a terminal and the app that attach have their own words for them
    arrived = status_of(json.loads(json.dumps(sent)))
    assert str(arrived.error) == "--sigma is -1: use another, or another --vocab-size."
    assert worded(arrived.problem) == "Cannot write: give another --out."


def test_a_status_of_a_process_that_sends_words_alone_is_understood() -> None:
    sent = status_json(Status(Phase.RUNNING))
    del sent["goal"]
    del sent["outcome"]
    assert status_of(sent) == Status(Phase.RUNNING)
    words = status_of(sent | {"note": "done", "notice": "Reached: step 9.", "fault": "It grew."})
    assert (words.completion, words.notice, words.fault) == tuple(map(Worded, ("done", "Reached: step 9.", "It grew.")))
    unknown = {"notice": "Tired.", "problem": "Full.", "outcome": {"notice": {"kind": "tired"}}}
    tired = status_of(sent | unknown)
    assert (tired.notice, tired.problem) == (Worded("Tired."), ("Full.",))
    failed = status_of(sent | {"phase": "failed", "error": "No.", "exit_code": 2})
    assert (type(failed.error), str(failed.error)) == (UsageError, "No.")


def test_a_run_is_asked_and_steered(run: LiveRun) -> None:
    assert run.path is not None
    client = Client(run.path)
    status = status_of(client.ask(id="a", do="status")["status"])
    assert replace(status, device=None, memory=None) == run.status()
    assert status.device == "cpu"
    assert (status.memory or 0) > 10**6
    assert client.ask(id=1, do="step", count=3) == {"id": 1, "ok": True}
    wait_for(lambda: step_of(run) == 3 and run.status().phase is Phase.PAUSED)
    assert client.ask(id=2, do="keep") == {"id": 2, "ok": True, "step": 3}
    assert (run.path / "checkpoints" / "step-000000003.safetensors").exists()
    assert client.ask(do="step-size", fraction=0.25)["ok"]
    assert client.ask(do="until", goal="step=8")["ok"]
    wait_for(lambda: step_of(run) == 8 and run.status().phase is Phase.PAUSED)
    assert client.ask(do="pace", steps_per_second=0.001)["ok"]
    assert client.ask(do="resume")["ok"]
    wait_for(lambda: client.phase() == "running")
    status = status_of(client.ask(do="status")["status"])
    assert status.pace == 0.001
    assert [change.step for change in status.changes] == [3]
    assert client.ask(do="pause")["ok"]
    wait_for(lambda: client.phase() == "paused")
    assert client.ask(id=9, do="stop") == {"id": 9, "ok": True}
    assert client.receive()["farewell"]["phase"] == "stopped"
    assert client.receive() == {}
    assert run.join(PATIENCE)


def test_a_goal_that_is_behind_or_out_of_reach_is_refused_at_once(run: LiveRun) -> None:
    assert run.path is not None
    client = Client(run.path)
    assert client.ask(do="step", count=4)["ok"]
    wait_for(lambda: step_of(run) == 4 and run.status().phase is Phase.PAUSED)
    refused = {
        "step=4": "Step 4 is behind already, at step 4.",
        "t=1e-9": "t / tau_1 = 1e-09 is behind already, at step 4.",
        "loss=2": "The loss is below 2 already: ",
        "loss=0.01": "The loss cannot fall below its floor of ",
        "mode=5": "The model has 4 modes, and 0 of them are learned.",
        "category=nosuch": "There is no category called nosuch: choose one of capital-country",
        "category=country-currency": "country-currency has no threshold to cross: ",
    }
    for goal, said in refused.items():
        answer = client.ask(do="until", goal=goal)
        assert not answer["ok"]
        assert answer["error"].startswith(said)
    assert (step_of(run), notice_text(run.status().notice)) == (4, "")
    # what comes to pass before it is its turn stands in the notice
    assert client.ask(do="step", count=5)["ok"]
    run.send(RunUntil(StepReached(4)))
    wait_for(lambda: "Step 4 is behind already" in notice_text(run.status().notice))


def test_two_clients_at_once(run: LiveRun) -> None:
    assert run.path is not None
    first, second = Client(run.path), Client(run.path)
    # neither waits for the other, whoever comes first
    assert second.ask(do="step")["ok"]
    wait_for(lambda: step_of(run) == 1)
    wait_for(lambda: first.phase() == second.phase() == "paused")
    second.close()
    assert first.ask(do="step")["ok"]
    wait_for(lambda: step_of(run) == 2)


NONSENSE: list[tuple[bytes, str]] = [
    (b"\x00\xff\xfe nonsense", "The request: this is no JSON"),
    (b"", "The request: this is no JSON"),
    (b"[" * 50_000, "The request: expected an object, got a list."),
    (b"1" * 50_000, "The request: "),
    (b"[1, 2]", "The request: expected an object, got a list."),
    (b'{"do": "dance\\u001b[31m"}', r"dance\x1b[31m is nothing that a run can do"),
    (b'{"do": ["step"]}', "is nothing that a run can do"),
    (b"{}", "None is nothing that a run can do"),
    (b'{"do": "step", "count": 0}', "step needs count"),
    (b'{"do": "step", "count": 1e400}', "The request, [...]: number out of range."),
    (b'{"do": "step", "count": true}', "step needs count"),
    (b'{"do": "step", "count": 99999999999}', "step needs count"),
    (b'{"do": "pace", "per_second": 2}', "pace needs steps_per_second"),
    (
        b'{"do": "step-size", "fraction": 1.4}',
        'limit; give a number between 0 and 1 ("forced": true insists).',
    ),
    (
        b'{"do": "pace", "steps_per_second": -1}',
        "pace needs steps_per_second, a number above 0, or null for full speed.",
    ),
    (b'{"do": "pace", "steps_per_second": NaN}', "The request: this is no JSON (NaN is no number)."),
    (b'{"do": "step-size", "fraction": "big"}', "step-size needs fraction"),
    (b'{"do": "until"}', "until needs goal"),
    (b'{"do": "until", "goal": "whenever"}', "is no goal of a run"),
    (b'{"id": {}, "do": "status"}', "The request, id: expected a whole number or a text or null, got an object."),
]


def test_nonsense_is_answered_and_harms_nothing(run: LiveRun) -> None:
    assert run.path is not None
    client = Client(run.path)
    for line, said in NONSENSE:
        client.send(line + b"\n")
        answer = client.receive()
        assert not answer["ok"]
        assert said in answer["error"]
        assert "\n" not in answer["error"]
    assert client.ask(do="status")["ok"]
    assert run.status().phase is Phase.PAUSED
    assert step_of(run) == 0


def test_a_run_without_a_socket_goes_on_and_says_so(
    runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> socket.socket:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("qwem_tui.engine.remote.server.listen", refuse)
    run = runs.new("gd", tmp_path / "run")
    run.start()
    wait_for(lambda: run.status().phase is Phase.DONE)
    assert worded(run.status().problem) == (
        "No socket could be made, so nobody can attach to this run: No space left on device."
    )
    run.stop()
    assert run.join(PATIENCE)


def frame_of(run: LiveRun) -> Frame:
    history = run.history()
    frame = None if history is None else history.latest()
    assert frame is not None
    return frame


def test_who_stands_by_a_run_that_stands_still(run: LiveRun) -> None:
    assert run.path is not None
    assert not run.attended
    client = Client(run.path)
    # one that says nothing sensible is nobody
    client.send(b"hello?\n")
    assert not client.receive()["ok"]
    assert not run.attended
    assert client.phase() == "paused"
    assert run.attended
    assert not run.steered
    client.close()
    wait_for(lambda: not run.attended)
    client = Client(run.path)
    assert client.ask(do="step")["ok"]
    client.close()
    wait_for(lambda: step_of(run) == 1 and run.status().phase is Phase.PAUSED)
    # it was told to stand where it stands
    assert run.attended
    assert run.steered


def test_a_status_says_where_the_run_is_and_what_it_runs_to(run: LiveRun) -> None:
    assert run.path is not None
    study = run.study()
    assert study is not None
    client = Client(run.path)
    assert client.ask(do="step", count=3)["ok"]
    wait_for(lambda: step_of(run) == 3 and client.phase() == "paused")
    told, frame = client.ask(do="status")["status"], frame_of(run)
    assert (told["step"], told["t"], told["loss"]) == (3, frame.t, frame.loss)
    assert (told["modes_learned"], told["expected_steps"]) == (0, study.expected_steps)
    assert (told["goal"], told["told_to_stand"]) == (None, True)
    assert client.ask(do="pace", steps_per_second=0.001)["ok"]
    for asked, goal in (
        ({"do": "until", "goal": "t=1.5"}, "t=1.5"),
        # the next one is the first
        ({"do": "until", "goal": "mode"}, "mode=1"),
    ):
        assert client.ask(**asked)["ok"]
        wait_for(lambda goal=goal: client.ask(do="status")["status"]["goal"] == goal)  # type: ignore[misc]
    # half the step size from here on takes about twice the steps
    assert client.ask(do="step-size", fraction=0.25)["ok"]
    wait_for(lambda: client.ask(do="status")["status"]["expected_steps"] > 1.5 * (study.expected_steps or 0))
    assert client.ask(do="pause")["ok"]
    wait_for(lambda: client.ask(do="status")["status"]["goal"] is None)
    stood = step_of(run)
    assert client.ask(do="step", count=7)["ok"]
    wait_for(lambda: client.ask(do="status")["status"]["goal"] == f"step={stood + 7}")


@pytest.mark.parametrize(
    "after",
    [
        {"do": "pace", "steps_per_second": None},
        {"do": "step-size", "fraction": 0.25},
        {"do": "keep"},
        {"do": "status"},
        {"do": "resume"},
    ],
)
def test_what_is_asked_after_a_goal_leaves_it_standing_there(run: LiveRun, after: dict[str, object]) -> None:
    assert run.path is not None
    client = Client(run.path)
    # a step at once, and the next one not before all is asked
    assert client.ask(do="pace", steps_per_second=0.001)["ok"]
    assert client.ask(do="until", goal="step=12")["ok"]
    wait_for(lambda: step_of(run) >= 1)
    assert client.ask(**after)["ok"]
    assert client.ask(do="pace", steps_per_second=None)["ok"]
    client.close()
    wait_for(lambda: step_of(run) >= 12 and run.status().phase in (Phase.PAUSED, Phase.DONE))
    assert step_of(run) == 12
    assert run.attended
