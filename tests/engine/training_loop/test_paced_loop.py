"""How many steps a loop takes in how long, by a clock that moves only where the loop waits or works."""

from __future__ import annotations

from collections import deque

import pytest

from qwem_tui.engine.commands import Command, SetPace
from qwem_tui.engine.frame import Frame, Snapshot
from qwem_tui.engine.history import History
from qwem_tui.engine.schedule import Schedule
from qwem_tui.engine.status import Status
from qwem_tui.engine.timeline import StepSizeChange
from qwem_tui.engine.trainers import make_trainer
from qwem_tui.engine.training_loop.loop import Loop
from qwem_tui.engine.training_loop.observer import Observer
from qwem_tui.engine.training_loop.pacer import Pacer
from tests.engine.conftest import Runs


class Host:
    """Waits by moving the clock; a step takes `working` seconds, commands come at their times, `until` is the end."""

    def __init__(self, working: float, until: float, commands: tuple[tuple[float, Command], ...] = ()) -> None:
        self._working, self._until, self._commands = working, until, deque(commands)
        self.now = 0.0
        #: when each step was taken, and the last status
        self.taken: list[float] = []
        self.status: Status | None = None

    def clock(self) -> float:
        return self.now

    @property
    def stopping(self) -> bool:
        return self.now >= self._until

    def next_command(self, wait: float | None) -> Command | None:
        assert wait is not None, "the run stands still"
        if self._commands and self._commands[0][0] <= self.now + wait:
            at, command = self._commands.popleft()
            self.now = max(self.now, at)
            return command
        self.now += wait
        return None

    def publish(self, status: Status) -> None:
        self.status = status

    def publish_snapshot(self, snapshot: Snapshot) -> None:
        pass

    def emit(self, frame: Frame, correct: object) -> None:
        # the start is measured too
        if frame.step:
            self.now += self._working
            self.taken.append(self.now)

    def emit_change(self, change: StepSizeChange) -> None:
        pass

    def steps_between(self, begin: float, end: float) -> int:
        return sum(begin < at <= end for at in self.taken)


def ran(runs: Runs, host: Host, pace: float | None) -> Status:
    study = runs.study("gd", steps=10_000, step_fraction=1e-3)
    trainer = make_trainer(study)
    Loop(
        host,
        study,
        trainer,
        observer=Observer(study),
        schedule=Schedule(1000, (), 1),
        history=History(study.dim, len(study.analogies.names)),
        pacer=Pacer(pace, host.clock),
    ).run()
    trainer.close()
    assert host.status is not None
    return host.status


@pytest.mark.parametrize("pace", [0.5, 4.0, 20.0])
@pytest.mark.parametrize("share", [0.0, 0.4, 0.9])
def test_a_run_takes_as_many_steps_a_second_as_it_was_asked_for(runs: Runs, pace: float, share: float) -> None:
    host = Host(share / pace, 40.0)
    assert ran(runs, host, pace).pace == pace
    assert host.steps_between(0.0, 40.0) == pytest.approx(40.0 * pace, abs=1)
    # all through, and not in bursts
    assert host.steps_between(10.0, 20.0) == pytest.approx(10.0 * pace, abs=1)


def test_another_pace_holds_from_then_on(runs: Runs) -> None:
    host = Host(0.01, 30.0, ((10.0, SetPace(20.0)), (20.0, SetPace(None))))
    assert ran(runs, host, 2.0).pace is None
    assert host.steps_between(0.0, 10.0) == pytest.approx(20, abs=1)
    assert host.steps_between(10.0, 20.0) == pytest.approx(200, abs=1)
    # at full speed there is nothing but the work
    assert host.steps_between(20.0, 30.0) == pytest.approx(1000, abs=1)


def test_a_pace_is_not_reached_where_steps_take_longer(runs: Runs) -> None:
    host = Host(0.5, 20.0)
    ran(runs, host, 100.0)
    assert host.steps_between(0.0, 20.0) == pytest.approx(40, abs=1)
