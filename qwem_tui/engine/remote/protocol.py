"""What goes over a run's control socket: commands and status as lines of JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from qwem_tui.base.errors import SettingError, UsageError
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
from qwem_tui.engine.goals import Goal, goal_text, parse_goal
from qwem_tui.engine.outcome_text import completion_text, fault_text, notice_text
from qwem_tui.engine.remote.outcome_json import Outcomes, error_of, outcomes_json, outcomes_of
from qwem_tui.engine.status import Phase, StageStatus, Status
from qwem_tui.engine.timeline import StepSizeChange

SCHEMA = "qwem-control/1"
#: What a client may ask for beside commands: how the run is doing, and that it ends.
STATUS, STOP = "status", "stop"
_MOST_STEPS = 10**9
_LONGEST_NAME = 40


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
            raise ValueError("Embeddings do not go over a socket: keep a checkpoint and read that.")


def _number(asked: Mapping[str, Any], key: str, otherwise: str = "") -> float:
    """Return the number called `key`; raises UsageError where it is none, saying what it may be `otherwise`."""
    value = asked.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
        raise UsageError(f"{asked['do']} needs {key}, a number above 0{otherwise}.")
    return float(value)


def _count(asked: Mapping[str, Any]) -> int:
    value = asked.get("count", 1)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _MOST_STEPS:
        raise UsageError(f"step needs count, a whole number from 1 to {_MOST_STEPS:,}.")
    return value


def command_of(asked: Mapping[str, Any]) -> Command:
    """Return the command that a client asks for; raises UsageError with one sentence where it is none."""
    match asked.get("do"):
        case "pause":
            return Pause()
        case "resume":
            return Resume()
        case "step":
            return Step(_count(asked))
        case "until":
            goal = asked.get("goal")
            if not isinstance(goal, str):
                raise UsageError("until needs goal, a text such as mode=8.")
            return RunUntil(parse_goal(goal))
        case "pace":
            if "steps_per_second" in asked and asked["steps_per_second"] is None:
                return SetPace(None)
            return SetPace(_number(asked, "steps_per_second", ", or null for full speed"))
        case "step-size":
            fraction, forced = _number(asked, "fraction"), asked.get("forced") is True
            try:
                return SetStepSize(fraction, forced)
            except SettingError as error:
                raise UsageError(error.worded("fraction", insist='"forced": true insists')) from None
        case "keep":
            return SaveCheckpoint()
        case unknown:
            shown = printable(str(unknown)[:_LONGEST_NAME])
            raise UsageError(f"{shown} is nothing that a run can do: ask for pause, resume, step, until, pace, "
                             "step-size, keep, status or stop.")  # fmt: skip


def status_json(status: Status) -> dict[str, object]:
    """Return `status` ready for JSON: `note`, `notice` and `fault` are the words for what `outcome` holds as data."""
    stage = status.stage
    return {
        "phase": status.phase.value,
        "stage": None if stage is None else [stage.name, stage.done, stage.total, stage.elapsed],
        "error": None if status.error is None else str(status.error),
        "exit_code": status.exit_code,
        "note": completion_text(status.completion),
        "steps_per_second": status.steps_per_second,
        "pace": status.pace,
        "step_size": status.step_size,
        "changes": [[change.step, change.step_size] for change in status.changes],
        "notice": notice_text(status.notice),
        "fault": None if status.fault is None else fault_text(status.fault),
        "outcome": outcomes_json(Outcomes(status.completion, status.notice, status.fault)),
        "problem": status.problem,
        "goal": None if status.goal is None else goal_text(status.goal),
        "device": status.device,
        "memory": status.memory,
    }


def status_of(sent: Mapping[str, Any]) -> Status:
    """Return the status that `status_json` made; raises ValueError, KeyError or TypeError where it is none."""
    stage = None
    if sent["stage"] is not None:
        name, done, total, elapsed = sent["stage"]
        stage = StageStatus(str(name), float(done), None if total is None else float(total), float(elapsed))
    # processes of earlier versions send neither `outcome` nor `goal`
    outcomes = outcomes_of(sent.get("outcome"), str(sent["note"]), str(sent["notice"]), _text(sent["fault"]) or "")
    return Status(
        phase=Phase(sent["phase"]),
        stage=stage,
        error=None if sent["error"] is None else error_of(str(sent["error"]), int(sent["exit_code"])),
        completion=outcomes.completion,
        steps_per_second=float(sent["steps_per_second"]),
        pace=None if sent["pace"] is None else float(sent["pace"]),
        step_size=None if sent["step_size"] is None else float(sent["step_size"]),
        changes=tuple(StepSizeChange(int(step), float(size)) for step, size in sent["changes"]),
        notice=outcomes.notice,
        fault=outcomes.fault,
        problem=_text(sent["problem"]),
        goal=_goal(sent.get("goal")),
        device=_text(sent["device"]),
        memory=None if sent["memory"] is None else int(sent["memory"]),
    )


def _goal(value: object) -> Goal | None:
    try:
        return None if value is None else parse_goal(str(value))
    except UsageError as error:
        raise ValueError(str(error)) from error


def _text(value: object) -> str | None:
    return None if value is None else str(value)
