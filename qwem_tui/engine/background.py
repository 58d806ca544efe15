"""Long work in a thread of its own, for a screen that shows now and then how far it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from qwem_tui.base.errors import Cancelled, QwemError
from qwem_tui.base.progress import Monitor
from qwem_tui.engine.engine_thread import EngineThread
from qwem_tui.engine.stage_clock import StageClock
from qwem_tui.engine.status import StageStatus

Result = TypeVar("Result")


class Background(Generic[Result]):
    """Works in a thread of its own; what comes out are stages, sentences, and in the end a result or an error.

    It is the `Monitor` of its own work, and raises Cancelled in it once it is to stop.
    """

    def __init__(
        self,
        work: Callable[[Monitor], Result],
        smaller: tuple[str, str] = ("vocab_size", "max_dim"),
        beside_training: bool = False,
    ) -> None:
        """Take what is to be worked out; `start` begins. The others as of `EngineThread`."""
        self._work = work
        self._thread = EngineThread(
            "background", self._main, smaller, at_end=self._end, beside_training=beside_training
        )
        # a plain flag: a signal handler may set it whatever else this thread is in the middle of
        self._stop = False
        self._stages = StageClock()
        self._detail = ""
        self.messages: tuple[str, ...] = ()
        self.result: Result | None = None
        self.error: QwemError | None = None
        #: what went wrong inside, where something did that is a defect
        self.crash: BaseException | None = None
        self._over = False

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the work to end. Safe inside a signal handler: takes no lock."""
        self._stop = True

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the thread; return whether it has ended, or never begun."""
        return self._thread.join(timeout)

    @property
    def begun(self) -> bool:
        """Return whether it was started."""
        return self._thread.begun

    @property
    def over(self) -> bool:
        """Return whether the work has ended, one way or another."""
        return self._over

    @property
    def at(self) -> StageStatus | None:
        """Return the stage at hand; None before the first."""
        return self._stages.at

    @property
    def detail(self) -> str:
        """Return a few words on the stage at hand."""
        return self._detail

    # what follows runs in the thread of the work

    @property
    def stopping(self) -> bool:
        """Return whether the work was asked to end."""
        return self._stop

    def stage(self, name: str, total: float | None = None) -> None:
        """Begin a stage (see `base.progress.Progress`)."""
        self.show(name, 0.0, total)
        self.advance(0.0)

    def advance(self, done: float) -> None:
        """Say that `done` units of the stage are finished; raises Cancelled once the work shall end."""
        if self._stop:
            raise Cancelled
        self._stages.advance(done)

    def show(self, name: str, done: float, total: float | None, detail: str = "") -> None:
        """Show `done` of `total` of the stage `name`."""
        self._stages.show(name, done, total)
        self._detail = detail

    def say(self, sentence: str) -> None:
        """Keep a sentence to be shown, and to be printed again afterwards."""
        self.messages = (*self.messages, sentence)

    def _main(self) -> None:
        self.result = self._work(self)

    def _end(self) -> None:
        self.error, self.crash = self._thread.error, self._thread.crash
        self._over = True
