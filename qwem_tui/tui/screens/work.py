"""What the screens of long work share: progress while it is done, then what came out of it, in several views."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.theme import Theme
from textual.widgets import ContentSwitcher, Static

from qwem_tui.engine.background import Background
from qwem_tui.tui.charts import ChartView
from qwem_tui.tui.panes.keys_footer import KeysFooter
from qwem_tui.tui.panes.preparing import Preparing
from qwem_tui.tui.screens.help import HelpScreen
from qwem_tui.tui.screens.question import shown

Result = TypeVar("Result")
#: Seconds between polls of the work.
_LOOK_EVERY = 0.2
#: Most sentences shown of what the work says meanwhile.
_SHOWN_SENTENCES = 5
#: For the end of a screen's own keys.
LEAVE = Binding("q,escape", "leave", "Leave", key_display="q")
INTERRUPTED = 130


class WorkScreen(ModalScreen[int], Generic[Result]):
    """Shows work in the background, and its result in `VIEWS` once there is one; leaving before that gives it up.

    Dismisses with an exit code: that of the error, which the work has, 130 where the work was given up.
    """

    #: the ids of the views, by their keys 1, 2, ...
    VIEWS: ClassVar[tuple[str, ...]] = ()
    #: the heading of its part of the help
    HELP_PART: ClassVar[str] = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "begin", "Begin", key_display="enter"),
        Binding("tab", "turn(1)", show=False),
        Binding("shift+tab", "turn(-1)", show=False),
        Binding("t", "app.next_theme", show=False, id="theme"),
        Binding("question_mark,f1", "help", "Help", id="help"),
        Binding("colon", "app.command_palette", show=False, id="palette"),
    ]

    def __init__(self, work: Background[Result], heading: str, question: str = "") -> None:
        """Show `work`, under `heading`; where it has not begun, ask `question` first."""
        super().__init__()
        self.work = work
        self._heading = heading
        self._question = question
        self._shown = ""
        self.result: Result | None = None

    def compose(self) -> ComposeResult:
        """Yield title, question, progress, views and footer."""
        yield Static(shown(self._heading), id="title", markup=False)
        with ContentSwitcher(initial="progress" if self.work.begun else "ask", id="work"):
            with VerticalScroll(id="ask"):
                yield Static(shown(self._question), markup=False)
            with Vertical(id="progress"):
                yield Preparing(id="preparing")
                yield Static("", id="work-messages", markup=False)
            yield from self.compose_views()
        yield KeysFooter()

    @abstractmethod
    def compose_views(self) -> ComposeResult:
        """Yield the views of the result."""

    @abstractmethod
    def fill(self, result: Result) -> None:
        """Fill the views."""

    def redraw(self) -> None:
        """Draw in the colours of another theme what does not follow it by itself."""

    def code(self, result: Result) -> int:
        """Return the exit code that goes with a result."""
        return 0

    def on_mount(self) -> None:
        """Begin to poll."""
        self.set_class(ChartView.ascii_mode, "ascii")
        self.app.theme_changed_signal.subscribe(self, self._on_theme)
        self.set_interval(_LOOK_EVERY, self.look)
        self.look()

    def _on_theme(self, _: Theme) -> None:
        if self.result is not None:
            self.redraw()

    def look(self) -> None:
        """Show how far the work is, or what came out of it."""
        work = self.work
        if self.result is not None or not work.begun or not self.is_current:
            return
        if not work.over:
            self._show_progress()
        elif work.crash is not None:
            # raised again by whoever opened this
            self.dismiss(1)
        elif work.error is not None:
            self.dismiss(work.error.exit_code)
        elif work.result is None:
            self.dismiss(INTERRUPTED)
        else:
            self.result = work.result
            self.fill(work.result)
            self.action_view(self.VIEWS[0])
            self.refresh_bindings()

    def _show_progress(self) -> None:
        stage = self.work.at
        if stage is not None:
            self.query_one(Preparing).show(stage)
        lines = [self.work.detail, *self.work.messages[-_SHOWN_SENTENCES:]]
        text = "\n".join(line for line in lines if line)
        if text != self._shown:
            self._shown = text
            self.query_one("#work-messages", Static).update(shown(text))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether there is something for `action` to act on."""
        if action == "begin":
            return not self.work.begun
        return self.result is not None or action not in ("turn", "view")

    def action_begin(self) -> None:
        """Begin the work."""
        self.work.start()
        self.query_one("#work", ContentSwitcher).current = "progress"
        self.refresh_bindings()
        self.look()

    def action_view(self, view: str) -> None:
        """Show one of the views, and have it take the keys."""
        self.query_one("#work", ContentSwitcher).current = view
        for widget in self.query(f"#{view}, #{view} *"):
            if widget.focusable:
                widget.focus()
                return

    def action_turn(self, by: int) -> None:
        """Show the next view, or the one before."""
        current = self.query_one("#work", ContentSwitcher).current or self.VIEWS[0]
        self.action_view(self.VIEWS[(self.VIEWS.index(current) + by) % len(self.VIEWS)])

    def action_help(self) -> None:
        """Show the help."""
        self.app.push_screen(HelpScreen(self.HELP_PART))

    def action_leave(self) -> None:
        """Close; work that is not done is given up."""
        if self.result is not None:
            self.dismiss(self.code(self.result))
        elif not self.work.begun:
            self.dismiss(0)
        else:
            self.work.stop()
            self.dismiss(INTERRUPTED)
