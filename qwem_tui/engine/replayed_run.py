"""A run shown from its folder alone: one that has ended, or one that another process still writes."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

from qwem_tui.base.errors import QwemError, Sentence
from qwem_tui.base.lock import writer_of
from qwem_tui.base.memory import resident_bytes
from qwem_tui.base.printable import printable
from qwem_tui.corpus.documents import STDIN
from qwem_tui.engine.commands import Command, SaveCheckpoint
from qwem_tui.engine.frame import Snapshot
from qwem_tui.engine.history import History
from qwem_tui.engine.outcome import Completion, RunEnded
from qwem_tui.engine.question_log import QuestionLog
from qwem_tui.engine.run_config import RunConfig
from qwem_tui.engine.run_folder.folder_tail import FolderTail
from qwem_tui.engine.run_folder.forecast_file import NAME
from qwem_tui.engine.run_folder.reader import read_run
from qwem_tui.engine.run_folder.saved_snapshots import SavedSnapshots
from qwem_tui.engine.schedule import Schedule
from qwem_tui.engine.status import Phase, StageStatus, Status
from qwem_tui.engine.timeline import Timeline
from qwem_tui.engine.training_loop.assessment import completion_of
from qwem_tui.study.study import Forecast

#: Seconds between looks at the files, and between looks whether a process writes them.
_LOOK_EVERY, _WRITER_EVERY = 0.25, 1.0


class ReplayedRun:
    """Shows the run in a folder, from what stands there: nothing is asked of anybody, and nothing is written.

    All that is read is read in a thread of its own, embeddings aside. A run that another process writes is followed,
    and so it is where it ends and is resumed.
    """

    #: it is a picture of a run
    can_branch = can_restart = can_plan = can_steer = ends_with_screen = False
    config: RunConfig | None = None

    def __init__(self, path: Path) -> None:
        """Show the run in the folder `path`; raises as `read_run`."""
        self.crash: BaseException | None = None
        self.path: Path | None = path
        self._folder = path
        self.sources = read_run(path).study.sources
        self._saved = SavedSnapshots(path)
        self._left = False
        self._began = time.monotonic()
        #: what is read, and what is shown of it: once it has frames, and all that there were at first are read
        self._tail: FolderTail | None = None
        self._shown: tuple[FolderTail, History] | None = None
        self._error: QwemError | None = None
        #: whether a process writes the folder, and whether that was ever looked for
        self._written = self._looked = False
        #: why the run is done; of which frames that is known; and which there were at the last look
        self._completion: Completion | None = None
        self._assessed = self._seen = -1
        #: whether frames were written after the latest checkpoint
        self._lost = False
        self._unread: Sentence = ()
        self._thread = threading.Thread(target=self._main, name="replayed", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def send(self, command: Command) -> None:
        """Do nothing: there is nobody to carry out `command`; who waits for its answer is let go."""
        if isinstance(command, SaveCheckpoint):
            command.reply.cancel()

    def stop(self) -> None:
        """Read no more. Safe inside a signal handler."""
        self._left = True

    def end_run(self) -> None:
        """Do nothing: the run is left alone."""

    def join(self, timeout: float | None = None) -> bool:
        """Wait until nothing is read any more; return whether that is so."""
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def over(self) -> bool:
        """Return whether no process writes the run."""
        return not self._written

    def status(self) -> Status:
        """Return what the folder shows: done, written by a process, or stopped before it was done."""
        shown, tail = self._shown, self._tail
        if self._error is not None:
            return Status(Phase.FAILED, error=self._error)
        if shown is None or not self._looked:
            elapsed = time.monotonic() - self._began
            if tail is None:
                return Status(Phase.PREPARING, StageStatus("reading the forecast", 0.0, None, elapsed))
            return Status(Phase.PREPARING, StageStatus("reading frames", tail.frames.done, tail.frames.total, elapsed))
        tail, history = shown
        frame, study = history.latest(), tail.study
        phase = Phase.RUNNING if self._written else Phase.STOPPED
        notice = None
        if self._completion is not None:
            phase = Phase.DONE
        elif phase is Phase.STOPPED and STDIN not in study.config.sources:
            notice = RunEnded(self._folder, lost=self._lost)
        changes = tail.frames.changes
        return Status(
            phase,
            completion=self._completion,
            steps_per_second=0.0 if frame is None else frame.steps_per_second,
            step_size=Timeline(study.step_size, changes).step_size,
            changes=changes,
            notice=notice,
            problem=self._unread or (() if tail.problem is None else (tail.problem,)),
            # its device need not be one of this machine
            device=study.device,
            memory=resident_bytes(),
        )

    def study(self) -> Forecast | None:
        """Return what was known before training, once there are frames to show with it."""
        return None if self._shown is None else self._shown[0].study

    def history(self) -> History | None:
        """Return the frames so far, once those that there were at first are read."""
        return None if self._shown is None else self._shown[1]

    def outcomes(self) -> QuestionLog | None:
        """Return which questions are right since when, as far as it is read; None where that is not recorded."""
        return None if self._shown is None else self._shown[0].outcomes.log

    def snapshot(self, timeout: float) -> Snapshot | None:
        """Return the embeddings of the latest checkpoint that can be read, or None, and the status says so.

        It takes what the disk takes, whatever the `timeout`.
        """
        found = self._saved.latest(self.study())
        self._unread = () if found is not None else ("No checkpoint of this run can be read: embeddings are missing.",)
        return found

    latest_snapshot = snapshot

    def checkpoint_steps(self) -> tuple[int, ...]:
        """Return the steps of which the run folder holds a checkpoint, ascending."""
        return self._saved.steps()

    def snapshot_of(self, step: int) -> Snapshot | None:
        """Return the embeddings in the checkpoint of `step`, or None where there is none that can be read."""
        return self._saved.of(step, self.study())

    # what follows runs in the thread

    def _main(self) -> None:
        sys.setswitchinterval(0.001)
        try:
            while not self._left:
                self._follow()
        except QwemError as error:
            self._error = error
        except BaseException as error:  # noqa: BLE001 - raised again by whoever started this
            self.crash = error
            self._error = QwemError(f"Internal error: {error!r}")

    def _follow(self) -> None:
        """Read and look, until the folder holds another forecast: that of a run resumed with another limit."""
        began_as = self._forecast_written()
        schedule = read_run(self._folder).schedule
        tail = self._tail = FolderTail(self._folder)
        while not self._left and self._forecast_written() in (began_as, None):
            self._read(tail)
            self._look(tail, schedule)
            until = time.monotonic() + _WRITER_EVERY
            while not self._left and time.monotonic() < until:
                time.sleep(_LOOK_EVERY)
                self._read(tail)

    def _forecast_written(self) -> int | None:
        """Return when the forecast was written, in nanoseconds; None where it is not there."""
        try:
            return (self._folder / NAME).stat().st_mtime_ns
        except OSError:
            return None

    def _read(self, tail: FolderTail) -> None:
        """Take in all that is new, and show it."""
        while not self._left and tail.advance():
            pass
        history = tail.frames.history
        # one that is made anew has none at first
        if history.latest() is not None and not self._left:
            self._shown = tail, history

    def _look(self, tail: FolderTail, schedule: Schedule) -> None:
        """Find out whether a process writes the run, and how it ended; raises QwemError where there is nothing."""
        self._written = writer_of(self._folder) is not None
        if self._shown is None:
            if not self._written and not self._left:
                why, shown = f" {tail.problem}" if tail.problem else "", printable(str(self._folder))
                way_on = f"`qwem-tui resume {shown}` writes them" if self._saved.steps() else "begin a new run"
                raise QwemError(f"{shown} holds no frames to show: {way_on}.{why}")
            return
        history = self._shown[1]
        version, frames = history.columns().version, history.frames()
        # not of every frame that comes: there may be many
        if version != self._assessed and (version == self._seen or not self._written):
            self._completion = completion_of(tail.study, schedule, frames, tail.frames.changes)
            self._assessed = version
        self._seen = version
        steps = self._saved.steps()
        self._lost = not steps or steps[-1] < frames[-1].step
        self._looked = True
