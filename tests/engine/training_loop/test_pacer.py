from __future__ import annotations

import pytest

from qwem_tui.engine.training_loop.pacer import Pacer


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_steps_are_due_at_the_pace_and_no_sooner(clock: Clock) -> None:
    pacer = Pacer(4.0, clock)
    assert pacer.wait() == 0.0
    pacer.step_begins()
    assert pacer.wait() == 0.25
    clock.now += 0.2
    assert pacer.wait() == pytest.approx(0.05)
    # a step that took long is made up for
    clock.now += 0.4
    pacer.step_begins()
    assert pacer.wait() == 0.0
    # but not for more than half a second
    clock.now += 100.0
    pacer.step_begins()
    pacer.step_begins()
    pacer.step_begins()
    assert pacer.wait() == 0.0
    pacer.step_begins()
    assert pacer.wait() == pytest.approx(0.25)


def test_without_a_limit_every_step_is_due(clock: Clock) -> None:
    pacer = Pacer(None, clock)
    for _ in range(3):
        pacer.step_begins()
        assert pacer.wait() == 0.0


def test_only_the_pace_that_a_run_began_with_is_lifted(clock: Clock) -> None:
    pacer = Pacer(2.0, clock)
    pacer.lift()
    assert pacer.limit is None
    pacer = Pacer(2.0, clock)
    pacer.set(3.0)
    pacer.lift()
    assert pacer.limit == 3.0


def test_the_rate_is_that_of_the_last_two_seconds(clock: Clock) -> None:
    pacer = Pacer(None, clock)
    assert pacer.rate() == 0.0
    pacer.step_taken(1)
    assert pacer.rate() == 0.0
    for step in range(2, 30):
        clock.now += 1.0
        pacer.step_taken(step)
    assert pacer.rate() == 1.0
    for step in range(30, 50):
        clock.now += 0.25
        pacer.step_taken(step)
    assert pacer.rate() == pytest.approx(4.0)
    pacer.begin()
    assert pacer.rate() == 0.0
