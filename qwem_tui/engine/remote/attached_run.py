"""A run of another process: shown from its folder, steered through its control socket."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import replace
from pathlib import Path

from qwem_tui.base.errors import QwemError, Sentence
from qwem_tui.base.printable import printable
from qwem_tui.engine.commands import Command, SaveCheckpoint
from qwem_tui.engine.frame import Snapshot
from qwem_tui.engine.goals import goal_text
from qwem_tui.engine.history import History
from qwem_tui.engine.outcome import ResumedElsewhere, RunEnded
from qwem_tui.engine.outcome_text import notice_text
from qwem_tui.engine.question_log import QuestionLog
from qwem_tui.engine.remote.client import ASK_EVERY, LEAVING, Client
from qwem_tui.engine.remote.connection import ConnectionLost
from qwem_tui.engine.remote.protocol import STOP, Report, command_json
from qwem_tui.engine.remote.rendezvous import reach
from qwem_tui.engine.remote.socket_path import connected, published
from qwem_tui.engine.run_config import RunConfig
from qwem_tui.engine.run_folder.folder_tail import FolderTail
from qwem_tui.engine.run_folder.saved_snapshots import SavedSnapshots
from qwem_tui.engine.status import Phase, StageStatus, Status
from qwem_tui.study.study import Forecast

#: Seconds between looks whether a run whose process ended was resumed by another.
_LOOK_AGAIN = 1.0


class AttachedRun:
    """Shows the run in a folder that another process writes, and steers it; leaving it does nothing to the run.

    All that touches file and socket happens in a thread of its own. When the other process ends, the last frames stay,
    and the status says how it ended. Another that resumes the run later is not followed, which would make it wait for a
    screen that nobody may be looking at: the status says that there is one.
    """

    #: the corpus is with the other process, which begins no other run, and continues when this screen is left
    can_branch = can_restart = can_plan = ends_with_screen = False
    can_steer = True

    def __init__(self, path: Path) -> None:
        """Connect to the run in the folder `path`; raises as `remote.rendezvous.reach`."""
        self.crash: BaseException | None = None
        self.path: Path | None = path
        self._folder = path
        self._client = Client(reach(path))
        self._detached = False
        self._began = time.monotonic()
        #: the last report that was taken in, and the status that follows from it
        self._report: Report | None = None
        self._status: Status | None = None
        #: whether the process is known to end, and whether its connection is gone
        self._over = self._lost = False
        #: what is wrong with the checkpoint that a snapshot was to be read from
        self._unread: Sentence = ()
        self._saved = SavedSnapshots(path)
        #: what is read of its folder, once it has begun
        self._tail: FolderTail | None = None
        self._caught_up = False
        #: whether the run is over and all of it is read, whether another process has resumed it, and when that was
        #: last looked for
        self._settled = self._elsewhere = False
        self._looked_at = 0.0
        self._thread = threading.Thread(target=self._main, name="attached", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def send(self, command: Command) -> None:
        """Ask something of the run; raises ValueError for what `command_json` refuses."""
        self._client.request(command_json(command), command.reply if isinstance(command, SaveCheckpoint) else None)

    def stop(self) -> None:
        """Detach, and leave the run alone. Safe inside a signal handler."""
        self._detached = True

    def end_run(self) -> None:
        """Ask the run itself to end after the step at hand."""
        self._client.request({"do": STOP})

    def join(self, timeout: float | None = None) -> bool:
        """Wait until nobody looks any more; return whether that is so."""
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def over(self) -> bool:
        """Return whether the process that ran it has ended."""
        return self._over

    @property
    def config(self) -> RunConfig | None:
        """Return None: the other process knows."""
        return None

    def parting(self) -> str:
        """Return what becomes of the run, in words for who has left it with `stop`, or has seen it end."""
        self.join(2 * LEAVING)
        report, attach = self._report, f"`qwem-tui attach {printable(str(self._folder))}`"
        if self._over:
            return notice_text(self.status().notice) or f"the run in {printable(str(self._folder))} has ended"
        if self._client.silent:
            return f"detached; the run's process does not answer, so what it does is not known: {attach} shows it again"
        if report is not None and report.waiting:
            return f"detached; the run has not done yet what it was asked last: {attach} shows what it does"
        if report is not None and report.status.phase is Phase.PAUSED and report.step is not None:
            if report.stays and report.status.fault is None:
                stands = f"it stays so until {attach} (space) continues it"
            else:
                resumes = f"`qwem-tui resume {printable(str(self._folder))}` continues it"
                stands = (
                    f"where it has no screen of its own it ends there now, unless somebody else is attached, its state "
                    f"saved: {resumes}"
                )
            return f"detached; paused at step {report.step:,}: {stands}"
        if report is not None and report.status.goal is not None and report.stays:
            goal = goal_text(report.status.goal).replace("=", " ")
            return f"detached; the run pauses at {goal}, its goal, until {attach} (space) continues it"
        return f"detached; the run continues: {attach} shows it again"

    def status(self) -> Status:
        """Return what the run was doing when it last answered."""
        status, tail, client = self._status, self._tail, self._client
        if status is not None and (self._caught_up or status.phase in (Phase.PREPARING, Phase.FAILED)):
            unread = () if tail is None or tail.problem is None else (tail.problem,)
            own = client.problem or self._unread or unread
            return replace(status, problem=status.problem or own, notice=client.refusal or status.notice)
        elapsed = time.monotonic() - self._began
        if tail is None:
            return Status(Phase.PREPARING, StageStatus("connecting", 0.0, None, elapsed))
        return Status(Phase.PREPARING, StageStatus("reading frames", tail.frames.done, tail.frames.total, elapsed))

    def study(self) -> Forecast | None:
        """Return what was known before training, once it is read."""
        return self._tail.study if self._tail is not None and self._caught_up else None

    def history(self) -> History | None:
        """Return the frames so far, once those that there were at first are read."""
        return self._tail.frames.history if self._tail is not None and self._caught_up else None

    def outcomes(self) -> QuestionLog | None:
        """Return which questions are right since when, as far as it is read; None where that is not recorded."""
        return None if self._tail is None else self._tail.outcomes.log

    def snapshot(self, timeout: float) -> Snapshot | None:
        """Return the embeddings as they are now, or None where there are none within `timeout` seconds.

        The run is asked for a checkpoint, which is read from its folder; when it is over it is its latest.
        """
        study = self.study()
        if study is None:
            return None
        reply: Future[int | None] = Future()
        self.send(SaveCheckpoint(reply))
        try:
            step = reply.result(timeout)
            if step is None:
                return None
        except FutureTimeoutError:
            return None
        except CancelledError:
            # the run is over
            step = None
        try:
            snapshot = self._saved.read(step if step in self._saved.steps() else None, study)
        except QwemError as error:
            self._unread = error.parts
            return None
        self._unread = ()
        return replace(snapshot, made_of="measured") if snapshot.step == step else snapshot

    def latest_snapshot(self, timeout: float) -> Snapshot | None:
        """Return the embeddings of the latest checkpoint that can be read, None where there is none: nothing is asked.

        It is read once only, and takes what the disk takes, whatever the `timeout`.
        """
        # what is wrong with one is said where it matters: when it is to be exported
        return self._saved.latest(self.study())

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
            while not self._detached:
                self._look()
            if not self._lost:
                self._talk(self._client.finish)
        except QwemError as error:
            self._status = Status(Phase.FAILED, error=error)
        except BaseException as error:  # noqa: BLE001 - raised again by whoever started this
            self.crash = error
            self._status = Status(Phase.FAILED, error=QwemError(f"Internal error: {error!r}"))
        finally:
            self._client.close()

    def _look(self) -> None:
        """Do what there is to do, and wait until there is more, at most until the next question is due."""
        more = self._tail is not None and not self._settled and self._tail.advance()
        if self._tail is not None and not more:
            self._caught_up = True
        wait = 0.0 if more else ASK_EVERY
        if not self._lost:
            self._talk(lambda: self._client.exchange(wait))
            return
        # what another process writes from then on is not of this one
        self._settled = not more
        self._client.sleep(wait)
        if self._settled and not self._elsewhere and time.monotonic() - self._looked_at >= _LOOK_AGAIN:
            self._looked_at = time.monotonic()
            self._look_elsewhere()

    def _talk(self, exchange: Callable[[], None]) -> None:
        """Carry out `exchange` with the process, and take in what it reports; or that it is gone."""
        try:
            exchange()
        except ConnectionLost:
            self._lost = True
        report = self._client.report
        if report is not None and report is not self._report:
            self._take(report)
        if self._lost:
            self._client.disconnect()
            if not self._over:
                self._end_without_farewell()

    def _take(self, report: Report) -> None:
        """Show what `report` says; what was known before the run began is read once it has."""
        status = report.status
        if self._tail is None and status.phase not in (Phase.PREPARING, Phase.FAILED):
            self._tail = FolderTail(self._folder)
        if report.farewell and status.phase is not Phase.FAILED:
            if status.completion is not None:
                status = replace(status, phase=Phase.DONE)
            else:
                status = replace(status, phase=Phase.STOPPED, notice=RunEnded(self._folder, lost=False))
        self._status, self._report = status, report
        self._over = report.farewell

    def _end_without_farewell(self) -> None:
        """Show that the process is gone."""
        lost = RunEnded(self._folder, lost=True)
        if self._tail is None or self._status is None:
            self._status = Status(Phase.FAILED, error=QwemError(notice_text(lost)))
        else:
            self._status = replace(self._status, phase=Phase.STOPPED, stage=None, notice=lost)
        self._over = True

    def _look_elsewhere(self) -> None:
        """Show that another process has resumed the run, where one has."""
        place = published(self._folder)
        connection = None if place is None else connected(place)
        if connection is not None and self._status is not None:
            connection.close()
            self._elsewhere = True
            self._status = replace(self._status, notice=ResumedElsewhere(self._folder))
