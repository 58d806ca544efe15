"""What begins other runs in place of the current one, and what becomes of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from qwem_tui.base.errors import QwemError
from qwem_tui.base.names import TrainerName
from qwem_tui.base.printable import printable
from qwem_tui.engine.commands import Pause
from qwem_tui.engine.source import RunSource
from qwem_tui.engine.status import Phase, Status
from qwem_tui.study.config import StudyConfig
from qwem_tui.tui.key_guard import Guard
from qwem_tui.tui.notices import Notices
from qwem_tui.tui.rendering.naming import label
from qwem_tui.tui.rendering.outcome import error_text
from qwem_tui.tui.rendering.view import View
from qwem_tui.tui.screens.ask_settings import AskSettings
from qwem_tui.tui.screens.choose_checkpoint import ChooseCheckpoint
from qwem_tui.tui.screens.question import Ask
from qwem_tui.tui.session import Comparing, Session, latest_frame, settings_of

#: Makes a new run on the corpus of another, the first argument: with these settings (None: those of the other), from
#: the other's checkpoint of this step (None: from step 0).
MakeRun = Callable[[RunSource, StudyConfig | None, int | None], RunSource]


class RunStarts:
    """Restarts, branches off, compares, and falls back to the run before where the new one shows nothing."""

    def __init__(
        self,
        session: Session,
        guard: Guard,
        notices: Notices,
        ask: Ask,
        view: Callable[[], View],
        make_run: MakeRun | None,
        then: TrainerName | None,
        changed: Callable[[], None],
    ) -> None:
        """Begin runs by `make_run`, None where the run of `session` cannot be restarted here.

        `view` gives what is drawn, and `changed` is called where another is to be. Once the first run is done another
        by the trainer `then` is begun, to compare with.
        """
        self._session = session
        self._guard = guard
        self._notices = notices
        self._ask = ask
        self._view = view
        self._make_run = make_run
        self.then = then
        self._changed = changed
        #: what to show once the current run arrives
        self._greeting = ""

    async def restart(self) -> None:
        """Ask with which settings, and start over from step 0, with what is known already."""
        ended = self._session.current
        study = ended.study()
        if not self._guard.has_begun() or study is None:
            return
        asked = settings_of(ended, study)
        settings = await self._ask(AskSettings(asked, study))
        if settings is not None:
            await self._begin(ended, None if settings == asked else settings, None)

    async def branch(self) -> None:
        """Ask for a checkpoint, and branch from there."""
        ended = self._session.current
        if not (self._guard.has_begun() and self._guard.saves_checkpoints()):
            return
        holders = self._session.checkpoints()
        if not holders:
            self._notices.show("There is no checkpoint yet: k saves one.", "warning")
            return
        alone = replace(self._view(), run=self._session.so_far(ended), other=None)
        step = await self._ask(ChooseCheckpoint(alone, sorted(holders)))
        if step is not None:
            await self._begin(holders[step], None, step)

    def take_next(self) -> TrainerName | None:
        """Return the trainer `then` of the run that is to follow, once, when the current one is done; else None."""
        if self.then is None or self._session.current.status().phase is not Phase.DONE:
            return None
        trainer, self.then = self.then, None
        return trainer

    async def begin_next(self, trainer: TrainerName) -> None:
        """Begin a run like the current one by another trainer, to compare with."""
        ended = self._session.current
        study = ended.study()
        if study is not None:
            await self._begin(ended, replace(settings_of(ended, study), trainer=trainer), None, compare=True)

    async def _begin(
        self, origin: RunSource, settings: StudyConfig | None, step: int | None, compare: bool = False
    ) -> None:
        """Begin a run like `origin`; the current one pauses, and ends once the new one shows something."""
        if self._session.awaiting or self._make_run is None:
            return
        ended = self._session.current
        try:
            new = await asyncio.to_thread(self._make_run, origin, settings, step)
        except QwemError as error:
            self._notices.show(error.sentence(label), "error", timeout=15)
            return
        if ended.status().phase is Phase.RUNNING:
            ended.send(Pause())
        where = "" if new.path is None else f" The run is in {printable(str(new.path))}."
        if step is not None:
            begun = f"Back at step {step:,}, paused: space resumes, z sets another step size."
        else:
            begun = "The second run begins." if compare else "Restarted from step 0."
        self._greeting = begun + where
        self._session.begin(new, compare, None if step is None else (origin, step))
        new.start()
        self._changed()

    def follow(self) -> Status | None:
        """Show the current run from its first frame on; fall back to the one before where it fails sooner.

        Returns its status where it has ended and there is nothing left to show, None otherwise.
        """
        session = self._session
        status = session.current.status()
        if status.phase is Phase.FAILED:
            if session.before is None or session.current.crash is not None:
                return status
            if session.awaiting:
                self._fall_back()
                self._notices.show(
                    f"{error_text(status)} The run before is shown again, {session.current.status().phase.value}.",
                    "error",
                    timeout=20,
                )
        elif status.phase is Phase.STOPPED and session.current.ends_with_screen:
            # by a signal that came before the app could hear of it
            return status
        if session.awaiting and latest_frame(session.current) is not None:
            self._arrive()
        return None

    def _arrive(self) -> None:
        """Show the current run from now on, and end the one before it."""
        session = self._session
        study = session.current.study()
        assert study is not None  # it has a frame
        session.arrive()
        self._notices.forget()
        self._notices.clear()
        if session.before is None:
            for warning in study.warnings:
                self._notices.show(warning, "warning", timeout=15)
        else:
            session.before.stop()
            self._notices.show(self._greeting, timeout=10)

    def _fall_back(self) -> None:
        """Show the run before in place of one that did not come to show anything."""
        self._notices.clear()
        self._session.give_up()
        self._notices.take_as_shown(self._session.current.status())

    def give_up(self) -> None:
        """Give up a run that is still being prepared, where there is another one to show."""
        if self._session.awaiting and self._session.before is not None:
            self._session.current.stop()
            self._fall_back()
            self._notices.show("Given up: the run before is shown again, paused.")
            self._changed()

    def compare(self) -> None:
        """Show the run before dotted behind this one, then in front of it, then not at all."""
        session = self._session
        if not self._guard.has_begun():
            return
        if session.before is None:
            self._notices.show("There is no other run to compare with yet: r or b begins one.")
            return
        session.turn()
        self._notices.clear()
        latest, before = session.names()
        shown = {
            Comparing.NOT: f"{latest} alone.",
            Comparing.LATEST: f"In front: {latest}. Dotted: {before}.",
            Comparing.BEFORE: f"In front: {before}. Dotted: {latest}.",
        }
        self._notices.show(shown[session.comparing], timeout=4)
        self._changed()
