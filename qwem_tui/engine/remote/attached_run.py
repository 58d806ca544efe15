"""A run of another process: shown from its folder, steered through its control socket."""

from __future__ import annotations

import itertools
import json
import select
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from qwem_tui.base.errors import QwemError, UsageError
from qwem_tui.base.printable import printable
from qwem_tui.engine.commands import Command, SaveCheckpoint
from qwem_tui.engine.frame import Snapshot
from qwem_tui.engine.history import History
from qwem_tui.engine.remote.connection import Connection, ConnectionLost, Waker
from qwem_tui.engine.remote.protocol import STATUS, STOP, command_json, status_of
from qwem_tui.engine.remote.rendezvous import reach
from qwem_tui.engine.remote.server import TOLD_TO_STAND
from qwem_tui.engine.remote.socket_path import connected, published
from qwem_tui.engine.run_config import RunConfig
from qwem_tui.engine.run_folder.checkpoints import Checkpoint, Checkpoints
from qwem_tui.engine.run_folder.forecast_file import read_forecast
from qwem_tui.engine.run_folder.frame_tail import FrameTail
from qwem_tui.engine.status import Phase, StageStatus, Status
from qwem_tui.study.study import Forecast
from qwem_tui.training.trainer import Clock

#: Seconds between questions how the run is doing, and until one that has no answer is a problem.
_ASK_EVERY, _PATIENCE = 0.2, 10.0
#: Seconds between looks whether a run whose process ended was taken up by another.
_LOOK_AGAIN = 1.0
#: Seconds that who leaves waits for a last answer, and that a command may take to be carried out.
_LEAVING, _CARRIED_OUT = 0.5, 0.1


