"""Keys that come all at once do what they do one after the other."""

from __future__ import annotations

import pytest
from textual.events import Key

from qwem_tui.engine.commands import Command, Pause, Resume, Step
from qwem_tui.study.study import Study
from qwem_tui.tui.app import QwemApp
from qwem_tui.tui.line.keys import TerminalInput
from qwem_tui.tui.screens.ask_goal import AskGoal
from tests.tui.driving import NARROW, WIDE, opened, until
from tests.tui.fake_run import RUNNING, FakeRun


def type_at_once(app: QwemApp, text: str) -> None:
    """Hand on the keys that a terminal sends as `text`, none waiting for the one before."""
    for message in TerminalInput(lambda: None).feed(text):
        assert isinstance(message, Key)
        app.post_message(message)


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("n5\r", [Step(5)]),
        ("n5\rn7\rs", [Step(5), Step(7), Step(1)]),
        # a window is closed: what follows is no longer for it
        ("u\x1bs", [Step(1)]),
        ("u\x1bn4\rs", [Step(4), Step(1)]),
        ("n9\x1bs", [Step(1)]),
        ("?\x1bs?qs", [Step(1), Step(1)]),
        ("z\x1bz\x1bz\x1bs", [Step(1)]),
        # the line of words is left: its letters are keys again
        ("/cats\x1bs", [Step(1)]),
        ("/s\x1bWs/s\x1bn2\r", [Step(1), Step(2)]),
        ("lllss", [Step(1), Step(1)]),
        ("m\x1bs", [Step(1)]),
    ],
)
@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_each_is_taken_by_what_the_one_before_it_left(
    gd: Study, text: str, sent: list[Command], size: tuple[int, int]
) -> None:
    run = FakeRun(gd)
    async with opened(run, size) as (app, pilot):
        type_at_once(app, text)
        await until(pilot, lambda: run.sent == sent)
        await until(pilot, lambda: len(app.screen_stack) == 1)
        assert run.sent == sent


async def test_the_last_window_of_a_burst_stays_open(gd: Study) -> None:
    run = FakeRun(gd, status=RUNNING)
    async with opened(run, WIDE) as (app, pilot):
        type_at_once(app, " u\x1b u")
        await until(pilot, lambda: run.sent == [Pause(), Resume()] and isinstance(app.screen, AskGoal))
