"""How long a sweep will still take, by what its cells cost and how long those done took."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qwem_tui.study.sweep.cells import CellCost

#: Of a cell at work at least this share of its time is taken to be left.
_LEAST_LEFT = 0.05
#: What was timed before a cell counts by this factor beside it.
_KEPT = 0.7
#: A time left is shown once this many cells for each worker are timed, or, if that is fewer, one in this many cells.
_TIMED_A_WORKER, _TIMED_SHARE = 2, 3


class TimeLeft:
    """How long a sweep will take still: from what cells cost, and how long those that are done took.

    Nothing is shown before a run of each kind that is left has been timed, and two cells by each worker where there are
    many: a wrong time left is worse than none. What comes before the first cell of a process is not counted to any: the
    process starts, and compiles.
    """

    def __init__(self, jobs: Mapping[int, tuple[Sequence[int], Sequence[CellCost]]], workers: int, now: float) -> None:
        """Take the cells of each job, by number and in order, with their costs; N = `workers` workers begin `now`."""
        self._waiting = {number: dict(zip(*job, strict=True)) for number, job in jobs.items()}
        self._workers, self._began = workers, now
        self._at_work: dict[int, dict[int, CellCost]] = {}
        self._since: dict[int, float] = {}
        self._fresh: set[int] = set()
        self._any_ended = False
        cells = sum(map(len, self._waiting.values()))
        self._untimed = max(1, min(_TIMED_A_WORKER * workers, cells // _TIMED_SHARE))
        self._own: dict[str, _Rate] = defaultdict(_Rate)
        self._shared = _Rate()

    def begun(self, job: int, now: float) -> None:
        """Take note that a job is at work."""
        if job in self._waiting:
            self._at_work[job] = self._waiting.pop(job)
            self._since[job] = now
            if not self._any_ended:
                self._fresh.add(job)

    def cell_done(self, job: int, cell: int, seconds: float | None, now: float) -> None:
        """Take note that a cell is done; it took `seconds` by itself (None: it has no result)."""
        if job in self._waiting:
            # so quick that it was never seen at work: when it began is not known
            self.begun(job, now)
            self._fresh.add(job)
        cost = self._at_work[job].pop(cell)
        if seconds is not None:
            self._untimed -= 1
            gone = now - self._since[job]
            timed = job not in self._fresh
            self._own[cost.kind].add(gone if timed and not cost.shared else seconds, cost.own)
            if timed and cost.shared:
                self._shared.add(gone - seconds, cost.shared)
        self._fresh.discard(job)
        self._since[job] = now

    def job_done(self, job: int) -> None:
        """Take note that a job has ended, with all of its cells."""
        self._any_ended = True
        self._waiting.pop(job, None)
        self._at_work.pop(job, None)

    def left(self, now: float) -> float | None:
        """Return the seconds left; None where that is not known yet."""
        costs = [cost for job in (*self._at_work.values(), *self._waiting.values()) for cost in job.values()]
        if not costs:
            return 0.0
        if self._untimed > 0 or any(not self._own[cost.kind].work for cost in costs):
            return None
        # until it has been timed without the start of a process, counting is taken to be as fast as all else
        shared = self._shared if self._shared.work else self._own.get("forecast", _Rate(1.0, 1.0))

        def seconds(cost: CellCost) -> float:
            return cost.own * self._own[cost.kind].seconds_a_unit + cost.shared * shared.seconds_a_unit

        ends = []
        for job, cells in self._at_work.items():
            first, *others = map(seconds, cells.values()) if cells else (0.0,)
            ends.append(max(_LEAST_LEFT * first, first - (now - self._since[job])) + sum(others))
        ends = sorted([*ends, *[0.0] * (self._workers - len(ends))])
        for cells in self._waiting.values():
            heapq.heapreplace(ends, ends[0] + sum(map(seconds, cells.values())))
        return max(ends, default=0.0)

    def done(self, now: float) -> float:
        """Return the share of the time gone in all the time that it will take; 0 where that is not known yet."""
        left, gone = self.left(now), now - self._began
        return 0.0 if left is None or gone <= 0 else gone / (gone + left)


@dataclass
class _Rate:
    """Seconds that units of work took, the latest of which count most: a machine may have more to do by now."""

    seconds: float = 0.0
    work: float = 0.0

    def add(self, seconds: float, work: float) -> None:
        self.seconds = _KEPT * self.seconds + max(0.0, seconds)
        self.work = _KEPT * self.work + work

    @property
    def seconds_a_unit(self) -> float:
        return self.seconds / self.work
