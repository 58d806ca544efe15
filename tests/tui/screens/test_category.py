"""The detail view of a category: its questions, and why it is early or late."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from textual.pilot import Pilot
from textual.widgets import DataTable, Input, Static

from qwem_tui.analogies.answers import answers
from qwem_tui.base.errors import Cancelled, QwemError
from qwem_tui.base.progress import Progress
from qwem_tui.engine.frame import Snapshot
from qwem_tui.study.study import Study
from qwem_tui.tui.app import QwemApp
from qwem_tui.tui.charts import ChartView
from qwem_tui.tui.screens.category import CategoryScreen
from tests.tui.driving import NARROW, WIDE, notified, opened, screen_text, until
from tests.tui.fake_run import FakeRun
from tests.waiting import PATIENCE

SIZES = [WIDE, NARROW, (60, 15), (20, 5)]


def view(app: QwemApp) -> CategoryScreen:
    assert isinstance(app.screen, CategoryScreen)
    return app.screen


async def open_view(app: QwemApp, pilot: Pilot[int]) -> None:
    """Open the view of the category under the cursor, and wait until it is there."""
    if not app.query_one("#pane-abilities").display:
        await pilot.press("3")
    await until(pilot, lambda: app.query_one(DataTable).row_count > 0)
    await pilot.press("w")
    await until(pilot, lambda: isinstance(app.screen, CategoryScreen) and app.screen.why.explanation is not None)
    await pilot.pause()


async def open_questions(app: QwemApp, pilot: Pilot[int], down: int = 0) -> CategoryScreen:
    """Open the table of questions of a category so many rows below the first."""
    if not app.query_one("#pane-abilities").display:
        await pilot.press("3")
    await until(pilot, lambda: app.query_one(DataTable).row_count > 0)
    await pilot.press(*["down"] * down, "enter")
    await until(pilot, lambda: isinstance(app.screen, CategoryScreen) and counts(app) != "")
    return view(app)


def counts(app: QwemApp) -> str:
    # a window that is just being opened has nothing in it yet
    return "".join(str(each.content) for each in app.screen.query("#questions-counts").results(Static))


def lines_of(app: QwemApp) -> list[str]:
    """The table as it is on the screen, without its frame."""
    region = app.screen.query_one("#questions-lines").region
    lines = screen_text(app).split("\n")[region.y : region.bottom]
    return [line for each in lines if (line := each[region.x : region.right].strip())]


def right_now(run: FakeRun, study: Study) -> int:
    asked = study.analogies
    return int(answers(run.embeddings, asked.questions, asked.alternatives).right.sum())


@pytest.fixture
def run(gd: Study) -> FakeRun:
    """A run whose embeddings are those of its closed form of size 4; the third evaluation was that of step 3."""
    run = FakeRun(gd)
    spectrum = gd.spectrum
    run.embeddings[:, :4] = (spectrum.vectors * spectrum.eigenvalues.clamp(min=0).sqrt())[:, :4].float().numpy()
    found = answers(run.embeddings, gd.analogies.questions, gd.analogies.alternatives).right
    assert run.log is not None
    for step, correct in ((0, np.zeros_like(found)), (2, found), (3, found)):
        run.log.append(step, correct)
    return run


def text_of(screen: CategoryScreen) -> str:
    return " ".join(str(screen.query_one("#explain-text", Static).content).split())


@pytest.mark.parametrize("size", SIZES)
async def test_the_view_opens_by_key_shows_both_charts_and_closes(gd: Study, size: tuple[int, int]) -> None:
    async with opened(FakeRun(gd), size) as (app, pilot):
        await open_view(app, pilot)
        screen = view(app)
        assert "capitals: 5 word pairs such as paris : france" in text_of(screen)
        charts = list(screen.why.query(ChartView))
        assert [chart.size.height >= 8 for chart in charts] == [True, True, True]
        for chart in charts[:2]:
            assert [(marker.x, marker.label) for marker in chart.plot.markers] == [(5.0, "cusp")]
            assert screen.why.explanation is not None
            assert chart.plot.cursor == screen.why.explanation.critical.critical_size
        side_by_side = charts[0].region.y == charts[1].region.y
        assert side_by_side == (size == WIDE)
        lines = screen_text(app).split("\n")
        assert all(len(line) <= size[0] for line in lines)
        if size[0] >= 80:
            assert "SNR of the task vectors (dashed line: critical size" in "\n".join(lines)
            assert "cusp" in "\n".join(lines)
            # no line is broken twice, by the text and by the screen
            height = screen.query_one("#explain-text").size.height
            assert height == str(screen.query_one("#explain-text", Static).content).count("\n") + 1
        await pilot.press("end")
        await until(pilot, lambda: "eigenvalues of G at size" in screen_text(app) or size[0] < 80)
        assert screen.why.explanation is not None
        found = next(series for series in charts[2].plot.series if series.marker)
        assert found.y.tolist() == screen.why.explanation.task.eigenvalues[::-1].tolist()
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, CategoryScreen))
        assert app.return_value is None


@pytest.mark.parametrize("size", SIZES)
async def test_enter_shows_the_questions_of_the_row_and_escape_closes(
    gd: Study, run: FakeRun, size: tuple[int, int]
) -> None:
    async with opened(run, size) as (app, pilot):
        await open_questions(app, pilot)
        right = right_now(run, gd)
        assert 0 < right < 20
        await until(
            pilot, lambda: counts(app) == f"{right} of 20 right at step 3, evaluated from the run as it is now."
        )
        await pilot.pause()
        assert all(len(line) <= size[0] for line in screen_text(app).split("\n"))
        if size[0] >= 80:
            assert "1 questions" in screen_text(app)
            assert "o: file order  f: all  /: filter  r: again  M: map  esc: close" in screen_text(app)
            first = lines_of(app)[0]
            assert "paris : france :: rome : italy" in first
            assert first.split()[0] in "✓✗"
            assert first.split()[8] in ("0", "2")
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, CategoryScreen))
        assert app.return_value is None


async def test_keys_sort_choose_and_filter(gd: Study, run: FakeRun) -> None:
    async with opened(run, NARROW) as (app, pilot):
        await open_questions(app, pilot)
        right = right_now(run, gd)
        await until(pilot, lambda: "as it is now" in counts(app))
        await pilot.press("o")
        await until(pilot, lambda: lines_of(app)[0].startswith("✗"))
        assert "o: wrong first" in screen_text(app)
        await pilot.press("o")
        await until(pilot, lambda: "o: least margin first" in screen_text(app))
        margins = [float(line.split()[9]) for line in lines_of(app)]
        assert margins == sorted(margins)
        assert all(("+" in line) == line.startswith("✓") for line in lines_of(app))
        await pilot.press("f")
        await until(pilot, lambda: f"; {20 - right} shown." in counts(app))
        assert all(line.startswith("✗") for line in lines_of(app))
        await pilot.press("f")
        await until(pilot, lambda: f"; {right} shown." in counts(app))
        await pilot.press("f", "slash", "o", "s", "L")
        # 8 questions have oslo in them, and it may be the answer of others
        await until(pilot, lambda: "shown" in counts(app) and all("oslo" in line for line in lines_of(app)))
        assert len(lines_of(app)) >= 8
        await pilot.press("enter")
        assert not isinstance(app.focused, Input)
        # first the filter goes, then the window
        await pilot.press("escape")
        await until(pilot, lambda: "shown" not in counts(app))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, CategoryScreen))


async def test_a_live_run_is_followed_and_asked_again_only_after_a_step(gd: Study, run: FakeRun) -> None:
    async with opened(run, WIDE) as (app, pilot):
        screen = await open_questions(app, pilot)
        await until(pilot, lambda: screen.questions.evaluated == 3)
        asked = run.snapshots
        # a look later
        run.embeddings = np.zeros_like(run.embeddings)
        run.take_steps(1)
        await until(pilot, lambda: counts(app).startswith("0 of 20 right at step 4, evaluated from the run as it is"))
        assert run.snapshots == asked + 1
        # not what was recorded at step 3
        assert any(">3" in line for line in lines_of(app))
        await pilot.press("r")
        await until(pilot, lambda: run.snapshots == asked + 2)


async def test_the_run_of_another_process_is_asked_when_the_view_opens_and_by_key(gd: Study, run: FakeRun) -> None:
    run.of_another_process()
    async with opened(run, WIDE) as (app, pilot):
        screen = await open_questions(app, pilot)
        await until(pilot, lambda: screen.questions.evaluated == 3)
        run.take_steps(2)
        await until(pilot, lambda: counts(app).endswith("the run is at step 5: r evaluates again."))
        assert run.snapshots == 1
        await pilot.press("r")
        await until(pilot, lambda: screen.questions.evaluated == 5)
        assert run.snapshots == 2


async def test_a_run_that_does_not_answer_shows_what_was_recorded(
    gd: Study, run: FakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting, silent = threading.Event(), threading.Event()

    def snapshot(timeout: float) -> Snapshot | None:
        silent.set()
        assert waiting.wait(PATIENCE)
        return None

    run.of_another_process()
    monkeypatch.setattr(run, "snapshot", snapshot)
    async with opened(run, WIDE) as (app, pilot):
        await open_questions(app, pilot)
        right = right_now(run, gd)
        assert silent.wait(PATIENCE)
        recorded = f"{right} of 20 right at step 3, the last one evaluated; "
        assert counts(app) == f"{recorded}margins are being worked out ..."
        assert lines_of(app)[0].split()[8] in ("0", "2")
        waiting.set()
        await until(pilot, lambda: counts(app) == f"{recorded}the run did not answer: r asks again.")


async def test_since_when_is_not_known_of_old_runs(gd: Study, run: FakeRun) -> None:
    run.log = None
    async with opened(run, WIDE) as (app, pilot):
        await open_questions(app, pilot)
        await until(pilot, lambda: counts(app).endswith("as it is now. Since when is not recorded."))


async def test_a_category_that_cannot_be_asked_and_whose_name_is_no_markup(gd: Study, run: FakeRun) -> None:
    async with opened(run, WIDE) as (app, pilot):
        screen = await open_questions(app, pilot, down=2)
        assert counts(app).startswith("None of its questions can be asked")
        assert "[bold]odd[/bold]" in screen_text(app)
        assert run.snapshots == 0
        await pilot.press("tab")
        await until(pilot, lambda: "[bold]odd[/bold] has 0 word pair(s)" in text_of(screen))
        assert screen.why.explanation is None
        await pilot.press("q")
        await until(pilot, lambda: not isinstance(app.screen, CategoryScreen))
        assert app.return_value is None
        assert app.query_one(DataTable).cursor_row == 2


async def test_why_is_computed_once_when_it_is_first_seen(
    gd: Study, run: FakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, given_up, may_end = [], threading.Event(), threading.Event()

    def known_late(*given: Any, progress: Progress, **named: Any) -> Any:
        begun.append(given[3])
        try:
            while not may_end.wait(0.01):
                progress.advance(0)
        except Cancelled:
            given_up.set()
            raise
        raise QwemError("Nothing is known of it.")

    monkeypatch.setattr("qwem_tui.tui.panes.why_pane.explain", known_late)
    async with opened(run, WIDE) as (app, pilot):
        await open_questions(app, pilot)
        assert begun == []
        await pilot.press("2")
        await until(pilot, lambda: begun == ["capitals"])
        await pilot.press("escape")
        await until(pilot, given_up.is_set)
        may_end.set()
        # closed too early it is begun anew; then it is known
        for key in ("w", "enter"):
            await pilot.press(key)
            await until(pilot, lambda: isinstance(app.screen, CategoryScreen))
            await pilot.press("1", "tab")
            await until(pilot, lambda: text_of(view(app)) == "Nothing is known of it.")
            await pilot.press("tab", "w", "escape")
            await until(pilot, lambda: not isinstance(app.screen, CategoryScreen))
        assert begun == ["capitals", "capitals"]


async def test_without_a_table_on_screen_the_key_says_where_to_choose(gd: Study) -> None:
    async with opened(FakeRun(gd), NARROW) as (app, pilot):
        await pilot.press("w")
        await until(pilot, lambda: notified(app, "pane 3"))
        assert not isinstance(app.screen, CategoryScreen)


async def test_closing_at_once_harms_nothing(gd: Study) -> None:
    async with opened(FakeRun(gd), WIDE) as (app, pilot):
        await until(pilot, lambda: app.query_one(DataTable).row_count > 0)
        for _ in range(3):
            await pilot.press("w", "escape")
        await open_view(app, pilot)


async def test_a_resize_moves_charts_and_text(gd: Study) -> None:
    async with opened(FakeRun(gd), WIDE) as (app, pilot):
        await open_view(app, pilot)
        await pilot.resize_terminal(*NARROW)
        await until(pilot, lambda: not view(app).why.has_class("wide"))
        await pilot.pause()
        content = str(view(app).query_one("#explain-text", Static).content)
        assert max(map(len, content.split("\n"))) <= 75


async def test_ascii_throughout(gd: Study, run: FakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ChartView, "ascii_mode", True)
    async with opened(run, NARROW) as (app, pilot):
        await open_questions(app, pilot)
        await until(pilot, lambda: "as it is now" in counts(app))
        await pilot.press("f", "slash")
        await pilot.pause()
        assert screen_text(app).isascii()
        await pilot.press("escape", "escape")
        await open_view(app, pilot)
        assert screen_text(app).isascii()
        await pilot.press("end")
        await pilot.pause()
        assert screen_text(app).isascii()
