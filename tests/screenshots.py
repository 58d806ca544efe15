"""Makes the pictures of README from the running app, on the built-in sample.

python -m tests.screenshots docs/images
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from textual.pilot import Pilot

from qwem_tui.corpus.samples.catalogue import TOYWORLD
from qwem_tui.engine.goals import StepReached
from qwem_tui.engine.live_run import LiveRun
from qwem_tui.engine.run_config import RunConfig
from qwem_tui.engine.status import Phase
from qwem_tui.study.config import StudyConfig
from qwem_tui.tui.app import QwemApp
from qwem_tui.tui.screens.category import CategoryScreen
from qwem_tui.tui.screens.map import MapScreen
from qwem_tui.tui.screenshot import screen_svg
from tests.tui.driving import NARROW, screen_text, until

#: Where the run is paused for the pictures: some categories have crossed, others have not.
_STEP = 130
_WIDE = (160, 45)
#: The screen is settled when it was the same so often.
_STILL = 40


async def _settled(app: QwemApp, pilot: Pilot[int]) -> None:
    """Wait until the screen stays as it is."""
    seen: list[str] = []

    def still() -> bool:
        seen.append(screen_text(app))
        return len(seen) > _STILL and len(set(seen[-_STILL:])) == 1

    await until(pilot, still)


async def _make(folder: Path) -> None:
    run = LiveRun(RunConfig(StudyConfig((str(TOYWORLD.path),)), device="cpu"), goal=StepReached(_STEP))
    run.start()
    app = QwemApp(run, TOYWORLD.path.name, folder, 30.0)

    def write(name: str) -> None:
        (folder / f"{name}.svg").write_text(screen_svg(app), encoding="utf-8")
        print(folder / f"{name}.svg")

    try:
        async with app.run_test(size=_WIDE) as pilot:
            words = app.run_display
            await until(pilot, lambda: run.status().phase is Phase.PAUSED)
            await pilot.press("slash", *"eat ate drink", "enter")
            await until(pilot, lambda: "forecast: " in str(words.query_one("#words-found").render()))
            await pilot.press("escape", "W", "slash", *"city", "enter", "escape", "W", "down", "down", "down")
            await until(pilot, lambda: len(app.words.watched) == 2)
            await _settled(app, pilot)
            write("main")
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, CategoryScreen) and bool(app.screen.questions.evaluated))
            await pilot.press("o")
            await _settled(app, pilot)
            write("category")
            await pilot.press("escape", "up", "M")
            await until(pilot, lambda: isinstance(app.screen, MapScreen) and app.screen.map is not None)
            await _settled(app, pilot)
            write("map")
            await pilot.press("escape")
            await pilot.resize_terminal(*NARROW)
            await pilot.press("4")
            await _settled(app, pilot)
            write("words-80x24")
            await pilot.press("escape", "3", "right", "right", "right")
            await _settled(app, pilot)
            write("forecast-80x24")
    finally:
        run.stop()
        run.join(60.0)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    asyncio.run(_make(target))
