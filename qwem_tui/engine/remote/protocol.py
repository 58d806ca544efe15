"""What goes over a run's control socket: commands and status as lines of JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from msgspec import Meta, Struct

from qwem_tui.base.codec import Count, NotNegative, Positive, convert, decode
from qwem_tui.base.errors import QwemError, SettingError, UsageError, worded
from qwem_tui.base.printable import printable
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
from qwem_tui.engine.goals import goal_text, parse_goal
from qwem_tui.engine.outcome_text import completion_text, fault_text, notice_text
from qwem_tui.engine.remote.outcome_json import Outcomes, outcomes_in_words, outcomes_json, outcomes_of
from qwem_tui.engine.status import Phase, StageStatus, Status
from qwem_tui.engine.timeline import StepSizeChange

SCHEMA = "qwem-control/1"
#: What a client may ask for beside commands: how the run is doing, and that it ends.
STATUS, STOP = "status", "stop"
#: What a status calls whether the run stays paused where nobody is attached, and whether there are commands that are
#: not carried out yet.
STAYS_PAUSED, COMMANDS_WAITING = "told_to_stand", "commands_waiting"
_MOST_STEPS = 10**9
_LONGEST_NAME = 40

R = TypeVar("R", bound=Struct)
#: What a client calls a request, to know its answer by.
RequestId = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)] | str | None


class _Identified(Struct):
    id: RequestId = None


def setting_key(setting: str) -> str:
    """Return what the socket calls a setting: as keys of JSON are, such as `step_size`."""
    return setting


def command_json(command: Command) -> dict[str, object]:
    """Return `command` as a client sends it; raises ValueError for `TakeSnapshot`: embeddings go by checkpoint."""
    match command:
        case Pause():
            return {"do": "pause"}
        case Resume():
            return {"do": "resume"}
        case Step(count):
            return {"do": "step", "count": count}
        case RunUntil(goal):
            return {"do": "until", "goal": goal_text(goal)}
        case SetPace(steps_per_second):
            return {"do": "pace", "steps_per_second": steps_per_second}
        case SetStepSize(fraction, forced):
            return {"do": "step-size", "fraction": fraction, "forced": forced}
        case SaveCheckpoint():
            return {"do": "keep"}
        case TakeSnapshot():
            raise ValueError("Embeddings do not go over a socket: save a checkpoint and read that.")


class _StepRequest(Struct):
    count: Annotated[int, Meta(ge=1, le=_MOST_STEPS)] = 1


class _UntilRequest(Struct):
    goal: str


class _PaceRequest(Struct):
    steps_per_second: Positive | None


class _StepSizeRequest(Struct):
    fraction: Positive


class _Forceable(Struct):
    forced: bool = False


#: What these need, in words.
_NEEDS: dict[type[Struct], str] = {
    _StepRequest: f"step needs count, a whole number from 1 to {_MOST_STEPS:,}",
    _UntilRequest: "until needs goal, a text such as mode=8",
    _PaceRequest: "pace needs steps_per_second, a number above 0, or null for full speed",
    _StepSizeRequest: "step-size needs fraction, a number above 0",
    _Forceable: "forced is neither true nor false: give one of them, or leave it out",
}


def request_of(line: bytes) -> dict[str, Any]:
    """Return the request in a line that a client sent; raises QwemError where there is none."""
    return decode(dict[str, Any], line, "The request")


def request_id(asked: Mapping[str, Any]) -> RequestId:
    """Return by what a client knows the answer to its request; raises QwemError where that can be no id."""
    return convert(_Identified, asked, "The request").id


def _parameters(kind: type[R], asked: Mapping[str, Any]) -> R:
    try:
        return convert(kind, asked, "The request")
    except QwemError:
        raise UsageError(f"{_NEEDS[kind]}.") from None


def command_of(asked: Mapping[str, Any]) -> Command:
    """Return the command that a client asks for; raises UsageError with one sentence where it is none."""
    match asked.get("do"):
        case "pause":
            return Pause()
        case "resume":
            return Resume()
        case "step":
            return Step(_parameters(_StepRequest, asked).count)
        case "until":
            return RunUntil(parse_goal(_parameters(_UntilRequest, asked).goal))
        case "pace":
            return SetPace(_parameters(_PaceRequest, asked).steps_per_second)
        case "step-size":
            fraction, forced = _parameters(_StepSizeRequest, asked).fraction, _parameters(_Forceable, asked).forced
            try:
                return SetStepSize(fraction, forced)
            except SettingError as error:
                raise UsageError(error.worded("fraction", setting_key, insist='"forced": true insists')) from None
        case "keep":
            return SaveCheckpoint()
        case unknown:
            shown = printable(str(unknown)[:_LONGEST_NAME])
            raise UsageError(f"{shown} is nothing that a run can do: ask for pause, resume, step, until, pace, "
                             "step-size, keep, status or stop.")  # fmt: skip


def status_json(status: Status) -> dict[str, object]:
    """Return `status` ready for JSON.

    `note`, `notice`, `fault`, `error` and `problem` are the words for what `outcome` holds as data.
    """
    stage = status.stage
    return {
        "phase": status.phase.value,
        "stage": None if stage is None else [stage.name, stage.done, stage.total, stage.elapsed],
        "error": None if status.error is None else status.error.sentence(setting_key),
        "exit_code": status.exit_code,
        "note": completion_text(status.completion),
        "steps_per_second": status.steps_per_second,
        "pace": status.pace,
        "step_size": status.step_size,
        "changes": [[change.step, change.step_size] for change in status.changes],
        "notice": notice_text(status.notice, setting_key),
        "fault": None if status.fault is None else fault_text(status.fault),
        "outcome": outcomes_json(
            Outcomes(status.completion, status.notice, status.fault, status.error, status.problem)
        ),
        "problem": worded(status.problem, setting_key) or None,
        "goal": None if status.goal is None else goal_text(status.goal),
        "device": status.device,
        "memory": status.memory,
    }


class _SentStage(Struct, array_like=True):
    name: str
    done: NotNegative
    total: NotNegative | None
    elapsed: NotNegative


class _SentChange(Struct, array_like=True):
    step: Count
    step_size: Positive


class _SentStatus(Struct, kw_only=True):
    """A status as `status_json` makes it, and what `server` adds.

    Processes of earlier versions send neither `outcome` nor `goal`, nor whether commands wait.
    """

    phase: Phase
    stage: _SentStage | None
    error: str | None
    exit_code: Annotated[int, Meta(ge=0, le=255)]
    note: str
    steps_per_second: NotNegative
    pace: Positive | None
    step_size: Positive | None
    changes: tuple[_SentChange, ...]
    notice: str
    fault: str | None
    problem: str | None
    goal: str | None = None
    device: str | None
    memory: Count | None
    step: Count | None = None
    told_to_stand: bool = False
    commands_waiting: bool = False
    outcome: Any = None


def _status(sent: _SentStatus, where: str) -> Status:
    stage = sent.stage
    try:
        goal = None if sent.goal is None else parse_goal(sent.goal)
    except QwemError as error:
        raise QwemError(f"{where}, goal: {error}") from error
    words = outcomes_in_words(sent.note, sent.notice, sent.fault, sent.error, sent.problem, sent.exit_code)
    outcomes = outcomes_of(sent.outcome, words)
    return Status(
        phase=sent.phase,
        stage=None if stage is None else StageStatus(stage.name, stage.done, stage.total, stage.elapsed),
        error=outcomes.error,
        completion=outcomes.completion,
        steps_per_second=sent.steps_per_second,
        pace=sent.pace,
        step_size=sent.step_size,
        changes=tuple(StepSizeChange(change.step, change.step_size) for change in sent.changes),
        notice=outcomes.notice,
        fault=outcomes.fault,
        problem=outcomes.problem,
        goal=goal,
        device=sent.device,
        memory=sent.memory,
    )


class _SentAnswer(Struct):
    id: RequestId = None
    ok: bool = False
    error: str = ""
    step: Count | None = None
    status: _SentStatus | None = None
    farewell: _SentStatus | None = None


@dataclass(frozen=True)
class Report:
    """What a process reports of its run: its `status`, and at which step it is (None: it has no frame yet).

    `stays`: it stays paused where nobody is attached. `waiting`: commands that it was sent are not carried out yet.
    `farewell`: the process ends with this.
    """

    status: Status
    step: int | None = None
    stays: bool = False
    waiting: bool = False
    farewell: bool = False


@dataclass(frozen=True)
class Answer:
    """A line that a run sends: the answer to the request `id`, or its farewell, which is to none.

    Where it is not `ok`, `error` is why. `step` is that of the checkpoint asked for, `report` what was asked for with
    `STATUS`, or the farewell.
    """

    id: RequestId
    ok: bool
    error: str
    step: int | None
    report: Report | None


def answer_of(line: bytes) -> Answer:
    """Return what a run sent in a line; raises QwemError where it makes no sense."""
    # the loss in a status of an earlier version may be NaN
    sent = decode(_SentAnswer, line, "The answer", nan_is_null=True)
    report = None
    if sent.farewell is not None:
        report = _report(sent.farewell, "The answer, farewell", farewell=True)
    elif sent.status is not None:
        report = _report(sent.status, "The answer, status", farewell=False)
    return Answer(sent.id, sent.ok, sent.error, sent.step, report)


def _report(sent: _SentStatus, where: str, farewell: bool) -> Report:
    return Report(_status(sent, where), sent.step, sent.told_to_stand, sent.commands_waiting, farewell)
