"""Pane 4: what is typed, what is shown, and which keys go where."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from textual.pilot import Pilot
from textual.widgets import Static

from qwem_tui.study.study import Study
from qwem_tui.tui.app import QwemApp
from tests.tui.driving import NARROW, WIDE, notified, opened, panes_shown, screen_text, until
from tests.tui.fake_run import PREPARING, RUNNING, FakeRun


def found(app: QwemApp) -> str:
    return str(app.query_one("#words-found", Static).content)


def watched(app: QwemApp) -> list[str]:
    shown = app.query_one("#words-watched", Static)
    return str(shown.content).split("\n") if shown.display else []


def run_that_knows(study: Study, **words: tuple[float, float]) -> FakeRun:
    """A run in whose embeddings these words have these first two coordinates, all others none."""
    run = FakeRun(study)
    run.embeddings = np.zeros((len(study.vocabulary), study.dim), np.float32)
    for word, place in words.items():
        run.embeddings[study.vocabulary.index[word], :2] = place
    return run


def capitals(study: Study) -> FakeRun:
    return run_that_knows(study, paris=(1, 0), france=(1, 1), rome=(-1, 0.1), italy=(-1, 1.1), oslo=(1, 0.2))


async def ask(app: QwemApp, pilot: Pilot[int], text: str, until_shown: str) -> None:
    """Type `text` in one go, behind the key that opens the line where that is needed, and wait for what is found."""
    opening = () if app.run_display.words.typing else ("slash",)
    await pilot.press(*opening, *text, "enter")
    await until(pilot, lambda: until_shown in found(app))


async def test_the_pane_stands_beside_the_others_where_there_is_room(gd: Study) -> None:
    async with opened(capitals(gd), WIDE) as (app, pilot):
        assert "pane-words" in panes_shown(app)
        await pilot.resize_terminal(130, 40)
        await until(pilot, lambda: panes_shown(app) == ["pane-modes", "pane-rank", "pane-abilities"])
        await pilot.press("4")
        await until(pilot, lambda: panes_shown(app) == ["pane-words"])
        await pilot.press("escape", "4")
        await until(pilot, lambda: len(panes_shown(app)) == 3)


async def test_a_word_gives_its_neighbours_and_single_keys_act_outside_the_line_only(gd: Study) -> None:
    run = capitals(gd)
    async with opened(run, NARROW) as (app, pilot):
        await ask(app, pilot, "PARIS", "nearest to paris")
        lines = found(app).split("\n")
        assert lines[1].split() == ["1", "oslo", "0.981"]
        assert lines[2].split() == ["2", "france", "0.707"]
        # s would take a step, q would leave
        await pilot.press("s", "q")
        assert (app.run_display.words.line.value, run.sent) == ("sq", [])
        await pilot.press("escape", "s")
        await until(pilot, lambda: len(run.sent) == 1)


async def test_the_line_takes_no_keys_before_it_is_opened(gd: Study) -> None:
    run = capitals(gd)
    run.now = PREPARING
    async with QwemApp(run, "little.txt", Path(), 30.0).run_test(size=WIDE) as pilot:
        await pilot.press("q")
        await until(pilot, lambda: run.stopped)


async def test_the_line_that_was_left_takes_no_keys_behind_a_window(gd: Study) -> None:
    run = capitals(gd)
    async with opened(run, NARROW) as (app, pilot):
        await pilot.press("4", "escape", "question_mark", "escape", "s")
        await until(pilot, lambda: len(run.sent) == 1)
        assert app.run_display.words_alone


async def test_an_analogy_shows_answers_place_size_and_step(gd: Study) -> None:
    async with opened(capitals(gd), WIDE) as (app, pilot):
        # the file of analogies knows the answer
        await ask(app, pilot, "paris france rome", "forecast: ")
        lines = found(app).split("\n")
        assert lines[0] == "paris : france :: rome : italy"
        assert lines[1].split() == ["1", "italy", "0.963", "◀"]
        assert "right: italy comes first, since step 3" in lines
        assert lines[-2].startswith("closed form: ")
        assert lines[-1].startswith("forecast: ")
        await ask(app, pilot, "paris france rome oslo", "wrong: oslo is at place ")
        await ask(app, pilot, "paris france oslo athens", "wrong: athens")


async def test_modes_unknown_words_and_what_is_no_question(gd: Study) -> None:
    async with opened(capitals(gd), NARROW) as (app, pilot):
        await ask(app, pilot, ":mode 1", "positive end")
        await ask(app, pilot, ":mode 99", "There is no mode 99: this run has 8.")
        await ask(app, pilot, "pari", "pari is not in the vocabulary.\nLike it: paris")
        await ask(app, pilot, "rome paris", "rome paris is no question: type a word")
        assert "pari is not in the vocabulary" in found(app)
        await ask(app, pilot, "rome", "nearest to rome")
        assert "no question" not in found(app)


async def test_words_are_completed_and_recalled(gd: Study) -> None:
    run = capitals(gd)
    async with opened(run, NARROW) as (app, pilot):
        line = app.run_display.words.line
        await pilot.press("slash", "r", "o")
        await until(pilot, lambda: bool(line._suggestion))
        await pilot.press("tab", "enter")
        await until(pilot, lambda: found(app).startswith("nearest to rome"))
        await ask(app, pilot, "oslo", "nearest to oslo")
        await pilot.press("up", "up")
        await until(pilot, lambda: line.value == "rome")
        await pilot.press("down", "down")
        await until(pilot, lambda: line.value == "")
        # letters that arrive right behind the key that opens the line, and behind the one that leaves it
        await pilot.press("escape", "i", *"paris", "enter", "escape", "s")
        await until(pilot, lambda: found(app).startswith("nearest to paris") and len(run.sent) == 1)


async def test_what_is_watched_stays_in_view_as_the_run_trains(gd: Study) -> None:
    run = capitals(gd)
    async with opened(run, NARROW) as (app, pilot):
        await pilot.press("W")
        await until(pilot, lambda: notified(app, "Ask about a word first"))
        await ask(app, pilot, "paris france rome", "right: italy")
        await pilot.press("escape", "W")
        await ask(app, pilot, "oslo", "nearest to oslo")
        await until(pilot, lambda: len(watched(app)) == 1)
        assert watched(app)[0].startswith("✓ paris : france :: rome : italy = italy")
        run.embeddings = -run.embeddings[::-1].copy()
        run.now = RUNNING
        run.take_steps(1)
        await until(pilot, lambda: watched(app)[0].startswith("✗ "))
        assert "4 words, step 4" in screen_text(app)
        await ask(app, pilot, "paris france rome", "wrong: italy")
        await pilot.press("escape", "W")
        await until(pilot, lambda: watched(app) == [])
