"""The questions of one category, one by one, as the run answers them."""

from __future__ import annotations

import time
from collections.abc import Sequence

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.events import Resize
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Input, Static
from textual.worker import get_current_worker

from qwem_tui.analogies.answers import answers
from qwem_tui.study.study import Forecast
from qwem_tui.tui.charts import ChartView
from qwem_tui.tui.moment_shown import MomentShown
from qwem_tui.tui.rendering.palette import Palette, palette
from qwem_tui.tui.rendering.questions import (
    ORDERS,
    WHICH,
    Columns,
    Evaluation,
    Order,
    QuestionRow,
    Standing,
    Which,
    chosen,
    columns_for,
    counts_text,
    head_line,
    height,
    question_rows,
    table_line,
)
from qwem_tui.tui.rendering.words import moment_text
from qwem_tui.tui.screens.question import shown

#: Seconds to wait for a run's embeddings, and between looks at how far it is.
_PATIENCE, _LOOK_EVERY = 10.0, 1.0
#: After an evaluation the next one waits this many times as long as it took: the run needs the cores too.
_REST = 2.0


class _Lines(ScrollView, can_focus=True):
    """Rows of questions, drawn where they are seen: there may be many thousands."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._rows: Sequence[QuestionRow] = ()
        self._columns: Columns | None = None
        self._colors: Palette | None = None

    def show(self, rows: Sequence[QuestionRow], columns: Columns, colors: Palette) -> None:
        """Show `rows`, from where they are scrolled to."""
        if (rows, columns, colors) != (self._rows, self._columns, self._colors):
            self._rows, self._columns, self._colors = rows, columns, colors
            self.virtual_size = Size(self.size.width, height(rows, columns))
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Return the line `y` below the upper border."""
        at = y + self.scroll_offset.y
        line = Text("")
        if at < self.virtual_size.height and self._columns is not None and self._colors is not None:
            line = table_line(self._rows, at, self._columns, self._colors)
        strip = Strip(line.render(self.app.console), line.cell_len)
        return strip.adjust_cell_length(self.size.width).apply_style(self.rich_style)


