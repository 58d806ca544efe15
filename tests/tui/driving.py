"""The app under test: opened on a run, driven by keys, and read from its screen."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual.app import App
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import ContentSwitcher, DataTable, Input, Static

from qwem_tui.base.names import TrainerName
from qwem_tui.engine.source import RunSource
from qwem_tui.engine.status import Phase
from qwem_tui.engine.step_timing import Planner
from qwem_tui.tui.app import QwemApp
from qwem_tui.tui.run_starts import MakeRun
from tests.waiting import PATIENCE

WIDE, NARROW = (160, 45), (80, 24)


@asynccontextmanager
async def opened(
    run: RunSource,
    size: tuple[int, int],
    export_to: Path = Path("exports"),
    make_run: MakeRun | None = None,
    then: TrainerName | None = None,
    planner: Planner | None = None,
    toasts: bool = False,
) -> AsyncIterator[tuple[QwemApp, Pilot[int]]]:
    """The app on `run`, once it is shown; with `toasts` what it notifies of is on the screen too."""
    run.start()
    app = QwemApp(run, "little.txt", export_to, 30.0, make_run, then, planner)
    try:
        async with app.run_test(size=size, notifications=toasts) as pilot:
            await until(pilot, lambda: app.query_one("#main", ContentSwitcher).current == "panes")
            yield app, pilot
    finally:
        app.stop_runs()
        app.join_runs(PATIENCE)


async def until(pilot: Pilot[int], condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain; {state_of(pilot.app)}"
        await pilot.pause(0.02)


def state_of(app: App[int]) -> str:
    """What there is to say about an app that does not do what it should."""
    if not isinstance(app, QwemApp):
        return str(app.screen)
    current = app.session.current
    return f"{app.screen}, {current.status()}, notified of {notifications(app)}, crash {current.crash!r}"


def phase(app: QwemApp) -> Phase:
    return app.session.current.status().phase


def step_of(app: QwemApp) -> int:
    history = app.session.current.history()
    assert history is not None
    frame = history.latest()
    assert frame is not None
    return frame.step


def notifications(app: QwemApp) -> list[str]:
    return [str(notification.message) for notification in app._notifications]


def notified(app: QwemApp, words: str) -> bool:
    """Whether a notification has these words."""
    return any(words in message for message in notifications(app))


def transport(app: QwemApp) -> str:
    return str(app.query_one("#transport", Static).content)


def alert(app: QwemApp) -> str:
    return str(app.query_one("#alert", Static).content)


def panes_shown(app: QwemApp) -> list[str]:
    return [pane.id or "" for pane in app.query(".pane") if pane.display]


def screen_text(app: App[int]) -> str:
    return "\n".join("".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips())


async def table_filled(app: QwemApp, pilot: Pilot[int]) -> DataTable[Any]:
    """The table of categories, once it has rows."""
    table = app.query_one(DataTable)
    await until(pilot, lambda: table.row_count > 0)
    return table


async def asked(app: QwemApp, pilot: Pilot[int], key: str, kind: type[Screen[Any]]) -> None:
    """Press `key` and wait for the question that it opens."""
    await pilot.press(key)
    await until(pilot, lambda: isinstance(app.screen, kind) and app.screen.is_current and bool(app.screen.focused))


async def answer(app: QwemApp, pilot: Pilot[int], text: str) -> None:
    """Type `text` over what stands in the only input, and press enter."""
    app.screen.query_one(Input).value = text
    await pilot.press("enter")


def refusal(app: QwemApp) -> str:
    return str(app.screen.query_one("#refusal", Static).content)


async def paused_at(app: QwemApp, pilot: Pilot[int]) -> int:
    await pilot.press("space")
    await until(pilot, lambda: phase(app) is Phase.PAUSED)
    return step_of(app)
