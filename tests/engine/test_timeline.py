from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qwem_tui.engine.schedule import Schedule
from qwem_tui.engine.timeline import StepSizeChange, Timeline

CHANGES = (StepSizeChange(10, 0.3), StepSizeChange(10, 0.2), StepSizeChange(17, 1e-3), StepSizeChange(40, 2.0))


def summed(step: int) -> float:
    """t by adding up one step size after another."""
    return math.fsum(
        next((change.step_size for change in reversed(CHANGES) if change.step <= each), 0.1) for each in range(step)
    )


def test_time_is_the_sum_of_the_step_sizes() -> None:
    timeline = Timeline(0.1, CHANGES)
    assert timeline.step_size == 2.0
    for step in range(60):
        assert timeline.t_at(step) == pytest.approx(summed(step), abs=1e-12)


def test_a_time_is_reached_at_the_first_step_that_is_not_before_it() -> None:
    timeline = Timeline(0.1, CHANGES)
    times = [summed(step) for step in range(60)]
    for t in (*times, *(t + 3e-4 for t in times[:-1]), 0.0, 0.95, 1.0001):
        # rounding must not make it one later
        expected = next(step for step, other in enumerate(times) if other >= t - 1e-9)
        assert timeline.step_at(t) == expected, t


sizes = st.floats(min_value=0.01, max_value=1.0)


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    """Timelines whose step sizes change up to five times in 500 steps, at one step twice perhaps."""
    steps = sorted(draw(st.lists(st.integers(0, 500), max_size=5)))
    return Timeline(draw(sizes), [StepSizeChange(step, draw(sizes)) for step in steps])


@settings(deadline=None)
@given(timelines(), st.integers(0, 600))
def test_a_step_is_found_by_its_time(timeline: Timeline, step: int) -> None:
    t = timeline.t_at(step)
    assert timeline.t_at(step + 1) > t
    assert timeline.step_at(t) == step


@settings(deadline=None)
@given(timelines(), st.floats(min_value=0, max_value=1e3))
def test_the_step_of_a_time_is_the_first_that_is_not_before_it(timeline: Timeline, t: float) -> None:
    step = timeline.step_at(t)
    # rounding does not make it one later: it may be a billionth of a step too soon
    short = 1e-8
    assert timeline.t_at(step) >= t - short
    assert step == 0 or timeline.t_at(step - 1) < t + short


def test_a_schedule_moves_what_is_to_come_and_leaves_the_past() -> None:
    schedule = Schedule(100, also=(3, 10, 12, 20), observe_every=5)
    before = Timeline(0.1)
    slower = schedule.retimed(before, Timeline(0.1, (StepSizeChange(10, 0.05),)), 10)
    assert slower.also == (3, 10, 14, 30)
    assert (slower.evaluate_every, slower.observe_every) == (100, 5)
    faster = schedule.retimed(before, Timeline(0.1, (StepSizeChange(10, 1.0),)), 10)
    # 12 and 20 are both before the next step is over
    assert faster.also == (3, 10, 11)
    assert [step for step in range(101) if slower.evaluates(step)] == [0, 3, 10, 14, 30, 100]
    assert [step for step in range(21) if slower.observes(step)] == [0, 3, 5, 10, 14, 15, 20]
