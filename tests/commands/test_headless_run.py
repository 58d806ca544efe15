"""What is shown of a run without a screen while it is paused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import pytest

from qwem_tui.commands.headless_run import _RunProgress
from qwem_tui.commands.progress_bar import ProgressBar
from qwem_tui.engine.frame import Frame
from qwem_tui.engine.goals import StepReached
from qwem_tui.engine.history import History
from qwem_tui.engine.live_run import LiveRun
from qwem_tui.engine.outcome import Worded
from qwem_tui.engine.status import Phase, Status


@dataclass
class Steered:
    """A run that somebody attached steers."""

    frames: History
    now: Status
    attended: bool = True
    stays_paused: bool = False

    def status(self) -> Status:
        return self.now

    def history(self) -> History:
        return self.frames

    def study(self) -> Any:
        return "whatever was known before"


@dataclass
class Bar:
    """Keeps what is shown and said."""

    lines: list[str] = field(default_factory=list)

    def show(self, name: str, done: float, total: float | None, detail: str = "") -> None:
        self.lines.append(name)

    def say(self, sentence: str) -> None:
        self.lines.append(sentence)


@pytest.mark.parametrize(
    ("fault", "stays_paused", "shown"),
    [
        (None, True, ["paused at step 9 over the control socket"]),
        (None, False, ["paused at step 9 at its goal as long as somebody is attached"]),
        (
            Worded("It grew."),
            True,
            [
                "paused at step 9 by a fault",
                "It grew. It waits for the attached screen to mend it, and ends once nobody is attached.",
            ],
        ),
    ],
)
def test_why_a_run_is_paused_is_shown_once(
    monkeypatch: pytest.MonkeyPatch, fault: Worded | None, stays_paused: bool, shown: list[str]
) -> None:
    monkeypatch.setattr("qwem_tui.commands.headless_run._SETTLED", 0.0)
    monkeypatch.setattr("qwem_tui.commands.headless_run._detail", lambda *_: "")
    history = History(1, 0)
    history.add(Frame(9, 0.9, 0.5, np.ones(1), 1, 1.0, 1.0, None, None, 0.0))
    run, bar = Steered(history, Status(Phase.RUNNING, goal=StepReached(9))), Bar()
    progress = _RunProgress(cast(LiveRun, run))

    def look(times: int) -> list[str]:
        bar.lines.clear()
        for _ in range(times):
            progress(cast(ProgressBar, bar))
        return bar.lines

    assert look(2) == ["training", "training"]
    run.now, run.stays_paused = Status(Phase.PAUSED, fault=fault), stays_paused
    assert look(5) == shown
    run.now = Status(Phase.RUNNING, goal=StepReached(20))
    assert look(1) == ["training"]
    run.now = Status(Phase.PAUSED, fault=fault)
    assert look(5) == shown
    run.attended = False
    run.now = Status(Phase.PAUSED, fault=Worded("Another."))
    # it ends, which is said elsewhere
    assert look(2) == []
