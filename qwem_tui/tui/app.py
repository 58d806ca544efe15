"""The app: panes over a run, and the keys that steer it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import work
from textual.binding import Binding, BindingType
from textual.screen import Screen

from qwem_tui.base.errors import QwemError
from qwem_tui.base.names import TrainerName
from qwem_tui.base.printable import printable
from qwem_tui.base.progress import Monitor
from qwem_tui.corpus.documents import STDIN
from qwem_tui.engine.background import Background
from qwem_tui.engine.live_run import LiveRun
from qwem_tui.engine.run_folder.writer import configuration
from qwem_tui.engine.source import RunSource
from qwem_tui.formats.snapshot.folder import write_snapshot_folder
from qwem_tui.tui.panes.abilities_pane import AbilitiesPane
from qwem_tui.tui.rendering.palette import palette
from qwem_tui.tui.rendering.view import Run, View
from qwem_tui.tui.run_actions import PATIENCE, MakeRun, RunActions, asked_of
from qwem_tui.tui.screens.explain import ExplainScreen
from qwem_tui.tui.screens.help import HelpScreen
from qwem_tui.tui.screens.modes import ModesScreen
from qwem_tui.tui.screens.work import INTERRUPTED
from qwem_tui.tui.screenshot import screen_svg

if TYPE_CHECKING:
    from qwem_tui.engine.step_timing import Planner
    from qwem_tui.study.plan.planner import Plan, PlanConfig

Result = TypeVar("Result")

NO_PLAN_OF_A_PIPE = "The corpus came from a pipe and cannot be read again: qwem-tui plan - --screen plans a pipe."


class QwemApp(RunActions):
    """Shows runs and steers the latest. Gives the process's exit code."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "pause_or_resume", "Pause", key_display="space"),
        Binding("s", "step", "Step"),
        Binding("u", "run_until", "Until"),
        Binding("r", "restart", "Restart"),
        Binding("b", "branch", "Back"),
        Binding("c", "compare", "Compare"),
        Binding("e", "export", "Export"),
        Binding("question_mark", "help", "Help", key_display="?"),
        Binding("q", "quit_run", "Quit"),
        # the footer of a narrow terminal has no room for these: the help has them all
        Binding("n", "steps", show=False),
        Binding("f", "full_speed", show=False),
        Binding("p", "pace", show=False),
        Binding("z", "step_size", show=False),
        Binding("k", "keep", show=False),
        Binding("l", "log_axis", show=False),
        Binding("t", "toggle_theme", show=False),
        Binding("w", "why", show=False),
        Binding("m", "modes", show=False),
        Binding("P", "plan", show=False),
        Binding("1", "only(1)", show=False),
        Binding("2", "only(2)", show=False),
        Binding("3", "only(3)", show=False),
        Binding("escape", "give_up", show=False),
        Binding("ctrl+q", "quit_run", show=False, priority=True),
        Binding("ctrl+c", "interrupt", show=False, priority=True),
        Binding("ctrl+z", "suspend_process", show=False),
    ]

    def __init__(
        self,
        run: RunSource,
        make_run: MakeRun,
        name: str,
        export_to: Path,
        fps: float,
        then: TrainerName | None = None,
        planner: Planner | None = None,
    ) -> None:
        """Show `run`, which has been started; `make_run` makes others on the same corpus, which `planner` plans.

        `name` is the corpus's; exports of a run without a folder go into folders in `export_to`; the screen looks at
        the run `fps` times a second. Once the run is done another by the trainer `then` is begun, to compare with.
        """
        super().__init__(run, make_run, name, fps, then)
        self._export_to = export_to
        self._planner = planner
        #: the plan that was asked for last, and by which settings
        self._planned: tuple[PlanConfig, Background[Plan]] | None = None
        self.exported: list[Path] = []

    def _open_window(self, window: Screen[Result], then: Callable[[Result | None], None] | None = None) -> None:
        """Open a window, which nothing said before shall cover, and do something with what it comes to."""
        self.clear_notifications()
        self.push_screen(window, then)

    # what changes the picture

    def action_log_axis(self) -> None:
        """Change between a linear and a logarithmic time axis."""
        self._log_x = not self._log_x
        self.poll()

    def action_toggle_theme(self) -> None:
        """Change between light and dark."""
        self.theme = "textual-light" if self.current_theme.dark else "textual-dark"
        self.poll()

    def action_only(self, number: int) -> None:
        """Show one pane alone, or all again."""
        narrow = self.query_one("#panes").has_class("narrow")
        self._only = None if self._only == number and not narrow else number
        self._lay_out(self.size.width, self.size.height)

    def action_why(self) -> None:
        """Explain the category under the cursor."""
        study, category = self.session.front.study(), self.query_one(AbilitiesPane).category
        if not self._training() or study is None:
            return
        if category is None:
            self.notify("Choose a category in the table of pane 3 first: key 3 shows it.", timeout=5)
            return
        self._open_window(ExplainScreen(study, category))

    def action_modes(self) -> None:
        """Show the modes of the run in front, one by one."""
        source = self.session.front
        study, history = source.study(), source.history()
        if not self._training() or study is None or history is None:
            return
        if not study.trajectory.is_forecast:
            self.notify(f"Modes are not defined for {study.config.trainer}: nothing of them is forecast.", timeout=5)
            return
        colors = palette(self.current_theme.dark)
        self._open_window(
            ModesScreen(lambda: View(Run(study, history.columns(), source.status().changes), False, colors))
        )

    def on_abilities_pane_chosen(self) -> None:
        """Explain the category that was chosen."""
        self.action_why()

    def action_plan(self) -> None:
        """Show the plan of the corpus with the settings of the run in front, or ask whether to make it."""
        # few ask for a plan, and starting would take a tenth of a second longer with it
        from qwem_tui.tui.screens.plan import PlanScreen, config_of_run

        source = self.session.front
        study = source.study()
        if not self._training() or study is None:
            return
        config = config_of_run(asked_of(source, study), study)
        if STDIN in config.study.sources:
            self.notify(NO_PLAN_OF_A_PIPE, severity="warning", timeout=8)
            return
        if self._planned is not None and not self._planned[1].join(0):
            self.notify("The plan that was given up is still coming to its end: try again in a moment.", timeout=5)
            return
        work = self._plan_by(config, source)
        self._open_window(PlanScreen(work, self._corpus_name, config), lambda _: self._plan_left(work))

    def _plan_by(self, config: PlanConfig, source: RunSource) -> Background[Plan]:
        """Return the plan that is there already, or one that can be begun."""
        if self._planned is not None and self._planned[0] == config and self._planned[1].result is not None:
            return self._planned[1]
        device = source.config.device if isinstance(source, LiveRun) else "auto"

        def work(monitor: Monitor) -> Plan:
            from qwem_tui.engine.step_timing import plan_here

            return (self._planner or plan_here)(config, device, None, monitor)

        begun = Background(work)
        self._planned = config, begun
        return begun

    def _plan_left(self, work: Background[Plan]) -> None:
        """Say why there is no plan, where there is none; raises what is a defect."""
        if work.crash is not None:
            raise work.crash
        if work.error is not None:
            self.notify(f"There is no plan. {work.error}", severity="error", timeout=20, markup=False)
        elif work.begun and work.result is None:
            self.notify("The plan was given up.", timeout=4)

    def action_help(self) -> None:
        """Show the help."""
        self._open_window(HelpScreen())

    # what leaves

    def action_export(self) -> None:
        """Write a snapshot folder of the run in front."""
        if self._training():
            self._export(self.session.front, screen_svg(self))

    @work(thread=True, group="export")
    def _export(self, source: RunSource, screen_svg: str) -> None:
        snapshot, study, history = source.snapshot(PATIENCE), source.study(), source.history()
        if snapshot is None or study is None or history is None:
            self._tell("Nothing was exported: the run did not answer.", "error")
            return
        above = self._export_to if source.path is None else source.path / "snapshots"
        folder = free_name(above / f"step-{snapshot.step:06}")
        frames = [frame for frame in history.frames() if frame.step <= snapshot.step]
        try:
            above.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            self._tell(f"Nothing was exported: {above.parent} cannot be made ({error.strerror}).", "error")
            return
        try:
            write_snapshot_folder(
                folder, snapshot, frames, study.analogies.names, study.tau_1, configuration(study), screen_svg
            )
        except QwemError as error:
            self._tell(f"Nothing was exported. {error}", "error")
            return
        self.exported.append(folder)
        self._tell(f"Exported step {snapshot.step:,} to {printable(str(folder))}")

    def _tell(self, message: str, severity: str = "information") -> None:
        """Notify from a worker thread; `notify` is safe there, and corpus words in it are no markup."""
        self.notify(message, severity="error" if severity == "error" else "information", timeout=8, markup=False)

    def stop_runs(self) -> None:
        """Ask all runs, and a plan under way, to end. Safe inside a signal handler."""
        for run in self.session.runs:
            run.stop()
        self.stop_plan()

    def stop_plan(self) -> None:
        """Ask a plan under way to end. Safe inside a signal handler."""
        if self._planned is not None:
            self._planned[1].stop()

    def join_runs(self, timeout: float) -> None:
        """Wait for the runs to end, `timeout` seconds for each, and for a plan under way."""
        for run in self.session.runs:
            run.join(timeout)
        if self._planned is not None:
            self._planned[1].join(timeout)

    async def action_quit_run(self) -> None:
        """End the runs and leave, once an export under way is written."""
        self.stop_runs()
        exports = [worker for worker in self.workers if worker.group == "export" and not worker.is_finished]
        if exports:
            await self.workers.wait_for_complete(exports)
        self.exit(0)

    def action_interrupt(self) -> None:
        """Leave at once, as on an interrupt."""
        self.stop_runs()
        self.exit(INTERRUPTED)


def free_name(folder: Path) -> Path:
    """Return `folder`, or it with the first number behind it that is not taken."""
    candidate, number = folder, 2
    while candidate.exists():
        candidate = folder.with_name(f"{folder.name}-{number}")
        number += 1
    return candidate
