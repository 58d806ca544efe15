"""Worker processes: jobs in, messages out, within a number of workers and an amount of memory."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any

from qwem_tui.base.errors import Cancelled, Named, QwemError
from qwem_tui.base.processes import without_signals

#: Seconds after which `WorkerPool.run` gives the caller a chance to stop, and that a worker told to end may take.
_PATIENCE, _ENDING = 0.2, 2.0


@dataclass(frozen=True)
class Job:
    """Something for a worker to do: `payload` is what it is given, `need` the bytes of memory that it takes."""

    number: int
    payload: Any
    need: int


@dataclass(frozen=True)
class Message:
    """A message of a worker about its job."""

    job: Job
    content: Any


@dataclass(frozen=True)
class Ended:
    """A job is over; `problem` where its worker came to an end before it was done."""

    job: Job
    problem: QwemError | None


#: Runs in a worker: makes what does its jobs from what all workers share, and the CPU threads that it may use.
Maker = Callable[[Any, int], Callable[[Any, Callable[[Any], None]], None]]


def _main(link: Connection, make: Maker, shared: Any, threads: int) -> None:
    """Do jobs until there are none; whoever started this process decides when it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        do = make(shared, threads)
        while (payload := link.recv()) is not None:
            do(payload[0], lambda message: link.send((False, message)))
            link.send((True, None))
    except (EOFError, ConnectionError, Cancelled):
        # nobody waits for the answer any more
        os._exit(1)


class _Process:
    """One worker process, and the job that it is at."""

    def __init__(self, make: Maker, shared: Any, threads: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.link, theirs = context.Pipe()
        self.process: SpawnProcess = context.Process(
            target=_main, args=(theirs, make, shared, threads), name="sweep worker", daemon=True
        )
        with without_signals(signal.SIGINT):
            self.process.start()
        # so that the link ends with the process
        theirs.close()
        self.job: Job | None = None

    def give(self, job: Job) -> None:
        """Give it a job; one that has ended meanwhile is noticed when its messages are read."""
        self.job = job
        try:
            self.link.send((job.payload,))
        except OSError:
            return

    def end(self) -> None:
        """End it at once; what it was doing is lost."""
        self.process.terminate()
        self.process.join(_ENDING)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.link.close()


def _how_ended(code: int | None) -> QwemError:
    if code is not None and code < 0:
        why = ", which the system does where memory is short" if -code == signal.SIGKILL else ""
        return QwemError(
            f"The process that worked on it was ended by signal {-code}{why}: try fewer ", Named("workers"), "."
        )
    return QwemError(f"The process that worked on it ended by itself, with code {code}.")


class WorkerPool:
    """Runs jobs in processes of their own, started as they are needed; a process that dies costs its job alone."""

    def __init__(self, make: Maker, shared: Any, workers: int, threads: int, memory: int | None) -> None:
        """Use up to `workers` processes at once, of `threads` CPU threads each, and about `memory` bytes (None: any).

        `make` and `shared` go to each new process, `make` by its name: a function of a module.
        """
        self._start: Callable[[], _Process] = lambda: _Process(make, shared, threads)
        self._most, self._memory = workers, memory
        self._workers: list[_Process] = []

    @property
    def at_work(self) -> tuple[Job, ...]:
        """Return the jobs that a worker is at."""
        return tuple(worker.job for worker in self._workers if worker.job is not None)

    def run(self, jobs: Sequence[Job], stopping: Callable[[], bool]) -> Iterator[Message | Ended | None]:
        """Yield the messages of the workers, and the end of every job; None now and then, while nothing happens.

        Jobs begin in their order, as soon as there is a worker and memory; one is always at work. Once `stopping`
        nothing more is begun or yielded. Whatever ends this, the processes are ended.
        """
        waiting = list(jobs)
        try:
            while not stopping() and (waiting or self.at_work):
                self._hand_out(waiting)
                yield from self._received()
        finally:
            for worker in self._workers:
                worker.end()
            self._workers.clear()

    def _hand_out(self, waiting: list[Job]) -> None:
        while waiting:
            taken = sum(job.need for job in self.at_work)
            if taken and self._memory is not None and taken + waiting[0].need > self._memory:
                return
            worker = next((each for each in self._workers if each.job is None), None)
            if worker is None:
                if len(self._workers) >= self._most:
                    return
                worker = self._start()
                self._workers.append(worker)
            worker.give(waiting.pop(0))

    def _received(self) -> Iterator[Message | Ended | None]:
        links: dict[Any, _Process] = {worker.link: worker for worker in self._workers}
        ready = wait(list(links), _PATIENCE)
        if not ready:
            yield None
        for link in ready:
            worker = links[link]
            job = worker.job
            try:
                over, message = worker.link.recv()
            except (EOFError, OSError):
                worker.process.join(_ENDING)
                self._workers.remove(worker)
                worker.end()
                if job is not None:
                    yield Ended(job, _how_ended(worker.process.exitcode))
                continue
            if job is None:
                continue
            if over:
                worker.job = None
                yield Ended(job, None)
            else:
                yield Message(job, message)
