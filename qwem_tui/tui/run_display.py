"""The runs of a session as panes, with title, alert line and bar: what is drawn, how it is laid out, and when."""

from __future__ import annotations

import math
import time
from typing import ClassVar

import numpy as np
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.events import Click
from textual.geometry import Size
from textual.message import Message
from textual.notifications import Notification
from textual.screen import Screen
from textual.widgets import ContentSwitcher, DataTable, Static

from qwem_tui.base.device import describe, memory_in_use
from qwem_tui.base.printable import printable
from qwem_tui.engine.source import RunSource
from qwem_tui.engine.status import Phase, StageStatus, Status
from qwem_tui.tui.actions import DISPLAY_ACTS
from qwem_tui.tui.bindings import bindings_of
from qwem_tui.tui.charts import Axis, ChartView
from qwem_tui.tui.notices import remark
from qwem_tui.tui.panes.abilities_pane import AbilitiesPane
from qwem_tui.tui.panes.alert import Alert
from qwem_tui.tui.panes.chart_pane import ChartPane
from qwem_tui.tui.panes.message_line import MessageLine
from qwem_tui.tui.panes.preparing import Preparing
from qwem_tui.tui.panes.transport import Transport, TransportState
from qwem_tui.tui.panes.words_pane import WordsPane
from qwem_tui.tui.rendering.meanings import PANES, fitting, meanings
from qwem_tui.tui.rendering.naming import described
from qwem_tui.tui.rendering.palette import palette
from qwem_tui.tui.rendering.plots import modes_readout, rank_plot, rank_readout, rank_title, whole_limits
from qwem_tui.tui.rendering.reading import last_step, nearest_step
from qwem_tui.tui.rendering.staircase import first_plot, first_title
from qwem_tui.tui.rendering.view import View
from qwem_tui.tui.rendering.zoom import PANNED, Span, panned, zoomed
from qwem_tui.tui.session import Session, latest_frame

#: All panes are shown from this size on; below it one at a time.
ALL_PANES_SIZE = (120, 32)
#: The words are beside them from this width on.
_WORDS_FROM = 160
#: From this height on messages have their row also while there is none.
_ROW_TO_SPARE = 16
#: Seconds between pictures of a run at full speed, and seconds after a key for which it is drawn at every poll.
_PICTURE_EVERY, _AFTER_A_KEY = 1.0, 3.0


class RunScreen(Screen[object]):
    """The screen under all windows. Nothing on it takes the keys by itself: the line of words would swallow them."""

    AUTO_FOCUS = ""


