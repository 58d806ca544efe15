"""When a frame may be sent."""

from __future__ import annotations

import pytest

from qwem_tui.tui.line.flow import QUERY, Flow


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def answering(clock: Clock) -> Flow:
    flow = Flow(clock)
    assert flow.wait() == 0
    assert flow.send(1000) == QUERY
    flow.arrived()
    return flow


def test_a_frame_waits_for_the_one_before(clock: Clock) -> None:
    flow = answering(clock)
    assert not flow.awaits
    assert flow.send(50_000) == QUERY
    clock.now += 3
    assert flow.awaits
    assert flow.wait() == pytest.approx(2)
    flow.arrived()
    assert flow.wait() == 0


def test_an_answer_that_is_lost_does_not_hold_it_up(clock: Clock) -> None:
    flow = answering(clock)
    flow.send(1000)
    clock.now += 5
    assert flow.wait() == 0
    flow.send(1000)
    assert flow.wait() == pytest.approx(5)
    # one answer is enough: the other is not waited for
    flow.arrived()
    assert flow.wait() == 0


def test_after_a_key_little_on_its_way_is_not_waited_for(clock: Clock) -> None:
    flow = answering(clock)
    flow.send(3000)
    flow.pressed()
    assert flow.wait() == 0
    flow.send(3000)
    assert flow.wait() > 0
    flow.arrived()
    assert flow.wait() == 0
    clock.now += 1
    assert flow.wait() > 0


def test_a_terminal_that_never_answers_is_sent_as_much_as_a_line_takes_and_not_asked_for_ever(clock: Clock) -> None:
    flow = Flow(clock)
    asked = 0
    for _ in range(20):
        asked += flow.send(65_536) == QUERY
        assert flow.wait() == pytest.approx(1)
        clock.now += 1
    assert asked == 3
    assert not flow.awaits
    flow.pressed()
    flow.send(65_536)
    assert flow.wait() == 0
    # it does, after all
    flow.arrived()
    assert flow.send(10) == QUERY
