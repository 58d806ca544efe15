"""Commands and status as lines: whatever is sent comes back, whatever is wrong is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwem_tui.base.codec import encode
from qwem_tui.base.errors import Named, QwemError, UsageError
from qwem_tui.engine.commands import Command, Pause, Resume, RunUntil, SetPace, SetStepSize, Step
from qwem_tui.engine.goals import CategoryCrossed, LossBelow, ModesLearned, StepReached, TimeReached
from qwem_tui.engine.remote.protocol import (
    Report,
    answer_of,
    command_json,
    command_of,
    request_id,
    request_of,
    status_json,
)
from qwem_tui.engine.status import Phase, StageStatus, Status
from qwem_tui.engine.timeline import StepSizeChange
from tests.engine.remote.client import status_of
from tests.mutations import mutated, refusal

_positive = st.floats(min_value=0, max_value=1e300, exclude_min=True)
_counts = st.integers(1, 10**9)
#: as `parse_goal` reads it: without blanks around it
_names = st.text(min_size=1).filter(lambda name: name == name.strip())
_goals = (
    st.builds(ModesLearned, st.none() | _counts)
    | st.builds(CategoryCrossed, st.none() | _names)
    | st.builds(TimeReached, _positive)
    | st.builds(LossBelow, _positive)
    | st.builds(StepReached, _counts)
)
_commands: st.SearchStrategy[Command] = (
    st.just(Pause())
    | st.just(Resume())
    | st.builds(Step, _counts)
    | st.builds(RunUntil, _goals)
    | st.builds(SetPace, st.none() | _positive)
    | st.builds(SetStepSize, st.floats(min_value=0, max_value=1, exclude_min=True, exclude_max=True))
    | st.builds(SetStepSize, _positive, st.just(True))
)
_not_negative = st.floats(min_value=0, max_value=1e300)
_statuses = st.builds(
    Status,
    phase=st.sampled_from(Phase),
    stage=st.none() | st.builds(StageStatus, st.text(), _not_negative, st.none() | _not_negative, _not_negative),
    steps_per_second=_not_negative,
    pace=st.none() | _positive,
    step_size=st.none() | _positive,
    changes=st.lists(st.builds(StepSizeChange, st.integers(0, 2**53), _positive), max_size=4).map(tuple),
    problem=st.just(()) | st.tuples(st.text(min_size=1), st.builds(Named, st.text()), st.text()),
    device=st.none() | st.text(),
    memory=st.none() | st.integers(0, 2**53),
)
ANSWER = encode({"id": 3, "ok": True, "step": None, "status": {
    **status_json(Status(Phase.RUNNING, StageStatus("counting", 3.0, None, 0.5), pace=2.0, step_size=0.1,
                         changes=(StepSizeChange(4, 0.2),), memory=3)),
    "step": 7, "t": 0.5, "loss": None, "modes_learned": 1, "expected_steps": None, "told_to_stand": True,
}})  # fmt: skip


@given(_commands)
def test_every_command_comes_back(command: Command) -> None:
    assert command_of(request_of(encode({"id": 1, **command_json(command)}).encode())) == command


@given(_statuses)
def test_every_status_comes_back(status: Status) -> None:
    assert status_of(json.loads(encode(status_json(status)))) == status
    answer = answer_of(encode({"id": 1, "ok": True, "status": {**status_json(status), "step": 9}}).encode())
    assert answer.report == Report(status, 9)
    farewell = answer_of(encode({"farewell": status_json(status)}).encode())
    assert (farewell.id, farewell.report) == (None, Report(status, farewell=True))


@given(mutated(ANSWER))
def test_a_damaged_answer_is_taken_or_refused(line: bytes) -> None:
    assert (refusal(lambda: answer_of(line)) or "The answer").startswith("The answer")


@given(
    st.sampled_from(
        [
            {"id": 1, "do": "step", "count": 3},
            {"id": "a", "do": "until", "goal": "mode=8"},
            {"id": None, "do": "pace", "steps_per_second": 2.5},
            {"do": "step-size", "fraction": 0.5, "forced": False},
            {"do": "keep"},
        ]
    ).flatmap(lambda request: mutated(json.dumps(request)))
)
def test_a_damaged_request_is_taken_or_refused(line: bytes) -> None:
    def read() -> None:
        asked = request_of(line)
        request_id(asked)
        command_of(asked)

    assert refusal(read) != ""


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({"fraction": 0.5, "forced": "yes"}, "forced is neither true nor false: give one of them, or leave it out."),
        ({"fraction": "large", "forced": True}, "step-size needs fraction, a number above 0."),
    ],
)
def test_what_is_wrong_with_a_step_size_is_said_of_its_field(request_: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError) as refused:
        command_of({"do": "step-size", **request_})
    assert str(refused.value) == said


def test_an_answer_of_an_earlier_version_whose_loss_is_no_number_is_understood() -> None:
    sent: Any = json.loads(ANSWER)
    sent["status"]["loss"] = float("nan")
    del sent["status"]["goal"]
    answer = answer_of(json.dumps(sent).encode())
    assert answer.id == 3
    assert answer.report == Report(replace(status_of(json.loads(ANSWER)["status"]), goal=None), 7, stays=True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"phase": "dancing"}, "The answer, status.phase: invalid enum value 'dancing'."),
        ({"changes": [[1]]}, "The answer, status.changes[0]: expected a list of at least length 2, got 1."),
        ({"step_size": 0}, "The answer, status.step_size: expected a number > 0.0."),
        ({"step": -1}, "The answer, status.step: expected a whole number >= 0."),
        ({"exit_code": 10**400}, "The answer, status.exit_code: expected a whole number <= 255."),
    ],
)
def test_an_answer_that_makes_no_sense_is_refused_by_its_field(change: dict[str, object], said: str) -> None:
    sent: Any = json.loads(ANSWER)
    sent["status"].update(change)
    with pytest.raises(QwemError) as refused:
        answer_of(json.dumps(sent).encode())
    assert str(refused.value) == said
