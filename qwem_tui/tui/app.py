"""The app: a display of runs, and the keys that act on them, each by the part that does it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.command import Provider
from textual.events import Event, Key, MouseEvent, Resize
from textual.notifications import Notify
from textual.screen import Screen
from textual.widgets import Input

from qwem_tui.base.names import TrainerName
from qwem_tui.engine.source import RunSource
from qwem_tui.engine.status import Phase, Status
from qwem_tui.tui.actions import APP_ACTS
from qwem_tui.tui.bindings import bindings_of
from qwem_tui.tui.charts import ChartView
from qwem_tui.tui.command_palette import Commands
from qwem_tui.tui.explanations import Explanations
from qwem_tui.tui.exporting import Exporter
from qwem_tui.tui.key_guard import STEERING, Guard
from qwem_tui.tui.key_order import KeyDone, KeyOrder
from qwem_tui.tui.line.driver import LineDriver
from qwem_tui.tui.moments import Moments
from qwem_tui.tui.notices import Notices
from qwem_tui.tui.panes.keys_footer import KeysFooter
from qwem_tui.tui.panes.words_line import WordsLine
from qwem_tui.tui.plan_action import PlanAction
from qwem_tui.tui.run_actions import RunActions
from qwem_tui.tui.run_display import RunDisplay, RunScreen
from qwem_tui.tui.run_starts import MakeRun, RunStarts
from qwem_tui.tui.screens.help import HelpScreen
from qwem_tui.tui.screens.modes import ModeChosen
from qwem_tui.tui.screens.question import Answer, Question
from qwem_tui.tui.screens.work import INTERRUPTED
from qwem_tui.tui.screenshot import screen_svg
from qwem_tui.tui.session import Session
from qwem_tui.tui.themes import next_theme, use_themes
from qwem_tui.tui.word_explorer import WordExplorer

if TYPE_CHECKING:
    from qwem_tui.engine.step_timing import Planner

Result = TypeVar("Result")


class QwemApp(App[int]):
    """Shows runs and steers the latest. Gives the process's exit code.

    Where a run cannot be restarted, branched or planned here, the keys for that say so. A run of another process
    continues without this screen: q closes the screen alone, X stops the run.
    """

    CSS_PATH = "app.tcss"
    TITLE = "qwem-tui"
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {Commands}
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_of(APP_ACTS),
        Binding("escape", "give_up", show=False),
        Binding("ctrl+p", "command_palette", show=False, priority=True),
        Binding("ctrl+q", "quit_run", show=False, priority=True),
        Binding("ctrl+c", "interrupt", show=False, priority=True),
        Binding("ctrl+z", "suspend_process", show=False),
    ]

    def __init__(
        self,
        run: RunSource,
        corpus_name: str,
        export_to: Path,
        fps: float,
        make_run: MakeRun | None = None,
        then: TrainerName | None = None,
        planner: Planner | None = None,
    ) -> None:
        """Show `run`, which has been started; `make_run` makes others on the same corpus, which `planner` plans.

        Exports of a run without a folder go into folders in `export_to`; the runs are polled `fps` times a second.
        Once the run is done another by the trainer `then` is begun, to compare with. `make_run` is None where `run`
        cannot be restarted here; without a `planner` that of this machine plans.
        """
        super().__init__(LineDriver)
        use_themes(self)
        self._interval = 1.0 / fps
        self._key_order = KeyOrder(self, super().on_event)
        #: the status of a run that failed with nothing left to show
        self.failure: Status | None = None
        self.session = session = Session(run)
        self.notices = notices = Notices(self.notify, self.clear_notifications)
        self.guard = guard = Guard(session, notices)
        self.run_display = RunDisplay(session, corpus_name)
        self.moments = Moments(session)
        view = self.run_display.view
        self.actions = RunActions(session, guard, notices, self.ask, view, self._poll_soon)
        self.starts = RunStarts(session, guard, notices, self.ask, view, make_run, then, self.poll)
        self.exporter = Exporter(export_to, notices, self.moments)
        self.plan = PlanAction(session, guard, notices, corpus_name, self.open_window, planner)
        self.words = WordExplorer(self, session, self.moments, self.run_display)
        self.explanations = Explanations(
            session, guard, notices, self.open_window, self.words.words_asked, self.moments, self.run_display
        )

    def get_default_screen(self) -> Screen[object]:
        """Return the screen of the runs."""
        return RunScreen(id="_default")

    def compose(self) -> ComposeResult:
        """Yield the display and the footer."""
        yield self.run_display
        yield KeysFooter()

    def on_mount(self) -> None:
        """Begin."""
        self.set_class(ChartView.ascii_mode, "ascii")
        # what the shell wrote meanwhile stands where rows have not changed since
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))
        self.set_interval(self._interval, self.poll)
        # the first frame should not wait for a slow screen's next turn
        self._preparing_timer = self.set_interval(min(self._interval, 0.1), self.poll)
        self.poll()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether `action` is one for the run at hand."""
        current = self.session.current
        if action in ("restart", "branch", "compare", "not_here"):
            return current.can_restart == (action != "not_here")
        if action in (*STEERING, "not_steered"):
            return current.can_steer == (action != "not_steered")
        if action in ("detach", "stop_run"):
            return current.can_steer and not current.ends_with_screen
        # in the line of words its key is a letter like any other
        return action != "type_words" or not (self.run_display.is_there and self.run_display.words.typing)

    def would_refuse(self, action: str) -> bool:
        """Return whether `action` can do nothing now but say so."""
        return self.guard.would_refuse(action)

    async def on_event(self, event: Event) -> None:
        """Take note that somebody is there; keys are handed on one at a time."""
        if isinstance(event, Key | Resize | MouseEvent):
            self.run_display.touch()
        if isinstance(event, Key) and not event.is_forwarded:
            await self._key_order.take(event)
        else:
            await super().on_event(event)

    async def on_key_done(self, event: KeyDone) -> None:
        """See to the next key."""
        await self._key_order.followed(event)

    def on_resize(self, event: Resize) -> None:
        """Choose the layout for the new size."""
        self.run_display.lay_out(event.size)
        self.call_after_refresh(self.poll)

    def poll(self) -> None:
        """Show the runs as they are now, or leave where there is nothing left to show."""
        if not self.run_display.is_there:
            # a timer that fires while the screen is being taken down
            return
        if (ended := self.starts.follow()) is not None:
            self._leave_with(ended)
            return
        if self.session.awaiting:
            self._preparing_timer.resume()
            if (stage := self.session.current.status().stage) is not None:
                self.run_display.show_stage(stage)
            return
        self._preparing_timer.pause()
        self.actions.note_pace()
        if self.run_display.draw():
            self.words.follow()
        alert_seen = len(self.screen_stack) == 1 and self.session.front is self.session.current
        self.notices.show_news(self.session, alert_seen, self.starts.then)
        if (trainer := self.starts.take_next()) is not None:
            self._begin_next(trainer)

    def _poll_soon(self) -> None:
        self.set_timer(0.05, self.poll)

    def _leave_with(self, status: Status) -> None:
        if status.phase is Phase.FAILED:
            self.failure = status
        self.exit(status.exit_code)

    def on_notify(self, event: Notify) -> None:
        """Show what is notified of in the line for messages."""
        self.run_display.show_message(event.notification)

    def clear_notifications(self) -> None:
        """Forget all messages."""
        super().clear_notifications()
        self.run_display.show_message(None)

    # windows, which nothing notified of before shall cover

    def open_window(self, window: Screen[Result], then: Callable[[Result | None], None] | None = None) -> None:
        """Open a window, and hand what it comes to to `then`."""
        self.clear_notifications()
        self.push_screen(window, then)

    async def ask(self, question: Question[Answer]) -> Answer | None:
        """Return the answer to `question`; to be awaited in a worker."""
        self.clear_notifications()
        return await self.push_screen_wait(question)

    # what changes the picture

    def on_run_display_changed(self) -> None:
        """Draw another picture."""
        self.poll()

    def action_next_theme(self) -> None:
        """Change to the next theme."""
        next_theme(self)
        self.poll()

    # what asks about words

    def action_words(self) -> None:
        """Show the words alone and take what is typed; or show all panes again."""
        self.run_display.action_only(4)
        if self.run_display.words_alone:
            self.action_type_words()

    def action_type_words(self) -> None:
        """Take what is typed as a question about words."""
        if self.guard.has_begun():
            self.run_display.open_words()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Ask the run in front about the words in the line."""
        if isinstance(event.input, WordsLine) and event.value.strip():
            self.words.ask(event.value)

    def action_watch(self) -> None:
        """Keep what is asked in view while the run trains, or no longer."""
        if refusal := self.words.watch():
            self.notices.show(refusal)

    # what explains

    def action_help(self, part: str = "") -> None:
        """Show the help, beginning with the part under the heading `part`."""
        self.open_window(HelpScreen(part))

    def action_why(self) -> None:
        """Explain the category under the cursor."""
        self.explanations.show_category(self.run_display.category, "why")

    def on_abilities_pane_chosen(self) -> None:
        """Show the category that was chosen, question by question."""
        self.explanations.show_category(self.run_display.category, "questions")

    def action_modes(self) -> None:
        """Show the modes of the run in front, one by one."""
        self.explanations.show_modes(self.run_display.view)

    def on_mode_chosen(self, message: ModeChosen) -> None:
        """Bring the curves of a mode forward, or back."""
        self.run_display.bring_forward(message.k)
        self.poll()

    def action_map(self) -> None:
        """Show the map of words, with the pairs of the category under the cursor."""
        self.explanations.show_map(self.run_display.category)

    def action_plan(self) -> None:
        """Show the plan of the corpus with the settings of the run in front, or ask whether to make it."""
        self.plan.show()

    # what steers the current run

    def action_pause_or_resume(self) -> None:
        """Pause a run that steps, resume one that is paused."""
        self.actions.pause_or_resume()

    def action_step(self) -> None:
        """Take one step."""
        self.actions.step()

    @work
    async def action_steps(self) -> None:
        """Ask for a number of steps and take them."""
        await self.actions.take_steps()

    @work
    async def action_run_until(self) -> None:
        """Ask for a goal and run until it is reached."""
        await self.actions.run_until()

    @work
    async def action_step_size(self) -> None:
        """Ask for another step size."""
        await self.actions.set_step_size()

    def action_full_speed(self) -> None:
        """Go at full speed, or back to the pace that was last in force."""
        self.actions.full_speed()

    @work
    async def action_pace(self) -> None:
        """Ask for a pace."""
        await self.actions.ask_pace()

    @work(exclusive=True, group="save")
    async def action_save_checkpoint(self) -> None:
        """Save a checkpoint now."""
        await self.actions.save_checkpoint()

    def action_stop_run(self) -> None:
        """Stop the run of another process, at the second press."""
        self.actions.stop_run()

    def action_suspend_process(self) -> None:
        """Save the state of a run of this process, then suspend it."""
        self.actions.save_before_suspending()
        super().action_suspend_process()

    # what begins other runs

    @work(exclusive=True, group="run")
    async def action_restart(self) -> None:
        """Ask with which settings, and start over from step 0, with what is known already."""
        await self.starts.restart()

    @work(exclusive=True, group="run")
    async def action_branch(self) -> None:
        """Ask for a checkpoint, and branch from there."""
        await self.starts.branch()

    @work(exclusive=True, group="run")
    async def _begin_next(self, trainer: TrainerName) -> None:
        await self.starts.begin_next(trainer)

    def action_compare(self) -> None:
        """Show the run before dotted behind this one, then in front of it, then not at all."""
        self.starts.compare()

    def action_not_here(self) -> None:
        """Show why no other run can be begun, or this one not steered."""
        self.guard.show_not_here()

    action_not_steered = action_not_here

    def action_give_up(self) -> None:
        """Give up a run still being prepared, where there is another one to show; else show the latest, all alike."""
        self.starts.give_up()
        self.run_display.put_back()

    # what leaves

    def action_export(self) -> None:
        """Write a snapshot folder of the run in front; in the picture of the screen there is no message."""
        if self.guard.has_begun():
            self.clear_notifications()
            self.call_after_refresh(self._export_picture, self.session.front, self.run_display.cursor)

    def _export_picture(self, source: RunSource, step: int | None) -> None:
        write = partial(self.exporter.export, source, step, screen_svg(self))
        self.run_worker(write, group="export", thread=True)

    def stop_runs(self) -> None:
        """Ask all runs, and a plan under way, to end. Safe inside a signal handler."""
        for run in self.session.runs:
            run.stop()
        self.plan.stop()
        self.moments.stop()

    def join_runs(self, timeout: float) -> None:
        """Wait for the runs to end, `timeout` seconds for each, and for a plan under way."""
        for run in self.session.runs:
            run.join(timeout)
        self.plan.join(timeout)

    async def action_quit_run(self) -> None:
        """End the runs and leave, once an export under way is written."""
        self.stop_runs()
        exports = [worker for worker in self.workers if worker.group == "export" and not worker.is_finished]
        if exports:
            await self.workers.wait_for_complete(exports)
        self.exit(0)

    action_detach = action_quit_run

    def action_interrupt(self) -> None:
        """Leave at once, as on an interrupt."""
        self.stop_runs()
        self.exit(INTERRUPTED)
