"""The plan of the corpus of the run in front, made in the background."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.screen import Screen

from qwem_tui.base.progress import Monitor
from qwem_tui.engine.background import Background
from qwem_tui.engine.source import RunSource
from qwem_tui.tui.key_guard import Guard
from qwem_tui.tui.notices import Notices
from qwem_tui.tui.session import Session, settings_of

if TYPE_CHECKING:
    from qwem_tui.engine.step_timing import Planner
    from qwem_tui.study.plan.planner import Plan, PlanConfig

#: What follows an error that names options: the app has none to give.
_ELSEWHERE = "Options are for the command line: leave the app, and run `qwem-tui plan` with them."
#: Opens a screen, and calls back once it is closed.
OpenScreen = Callable[[Screen[int], Callable[[int | None], None]], None]


class PlanAction:
    """Plans a corpus where somebody asks for it, and keeps the plan."""

    def __init__(
        self,
        session: Session,
        guard: Guard,
        notices: Notices,
        corpus_name: str,
        open_screen: OpenScreen,
        planner: Planner | None,
    ) -> None:
        """Plan the corpus called `corpus_name`, by `planner`, or by that of this machine where it is None."""
        self._session = session
        self._guard = guard
        self._notices = notices
        self._corpus_name = corpus_name
        self._open_screen = open_screen
        self._planner = planner
        #: the plan that was asked for last, and by which settings
        self._planned: tuple[PlanConfig, Background[Plan]] | None = None

    def show(self) -> None:
        """Show the plan with the settings of the run in front, or ask whether to make it."""
        # few ask for a plan, and starting would take a tenth of a second longer with it
        from qwem_tui.tui.screens.plan import PlanScreen, config_of_run

        source = self._session.front
        study = source.study()
        if not (self._guard.can_plan() and self._guard.has_begun()) or study is None:
            return
        config = config_of_run(settings_of(source, study), study)
        if not self.is_free:
            self._notices.show("The plan that was given up is still coming to its end: try again in a moment.")
            return
        work = self._work(config, source)
        self._open_screen(PlanScreen(work, self._corpus_name, config), lambda _: self._show_end(work))

    def _work(self, config: PlanConfig, source: RunSource) -> Background[Plan]:
        """Return the plan that is there already, or one that can be begun."""
        if self._planned is not None and self._planned[0] == config and self._planned[1].result is not None:
            return self._planned[1]
        device = "auto" if source.config is None else source.config.device

        def work(monitor: Monitor) -> Plan:
            # only a plan that is made needs it
            from qwem_tui.engine.step_timing import plan_here

            return (self._planner or plan_here)(config, device, None, monitor)

        self._planned = config, Background(work)
        return self._planned[1]

    def _show_end(self, work: Background[Plan]) -> None:
        """Show why there is no plan, where there is none; raises what is a defect."""
        if work.crash is not None:
            raise work.crash
        if work.error is not None:
            elsewhere = f" {_ELSEWHERE}" if work.error.settings else ""
            self._notices.show(f"There is no plan. {work.error}{elsewhere}", "error", timeout=20)
        elif work.begun and work.result is None:
            self._notices.show("The plan was given up.", timeout=4)

    @property
    def is_free(self) -> bool:
        """Return whether no plan is under way, given up or not."""
        return self._planned is None or self._planned[1].join(0)

    def stop(self) -> None:
        """Ask a plan under way to end. Safe inside a signal handler."""
        if self._planned is not None:
            self._planned[1].stop()

    def join(self, timeout: float) -> None:
        """Wait up to `timeout` seconds for a plan under way to end."""
        if self._planned is not None:
            self._planned[1].join(timeout)
