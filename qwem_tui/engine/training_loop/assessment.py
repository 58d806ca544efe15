"""What the frames of a run say of it: whether its loss diverges, and whether it is done."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from qwem_tui.engine.frame import Frame
from qwem_tui.engine.outcome import Completion, LossStalled
from qwem_tui.engine.run_folder.reader import ResumePoint
from qwem_tui.engine.schedule import Schedule
from qwem_tui.engine.timeline import StepSizeChange, Timeline
from qwem_tui.engine.training_loop.divergence import DivergenceCheck
from qwem_tui.engine.training_loop.stopping import StoppingCriterion
from qwem_tui.study.study import Forecast


class Assessment:
    """Takes the frames of one run, in their order."""

    def __init__(self, study: Forecast) -> None:
        """Begin before the first frame of the run of `study`."""
        self.divergence = DivergenceCheck()
        self._criterion = StoppingCriterion(study)
        self._limit = study.config.steps
        #: why the run is done, once it is: it stays so
        self.completion: Completion | None = None

    @property
    def stalled(self) -> LossStalled | None:
        """Return why the run, which stands still with the last frame, is not done."""
        return self._criterion.stalled

    def take(self, frame: Frame, schedule: Schedule) -> bool:
        """Return whether the run is done with `frame`, the next that does not diverge, and was not done before."""
        completion = None
        if schedule.observes(frame.step):
            # not of other frames, of which a run that was interrupted has more
            completion = self._criterion.completion(frame)
        if completion is None and self._limit is not None and frame.step >= self._limit:
            completion = self._criterion.at_limit(self._limit, frame)
        if completion is None or self.completion is not None:
            return False
        self.completion = completion
        return True

    def replay(self, past: ResumePoint, schedule: Schedule) -> None:
        """Take all frames of a run that is resumed, as if it had never stopped."""
        coming = deque(past.changes)
        for before, frame in zip((None, *past.frames), past.frames, strict=False):
            while coming and coming[0].step < frame.step:
                coming.popleft()
                if before is not None:
                    self.divergence.stand_on(before)
            self.divergence.cause(frame)
            self.take(frame, schedule)
        if past.frames and coming:
            self.divergence.stand_on(past.frames[-1])


def completion_of(
    study: Forecast, schedule: Schedule, frames: Iterable[Frame], changes: Iterable[StepSizeChange]
) -> Completion | None:
    """Return why the run of `study` is done, by all its `frames`; None where it is not.

    `schedule` is the one that it began with, which its `changes` of the step size retime.
    """
    timeline = Timeline(study.step_size)
    past: tuple[StepSizeChange, ...] = ()
    for change in changes:
        past = (*past, change)
        before, timeline = timeline, Timeline(study.step_size, past)
        schedule = schedule.retimed(before, timeline, change.step)
    assessment = Assessment(study)
    for frame in frames:
        assessment.take(frame, schedule)
    return assessment.completion
