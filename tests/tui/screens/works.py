"""Work that a test makes up, and the app about it."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from textual.pilot import Pilot
from textual.widget import Widget

from qwem_tui.base.progress import Monitor
from qwem_tui.engine.background import Background
from qwem_tui.tui.screens.work import WorkScreen
from qwem_tui.tui.work_app import WorkApp
from tests.tui.driving import until
from tests.waiting import PATIENCE


class Gated:
    """Work that tells how far it is, and goes on to its result only once it may."""

    def __init__(self, result: Any) -> None:
        self.result = result
        self.may_end = threading.Event()
        self.calls = 0

    def __call__(self, monitor: Monitor) -> Any:
        self.calls += 1
        monitor.stage("measuring 21 part(s) of the text", 21.0)
        while not self.may_end.wait(0.01):
            monitor.advance(7.0)
        return self.result


@asynccontextmanager
async def showing(screen: WorkScreen[Any], size: tuple[int, int]) -> AsyncIterator[tuple[WorkApp, Pilot[int]]]:
    """The app on a screen whose work has begun."""
    screen.work.start()
    app = WorkApp(screen)
    try:
        async with app.run_test(size=size) as pilot:
            await until(pilot, lambda: app.screen is screen or app.return_value is not None)
            yield app, pilot
    finally:
        screen.work.stop()
        assert screen.work.join(PATIENCE)


async def there(pilot: Pilot[int], screen: WorkScreen[Any]) -> None:
    """Wait until the result is on the screen."""
    await until(pilot, lambda: screen.result is not None)
    await pilot.pause()


def text_of(widget: Widget) -> str:
    """What is on the screen where `widget` is, without blanks at the ends of lines."""
    strips = widget.screen._compositor.render_strips()
    region = widget.region
    lines = ["".join(segment.text for segment in strip) for strip in strips]
    return "\n".join(line[region.x : region.right].rstrip() for line in lines[region.y : region.bottom])


def flat(widget: Widget) -> str:
    """What is on the screen where `widget` is, in one line."""
    return " ".join(text_of(widget).split())


def at_once(result: Any) -> Background[Any]:
    return Background(lambda monitor: result)
