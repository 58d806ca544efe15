"""Outcomes: every one has words, and arrives over the socket as it was sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qwem_tui.base.errors import Named, QwemError, UsageError
from qwem_tui.engine.goals import CategoryCrossed, LossBelow, ModesLearned, ReachedThreshold, StepReached, TimeReached
from qwem_tui.engine.outcome import (
    Asked,
    CommandRefused,
    Completion,
    Fault,
    GoalMissed,
    GoalReached,
    LossGrew,
    LossNotFinite,
    LossSettled,
    LossStalled,
    Notice,
    Paused,
    Position,
    ResumedElsewhere,
    RunEnded,
    SavedLoss,
    StepLimit,
    StepLimitOfRank,
    TimeOver,
    Worded,
)
from qwem_tui.engine.outcome_text import completion_text, fault_text, notice_text
from qwem_tui.engine.remote.outcome_json import Outcomes, outcomes_json, outcomes_of

steps, numbers, texts = st.integers(0, 10**12), st.floats(allow_nan=False, allow_infinity=False), st.text()
positive = st.floats(min_value=0, exclude_min=True, allow_infinity=False)
goals = st.one_of(
    st.builds(ModesLearned, st.integers(1, 10**6)),
    st.builds(CategoryCrossed, st.none() | texts),
    st.builds(TimeReached, positive),
    st.builds(LossBelow, positive),
    st.builds(StepReached, st.integers(1, 10**12)),
)
completions: st.SearchStrategy[Any] = st.one_of(
    st.builds(LossSettled, steps),
    st.builds(TimeOver, steps, steps, positive),
    st.builds(StepLimit, steps),
    st.builds(StepLimitOfRank, steps, positive, positive, st.none() | steps),
    st.builds(Worded, texts),
)
crossings = st.lists(st.builds(ReachedThreshold, texts, positive)).map(tuple)
notices: st.SearchStrategy[Any] = st.one_of(
    st.builds(GoalReached, goals, st.sampled_from(["tau_1", "t_1"]), crossings),
    st.builds(GoalMissed, goals),
    st.builds(Asked),
    st.builds(RunEnded, st.just(Path("a folder")), st.booleans()),
    st.builds(ResumedElsewhere, st.just(Path("a folder"))),
    st.builds(Worded, texts),
)
causes = st.one_of(
    st.builds(LossNotFinite, steps),
    st.builds(LossGrew, steps, numbers, numbers),
    st.builds(LossStalled, numbers, numbers),
)
positions = st.builds(Position, steps, numbers, steps, numbers, st.none() | st.builds(SavedLoss, steps, numbers))
faults: st.SearchStrategy[Any] = st.builds(Paused, causes, positive, positions) | st.builds(Worded, texts)


@settings(deadline=None)
@given(st.none() | completions, st.none() | notices, st.none() | faults)
def test_outcomes_arrive_as_they_were_sent(completion: Completion, notice: Notice, fault: Fault) -> None:
    outcomes = Outcomes(completion, notice, fault)
    assert outcomes_of(json.loads(json.dumps(outcomes_json(outcomes))), Outcomes()) == outcomes


@settings(deadline=None)
@given(completions, notices, faults)
def test_every_outcome_has_words(completion: Completion, notice: Notice, fault: Fault) -> None:
    assert completion_text(completion) or completion == Worded("")
    assert notice_text(notice) or notice in (Asked(), Worded(""))
    if isinstance(fault, Paused):
        # a run that has ended is not paused
        assert ": paused at step " in fault_text(fault)
        assert fault_text(fault, ended=True) == fault_text(fault).replace(": paused at", ": stopped at")


def test_every_kind_is_drawn_above() -> None:
    drawn = {LossSettled, TimeOver, StepLimit, StepLimitOfRank, Worded}
    assert set(get_args(Completion)) == drawn
    assert set(get_args(Notice)) == {GoalReached, GoalMissed, Asked, CommandRefused, RunEnded, ResumedElsewhere, Worded}
    assert set(get_args(Fault)) == {Paused, Worded}


@pytest.mark.parametrize("error", [UsageError("No."), QwemError("Use another ", Named("dim"), ".")])
def test_a_refusal_arrives_with_its_error(error: QwemError) -> None:
    sent = json.loads(json.dumps(outcomes_json(Outcomes(notice=CommandRefused(error)))))
    refused = outcomes_of(sent, Outcomes()).notice
    assert isinstance(refused, CommandRefused)
    assert (type(refused.error), refused.error.parts) == (type(error), error.parts)


@pytest.mark.parametrize(
    "sent",
    [
        None,
        [],
        {"notice": {"kind": "tired"}},
        {"notice": {"kind": "goal-reached", "goal": {"kind": "step-reached", "step": "nine"}, "time_name": "t"}},
        {"notice": {"kind": "command-refused", "error": [1]}},
        {"notice": {"kind": "command-refused", "error": ["No.", 2]}},
        {"notice": {"kind": "command-refused", "error": {"parts": ["No.", []], "exit_code": 2}}},
        {"notice": {"kind": "run-ended", "folder": 3, "lost": True}},
    ],
)
def test_what_is_not_known_is_kept_in_words(sent: object) -> None:
    words = Outcomes(notice=Worded("Tired."), problem=("It rains.",))
    assert outcomes_of(sent, words) == words
