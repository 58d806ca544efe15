"""The line that says what the things on the screen are."""

from __future__ import annotations

from itertools import product

from qwem_tui.study.study import Study
from qwem_tui.tui.rendering.meanings import PANES, fitting, meanings
from qwem_tui.tui.rendering.palette import DARK
from qwem_tui.tui.rendering.run import Run
from qwem_tui.tui.rendering.view import View
from tests.tui.driving import WIDE, opened, table_filled, until
from tests.tui.fake_run import FakeRun


def view_of(study: Study) -> View:
    history = FakeRun(study).history()
    assert history is not None
    return View(Run(study, history.columns()), True, DARK)


def test_every_term_is_explained_where_it_stands(studies: dict[str, Study]) -> None:
    terms = {
        "pane-modes": ("mode", "s_k", "tau_1"),
        "pane-rank": ("effective rank", "participation ratio", "modes"),
        "pane-abilities": ("threshold", "protocol"),
        None: ("tau_1", "floor"),
    }
    for pane, words in terms.items():
        text = " ".join(meanings(view_of(studies["gd"]), pane))
        assert all(f"{word}: " in text for word in words)
    # of word2vec there are neither modes nor a floor
    for pane in (*PANES, None):
        text = " ".join(meanings(view_of(studies["word2vec"]), pane))
        assert "tau_1" not in text
        assert "floor" not in text
        assert "mode" not in text


def test_as_many_sentences_as_fit(studies: dict[str, Study]) -> None:
    for pane, name in product((*PANES, None), ("gd", "word2vec")):
        sentences = meanings(view_of(studies[name]), pane)
        assert max(map(len, sentences[:1])) <= 118
        for width in (118, 158, 250):
            line = fitting(sentences, width)
            assert line.startswith(sentences[0])
            assert len(line) <= width
    assert fitting(("one", "two words", "six"), 10) == "one.  six"


async def test_the_line_follows_what_is_in_focus(studies: dict[str, Study]) -> None:
    async with opened(FakeRun(studies["gd"], frames=9), WIDE) as (app, pilot):
        await table_filled(app, pilot)

        def line() -> str:
            return str(app.query_one("#meaning").render())

        await until(pilot, lambda: "floor: " in line())
        await pilot.click("#pane-rank ChartView", offset=(20, 3))
        await until(pilot, lambda: line().startswith("effective rank: "))
        await pilot.press("1")
        await until(pilot, lambda: line().startswith("a mode: "))
        await pilot.press("1", "3")
        await until(pilot, lambda: line().startswith("threshold: "))
        await pilot.press("3")
        await until(pilot, lambda: line().startswith("effective rank: "))
        app.query_one("DataTable").focus()
        await pilot.press("down")
        await until(pilot, lambda: line().startswith("threshold: "))