class QuestionsPane(Vertical):
    """How many questions are right, a line for each, and a filter.

    The run is asked for its embeddings when the pane is mounted and by `ask`, and once a second while it goes on, where
    that costs it nothing but time: a run of another process would write a checkpoint each time.
    """

    DEFAULT_CSS = """
    QuestionsPane #questions-head { height: 1; text-style: bold; color: $text-muted; margin-top: 1; }
    QuestionsPane #questions-lines { height: 1fr; scrollbar-size: 1 1; overflow-x: hidden; }
    QuestionsPane Input { display: none; }
    QuestionsPane.filtering Input { display: block; }
    """

    class Changed(Message):
        """Order or choice of the questions has changed."""

    def __init__(self, study: Forecast, moment: MomentShown, category: str, *, id: str) -> None:
        """Show how the run of `study` answers the questions of `category` at `moment`."""
        super().__init__(id=id)
        self._study = study
        self.moment = moment
        self._source = moment.source
        self._asked_at: object = None
        self._category = study.analogies.names.index(category)
        self._own = study.analogies.only(study.analogies.category == self._category)
        self._evaluation: Evaluation | None = None
        self._asking = self._refused = False
        self._next_due = 0.0
        self.order: Order = ORDERS[0]
        self.which: Which = WHICH[0]
        self._shown: object = None

    def compose(self) -> ComposeResult:
        """Yield the counts, the table and the filter."""
        yield Static("", id="questions-counts", markup=False)
        yield Static("", id="questions-head", markup=False)
        yield _Lines(id="questions-lines")
        yield Input(placeholder="words containing ... (enter: keep, esc: all)", id="questions-filter", compact=True)

    def on_mount(self) -> None:
        """Begin to follow the run."""
        self.ask()
        self.set_interval(_LOOK_EVERY, self._look)

    def on_resize(self, event: Resize) -> None:
        """Fit the columns."""
        self.draw()

    @property
    def evaluated(self) -> int | None:
        """Return the step whose embeddings were evaluated last, None where none were."""
        return None if self._evaluation is None else self._evaluation.step

    @property
    def _follows(self) -> bool:
        return self._source.ends_with_screen

    def _look(self) -> None:
        if self.screen.is_current and self.display:
            key = self.moment.key()
            # the latest of a run of another process is asked for by key alone
            wanted = self._follows or self.moment.cursor is not None
            if wanted and key != self._asked_at and time.monotonic() >= self._next_due:
                self.ask()
            self.draw()

    def ask(self) -> None:
        """Evaluate the run as it is now, unless that is being done, or there is nothing to evaluate."""
        if not self._asking and len(self._own.questions):
            self._asking, self._asked_at = True, self.moment.key()
            self._evaluate()
            self.draw()

    @work(thread=True, group="evaluate")
    def _evaluate(self) -> None:
        worker, began = get_current_worker(), time.monotonic()
        moment = self.moment
        at_cursor = moment.cursor is not None
        snapshot = moment.snapshot(_PATIENCE) if at_cursor else self._source.snapshot(_PATIENCE)
        found = None
        if snapshot is not None:
            own = self._own
            answered = answers(snapshot.embeddings, own.questions, own.alternatives)
            found = Evaluation(snapshot.step, answered, moment_text(snapshot) if at_cursor else "")
        now = time.monotonic()
        self._next_due = now + _REST * (now - began)
        if not worker.is_cancelled:
            self.app.call_from_thread(self._take, found)

    def _take(self, found: Evaluation | None) -> None:
        self._asking, self._refused = False, found is None
        self._evaluation = found or self._evaluation
        if self.is_mounted:
            self.draw()
            if self.moment.cursor is not None and self.moment.key() != self._asked_at:
                # it has moved on meanwhile
                self.ask()

    def draw(self) -> None:
        """Draw the questions as they are known now; costs little where nothing has changed."""
        log, lines = self._source.outcomes(), self.query_one(_Lines)
        outcomes = None if log is None else log.outcomes()
        recorded = None if outcomes is None else outcomes.latest
        standing = Standing(
            self.evaluated,
            recorded,
            self.moment.step,
            outcomes is not None,
            self._asking,
            self._refused,
            self._follows,
            "" if self._evaluation is None else self._evaluation.made_of,
            self.moment.remark,
        )
        ascii, theme = ChartView.ascii_mode, self.app.theme
        version = None if outcomes is None else outcomes.version
        containing = self.query_one(Input).value
        key = (standing, version, self.which, self.order, containing, lines.size, ascii, theme)
        if key == self._shown or not lines.size.width:
            return
        self._shown = key
        up_to = recorded if self.evaluated is None else self.evaluated
        state = None if outcomes is None or up_to is None else outcomes.state_at(up_to)
        rows = question_rows(
            self._study.analogies,
            self._study.vocabulary.words,
            self._category,
            state,
            None if outcomes is None else outcomes.began,
            self._evaluation,
        )
        visible = chosen(rows, self.which, containing, self.order)
        columns = columns_for(rows, lines.size.width, ascii)
        self.query_one("#questions-counts", Static).update(shown(counts_text(rows, len(visible), standing)))
        self.query_one("#questions-head", Static).update(shown(head_line(columns)) if rows else "")
        lines.show(visible, columns, palette(theme))

    # what keys do

    def turn_order(self) -> None:
        """Show the questions in the next order, from the top."""
        self.order = ORDERS[(ORDERS.index(self.order) + 1) % len(ORDERS)]
        self._choose()

    def turn_which(self) -> None:
        """Show all questions, those that are wrong, or those that are right."""
        self.which = WHICH[(WHICH.index(self.which) + 1) % len(WHICH)]
        self._choose()

    def _choose(self) -> None:
        self.query_one(_Lines).scroll_home(animate=False)
        self.draw()
        self.post_message(self.Changed())

    def open_filter(self) -> None:
        """Take in what words are to contain."""
        self.add_class("filtering")
        self.query_one(Input).focus()

    def close_filter(self) -> bool:
        """Show all words again; return whether that was not so already."""
        if not self.has_class("filtering"):
            return False
        self.query_one(Input).value = ""
        self.remove_class("filtering")
        self.take_keys()
        return True

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show the questions that hold what is typed."""
        event.stop()
        self._choose()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the filter; keys go to the table."""
        event.stop()
        self.take_keys()
        if not event.value:
            self.close_filter()

    def take_keys(self) -> None:
        """Have the table take the keys."""
        self.query_one(_Lines).focus()
