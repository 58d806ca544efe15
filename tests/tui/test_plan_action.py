"""The plan of the corpus of a run, over the run."""

from __future__ import annotations

from dataclasses import replace

from qwem_tui.base.errors import UsageError
from qwem_tui.base.progress import Progress
from qwem_tui.engine.background import Background
from qwem_tui.study.plan.planner import Plan, PlanConfig
from qwem_tui.study.study import Study
from qwem_tui.tui.app import QwemApp
from qwem_tui.tui.screens.plan import PlanScreen
from tests.formats.plan.plans import LONGEST, made
from tests.tui.driving import NARROW, notified, opened, transport, until
from tests.tui.fake_run import RUNNING, FakeRun
from tests.tui.screens.works import Gated, flat, text_of
from tests.waiting import PATIENCE


class Planner:
    """Stands for planning, and keeps what it was asked for."""

    def __init__(self, work: Gated) -> None:
        self.work = work
        self.asked: list[tuple[PlanConfig, str]] = []

    def __call__(self, config: PlanConfig, device: str, threads: int | None, progress: Progress) -> Plan:
        self.asked.append((config, device))
        assert isinstance(progress, Background)
        plan = self.work(progress)
        assert isinstance(plan, Plan)
        return plan


def plan_screen(app: QwemApp) -> PlanScreen:
    assert isinstance(app.screen, PlanScreen)
    return app.screen


async def test_the_app_asks_plans_the_corpus_of_the_run_and_leaves_the_run_alone(gd: Study) -> None:
    planner, run = Planner(Gated(made())), FakeRun(gd, status=RUNNING)
    async with opened(run, NARROW, planner=planner) as (app, pilot):
        await pilot.press("P")
        await until(pilot, lambda: isinstance(app.screen, PlanScreen))
        await pilot.pause()
        assert "Plan little.txt?" in text_of(app.screen)
        assert "enter begins, q goes back" in flat(app.screen)
        await pilot.press("q")
        await until(pilot, lambda: not isinstance(app.screen, PlanScreen))
        # nothing is computed before somebody asks for it
        assert planner.asked == []
        await pilot.press("P", "enter")
        await until(pilot, lambda: isinstance(app.screen, PlanScreen) and "33%, " in text_of(app.screen))
        assert planner.asked == [(PlanConfig(replace(gd.config, dim=gd.dim)), "cpu")]
        # the run is still drawn below
        run.take_steps(2)
        await until(pilot, lambda: f" {run.step}/" in transport(app))
        await pilot.press("escape")
        await until(pilot, lambda: notified(app, "The plan was given up."))
        assert not isinstance(app.screen, PlanScreen)
        planner.work.may_end.set()
        await until(pilot, lambda: app.plan.is_free)
        await pilot.press("P", "enter")
        await until(pilot, lambda: isinstance(app.screen, PlanScreen) and plan_screen(app).result is not None)
        await until(pilot, lambda: LONGEST in text_of(app.screen))
        assert notified(app, "A warning.")
        await pilot.press("q")
        await until(pilot, lambda: not isinstance(app.screen, PlanScreen))
        # it is there still
        await pilot.press("P")
        await until(pilot, lambda: isinstance(app.screen, PlanScreen) and LONGEST in text_of(app.screen))
        assert planner.work.calls == 2
        assert app.return_value is None
        await pilot.press("q")
        await until(pilot, lambda: not isinstance(app.screen, PlanScreen))
        assert run.sent == []


async def test_an_error_is_one_sentence(gd: Study) -> None:
    def refuse(config: PlanConfig, device: str, threads: int | None, progress: Progress) -> Plan:
        raise UsageError("There is no file or folder [b]little.txt: check the path.")

    async with opened(FakeRun(gd), NARROW, planner=refuse) as (app, pilot):
        await pilot.press("P", "enter")
        await until(pilot, lambda: notified(app, "There is no plan. There is no file or folder [b]little.txt"))
        assert not isinstance(app.screen, PlanScreen)
        assert app.return_value is None


async def test_leaving_the_app_ends_a_plan(gd: Study) -> None:
    async with opened(FakeRun(gd), NARROW, planner=Planner(Gated(made()))) as (app, pilot):
        await pilot.press("P", "enter")
        await until(pilot, lambda: isinstance(app.screen, PlanScreen) and "33%, " in text_of(app.screen))
        assert not app.plan.is_free
        await pilot.press("ctrl+c")
        await until(pilot, lambda: app.return_value == 130)
        app.plan.join(PATIENCE)
        assert app.plan.is_free


async def test_advice_about_options_says_where_they_can_be_given(gd: Study) -> None:
    def scarce(config: PlanConfig, device: str, threads: int | None, progress: Progress) -> Plan:
        raise MemoryError

    async with opened(FakeRun(gd), NARROW, planner=scarce) as (app, pilot):
        await pilot.press("P", "enter")
        await until(pilot, lambda: notified(app, "There is no plan. Out of memory: use a smaller --vocab-size"))
        assert notified(app, "Options are for the command line: leave the app, and run `qwem-tui plan` with them.")


async def test_a_corpus_that_came_from_a_pipe_cannot_be_planned(gd: Study) -> None:
    run = FakeRun(gd)
    run.can_plan = False
    async with opened(run, NARROW) as (app, pilot):
        await pilot.press("P")
        await until(pilot, lambda: notified(app, "came from a pipe and cannot be read again"))
        assert not isinstance(app.screen, PlanScreen)