class RunDisplay(Vertical, can_focus=True):
    """Shows how far a run is prepared, and then the run in front, the other one dotted, at one moment or the latest."""

    BINDINGS: ClassVar[list[BindingType]] = bindings_of(DISPLAY_ACTS)

    class Changed(Message):
        """Another picture is wanted: of another moment, or drawn in another way."""

    def __init__(self, session: Session, corpus_name: str) -> None:
        """Show the runs of `session`, on the corpus called `corpus_name`."""
        super().__init__(id="run-display")
        self._session = session
        self._corpus_name = corpus_name
        self._log_x = True
        #: whether pane 1 shows the modes as a staircase, instead of as curves
        self._staircase = False
        #: the part of the time axis that is shown, None for all of it
        self._span: Span | None = None
        #: the pane that is shown alone, by its number
        self._only: int | None = None
        #: whether the table of categories is among what is shown
        self._table_shown = True
        #: the mode, counted from 1, whose curves are brought forward
        self.focused_mode: int | None = None
        #: the step at which the time cursor stands, None while the latest is shown
        self._cursor: int | None = None
        #: the pane that was clicked last
        self._clicked: str | None = None
        self._heading = ""
        #: the run whose stages are shown
        self._prepared: RunSource | None = None
        #: when the screen was drawn last, and when a key was pressed or the size changed
        self._pictured = self._touched = -math.inf

    def compose(self) -> ComposeResult:
        """Yield title, panes and transport."""
        yield Static("", id="title", markup=False)
        with ContentSwitcher(initial="preparing", id="main"):
            yield Preparing(id="preparing")
            with Container(id="panes"):
                yield ChartPane(first_title, first_plot, modes_readout, id="pane-modes")
                yield ChartPane(rank_title, rank_plot, rank_readout, id="pane-rank")
                yield WordsPane(id="pane-words")
                yield AbilitiesPane(id="pane-abilities")
        yield Static("", id="meaning", markup=False)
        yield Alert(id="alert")
        yield MessageLine()
        yield Transport(id="transport")

    def on_mount(self) -> None:
        """Write the title."""
        self._head("")

    @property
    def is_there(self) -> bool:
        """Return whether there is something to draw on: not before it is composed, nor while it is taken down."""
        # panes are composed after what is around them
        return bool(self.query(Transport)) and bool(self.query(WordsPane))

    def show_message(self, message: Notification | None) -> None:
        """Show `message` in its line; None: no more."""
        for line in self.query(MessageLine):
            if message is None:
                line.clear()
            else:
                line.show(message)

    @property
    def category(self) -> str | None:
        """Return the name of the category under the cursor, or None while there is no row."""
        return self.query_one(AbilitiesPane).category

    def lay_out(self, size: Size) -> None:
        """Show all panes, or one, in a terminal of `size`."""
        self.query_one("#meaning").display = size.height >= ALL_PANES_SIZE[1]
        narrow = size.width < ALL_PANES_SIZE[0] or size.height < ALL_PANES_SIZE[1]
        only = self._only or (1 if narrow else None)
        panes = self.query_one("#panes")
        panes.set_class(only is not None, "single")
        panes.set_class(narrow, "narrow")
        self.set_class(size.height < _ROW_TO_SPARE, "low")
        panes.set_class(only is None and size.width >= _WORDS_FROM, "words-beside")
        for number in (1, 2, 3, 4):
            panes.set_class(only == number, f"only-{number}")
        self._table_shown = only in (None, 3)
        if self._shows_panes and not self.words.typing:
            self.take_keys()

    def action_only(self, number: int) -> None:
        """Show one pane alone, or all again where they fit."""
        narrow = self.query_one("#panes").has_class("narrow")
        self._only = None if self._only == number and not narrow else number
        self.lay_out(self.app.size)
        self.call_after_refresh(self.post_message, self.Changed())

    @property
    def words(self) -> WordsPane:
        """Return the pane of words."""
        return self.query_one(WordsPane)

    @property
    def words_alone(self) -> bool:
        """Return whether the pane of words is shown alone."""
        return self._only == 4

    def open_words(self) -> None:
        """Have the keys go into the line of words, alone where there is no room for it beside the others."""
        if not self.words.display:
            self.action_only(4)
        # at once, which `focus` is not: what is typed next is for the line
        self.screen.set_focus(self.words.line)

    def on_words_line_left(self) -> None:
        """Take the keys back."""
        self.take_keys()

    def take_keys(self) -> None:
        """Take the keys: up and down move in the table where that is seen."""
        self.screen.set_focus(self.query_one(DataTable) if self._table_shown else self)

    def action_log_axis(self) -> None:
        """Change between a linear and a logarithmic time axis."""
        self._log_x, self._span = not self._log_x, None
        self.post_message(self.Changed())

    def action_staircase(self) -> None:
        """Change between curves and the staircase of the modes."""
        self._staircase = not self._staircase
        self.post_message(self.Changed())

    def bring_forward(self, mode: int) -> None:
        """Bring the curves of `mode` forward, from the next picture on; those that are there already go back."""
        self.focused_mode = None if self.focused_mode == mode else mode

    def touch(self) -> None:
        """Take note that somebody is there: the run is drawn more often for a while."""
        self._touched = time.monotonic()

    def show_stage(self, stage: StageStatus) -> None:
        """Show how far the current run is prepared."""
        preparing = self.query_one(Preparing)
        if self._prepared is not self._session.current:
            self._prepared = self._session.current
            preparing.begin()
        self.query_one("#main", ContentSwitcher).current = "preparing"
        preparing.show(stage)

    def view(self) -> View:
        """Return what to draw: there is a run that has a frame."""
        session = self._session
        other = None if session.behind is None else session.so_far(session.behind)
        colors = palette(self.app.theme)
        run = session.so_far(session.front)
        cursor = None if self._cursor is None else nearest_step(run, self._cursor)
        return View(run, self._log_x, colors, other, self.focused_mode, cursor, None, self._staircase, self._span)

    @property
    def cursor(self) -> int | None:
        """Return the step at which the time cursor stands, None while the latest is shown."""
        return None if self._cursor is None or self._session.awaiting else self.view().cursor

    # the time cursor

    def action_move_cursor(self, cells: int) -> None:
        """Move the time cursor by so many cells of the charts, and on until it stands at another step."""
        chart = next((chart for chart in self.query("#panes ChartView").results(ChartView) if chart.is_on_screen), None)
        laid_out, sign = None if chart is None else chart.across, 1 if cells > 0 else -1
        if laid_out is None or self._session.awaiting:
            return
        view = self.view()
        at = self._cursor_of(view)
        x = view.timeline.t_at(at) / view.study.time_unit
        # before the first step there is no place on a logarithmic axis
        outside = laid_out.left + laid_out.columns if x > laid_out.axis.hi else laid_out.left - 1
        column = laid_out.column_of(x) or outside
        for moved in range(column + cells, column + cells + sign * laid_out.columns, sign):
            step = self._step_at(view, laid_out.value_at(moved))
            if (step - at) * sign > 0:
                self._set_cursor(step)
                return
        before = self._span
        self.action_pan(sign)
        if self._span != before:
            return
        self._set_cursor(0 if sign < 0 else last_step(view.run))

    def action_step_cursor(self, by: int) -> None:
        """Move the time cursor to the next step of which anything is known, or the one before."""
        if self._session.awaiting:
            return
        view = self.view()
        at, steps = self._cursor_of(view), view.columns.steps
        after = int(np.searchsorted(steps, at, "right"))
        beyond = steps[after] if after < len(steps) else at + 1
        before = steps[after - 2] if after >= 2 and at <= steps[-1] else at - 1
        self._set_cursor(nearest_step(view.run, int(beyond if by > 0 else before)))

    def action_zoom(self, factor: float) -> None:
        """Show a part of the time axis `factor` times as long, the time cursor or the latest staying where it is."""
        if not self._session.awaiting:
            view = self.view()
            self._zoom(view, view.timeline.t_at(self._cursor_of(view)) / view.study.time_unit, factor)

    def action_pan(self, sign: int) -> None:
        """Show an earlier or a later part of the time axis."""
        if not self._session.awaiting:
            self._set_span(panned(self._whole_axis(self.view()), self._span, sign * PANNED))

    def action_whole_axis(self) -> None:
        """Show all of the time axis."""
        self._set_span(None)

    def on_chart_view_wheeled(self, event: ChartView.Wheeled) -> None:
        """Zoom around the place of the mouse."""
        event.stop()
        self._zoom(self.view(), event.x, 0.5 if event.up else 2.0)

    def _zoom(self, view: View, x: float, factor: float) -> None:
        whole = self._whole_axis(view)
        self._set_span(zoomed(whole, self._span, min(max(x, whole.lo), whole.hi), factor))

    @staticmethod
    def _whole_axis(view: View) -> Axis:
        return Axis(*whole_limits(view), view.log_x)

    def _set_span(self, span: Span | None) -> None:
        if span != self._span:
            self._span = span
            self.post_message(self.Changed())

    def action_first_moment(self) -> None:
        """Put the time cursor at the first step."""
        self._set_cursor(0)

    def action_latest_moment(self) -> None:
        """Show the latest from now on."""
        self._set_cursor(None)

    def put_back(self) -> None:
        """Show the latest from now on, the curves of all categories alike."""
        self.query_one(AbilitiesPane).put_back()
        self._set_cursor(None)

    def on_chart_view_picked(self, event: ChartView.Picked) -> None:
        """Put the time cursor where a chart was clicked."""
        event.stop()
        self._set_cursor(self._step_at(self.view(), event.x))

    def _cursor_of(self, view: View) -> int:
        return int(view.columns.steps[-1]) if view.cursor is None else view.cursor

    @staticmethod
    def _step_at(view: View, x: float) -> int:
        timeline, t = view.timeline, x * view.study.time_unit
        after = timeline.step_at(t)
        return nearest_step(
            view.run, after if timeline.t_at(after) - t <= t - timeline.t_at(max(0, after - 1)) else after - 1
        )

    def _set_cursor(self, step: int | None) -> None:
        self._cursor = step
        self.post_message(self.Changed())

    # what is shown, and how

    def draw(self) -> bool:
        """Draw the runs as they are now, where that is due; return whether it was."""
        self._show_panes()
        front = self._session.front
        status, frame = front.status(), latest_frame(front)
        assert frame is not None
        if not self._is_due(status):
            return False
        self._pictured, view = time.monotonic(), self.view()
        for pane in (*self.query(ChartPane), *self.query(AbilitiesPane)):
            if pane.display:
                pane.show(view)
        device = status.device or describe(view.study.device)
        memory = memory_in_use(view.study.device) if status.memory is None else status.memory
        self.query_one(Transport).show(TransportState(status, view, frame, device, memory))
        self.query_one(Alert).show(status, remark(self._session))
        self._head(f": {described(view.study, status.step_size)}, {device}")
        self._explain(view)
        return True

    def _explain(self, view: View) -> None:
        """Say what the things are that are in focus."""
        pane = self._clicked if self._only is None else ("", *PANES, None)[self._only]
        if self.query_one(AbilitiesPane).in_front:
            pane = "pane-abilities"
        line = self.query_one("#meaning", Static)
        line.update(fitting(meanings(view, pane), self.app.size.width - 2))

    def on_click(self, event: Click) -> None:
        """Take note of the pane that was clicked: its terms are explained."""
        around = () if event.widget is None else event.widget.ancestors_with_self
        self._clicked = next((each.id for each in around if each.id in PANES), None)
        self.post_message(self.Changed())

    @property
    def _shows_panes(self) -> bool:
        return self.query_one("#main", ContentSwitcher).current == "panes"

    def _show_panes(self) -> None:
        if not self._shows_panes:
            self.query_one("#main", ContentSwitcher).current = "panes"
            self.take_keys()

    def _is_due(self, status: Status) -> bool:
        """Return whether the screen is to be drawn: once a second while a run has the cores to itself.

        Drawing takes what the run needs. Somebody who presses keys, or has slowed the run down, watches it.
        """
        now = time.monotonic()
        busy = status.phase is Phase.RUNNING and status.pace is None and now - self._touched > _AFTER_A_KEY
        return not busy or now - self._pictured >= _PICTURE_EVERY

    def _head(self, settings: str) -> None:
        heading = f"qwem-tui  {printable(self._corpus_name)}{settings}"
        if heading != self._heading:
            self._heading = heading
            self.query_one("#title", Static).update(heading)
