"""The state of a run at any step, forecast while it trains, or in its stead."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

import torch

from qwem_tui.base.errors import QwemError
from qwem_tui.base.progress import Monitor, Progress
from qwem_tui.engine.background import Background
from qwem_tui.engine.status import StageStatus
from qwem_tui.engine.timeline import StepSizeChange
from qwem_tui.study.study import Forecast, Study
from qwem_tui.theory.forecast_state import KeptStates, forecast_state
from qwem_tui.theory.trajectory import beyond


class NoStates(Enum):
    """Why no state of a run can be forecast."""

    #: pairs are drawn at random, or the loss is another one: the closed form says nothing about a single step
    OTHER_TRAINER = "other trainer"
    #: M* is worked out of the counts of the corpus, which no run folder holds: `study.study.gather` reads it again
    NO_CORPUS = "no corpus"


def why_no_states(study: Forecast) -> NoStates | None:
    """Return why no state of the run of `study` can be forecast; None where any can."""
    if study.config.trainer != "gd":
        return NoStates.OTHER_TRAINER
    return None if isinstance(study, Study) else NoStates.NO_CORPUS


class ForecastStates:
    """W(n) of a run of full-batch gradient descent at any step n, whether it has happened or not.

    What it takes is worked out once, in a thread of its own, when somebody asks for it by `start`: eleven products of
    M* with (V, d) matrices, then the reduced run to the step at which the run is expected to end. Any step can be
    looked at as soon as it is `ready`, soonest where that has come by; `at` may be called by any thread but the
    screen's, for steps far beyond take seconds.
    """

    def __init__(self, study: Forecast) -> None:
        """Take the run; nothing is worked out yet. `missing` says why nothing can be."""
        self.missing = why_no_states(study)
        self._study = study
        self._states: KeptStates | None = None
        self._background: Background[None] | None = None

    def start(self) -> None:
        """Begin to work it out; does nothing where that has begun before, or something is `missing`.

        For the screen's thread alone. What was stopped, or failed, begins anew.
        """
        study, running = self._study, self._background
        if self.missing or self.ready or (running is not None and not running.over) or not isinstance(study, Study):
            return

        def work(progress: Monitor) -> None:
            wide = study.statistics.wide.truncated(beyond(study.dim))
            forecast = forecast_state(study.W0, study.target, wide, study.step_size, progress=progress)
            self._states = states = KeptStates(forecast)
            states.walk(study.trajectory.expected_steps, progress)

        self._background = Background(work, smaller=("vocab_size", "dim"), beside_training=True)
        self._background.start()

    @property
    def ready(self) -> bool:
        """Return whether steps can be looked at."""
        return self._states is not None

    @property
    def stage(self) -> StageStatus | None:
        """Return how far the work is; None before it has begun, and once steps can be looked at."""
        return None if self.ready or self._background is None else self._background.at

    @property
    def error(self) -> QwemError | None:
        """Return why it could not be worked out, None where that is not so; `start` tries again."""
        return None if self._background is None else self._background.error

    @property
    def crash(self) -> BaseException | None:
        """Return what went wrong inside, where something did that is a defect."""
        return None if self._background is None else self._background.crash

    def stop(self) -> None:
        """Ask the work to end; what it has come to stays."""
        if self._background is not None:
            self._background.stop()

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the work; return whether it has ended, or never begun."""
        return self._background is None or self._background.join(timeout)

    def at(
        self, step: int, changes: Sequence[StepSizeChange] = (), progress: Progress | None = None
    ) -> torch.Tensor | None:
        """Return W (V, d) after `step` steps, in the precision and on the device of training; None before `ready`.

        `changes` are those of the run's step size so far (`Status.changes`), the last of which holds from there on.
        `progress` may end a long walk by what it raises. Raises ValueError for a step below 0.
        """
        states = self._states
        if states is None:
            return None
        known = tuple((change.step, change.step_size) for change in changes)
        if known != states.changes:
            self._states = states = states.changed(known)
        return states.at(step, progress)
