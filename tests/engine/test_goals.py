from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qwem_tui.base.errors import UsageError
from qwem_tui.base.names import TrainerName
from qwem_tui.engine.commands import RunUntil, SetStepSize
from qwem_tui.engine.frame import Frame
from qwem_tui.engine.goals import (
    CategoryCrossed,
    Goal,
    LossBelow,
    ModesLearned,
    ReachedThreshold,
    StepReached,
    TimeReached,
    goal_text,
    parse_goal,
)
from qwem_tui.engine.history import crossed_at
from qwem_tui.engine.live_run import LiveRun
from qwem_tui.engine.outcome import CommandRefused, GoalMissed, GoalReached
from qwem_tui.engine.outcome_text import notice_text
from qwem_tui.engine.status import Phase
from qwem_tui.engine.training_loop.goal_watch import GoalWatch
from tests.engine.conftest import Runs
from tests.engine.waiting import finished, step_of
from tests.waiting import PATIENCE, wait_for


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("mode", ModesLearned()),
        ("mode=8", ModesLearned(8)),
        ("category", CategoryCrossed()),
        ("category=family", CategoryCrossed("family")),
        ("category=a = b", CategoryCrossed("a = b")),
        ("t=1.5", TimeReached(1.5)),
        ("loss=0.8123456789", LossBelow(0.8123456789)),
        ("step=500", StepReached(500)),
    ],
)
def test_goals_are_read_and_written(text: str, goal: Goal) -> None:
    assert parse_goal(text) == goal
    assert goal_text(goal) == text


@settings(deadline=None)
@given(
    st.one_of(
        st.builds(ModesLearned, st.none() | st.integers(1, 10**9)),
        st.builds(CategoryCrossed, st.none() | st.text(min_size=1).filter(lambda name: name == name.strip())),
        st.builds(TimeReached, st.floats(min_value=0, exclude_min=True, allow_infinity=False)),
        st.builds(LossBelow, st.floats(min_value=0, exclude_min=True, allow_infinity=False)),
        st.builds(StepReached, st.integers(1, 10**18)),
    )
)
def test_every_goal_is_read_as_it_was_written(goal: Goal) -> None:
    assert parse_goal(goal_text(goal)) == goal


def test_spaces_in_a_goal_do_not_matter() -> None:
    assert parse_goal(" t = 2 ") == TimeReached(2.0)


@pytest.mark.parametrize(
    "text",
    ["", "t", "loss", "step", "mode=", "mode=0", "mode=1.5", "step=-3", "t=0", "t=nan", "t=inf", "loss=x",
     "category=", "modes", "\x1b[31mt=1"],
)  # fmt: skip
def test_what_is_no_goal_is_said(text: str) -> None:
    with pytest.raises(UsageError, match=r"is no goal of a run: give mode, mode=8, category,") as said:
        parse_goal(text)
    assert "\x1b" not in str(said.value)


def frames_of(run: LiveRun) -> tuple[Frame, ...]:
    history = run.history()
    assert history is not None
    return history.frames()


def until(run: LiveRun, goal: Goal) -> int:
    """Send a run that stands still to `goal`; return the step where it stands then."""
    before = step_of(run)
    run.send(RunUntil(goal))
    wait_for(lambda: step_of(run) > before and run.status().phase in (Phase.PAUSED, Phase.DONE))
    assert isinstance(run.status().notice, GoalReached)
    return step_of(run)


def assert_refused(run: LiveRun, goal: Goal, said: str) -> None:
    """Ask for a goal that is out of reach, and see it refused in a sentence, the run standing where it stood."""
    before, phase = step_of(run), run.status().phase
    run.send(RunUntil(goal))
    wait_for(lambda: said in notice_text(run.status().notice))
    assert isinstance(run.status().notice, CommandRefused)
    assert (step_of(run), run.status().phase) == (before, phase)
    assert notice_text(run.status().notice).count(". ") == 0
    assert notice_text(run.status().notice).endswith(".")


def test_each_goal_is_reached_at_its_step(runs: Runs) -> None:
    whole = finished(runs.new("gd"))
    frames, study = {frame.step: frame for frame in frames_of(whole)}, runs.study("gd")
    history = whole.history()
    assert history is not None

    def first(condition: Callable[[Frame], bool]) -> int:
        return next(step for step in sorted(frames) if condition(frames[step]))

    run = runs.new("gd", paused=True)
    run.start()
    wait_for(lambda: run.status().phase is Phase.PAUSED)
    assert until(run, StepReached(3)) == 3
    assert until(run, TimeReached(0.75)) == first(lambda frame: frame.t >= 0.75 * study.time_unit)
    assert_refused(run, TimeReached(0.75), "t / tau_1 = 0.75 is behind already")
    assert until(run, ModesLearned()) == first(lambda frame: frame.modes_learned == 1)
    assert until(run, LossBelow(0.8)) == first(lambda frame: frame.loss < 0.8)
    assert until(run, ModesLearned(3)) == first(lambda frame: (frame.modes_learned or 0) >= 3)
    out_of_reach: dict[str, Goal] = {
        "3 modes are learned already": ModesLearned(2),
        "The model has 4 modes, and 3": ModesLearned(5),
        "Step 2 is behind already": StepReached(2),
        "The loss is below 0.8 already": LossBelow(0.8),
        "cannot fall below its floor": LossBelow(0.01),
        "no category called nosuch: and none is left": CategoryCrossed("nosuch"),
        "has no threshold to cross": CategoryCrossed("country-currency"),
        "capital-country has crossed": CategoryCrossed("Capital-Country"),
        "No category is left": CategoryCrossed(),
    }
    for said, goal in out_of_reach.items():
        assert_refused(run, goal, said)
    # a goal does not stop the next stretch
    run.send(RunUntil(StepReached(10_000)))
    wait_for(lambda: run.status().phase is Phase.DONE)
    assert step_of(run) == max(frames)
    run.stop()
    assert run.join(PATIENCE)


