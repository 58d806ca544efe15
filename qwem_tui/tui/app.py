"""The app: panes over a run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import torch
from textual import work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import Resize
from textual.widgets import ContentSwitcher, DataTable, Footer, Static

from qwem_tui.base.errors import QwemError
from qwem_tui.base.inert import inert
from qwem_tui.base.memory import resident_bytes
from qwem_tui.engine.commands import Command, Pause, Resume, SetPace, Step
from qwem_tui.engine.device import describe
from qwem_tui.engine.folder import configuration
from qwem_tui.engine.source import Phase, RunSource, Status
from qwem_tui.formats.export import write_snapshot_folder
from qwem_tui.study.study import Outlook, StudyConfig
from qwem_tui.tui.charts import ChartView
from qwem_tui.tui.palette import palette
from qwem_tui.tui.panes.abilities_pane import AbilitiesPane
from qwem_tui.tui.panes.chart_pane import ChartPane
from qwem_tui.tui.panes.preparing import Preparing
from qwem_tui.tui.panes.transport import Transport, TransportState
from qwem_tui.tui.plots import modes_plot, rank_plot
from qwem_tui.tui.screens.ask_steps import AskSteps
from qwem_tui.tui.screens.explain import ExplainScreen
from qwem_tui.tui.screens.help import HelpScreen
from qwem_tui.tui.screenshot import screen_svg
from qwem_tui.tui.view import Run, View

#: All panes are shown from this size on; below it one at a time.
ALL_PANES_SIZE = (120, 32)
_SNAPSHOT_PATIENCE = 30.0
_INTERRUPTED = 130


#: Makes a run on the corpus of another: by other settings, or (None) its own; from its checkpoint of a step, or anew.
MakeRun = Callable[[RunSource, StudyConfig | None, int | None], RunSource]


class QwemApp(App[int]):
    """Shows a run and steers it. Gives the process's exit code."""

    CSS_PATH = "app.tcss"
    TITLE = "qwem-tui"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "pause_or_resume", "Pause", key_display="space"),
        Binding("s", "step", "Step"),
        Binding("n", "steps", "N steps"),
        Binding("e", "export", "Export"),
        Binding("l", "log_axis", "Log time"),
        Binding("f", "full_speed", "Fast"),
        Binding("r", "restart", "Restart"),
        Binding("question_mark", "help", "Help", key_display="?"),
        Binding("q", "quit_run", "Quit"),
        Binding("ctrl+q", "quit_run", "Quit", show=False, priority=True),
        Binding("ctrl+c", "interrupt", "Interrupt", show=False, priority=True),
        Binding("ctrl+z", "suspend_process", "Suspend", show=False),
        Binding("t", "toggle_theme", "Theme", show=False),
        Binding("w", "why", "Why", show=False),
        Binding("1", "only(1)", show=False),
        Binding("2", "only(2)", show=False),
        Binding("3", "only(3)", show=False),
    ]

    def __init__(self, run: RunSource, make_run: MakeRun, name: str, export_to: Path, fps: float) -> None:
        """Show `run`, which has been started; `make_run` makes others on the same corpus.

        `name` is the corpus's; exports go into folders in `export_to`; the screen looks at
        the run `fps` times a second.
        """
        super().__init__()
        self._make_run = make_run
        self._corpus_name = name
        self._export_to = export_to
        self._interval = 1.0 / fps
        self._pace_known: float | None = None
        self._log_x = True
        self._only: int | None = None
        self._announced: RunSource | None = None
        self._problem: str | None = None
        self.exported: list[Path] = []
        self.run_source = run
        self.failure: Status | None = None

    def compose(self) -> ComposeResult:
        """Yield title, panes, transport and footer."""
        yield Static("", id="title", markup=False)
        with ContentSwitcher(initial="preparing", id="main"):
            yield Preparing(id="preparing")
            with Container(id="panes"):
                yield ChartPane("1 singular values (dotted: closed form)", modes_plot, id="pane-modes")
                yield ChartPane("2 rank: modes learned, effective rank, participation ratio", rank_plot, id="pane-rank")
                yield AbilitiesPane(id="pane-abilities")
        yield Transport(id="transport")
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Begin."""
        self.query_one("#title", Static).update(f"qwem-tui  {inert(self._corpus_name)}")
        self.set_class(ChartView.ascii_mode, "ascii")
        # what the shell wrote meanwhile stands where rows have not changed since
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))
        self.set_interval(self._interval, self.poll)
        # the first frame should not wait for a slow screen's next turn
        self._preparing_timer = self.set_interval(min(self._interval, 0.1), self.poll)
        self.poll()

    def on_resize(self, event: Resize) -> None:
        """Choose the layout for the new size."""
        self._lay_out(event.size.width, event.size.height)

    def _lay_out(self, width: int, height: int) -> None:
        narrow = width < ALL_PANES_SIZE[0] or height < ALL_PANES_SIZE[1]
        only = self._only or (1 if narrow else None)
        panes = self.query_one("#panes")
        panes.set_class(only is not None, "single")
        panes.set_class(narrow, "narrow")
        for number in (1, 2, 3):
            panes.set_class(only == number, f"only-{number}")
        self.call_after_refresh(self.poll)

    def poll(self) -> None:
        """Show the run as it is now."""
        if not self.query(Transport):
            # a timer that fires while the screen is being taken down
            return
        status = self.run_source.status()
        if status.phase is Phase.FAILED:
            self.failure = status
            self.exit(status.exit_code)
            return
        if status.phase is Phase.STOPPED:
            # by a signal that came before the app could hear of it
            self.exit(0)
            return
        study, history = self.run_source.study(), self.run_source.history()
        frame = history.latest() if history is not None else None
        if study is None or history is None or frame is None:
            if status.stage is not None:
                self.query_one(Preparing).show(status.stage)
            return
        switcher = self.query_one("#main", ContentSwitcher)
        if switcher.current != "panes":
            self._preparing_timer.stop()
            self._begin_showing(study)
            switcher.current = "panes"
        self._pace_known = status.pace or self._pace_known
        run = Run(study, history.columns(), status.changes)
        view = View(run, self._log_x, palette(self.current_theme.dark))
        for pane in (*self.query(ChartPane), *self.query(AbilitiesPane)):
            if pane.display:
                pane.show(view)
        memory = torch.cuda.memory_allocated() if study.device.startswith("cuda") else resident_bytes()
        self.query_one(Transport).show(TransportState(status, view, frame, describe(study.device), memory))
        if status.problem is not None and status.problem != self._problem:
            self.notify(status.problem, severity="error", timeout=20, markup=False)
        self._problem = status.problem
        if status.phase is Phase.DONE and self._announced is not self.run_source:
            self._announced = self.run_source
            self.notify(f"Done: {status.note}. e exports, r restarts, s steps on.", timeout=10)

    def _begin_showing(self, study: Outlook) -> None:
        device = describe(study.device)
        self.query_one("#title", Static).update(
            f"qwem-tui  {inert(self._corpus_name)}: {study.tokens:,} words in {study.documents:,} documents, "
            f"V = {len(study.vocabulary):,}, d = {study.dim}, window {study.config.window}, sigma "
            f"{study.config.sigma:g}, {device}"
        )
        for warning in study.warnings:
            self.notify(warning, severity="warning", timeout=15, markup=False)
        self.query_one(DataTable).focus()

    def _training(self) -> bool:
        """Return whether there is a run to steer; says so where there is none yet."""
        if self.run_source.history() is None:
            self.notify("Training has not begun yet.", timeout=3)
            return False
        return True

    def _send(self, command: Command) -> None:
        self.run_source.send(command)
        self.set_timer(0.05, self.poll)

    def action_pause_or_resume(self) -> None:
        """Pause a run that steps, resume one that is paused."""
        if not self._training():
            return
        phase = self.run_source.status().phase
        if phase is Phase.DONE:
            self.notify("The run is done: s or n step on, r restarts.", timeout=4)
        else:
            self._send(Pause() if phase is Phase.RUNNING else Resume())

    def action_step(self) -> None:
        """Take one step."""
        if self._training():
            self._send(Step(1))

    @work
    async def action_steps(self) -> None:
        """Ask for a number of steps and take them."""
        if not self._training():
            return
        count = await self.push_screen_wait(AskSteps())
        if count is not None:
            self._send(Step(count))

    def action_full_speed(self) -> None:
        """Go at full speed, or back to the pace that the run began with."""
        if not self._training():
            return
        if self._pace_known is None:
            self.notify("The run goes at full speed already.", timeout=3)
            return
        paced = self.run_source.status().pace is not None
        self._send(SetPace(None if paced else self._pace_known))
        self.notify("Full speed." if paced else f"Paced: {self._pace_known:.0f} steps per second.", timeout=3)

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
        study, category = self.run_source.study(), self.query_one(AbilitiesPane).category
        if not self._training() or study is None:
            return
        if category is None:
            self.notify("Choose a category in the table of pane 3 first: key 3 shows it.", timeout=5)
            return
        self.push_screen(ExplainScreen(study, category))

    def on_abilities_pane_chosen(self) -> None:
        """Explain the category that was chosen."""
        self.action_why()

    def action_help(self) -> None:
        """Show the help."""
        self.push_screen(HelpScreen())

    @work(exclusive=True, group="restart")
    async def action_restart(self) -> None:
        """Start over from step 0, with what is known already."""
        if not self._training():
            return
        ended = self.run_source
        self.run_source = self._make_run(ended, None, None)
        ended.stop()
        await asyncio.to_thread(ended.join)
        self.run_source.start()
        self.notify("Restarted from step 0.", timeout=3)

    def action_export(self) -> None:
        """Write a snapshot folder."""
        if self._training():
            self._export(screen_svg(self))

    @work(thread=True, group="export")
    def _export(self, screen_svg: str) -> None:
        source = self.run_source
        snapshot, study, history = source.snapshot(_SNAPSHOT_PATIENCE), source.study(), source.history()
        if snapshot is None or study is None or history is None:
            self._tell("Nothing was exported: the run did not answer.", "error")
            return
        folder = free_name(self._export_to / f"step-{snapshot.step:06}")
        frames = [frame for frame in history.frames() if frame.step <= snapshot.step]
        try:
            self._export_to.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            self._tell(f"Nothing was exported: {self._export_to.parent} cannot be made ({error.strerror}).", "error")
            return
        try:
            write_snapshot_folder(
                folder, snapshot, frames, study.analogies.names, study.tau_1, configuration(study), screen_svg
            )
        except QwemError as error:
            self._tell(f"Nothing was exported. {error}", "error")
            return
        self.exported.append(folder)
        self._tell(f"Exported step {snapshot.step:,} to {inert(str(folder))}")

    def _tell(self, message: str, severity: str = "information") -> None:
        """Notify from a worker thread; `notify` is safe there, and corpus words in it are no markup."""
        self.notify(message, severity="error" if severity == "error" else "information", timeout=8, markup=False)

    async def action_quit_run(self) -> None:
        """End the run and leave, once an export under way is written."""
        self.run_source.stop()
        exports = [worker for worker in self.workers if worker.group == "export" and not worker.is_finished]
        if exports:
            await self.workers.wait_for_complete(exports)
        self.exit(0)

    def action_interrupt(self) -> None:
        """Leave at once, as on an interrupt."""
        self.run_source.stop()
        self.exit(_INTERRUPTED)


def free_name(folder: Path) -> Path:
    """Return `folder`, or it with the first number behind it that is not taken."""
    candidate, number = folder, 2
    while candidate.exists():
        candidate = folder.with_name(f"{folder.name}-{number}")
        number += 1
    return candidate
