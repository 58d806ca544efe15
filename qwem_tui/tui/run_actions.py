"""The app as far as it steers runs, and begins others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from dataclasses import replace

from textual import work

from qwem_tui.base.errors import QwemError
from qwem_tui.base.names import TrainerName
from qwem_tui.base.printable import printable
from qwem_tui.engine.commands import Command, Pause, Resume, RunUntil, SaveCheckpoint, SetPace, Step
from qwem_tui.engine.divergence import better_saved
from qwem_tui.engine.goals import goal_text
from qwem_tui.engine.live_run import LiveRun
from qwem_tui.engine.outcome_text import completion_text
from qwem_tui.engine.run_folder.checkpoints import Checkpoints
from qwem_tui.engine.source import RunSource
from qwem_tui.engine.status import Phase, Status
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.study import Forecast
from qwem_tui.tui.panes.preparing import Preparing
from qwem_tui.tui.run_display import RunDisplay, latest_frame
from qwem_tui.tui.screens.ask_goal import AskGoal
from qwem_tui.tui.screens.ask_pace import AskPace
from qwem_tui.tui.screens.ask_settings import AskSettings
from qwem_tui.tui.screens.ask_step_size import AskStepSize
from qwem_tui.tui.screens.ask_steps import AskSteps
from qwem_tui.tui.screens.choose_checkpoint import ChooseCheckpoint
from qwem_tui.tui.screens.question import Answer, Question
from qwem_tui.tui.session import Comparing

#: Seconds to wait for a run's answer, and for its last checkpoint before the process is suspended all the same.
PATIENCE, _SUSPENDING = 30.0, 5.0
NO_FOLDER = "This run keeps no checkpoints: it is a demonstration, and no folder is written for it."

#: Makes a run on the corpus of another: by other settings, or (None) its own; from its checkpoint of a step, or anew.
MakeRun = Callable[[RunSource, StudyConfig | None, int | None], RunSource]


class RunActions(RunDisplay):
    """Steers the latest run of a lineup, and begins others."""

    def __init__(
        self, run: RunSource, make_run: MakeRun, name: str, fps: float, then: TrainerName | None = None
    ) -> None:
        """Steer `run`; the rest as in `QwemApp`."""
        super().__init__(run, name, fps)
        self._make_run = make_run
        self._then = then

    def _training(self) -> bool:
        """Return whether there is a run to look at; says so where there is none yet."""
        if self.session.awaiting:
            # it covers the stages: once is enough, however many keys are pressed
            self.clear_notifications()
            self.notify("Training has not begun yet.", timeout=3)
            return False
        return True

    def _steerable(self) -> bool:
        """Return whether the run in front can be steered; says why where it cannot."""
        if not self._training():
            return False
        if self.session.front is not self.session.current:
            self.notify(f"The {self.names()[1]} run in front has ended: c brings the other one to the front.")
            return False
        if self.run_source.status().phase is Phase.FAILED:
            self.notify("This run has ended: r restarts, b goes back to a checkpoint.", timeout=5)
            return False
        return True

    async def _ask(self, question: Question[Answer]) -> Answer | None:
        """Return the answer to `question`, which nothing said before shall cover."""
        self.clear_notifications()
        return await self.push_screen_wait(question)

    def _send(self, command: Command) -> None:
        self.run_source.send(command)
        self.set_timer(0.05, self.poll)

    def action_pause_or_resume(self) -> None:
        """Pause a run that steps, resume one that is paused."""
        if not self._steerable():
            return
        phase = self.run_source.status().phase
        if phase is Phase.DONE:
            self.notify("The run is done: s or n step on, r restarts.", timeout=4)
        else:
            self._send(Pause() if phase is Phase.RUNNING else Resume())

    def action_step(self) -> None:
        """Take one step."""
        if self._steerable():
            self._send(Step(1))

    @work
    async def action_steps(self) -> None:
        """Ask for a number of steps and take them."""
        if not self._steerable():
            return
        count = await self._ask(AskSteps())
        if count is not None:
            self._send(Step(count))

    @work
    async def action_run_until(self) -> None:
        """Ask for a goal and run until it is reached."""
        frame = latest_frame(self.run_source)
        if not self._steerable() or frame is None:
            return
        goal = await self._ask(AskGoal(self.view(), frame))
        if goal is not None:
            self._send(RunUntil(goal))
            self.notify(f"Running until {printable(goal_text(goal))}.", timeout=4, markup=False)

    @work
    async def action_step_size(self) -> None:
        """Ask for another step size."""
        study = self.run_source.study()
        if not self._steerable() or study is None:
            return
        change = await self._ask(AskStepSize(study, self.run_source.status().step_size or study.step_size))
        if change is not None:
            self._send(change)

    def action_full_speed(self) -> None:
        """Go at full speed, or back to the pace that was last in force."""
        if not self._steerable():
            return
        if self._pace_known is None:
            self.notify("The run goes at full speed already; p sets a pace.", timeout=3)
            return
        paced = self.run_source.status().pace is not None
        self._set_pace(SetPace(None if paced else self._pace_known))

    @work
    async def action_pace(self) -> None:
        """Ask for a pace."""
        if not self._steerable():
            return
        pace = await self._ask(AskPace(self.run_source.status().pace))
        if pace is not None:
            self._set_pace(pace)

    def _set_pace(self, pace: SetPace) -> None:
        self._send(pace)
        rate = pace.steps_per_second
        self.notify("Full speed." if rate is None else f"Paced: {rate:.3g} steps per second.", timeout=3)

    @work(exclusive=True, group="keep")
    async def action_keep(self) -> None:
        """Keep a checkpoint now."""
        if not self._steerable():
            return
        source = self.run_source
        if source.path is None:
            self.notify(NO_FOLDER, severity="warning")
            return
        command = SaveCheckpoint()
        self._send(command)
        try:
            step = await asyncio.to_thread(command.reply.result, PATIENCE)
        except (FutureTimeoutError, CancelledError):
            self.notify("No checkpoint was kept: the run did not answer.", severity="error")
            return
        if step is None:
            problem = source.status().problem or "No checkpoint could be written."
            self.notify(problem, severity="error", timeout=20, markup=False)
        else:
            self.notify(self._kept(step), timeout=5)

    def _kept(self, step: int) -> str:
        """Return what to say of a checkpoint that was kept."""
        return f"Kept step {step:,}: b goes back to it."

    def action_suspend_process(self) -> None:
        """Keep the state of a run of this process, then suspend it: nobody knows what becomes of it there."""
        source = self.run_source
        if isinstance(source, LiveRun) and source.history() is not None:
            command = SaveCheckpoint()
            self._send(command)
            with suppress(FutureTimeoutError, CancelledError):
                command.reply.result(_SUSPENDING)
        super().action_suspend_process()

    # what begins other runs

    @work(exclusive=True, group="run")
    async def action_restart(self) -> None:
        """Ask with which settings, and start over from step 0, with what is known already."""
        ended, study = self.run_source, self.run_source.study()
        if not self._training() or study is None:
            return
        asked = asked_of(ended, study)
        settings = await self._ask(AskSettings(asked, study))
        if settings is not None:
            await self._begin(ended, None if settings == asked else settings, None)

    @work(exclusive=True, group="run")
    async def action_branch(self) -> None:
        """Ask for a checkpoint, and branch from there."""
        ended = self.run_source
        if not self._training():
            return
        if ended.path is None:
            self.notify(NO_FOLDER, severity="warning")
            return
        holders = self._checkpoints()
        if not holders:
            self.notify("There is no checkpoint yet: k keeps one.", severity="warning")
            return
        alone = replace(self.view(), run=self.seen(ended), other=None)
        step = await self._ask(ChooseCheckpoint(alone, sorted(holders)))
        if step is not None:
            await self._begin(holders[step], None, step)

    def _checkpoints(self) -> dict[int, RunSource]:
        """Return the steps to which one can go back, with the run that has the checkpoint: this one, or its parent."""
        found: dict[int, RunSource] = {}
        if self.session.origin is not None:
            parent, branched_at = self.session.origin
            found.update((step, parent) for step in saved_steps(parent) if step <= branched_at)
        return found | dict.fromkeys(saved_steps(self.run_source), self.run_source)

    async def _begin(
        self, origin: RunSource, settings: StudyConfig | None, step: int | None, compare: bool = False
    ) -> None:
        """Begin a run like `origin`; the current one pauses, and ends once the new one shows something."""
        if self.session.awaiting:
            return
        ended = self.run_source
        try:
            new = await asyncio.to_thread(self._make_run, origin, settings, step)
        except QwemError as error:
            self.notify(str(error), severity="error", timeout=15, markup=False)
            return
        if ended.status().phase is Phase.RUNNING:
            ended.send(Pause())
        if ended.status().completion is not None and ended.path is not None:
            self.finished.add(ended.path)
        where = ""
        if new.path is not None:
            self.folders.append(new.path)
            where = f" The run is in {printable(str(new.path))}."
        if step is not None:
            begun = f"Back at step {step:,}, paused: space goes on, z sets another step size."
        else:
            begun = "The second run begins." if compare else "Restarted from step 0."
        self._greeting = begun + where
        self.query_one(Preparing).begin()
        self.session.begin(new, compare, None if step is None else (origin, step))
        new.start()
        self.poll()

    def action_give_up(self) -> None:
        """Give up a run that is still being prepared, where there is another one to show."""
        if self.session.awaiting and self.session.before is not None:
            self.session.current.stop()
            self._fall_back()
            self.notify("Given up: the run before is shown again, paused.", timeout=5)

    def _way_out(self) -> str:
        history = self.run_source.history()
        better = None if history is None else better_saved(history.columns(), self._checkpoints())
        return super()._way_out() if better is None else f"{super()._way_out()} b goes back to a checkpoint."

    def _tell_news(self, status: Status) -> None:
        super()._tell_news(status)
        if status.phase is Phase.DONE and self._then is not None:
            then, self._then = self._then, None
            self._compare_with(then)

    def _done(self, status: Status) -> str:
        if self._then is None:
            return super()._done(status)
        return f"Done: {completion_text(status.completion)}. Now {self._then}, to compare."

    @work(exclusive=True, group="run")
    async def _compare_with(self, trainer: TrainerName) -> None:
        ended, study = self.run_source, self.run_source.study()
        if study is not None:
            await self._begin(ended, replace(asked_of(ended, study), trainer=trainer), None, compare=True)

    def action_compare(self) -> None:
        """Show the run before dotted behind this one, then in front of it, then not at all."""
        if not self._training():
            return
        if self.session.before is None:
            self.notify("There is no other run to compare with yet: r or b begins one.", timeout=5)
            return
        self.session.turn()
        self.clear_notifications()
        latest, before = self.names()
        said = {
            Comparing.NOT: f"{latest} alone.",
            Comparing.LATEST: f"In front: {latest}. Dotted: {before}.",
            Comparing.BEFORE: f"In front: {before}. Dotted: {latest}.",
        }
        self.notify(said[self.session.comparing], timeout=4, markup=False)
        self.poll()


def saved_steps(source: RunSource) -> tuple[int, ...]:
    """Return the steps of which a run has a checkpoint, ascending."""
    return () if source.path is None else Checkpoints(source.path / "checkpoints").steps()


def asked_of(source: RunSource, study: Forecast) -> StudyConfig:
    """Return the settings with which a run was begun, defaults left open where they are known to be defaults."""
    return source.config.study if isinstance(source, LiveRun) else study.config