def test_a_category_is_run_to_where_it_crosses(runs: Runs) -> None:
    whole = finished(runs.new("gd"))
    study, history = runs.study("gd"), whole.history()
    assert history is not None
    category = study.analogies.names.index("capital-country")
    crossed = crossed_at(study.trajectory, history.columns(), category)
    assert crossed is not None
    for goal in (CategoryCrossed(), CategoryCrossed("CAPITAL-country")):
        run = runs.new("gd", goal=goal)
        run.start()
        wait_for(lambda run=run: run.status().phase is Phase.PAUSED)  # type: ignore[misc]
        assert step_of(run) == crossed
        crossing = ReachedThreshold("capital-country", float(study.trajectory.threshold[category]))
        assert run.status().notice == GoalReached(goal, "tau_1", (crossing,))
        run.stop()
        assert run.join(PATIENCE)


@pytest.mark.parametrize(
    ("trainer", "goal", "said"),
    [
        ("gd", LossBelow(0.1), "The loss cannot fall below its floor of 0."),
        ("word2vec", ModesLearned(), "Modes learned are not defined for word2vec"),
        ("word2vec", TimeReached(1e-9), ""),
    ],
)
def test_a_first_goal_out_of_reach_leaves_no_run_behind(
    runs: Runs, tmp_path: Path, trainer: TrainerName, goal: Goal, said: str
) -> None:
    run = runs.new(trainer, tmp_path / "run", goal=goal)
    run.start()
    wait_for(lambda: run.status().phase in (Phase.FAILED, Phase.PAUSED))
    run.stop()
    assert run.join(PATIENCE)
    if said:
        assert run.status().exit_code == 2
        assert said in str(run.status().error)
    else:
        assert step_of(run) == 1
    assert (tmp_path / "run").exists() == (not said)


def test_a_goal_that_the_run_ends_before_is_said(runs: Runs) -> None:
    run = finished(runs.new("gd", goal=StepReached(7), steps=3))
    assert step_of(run) == 3
    assert run.status().notice == GoalMissed(StepReached(7))


def test_what_was_refused_is_not_said_once_it_is_paused(runs: Runs) -> None:
    run = runs.new("gd", paused=True)
    run.start()
    wait_for(lambda: run.status().phase is Phase.PAUSED)
    assert until(run, StepReached(3)) == 3
    assert_refused(run, StepReached(2), "Step 2 is behind already")
    run.send(SetStepSize(0.25))
    wait_for(lambda: run.status().notice is None)
    run.stop()
    assert run.join(PATIENCE)


def test_a_goal_between_two_measurements_stops_where_it_is(runs: Runs, measured_every: Callable[..., None]) -> None:
    measured_every(10, 10)
    run = runs.new("sgd", goal=StepReached(7))
    run.start()
    wait_for(lambda: run.status().phase is Phase.PAUSED)
    assert step_of(run) == 7
    assert frames_of(run)[-1].accuracies is not None
    # modes and loss are watched for at every step, however rarely they are measured otherwise
    learned = until(run, ModesLearned())
    steps = [frame.step for frame in frames_of(run)]
    assert steps[-1] == learned
    assert set(range(8, learned)) <= set(steps)
    assert [frame.modes_learned for frame in frames_of(run)[-2:]] == [0, 1]
    run.stop()
    assert run.join(PATIENCE)


def test_a_watch_is_not_taken_in_by_what_is_no_number(runs: Runs) -> None:
    study = runs.study("gd")
    start = finished(runs.new("gd", steps=1)).history()
    assert start is not None
    latest = start.frames()[0]
    nothing = np.full(len(study.analogies.names), np.nan)
    blind = Frame(5, 0.1, float("nan"), latest.singular_values, 0, 1.0, 1.0, nothing, None, 0.0)
    for goal in (CategoryCrossed(), LossBelow(0.9), ModesLearned()):
        watch = GoalWatch(goal, study, latest, frozenset())
        assert watch.reached(5, 0.1, blind) is None
        assert watch.reached(5, 0.1, None) is None
