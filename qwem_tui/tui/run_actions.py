"""The keys that steer the current run: each asks what there is to ask, and sends a command."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress

from qwem_tui.base.errors import worded
from qwem_tui.base.printable import printable
from qwem_tui.engine.commands import Command, Pause, Resume, RunUntil, SaveCheckpoint, SetPace, Step
from qwem_tui.engine.goals import goal_text
from qwem_tui.engine.source import RunSource
from qwem_tui.engine.status import Phase
from qwem_tui.tui.key_guard import Guard
from qwem_tui.tui.notices import Notices
from qwem_tui.tui.rendering.naming import label
from qwem_tui.tui.rendering.view import View
from qwem_tui.tui.screens.ask_goal import AskGoal
from qwem_tui.tui.screens.ask_pace import AskPace
from qwem_tui.tui.screens.ask_step_size import AskStepSize
from qwem_tui.tui.screens.ask_steps import AskSteps
from qwem_tui.tui.screens.question import Ask
from qwem_tui.tui.session import Session, latest_frame

#: Seconds to wait for a run's answer, and for its last checkpoint before the process is suspended all the same.
PATIENCE, _SUSPENDING = 30.0, 5.0
#: Seconds within which a second press means it.
_MEANT = 5.0
#: Sooner than this it was typed before the question could be read.
_READ = 0.4


class RunActions:
    """Steers the current run of a session."""

    def __init__(
        self,
        session: Session,
        guard: Guard,
        notices: Notices,
        ask: Ask,
        view: Callable[[], View],
        sent: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Steer where `guard` lets; `view` gives what is drawn, and `sent` is called after each command."""
        self._session = session
        self._guard = guard
        self._notices = notices
        self._ask = ask
        self._view = view
        self._sent = sent
        self._clock = clock
        #: a run, and the pace that was last in force for it
        self._paced: tuple[RunSource, float] | None = None
        self._asked_to_stop = -_MEANT

    def _send(self, command: Command) -> None:
        self._session.current.send(command)
        self._sent()

    def pause_or_resume(self) -> None:
        """Pause a run that steps, resume one that is paused."""
        if not self._guard.can_steer():
            return
        phase = self._session.current.status().phase
        if phase is Phase.DONE:
            self._notices.show("The run is done: s or n step on, r restarts.", timeout=4)
        else:
            self._send(Pause() if phase is Phase.RUNNING else Resume())

    def step(self) -> None:
        """Take one step."""
        if self._guard.can_steer():
            self._send(Step(1))

    async def take_steps(self) -> None:
        """Ask for a number of steps and take them."""
        if not self._guard.can_steer():
            return
        count = await self._ask(AskSteps())
        if count is not None:
            self._send(Step(count))

    async def run_until(self) -> None:
        """Ask for a goal and run until it is reached."""
        frame = latest_frame(self._session.current)
        if not self._guard.can_steer() or frame is None:
            return
        goal = await self._ask(AskGoal(self._view(), frame))
        if goal is not None:
            self._send(RunUntil(goal))
            self._notices.show(f"Running until {printable(goal_text(goal))}.", timeout=4)

    async def set_step_size(self) -> None:
        """Ask for another step size."""
        source = self._session.current
        study = source.study()
        if not self._guard.can_steer() or study is None:
            return
        change = await self._ask(AskStepSize(study, source.status().step_size or study.step_size))
        if change is not None:
            self._send(change)

    def note_pace(self) -> None:
        """Remember the pace that is in force, for `full_speed` to return to."""
        current = self._session.current
        pace = current.status().pace
        if pace is not None:
            self._paced = current, pace

    def full_speed(self) -> None:
        """Go at full speed, or back to the pace that was last in force."""
        if not self._guard.can_steer():
            return
        current = self._session.current
        if self._paced is None or self._paced[0] is not current:
            self._notices.show("The run goes at full speed already; p sets a pace.", timeout=3)
            return
        self._set_pace(SetPace(self._paced[1] if current.status().pace is None else None))

    async def ask_pace(self) -> None:
        """Ask for a pace."""
        if not self._guard.can_steer():
            return
        pace = await self._ask(AskPace(self._session.current.status().pace))
        if pace is not None:
            self._set_pace(pace)

    def _set_pace(self, pace: SetPace) -> None:
        self._send(pace)
        rate = pace.steps_per_second
        self._notices.show("Full speed." if rate is None else f"Paced: {rate:.3g} steps per second.", timeout=3)

    async def save_checkpoint(self) -> None:
        """Save a checkpoint now, and show whether it was saved."""
        source = self._session.current
        if not (self._guard.can_steer() and self._guard.saves_checkpoints()):
            return
        command = SaveCheckpoint()
        self._send(command)
        try:
            step = await asyncio.to_thread(command.reply.result, PATIENCE)
        except (FutureTimeoutError, CancelledError):
            self._notices.show("No checkpoint was saved: the run did not answer.", "error")
            return
        if step is None:
            problem = worded(source.status().problem, label) or "No checkpoint could be written."
            self._notices.show(problem, "error", timeout=20)
        else:
            back = ": b goes back to it." if source.can_branch else "."
            self._notices.show(f"Saved step {step:,}{back}")

    def save_before_suspending(self) -> None:
        """Save a checkpoint of a run of this process: nobody knows what becomes of it while it is suspended."""
        source = self._session.current
        if source.ends_with_screen and source.history() is not None:
            command = SaveCheckpoint()
            self._send(command)
            with suppress(FutureTimeoutError, CancelledError):
                command.reply.result(_SUSPENDING)

    def stop_run(self) -> None:
        """Stop the run itself, at the second press."""
        if not self._guard.can_steer():
            return
        since = self._clock() - self._asked_to_stop
        if not _READ <= since <= _MEANT:
            self._asked_to_stop = self._clock()
            self._notices.show("X again stops the run itself; its state is saved. q only detaches.", timeout=_MEANT)
        else:
            self._session.current.end_run()
            self._notices.show("The run was asked to stop.", timeout=4)
