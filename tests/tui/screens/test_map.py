"""The map of words on the screen: what it follows, and what its keys do."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from textual.pilot import Pilot
from textual.widgets import DataTable, Static

from qwem_tui.engine.frame import Snapshot
from qwem_tui.study.study import Study
from qwem_tui.tui.app import QwemApp
from qwem_tui.tui.charts import ChartView
from qwem_tui.tui.screens.category import CategoryScreen
from qwem_tui.tui.screens.map import MapScreen
from tests.tui.driving import NARROW, WIDE, opened, screen_text, until
from tests.tui.fake_run import FakeRun
from tests.tui.little import PAIRS
from tests.waiting import PATIENCE


def unlearned(study: Study) -> np.ndarray:
    """Embeddings in which no two words have anything in common but by chance."""
    return np.random.default_rng(7).normal(size=(len(study.vocabulary), study.dim)).astype(np.float32)


def learned(study: Study) -> np.ndarray:
    """Embeddings in which country and capital differ in the first coordinate alone, the pairs lying on an arc."""
    W, index = unlearned(study), study.vocabulary.index
    for angle, pair in zip(np.linspace(0, 2, len(PAIRS)), PAIRS, strict=True):
        for word, side in zip(pair, (-1, 1), strict=True):
            W[index[word]] = 0
            W[index[word], :3] = side, 2 * np.cos(angle), 2 * np.sin(angle)
    return W


@pytest.fixture
def run(gd: Study) -> FakeRun:
    run = FakeRun(gd)
    run.embeddings = unlearned(gd)
    return run


def head(app: QwemApp) -> str:
    return str(app.screen.query_one("#map-head", Static).content)


async def open_map(app: QwemApp, pilot: Pilot[int], shows: str = "mean cosine") -> MapScreen:
    if app.query_one("#pane-abilities").display:
        await until(pilot, lambda: app.query_one(DataTable).row_count > 0)
    await pilot.press("M")
    await until(pilot, lambda: isinstance(app.screen, MapScreen) and shows in screen_text(app))
    assert isinstance(app.screen, MapScreen)
    return app.screen


def parallel(app: QwemApp) -> float:
    return float(head(app).split()[1])


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_pairs_turn_parallel_while_a_run_is_followed(gd: Study, run: FakeRun, size: tuple[int, int]) -> None:
    async with opened(run, size) as (app, pilot):
        await open_map(app, pilot)
        assert "map of words  capitals  step 3" in screen_text(app)
        assert parallel(app) < 0.8
        assert "(unrelated: 0.45): mean cosine of 5 b - a to their mean" in screen_text(app)
        assert "M: map" not in screen_text(app)
        assert "up, down: category  m: modes  left, right: time  + -: zoom  esc: close" in screen_text(app)
        run.embeddings = learned(gd)
        run.take_steps(1)
        await until(pilot, lambda: "step 4" in screen_text(app))
        assert parallel(app) == 1
        lines = screen_text(app).split("\n")
        for start, end in PAIRS:
            (line,) = (line for line in lines if f"{start} •" in line)
            assert line.index(f"{start} •") < line.index("▶") < line.index(end)
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)


async def test_a_moment_is_asked_for_once(run: FakeRun) -> None:
    async with opened(run, NARROW) as (app, pilot):
        screen = await open_map(app, pilot)
        asked = run.snapshots
        await pilot.press("m")
        await until(pilot, lambda: "squared length of all words" in screen_text(app))
        await pilot.press("right_square_bracket")
        await until(pilot, lambda: "modes 2, 2" in screen_text(app))
        await pilot.press("right_curly_bracket", "right_curly_bracket", "left_square_bracket", "left_square_bracket")
        await until(pilot, lambda: f"modes 8, 4  step {run.step}" in screen_text(app))
        assert "mode 8 and mode 4" in head(app)
        assert "right: mode 8   up: mode 4" in screen_text(app)
        assert screen.choice.modes == (8, 4)
        assert "[ ] { }: modes  m: pairs" in screen_text(app)
        assert run.snapshots == asked
        # a category key leads back to the pairs
        await pilot.press("c")
        await until(pilot, lambda: "capitals" in screen_text(app) and parallel(app) < 1)


async def test_keys_choose_the_category_and_its_name_is_no_markup(run: FakeRun) -> None:
    async with opened(run, WIDE) as (app, pilot):
        await open_map(app, pilot)
        await pilot.press("up")
        await until(pilot, lambda: "[bold]odd[/bold]" in screen_text(app))
        assert "None of its questions can be asked: c shows another category." in screen_text(app)
        await pilot.press("down")
        await until(pilot, lambda: "mean cosine" in screen_text(app))
        await pilot.press("c", "C", "q")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        assert app.return_value is None


async def test_zoom_shows_less_and_more_again(run: FakeRun) -> None:
    async with opened(run, WIDE) as (app, pilot):
        screen = await open_map(app, pilot)
        before, asked = screen_text(app), run.snapshots
        await pilot.press("+", "+", "+", "+", "+")
        await until(pilot, lambda: screen_text(app) != before)
        assert sum(word in screen_text(app) for pair in PAIRS for word in pair) < 10
        await pilot.press(*["minus"] * 5)
        await until(pilot, lambda: screen_text(app) == before)
        assert run.snapshots == asked
        assert screen.map is not None


async def test_words_that_were_asked_about_have_a_mark(run: FakeRun) -> None:
    async with opened(run, WIDE) as (app, pilot):
        await pilot.press("slash", *"the", "enter", "escape")
        screen = await open_map(app, pilot)
        assert screen.map is not None
        assert [screen.map.words[number] for number in screen.map.typed] == ["the"]
        assert "◆" in screen_text(app)


async def test_it_opens_over_the_view_of_a_category(run: FakeRun) -> None:
    async with opened(run, WIDE) as (app, pilot):
        await until(pilot, lambda: app.query_one(DataTable).row_count > 0)
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: isinstance(app.screen, CategoryScreen) and "M: map" in screen_text(app))
        await pilot.press("M")
        await until(pilot, lambda: "map of words  [bold]odd[/bold]" in screen_text(app))
        await pilot.press("M")
        await until(pilot, lambda: isinstance(app.screen, CategoryScreen))
        await pilot.press("tab")
        assert "M: map" in screen_text(app)


async def test_word2vec_has_pairs_and_no_modes(studies: dict[str, Study]) -> None:
    run = FakeRun(studies["word2vec"])
    run.embeddings = unlearned(studies["word2vec"])
    async with opened(run, WIDE) as (app, pilot):
        await open_map(app, pilot)
        await pilot.press("m")
        await until(pilot, lambda: "Modes are not defined for word2vec: m shows pairs." in screen_text(app))
        await pilot.press("m")
        await until(pilot, lambda: "mean cosine" in screen_text(app))


async def test_a_run_that_takes_its_time_blocks_nothing(
    gd: Study, run: FakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting, asked = threading.Event(), threading.Event()

    def late(timeout: float) -> Snapshot | None:
        asked.set()
        assert waiting.wait(PATIENCE)
        return None

    monkeypatch.setattr(run, "latest_snapshot", late)
    async with opened(run, WIDE) as (app, pilot):
        await open_map(app, pilot, shows="map of words")
        await until(pilot, asked.is_set)
        await pilot.press("m", "plus", "m")
        waiting.set()
        await until(pilot, lambda: "The run has no embeddings to show yet." in screen_text(app))
        monkeypatch.undo()
        run.take_steps(1)
        await until(pilot, lambda: "mean cosine" in screen_text(app))
        # closed while it is asked
        monkeypatch.setattr(run, "latest_snapshot", late)
        waiting.clear()
        asked.clear()
        run.take_steps(1)
        await until(pilot, asked.is_set)
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        waiting.set()


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_ascii_throughout(run: FakeRun, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ChartView, "ascii_mode", True)
    async with opened(run, size) as (app, pilot):
        await open_map(app, pilot)
        assert " o" in screen_text(app)
        assert screen_text(app).isascii()
        await pilot.press("m")
        await until(pilot, lambda: "squared length of all words" in screen_text(app))
        assert screen_text(app).isascii()


async def test_the_picture_is_drawn_for_every_size(run: FakeRun) -> None:
    async with opened(run, WIDE) as (app, pilot):
        await open_map(app, pilot)
        for width, height in [NARROW, (40, 10), (10, 4), (3, 2), WIDE]:
            await pilot.resize_terminal(width, height)
            await pilot.pause()
        await until(pilot, lambda: all(word in screen_text(app) for word in PAIRS[0]))
