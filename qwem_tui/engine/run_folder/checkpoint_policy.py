"""When a run's state is saved, so that nothing of it is lost."""

from __future__ import annotations

import time
from collections.abc import Callable

from qwem_tui.base.errors import QwemError, Sentence
from qwem_tui.engine.run_folder.checkpoints import Checkpoint, Checkpoints
from qwem_tui.training.trainer import Trainer

#: Seconds between checkpoints, and the share of a run's time that those at transitions may take.
EVERY_SECONDS, TRANSITIONS_SHARE = 30.0, 0.03


class CheckpointPolicy:
    """Writes checkpoints: every half minute, at transitions where they are cheap, and when it is asked to.

    Writing them changes nothing about a run, so the clock may decide when. What cannot be written is tried again at the
    next occasion; `problem` is meanwhile a sentence, in parts, on what is wrong.
    """

    def __init__(
        self,
        checkpoints: Checkpoints,
        clock: Callable[[], float] = time.monotonic,
        ensure: Callable[[], None] = lambda: None,
    ) -> None:
        """Save states in `checkpoints`, whose run folder `ensure` makes again where it was removed."""
        self._checkpoints = checkpoints
        self._clock = clock
        self._ensure = ensure
        self._began = self._last = clock()
        self._spent = 0.0
        self._saved: int | None = None
        self._transitions: set[int] = set()
        self.problem: Sentence = ()

    @property
    def steps(self) -> tuple[int, ...]:
        """Return the steps that have a checkpoint, ascending."""
        return self._checkpoints.steps()

    def consider(self, trainer: Trainer, transition: bool) -> None:
        """Save the trainer's state if it is time to; `transition`: the number of modes learned has just changed."""
        now = self._clock()
        affordable = self._spent <= TRANSITIONS_SHARE * (now - self._began)
        if transition and affordable:
            self._transitions.add(trainer.steps)
        lost = not self.problem and self._saved is not None and not self._checkpoints.path(self._saved).exists()
        if lost or now - self._last >= EVERY_SECONDS or (transition and affordable and not self.problem):
            self.save(trainer)

    def save(self, trainer: Trainer, again: bool = False) -> None:
        """Save the trainer's state now; does nothing where that has been done, unless it is wanted `again`."""
        if self._saved == trainer.steps and not again and self._checkpoints.path(trainer.steps).exists():
            return
        began = self._clock()
        try:
            self._ensure()
            checkpoint = Checkpoint(trainer.steps, trainer.name, trainer.state_dict())
            self._checkpoints.write(checkpoint, self._transitions)
        except (QwemError, OSError) as error:
            reason = (f"{error.strerror}.",) if isinstance(error, OSError) else error.parts
            self.problem = ("No checkpoint could be written: ", *reason)
        else:
            self.problem = ()
            self._saved = trainer.steps
        self._last = self._clock()
        self._spent += self._last - began
