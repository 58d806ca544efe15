"""A run written down while it runs: its folder, its frames, its checkpoints."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from qwem_tui.analogies.protocols import Analogies
from qwem_tui.base.errors import QwemError
from qwem_tui.engine.frame import Frame
from qwem_tui.engine.question_log import QuestionLog
from qwem_tui.engine.run_folder.checkpoints import Checkpoints
from qwem_tui.engine.run_folder.description import Parent, describe
from qwem_tui.engine.run_folder.forecast_file import write_forecast
from qwem_tui.engine.run_folder.outcomes_file import OutcomesFile, read_outcomes
from qwem_tui.engine.run_folder.reader import FrameRecord, ResumePoint
from qwem_tui.engine.run_folder.writer import RunFolder, check_run_folder
from qwem_tui.engine.schedule import Schedule
from qwem_tui.engine.timeline import StepSizeChange
from qwem_tui.study.study import Study


@dataclass(frozen=True)
class Branch:
    """Where a run of its own goes off from that in the folder `parent`."""

    parent: Path
    resume_point: ResumePoint


class RunRecorder:
    """The run folder at `path`, made by `begin`; that of a resumed run is there already.

    Where it is removed during the run, it is made again with all that is still known; see `ensure`.
    """

    def __init__(
        self, path: Path, resume_point: ResumePoint | None = None, branch: Branch | None = None, screen: bool = False
    ) -> None:
        """Record a run at `path`: one resumed from `resume_point`, a new one, or a new one that is a `branch`.

        `screen` says that it began in the app, where `resume` takes it then. Raises as `check_run_folder`, and
        QwemError where another process writes it.
        """
        if resume_point is None:
            check_run_folder(path)
        self.path = path
        self._branch = branch
        self._screen = screen
        self.checkpoints = Checkpoints(path / "checkpoints")
        # nobody else may write a resumed run while it is prepared
        self._resumed_at = None if resume_point is None else resume_point.checkpoint.step
        self._folder = None if self._resumed_at is None else RunFolder(path, self._resumed_at)
        #: None too where what is there is not of this run
        self._outcomes: OutcomesFile | None = None
        #: changes of the step size that could not be written yet
        self._owed: list[StepSizeChange] = []
        self._write_again: Callable[[], None] = lambda: None
        #: a sentence on what has become of the folder, once something has
        self.remark: str | None = None if resume_point is None else resume_point.problem

    @property
    def begun(self) -> bool:
        """Return whether the run folder is there and this process writes it."""
        return self._folder is not None

    @property
    def branches(self) -> bool:
        """Return whether the run goes off from another."""
        return self._branch is not None

    def past_outcomes(self, analogies: Analogies) -> QuestionLog | None:
        """Return which of the questions were right up to where the run begins; None where that is not recorded."""
        if self._branch is not None:
            return read_outcomes(self._branch.parent, analogies, self._branch.resume_point.checkpoint.step)
        return None if self._resumed_at is None else read_outcomes(self.path, analogies, self._resumed_at)

    def begin(
        self,
        study: Study,
        schedule: Schedule,
        threads: int,
        outcomes: QuestionLog,
        past: Callable[[], FrameRecord] = lambda: FrameRecord((), ()),
    ) -> None:
        """Write what the run is into its folder, which is made if it is not there yet.

        `past` returns the frames and changes so far, and `outcomes` has which questions were right: they are written
        again where the folder is removed later.

        Raises OSError or QwemError where it cannot be written.
        """
        new = self._folder is None
        if self._folder is None:
            self._folder = RunFolder(self.path)
        # of a resumed run too: its limit on steps may have changed
        write_forecast(self.path, study)
        if new:
            described = msgspec.structs.replace(
                describe(study, schedule, threads),
                begun_in=os.getcwd(),
                screen=self._screen,
                keep_bytes=self.checkpoints.most_bytes,
                parent=self._parent(),
            )
            self._folder.write_description(described)
            if self._branch is not None:
                # a branch can be read without its parent
                for change in self._branch.resume_point.changes:
                    self._folder.write_change(change)
                for frame in self._branch.resume_point.frames:
                    self._folder.write_frame(frame)
        try:
            self._outcomes = OutcomesFile(self.path, study.analogies, self._resumed_at)
        except QwemError as error:
            self.remark = self.remark or str(error)
        else:
            if new:
                for step, correct in outcomes.outcomes().records():
                    self._outcomes.write(step, correct)
        self._write_again = lambda: self._write_past(study, past(), outcomes)

    def _write_past(self, study: Study, past: FrameRecord, outcomes: QuestionLog) -> None:
        assert self._folder is not None  # it has just been made again
        for change in past.changes:
            self._folder.write_change(change)
        for frame in past.frames:
            self._folder.write_frame(frame)
        write_forecast(self.path, study)
        if self._outcomes is not None and not self._outcomes.intact:
            self._outcomes.make_again(outcomes.outcomes())

    def ensure(self) -> None:
        """Make the run folder again where it, or a file that the run needs, was removed.

        Frames come from memory; earlier checkpoints and exports are gone, which `remark` says. Where something else has
        taken the folder's place that is left alone. Raises OSError or QwemError where the folder cannot be made.
        """
        if self._folder is None or (self._folder.intact and (self._outcomes is None or self._outcomes.intact)):
            return
        self._folder.make_again()
        self.remark = (
            "The run folder was removed while the run went on: it was made again, without its earlier checkpoints."
        )
        self._write_again()

    def _parent(self) -> Parent | msgspec.UnsetType:
        if self._branch is None:
            return msgspec.UNSET
        return Parent(str(self._branch.parent), self._branch.resume_point.checkpoint.step)

    def write(self, frame: Frame, correct: NDArray[np.bool_] | None) -> None:
        """Append a frame, and which questions (N,) were right where that was evaluated.

        Raises as `ensure` where that cannot be, after which later ones may be again.
        """
        if self._folder is not None:
            self._write_changes(self._folder)
            self._folder.write_frame(frame)
            if self._outcomes is not None and correct is not None:
                self._outcomes.write(frame.step, correct)

    def write_change(self, change: StepSizeChange) -> None:
        """Append a change of the step size; raises as `ensure` where that cannot be, and the next frame tries again."""
        if self._folder is not None:
            self._owed.append(change)
            self._write_changes(self._folder)

    def _write_changes(self, folder: RunFolder) -> None:
        self.ensure()
        while self._owed:
            folder.write_change(self._owed[0])
            self._owed.pop(0)

    def close(self) -> None:
        """Close the files and give up the lock, once the run has ended."""
        if self._outcomes is not None:
            self._outcomes.close()
            self._outcomes = None
        if self._folder is not None:
            self._folder.close()
            self._folder = None