class AttachedRun:
    """Looks at the run in a folder that another process writes, and steers it; leaving it does nothing to the run.

    All that touches file and socket happens in a thread of its own. When the other process ends, the last frames stay,
    and the status says how it ended. One that takes the run up later is not followed, which would make it wait for a
    screen that nobody may be looking at: the status says that there is one.
    """

    #: what would begin others has its corpus in the other process, which goes on when this screen is left
    can_branch = can_restart = can_plan = ends_with_screen = False

    def __init__(self, path: Path) -> None:
        """Connect to the run in the folder `path`; raises as `engine.address.reach`."""
        self.crash: BaseException | None = None
        self.path: Path | None = path
        self._folder = path
        self._connection: Connection | None = Connection(reach(path))
        self._waker = Waker()
        self._requests: deque[tuple[dict[str, object], Future[int | None] | None]] = deque()
        self._numbers = itertools.count(1)
        self._awaited: dict[int, Future[int | None]] = {}
        #: the number of the question for the status that is not answered yet, and when it was asked
        self._asked: int | None = None
        self._asked_at = -_ASK_EVERY
        self._sent_at = -_ASK_EVERY
        self._looked_at = 0.0
        self._detached = self._left = False
        self._began = time.monotonic()
        self._told: Status | None = None
        #: at which step the run was then, and whether it stays paused where nobody is attached
        self._step: int | None = None
        self._stays = False
        #: whether that was the last word of a process that ended
        self._bidden = False
        #: what is wrong with the answers, and with the checkpoint that a snapshot was to be read from
        self._problem: str | None = None
        self._unread: str | None = None
        #: why the last command was refused, where it was
        self._refusal = ""
        self._forecast: Forecast | None = None
        self._outlook_due = True
        self._tail: FrameTail | None = None
        self._caught_up = False
        #: whether the run is over and all of it is read, and whether another process goes on with it
        self._settled = self._elsewhere = False
        self._thread = threading.Thread(target=self._main, name="attached", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def send(self, command: Command) -> None:
        """Ask something of the run; raises ValueError for what `command_json` refuses."""
        self._request(command_json(command), command.reply if isinstance(command, SaveCheckpoint) else None)

    def stop(self) -> None:
        """Detach: look no more; the run goes on. Safe inside a signal handler."""
        self._detached = True

    def end_run(self) -> None:
        """Ask the run itself to end after the step at hand."""
        self._request({"do": STOP}, None)

    def join(self, timeout: float | None = None) -> bool:
        """Wait until nobody looks any more; return whether that is so."""
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def over(self) -> bool:
        """Return whether the process that ran it has ended."""
        return self._connection is None

    @property
    def config(self) -> RunConfig | None:
        """Return None: the other process knows."""
        return None

    def parting(self) -> str:
        """Return what becomes of the run, in words for who has left it with `stop`, or has seen it end."""
        self.join(2 * _LEAVING)
        told, attach = self._told, f"`qwem-tui attach {printable(str(self._folder))}`"
        if self.over:
            return self.status().notice or f"the run in {printable(str(self._folder))} has ended"
        if told is not None and told.phase is Phase.PAUSED and self._step is not None:
            if self._stays and told.fault is None:
                stands = f"nobody goes on with it until {attach} (space) does"
            else:
                stands = (
                    f"where it has no screen of its own it ends there now, unless somebody else is attached, its state "
                    f"kept: {self._advice}"
                )
            return f"detached; paused at step {self._step:,}: {stands}"
        if told is not None and told.goal is not None and self._stays:
            goal = told.goal.replace("=", " ")
            return f"detached; the run pauses at {goal}, its goal, until {attach} (space) goes on with it"
        return f"detached; the run goes on: {attach} shows it again"

    def status(self) -> Status:
        """Return what the run was doing when it last answered."""
        told, tail = self._told, self._tail
        if told is not None and (self._caught_up or told.phase in (Phase.PREPARING, Phase.FAILED)):
            own = self._problem or self._unread or (None if tail is None else tail.problem)
            return replace(told, problem=told.problem or own, notice=self._refusal or told.notice)
        elapsed = time.monotonic() - self._began
        if tail is None:
            return Status(Phase.PREPARING, StageStatus("connecting", 0.0, None, elapsed))
        return Status(Phase.PREPARING, StageStatus("reading frames", tail.done, tail.total, elapsed))

    def study(self) -> Forecast | None:
        """Return what was known before training, once it is read."""
        return self._forecast if self._caught_up else None

    def history(self) -> History | None:
        """Return the frames so far, once those that there were at first are read."""
        return self._tail.history if self._tail is not None and self._caught_up else None

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
            snapshot = _snapshot(self._checkpoint(step), study)
        except QwemError as error:
            self._unread = str(error)
            return None
        self._unread = None
        return snapshot

    def _checkpoint(self, step: int | None) -> Checkpoint:
        kept = Checkpoints(self._folder / "checkpoints")
        try:
            return kept.load(step)
        except UsageError:
            # thinned out since
            return kept.load()

    def _request(self, request: dict[str, object], reply: Future[int | None] | None) -> None:
        self._refusal = ""
        self._requests.append((request, reply))
        self._waker.wake()
        if self._left:
            self._cancel_all()

    # what follows runs in the thread

    def _main(self) -> None:
        sys.setswitchinterval(0.001)
        try:
            while not self._detached:
                self._look()
            self._ask_finally()
        except QwemError as error:
            self._told = Status(Phase.FAILED, error=str(error), exit_code=error.exit_code)
        except BaseException as error:  # noqa: BLE001 - raised again by whoever started this
            self.crash = error
            self._told = Status(Phase.FAILED, error=f"Internal error: {error!r}", exit_code=1)
        finally:
            if self._connection is not None:
                self._connection.close()
            self._left = True
            self._cancel_all()
            self._waker.close()

    def _look(self) -> None:
        """Do what there is to do, and wait until there is more, at most until the next question is due."""
        more = self._tail is not None and not self._settled and self._tail.advance()
        if self._tail is not None and not more:
            self._caught_up = True
        if self._connection is None:
            self._cancel_all()
            # what another process writes from then on is not of this one
            self._settled = not more
            self._look_again(0.0 if more else _ASK_EVERY)
            return
        try:
            self._ask()
            self._hear(self._connection, 0.0 if more else _ASK_EVERY)
        except ConnectionLost:
            self._lose()

    def _ask(self) -> None:
        """Send what waits to be sent, and ask how the run is doing where that is due."""
        assert self._connection is not None
        now = time.monotonic()
        while self._requests:
            request, reply = self._requests.popleft()
            number = next(self._numbers)
            if reply is not None:
                self._awaited[number] = reply
            self._connection.send({"id": number, **request})
            self._sent_at = now
            # what it does is to be seen at once
            self._asked_at = -_ASK_EVERY
        if self._asked is None and now - self._asked_at >= _ASK_EVERY:
            self._asked, self._asked_at = next(self._numbers), now
            self._connection.send({"id": self._asked, "do": STATUS})
        elif self._asked is not None and now - self._asked_at > _PATIENCE:
            self._problem = "The process of this run does not answer: what it is doing is not known."

    def _ask_finally(self) -> None:
        """Send what still waits, and hear once more how the run is doing: that is said of it on leaving."""
        connection = self._connection
        if connection is None:
            return
        try:
            self._asked, self._asked_at = None, -_ASK_EVERY
            if self._requests or time.monotonic() - self._sent_at < _LEAVING:
                self._ask()
                time.sleep(_CARRIED_OUT)
                self._asked, self._asked_at = None, -_ASK_EVERY
            self._ask()
            until = time.monotonic() + _LEAVING
            while self._asked is not None and not self._bidden and time.monotonic() < until:
                self._hear(connection, _ASK_EVERY)
        except ConnectionLost:
            self._lose()

    def _hear(self, connection: Connection, wait: float) -> None:
        """Wait up to `wait` seconds for answers, and take them."""
        writing = [connection] if connection.sending else []
        reading: list[Connection | Waker] = [connection, self._waker]
        readable, writable, _ = select.select(reading, writing, [], wait)
        if self._waker in readable:
            self._waker.drain()
        if writable:
            connection.flush()
        if connection not in readable:
            return
        for line in connection.receive():
            try:
                self._take(json.loads(line))
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                self._problem = f"The process of this run gives an answer that makes no sense: {printable(str(error))}."

    def _take(self, answer: Mapping[str, Any]) -> None:
        """Take one answer."""
        if "farewell" in answer:
            self._tell(self._ended(status_of(answer["farewell"])))
            self._bidden = True
            return
        number = answer["id"]
        if number is not None and number == self._asked:
            self._asked = self._problem = None
            self._tell(status_of(answer["status"]))
            step = answer["status"].get("step")
            self._step = None if step is None else int(step)
            self._stays = answer["status"].get(TOLD_TO_STAND) is True
        elif number in self._awaited:
            reply = self._awaited.pop(number)
            if not answer["ok"]:
                reply.cancel()
            elif reply.set_running_or_notify_cancel():
                reply.set_result(answer["step"])
        elif not answer["ok"]:
            if number is None:
                # not a request, but this client
                raise QwemError(str(answer["error"]))
            self._refusal = str(answer["error"])

    def _tell(self, status: Status) -> None:
        """Make `status` what everyone sees; what was known before the run began is read once it has."""
        if self._outlook_due and status.phase not in (Phase.PREPARING, Phase.FAILED):
            forecast = read_forecast(self._folder)
            if self._tail is None:
                self._tail = FrameTail(self._folder, forecast.dim, len(forecast.analogies.names))
            self._forecast, self._outlook_due = forecast, False
        self._told = status

    def _ended(self, last: Status) -> Status:
        """Return the status of a run whose process took its leave with `last`."""
        if last.phase is Phase.FAILED:
            return last
        if last.note:
            return replace(last, phase=Phase.DONE)
        return replace(last, phase=Phase.STOPPED, notice=f"The run was stopped, its state kept: {self._advice}.")

    @property
    def _advice(self) -> str:
        return f"`qwem-tui resume {printable(str(self._folder))}` goes on with it"

    def _lose(self) -> None:
        """Take note that the run's process is gone, with or without a farewell."""
        assert self._connection is not None
        self._connection.close()
        self._connection, self._asked = None, None
        self._cancel_all()
        if self._bidden:
            return
        said = f"The run's process ended without a word, killed perhaps: {self._advice}, from its latest checkpoint."
        if self._tail is None or self._told is None:
            self._told = Status(Phase.FAILED, error=said, exit_code=1)
        else:
            self._told = replace(self._told, phase=Phase.STOPPED, stage=None, notice=said)

    def _look_again(self, wait: float) -> None:
        """Wait up to `wait` seconds, and see now and then whether another process has taken the run up; say so once."""
        select.select([self._waker], [], [], wait)
        self._waker.drain()
        if self._elsewhere or not self._settled or time.monotonic() - self._looked_at < _LOOK_AGAIN:
            return
        self._looked_at = time.monotonic()
        place = published(self._folder)
        connection = None if place is None else connected(place)
        if connection is not None and self._told is not None:
            connection.close()
            self._elsewhere = True
            shown = printable(str(self._folder))
            said = f"Another process goes on with this run, resumed elsewhere: `qwem-tui attach {shown}` shows it."
            self._told = replace(self._told, notice=said)

    def _cancel_all(self) -> None:
        for reply in self._awaited.values():
            reply.cancel()
        self._awaited.clear()
        with suppress(IndexError):
            while True:
                _, wanted = self._requests.popleft()
                if wanted is not None:
                    wanted.cancel()


def _snapshot(checkpoint: Checkpoint, study: Forecast) -> Snapshot:
    """Return the embeddings of `checkpoint` in float32; raises QwemError where it is of another run."""
    try:
        clock = Clock(study.step_size)
        clock.load_state_dict(checkpoint.state)
        embeddings = checkpoint.state["W"].to(torch.float32).contiguous().numpy()
    except (KeyError, ValueError) as error:
        raise QwemError(f"The checkpoint of step {checkpoint.step:,} is damaged: {printable(str(error))}.") from error
    words, counts = study.vocabulary.words, study.vocabulary.counts
    if embeddings.shape != (len(words), study.dim):
        raise QwemError(f"The checkpoint of step {checkpoint.step:,} is of another run: its W is {embeddings.shape}.")
    return Snapshot(checkpoint.step, clock.t, words, counts, embeddings)
