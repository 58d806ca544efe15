"""The app as far as it shows runs: panes, titles, notifications."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.containers import Container
from textual.events import Event, Key, MouseEvent, Resize
from textual.widgets import ContentSwitcher, DataTable, Footer, Static

from qwem_tui.base.device import describe, memory_in_use
from qwem_tui.base.printable import printable
from qwem_tui.engine.frame import Frame
from qwem_tui.engine.outcome import GoalReached
from qwem_tui.engine.outcome_text import completion_text, fault_text, notice_text
from qwem_tui.engine.source import RunSource
from qwem_tui.engine.status import Phase, StageStatus, Status
from qwem_tui.tui.charts import ChartView
from qwem_tui.tui.panes.abilities_pane import AbilitiesPane
from qwem_tui.tui.panes.alert import Alert, alert_text
from qwem_tui.tui.panes.chart_pane import ChartPane
from qwem_tui.tui.panes.preparing import Preparing
from qwem_tui.tui.panes.transport import Transport, TransportState
from qwem_tui.tui.rendering.naming import described, told_apart
from qwem_tui.tui.rendering.outcome import outcome
from qwem_tui.tui.rendering.palette import palette
from qwem_tui.tui.rendering.plots import modes_plot, modes_title, rank_plot, rank_title
from qwem_tui.tui.rendering.view import Run, View
from qwem_tui.tui.session import Session

#: All panes are shown from this size on; below it one at a time.
ALL_PANES_SIZE = (120, 32)
#: Seconds between pictures of a run at full speed, and so long after a key it is drawn as often as looked at.
_PICTURE_EVERY, _AFTER_A_KEY = 1.0, 3.0


class RunDisplay(App[int]):
    """Shows the runs of a lineup."""

    CSS_PATH = "app.tcss"
    TITLE = "qwem-tui"
    ENABLE_COMMAND_PALETTE = False
    #: whether there is nothing left to show once the current run was stopped
    ENDS_WITH_RUN: ClassVar[bool] = True

    def __init__(self, run: RunSource, name: str, fps: float) -> None:
        """Show `run`, on the corpus called `name`, and look at it `fps` times a second."""
        super().__init__()
        self.session = Session(run)
        #: the folders of all runs begun, the first one first
        self.folders: list[Path] = [] if run.path is None else [run.path]
        #: those of them whose runs were done when another took their place
        self.finished: set[Path] = set()
        self.failure: Status | None = None
        self._corpus_name = name
        self._interval = 1.0 / fps
        self._pace_known: float | None = None
        self._log_x = True
        self._only: int | None = None
        #: what was told already of the current run, by kind
        self._told: dict[str, str] = {}
        #: what of it the alert line says
        self._covered = ""
        #: what to say once the current run arrives
        self._greeting = ""
        self._heading = ""
        #: when the screen was drawn last, and when a key was pressed or the size changed
        self._pictured = self._touched = -math.inf

    @property
    def run_source(self) -> RunSource:
        """Return the run that is steered."""
        return self.session.current

    def compose(self) -> ComposeResult:
        """Yield title, panes, transport and footer."""
        yield Static("", id="title", markup=False)
        with ContentSwitcher(initial="preparing", id="main"):
            yield Preparing(id="preparing")
            with Container(id="panes"):
                yield ChartPane(modes_title, modes_plot, id="pane-modes")
                yield ChartPane(rank_title, rank_plot, id="pane-rank")
                yield AbilitiesPane(id="pane-abilities")
        yield Alert(id="alert")
        yield Transport(id="transport")
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Begin."""
        self._head("")
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
        """Show the runs as they are now."""
        if not self.query(Transport):
            # a timer that fires while the screen is being taken down
            return
        session = self.session
        status = session.current.status()
        if status.phase is Phase.FAILED and not self._outlived(status):
            return
        if status.phase is Phase.STOPPED and self.ENDS_WITH_RUN:
            # by a signal that came before the app could hear of it
            self.exit(0)
            return
        if session.awaiting:
            if latest_frame(session.current) is None:
                if status.stage is not None:
                    self._show_preparing(status.stage)
                return
            self._arrive()
        self._draw()
        self._tell_news(session.current.status())

    def _outlived(self, status: Status) -> bool:
        """Return whether there is something left to show after the current run has failed; leaves the app otherwise."""
        session = self.session
        if session.before is None or session.current.crash is not None:
            self.failure = status
            self.exit(status.exit_code)
            return False
        if session.awaiting:
            self._fall_back()
            self.notify(
                f"{status.error} The run before is shown again, {session.current.status().phase.value}.",
                severity="error",
                timeout=20,
                markup=False,
            )
        return True

    def _fall_back(self) -> None:
        """Show the run before in place of one that did not come to show anything."""
        self.clear_notifications()
        self.session.give_up()
        status = self.run_source.status()
        self._told = {"notice": notice_text(status.notice), "done": completion_text(status.completion)}
        self._show_panes()

    def _show_preparing(self, stage: StageStatus) -> None:
        self.query_one("#main", ContentSwitcher).current = "preparing"
        self.query_one(Preparing).show(stage)
        self._preparing_timer.resume()

    def _show_panes(self) -> None:
        self._preparing_timer.pause()
        switcher = self.query_one("#main", ContentSwitcher)
        if switcher.current != "panes":
            switcher.current = "panes"
            self.query_one(DataTable).focus()

    def _arrive(self) -> None:
        """Show the current run from now on, and end the one before it."""
        session = self.session
        study = session.current.study()
        assert study is not None  # it has a frame
        session.arrive()
        self._told, self._pace_known = {}, None
        self.clear_notifications()
        if session.before is None:
            for warning in study.warnings:
                self.notify(warning, severity="warning", timeout=15, markup=False)
        else:
            session.before.stop()
            self.notify(self._greeting, timeout=10, markup=False)
        self._show_panes()

    def names(self) -> tuple[str, str]:
        """Return what the current run and the one before it are called; the latter is empty where there is none."""
        study = self.session.current.study()
        before = None if self.session.before is None else self.session.before.study()
        if study is None or before is None:
            return "" if study is None else study.config.trainer, ""
        return told_apart(study, before)

    def seen(self, source: RunSource) -> Run:
        """Return one of the runs, which has a frame, as it is now."""
        study, history = source.study(), source.history()
        assert study is not None
        assert history is not None
        name = self.names()[0 if source is self.session.current else 1]
        return Run(study, history.columns(), source.status().changes, name)

    def view(self) -> View:
        """Return what to draw: there is a run that has a frame."""
        front, behind = self.session.front, self.session.behind
        other = None if behind is None else self.seen(behind)
        return View(self.seen(front), self._log_x, palette(self.current_theme.dark), other)

    def _draw(self) -> None:
        front = self.session.front
        status, frame = front.status(), latest_frame(front)
        assert frame is not None
        self._pace_known = status.pace or self._pace_known
        if not self._due(status):
            return
        self._pictured, view = time.monotonic(), self.view()
        for pane in (*self.query(ChartPane), *self.query(AbilitiesPane)):
            if pane.display:
                pane.show(view)
        device = status.device or describe(view.study.device)
        memory = memory_in_use(view.study.device) if status.memory is None else status.memory
        self.query_one(Transport).show(TransportState(status, view, frame, device, memory))
        self.query_one(Alert).show(status, self._more(front, status))
        self._head(f": {described(view.study, status.step_size)}, {device}")
        self.call_after_refresh(self._make_room)

    def _make_room(self) -> None:
        """Keep notifications off the alert line and what is below it."""
        if not self.query(Alert):
            return
        alert, bar = self.query_one(Alert), self.query_one(Transport)
        top = alert.region.y if alert.display else bar.region.y
        for rack in self.screen_stack[0].query("ToastRack"):
            rack.styles.max_height = max(1, top - 1)

    def _more(self, front: RunSource, status: Status) -> str:
        """Return what to say of the run in front beside what its `status` says; empty where nothing."""
        if status.fault is not None and front is self.session.current:
            return self._way_out()
        return self.both_ended() if self.session.behind is not None else ""

    def _way_out(self) -> str:
        """Return which keys help a run that had to be paused."""
        return "z sets another step size, then space goes on."

    def both_ended(self) -> str:
        """Return how the run before and the current one ended; empty where there are not two, or one is not done."""
        session = self.session
        if session.before is None or session.awaiting:
            return ""
        notes = [completion_text(source.status().completion) for source in (session.before, session.current)]
        if not all(notes):
            return ""
        sources = (session.before, session.current)
        return f"{'. '.join(outcome(self.seen(each), note) for each, note in zip(sources, notes, strict=True))}."

    def _due(self, status: Status) -> bool:
        """Return whether the screen is to be drawn: once a second while a run has the cores to itself.

        Drawing them takes what the run needs. Somebody who presses keys, or has slowed it down, looks on.
        """
        now = time.monotonic()
        busy = status.phase is Phase.RUNNING and status.pace is None and now - self._touched > _AFTER_A_KEY
        return not busy or now - self._pictured >= _PICTURE_EVERY

    async def on_event(self, event: Event) -> None:
        """Note that somebody is there."""
        if isinstance(event, Key | Resize | MouseEvent):
            self._touched = time.monotonic()
        await super().on_event(event)

    def _head(self, said: str) -> None:
        heading = f"qwem-tui  {printable(self._corpus_name)}{said}"
        if heading != self._heading:
            self._heading = heading
            self.query_one("#title", Static).update(heading)

    def _tell_news(self, status: Status) -> None:
        """Notify of what is new about the current run, each once."""
        session = self.session
        # what the alert line says, where it is seen, is said there alone
        alone = len(self.screen_stack) == 1 and session.front is session.current
        self._covered = alert_text(status) if alone else ""
        reached = isinstance(status.notice, GoalReached)
        self._tell_once("notice", notice_text(status.notice), "information" if reached else "warning", 10)
        self._tell_once("fault", fault_text(status.fault), "error", 20)
        self._tell_once("problem", status.problem or "", "error", 20)
        if status.phase is Phase.DONE and self._tell_once("done", completion_text(status.completion)):
            self.notify(self._done(status), timeout=15, markup=False)

    def _tell_once(self, kind: str, said: str, severity: str = "", timeout: float = 0.0) -> bool:
        """Return whether `said` is news, and notify of it where a `severity` is given."""
        news = bool(said) and said != self._told.get(kind)
        self._told[kind] = said
        if said in self._covered:
            return news
        if news and severity == "information":
            self.notify(said, timeout=timeout, markup=False)
        elif news and severity:
            self.notify(said, severity="error" if severity == "error" else "warning", timeout=timeout, markup=False)
        return news

    def _done(self, status: Status) -> str:
        """Return what to say of the current run, which is done."""
        if self.session.behind is not None and self.both_ended():
            return "Both runs are done: c turns them round."
        return f"Done: {completion_text(status.completion)}. e exports, r restarts, s steps on."


def latest_frame(source: RunSource) -> Frame | None:
    """Return the newest frame of a run, or None before the first."""
    history = source.history()
    return None if history is None else history.latest()
