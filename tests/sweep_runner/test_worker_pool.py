from __future__ import annotations

import os
from typing import Any

import pytest

from qwem_tui.base.errors import QwemError
from qwem_tui.sweep_runner.worker_pool import Ended, Job, Message, WorkerPool
from tests.sweep_runner.pool_jobs import make


def never() -> bool:
    return False


def jobs(*payloads: tuple[str, Any], need: int = 1) -> list[Job]:
    return [Job(number, payload, need) for number, payload in enumerate(payloads)]


def heard(pool: WorkerPool, of: list[Job]) -> tuple[dict[int, list[Any]], dict[int, QwemError | None]]:
    said: dict[int, list[Any]] = {job.number: [] for job in of}
    ended: dict[int, QwemError | None] = {}
    for event in pool.run(of, never):
        match event:
            case Message(job, message):
                said[job.number].append(message)
            case Ended(job, problem):
                assert job.number not in ended
                ended[job.number] = problem
    return said, ended


def test_every_job_is_done_and_a_process_that_dies_costs_its_job_alone() -> None:
    of = jobs(("tell", 0), ("die", None), ("tell", 2), ("exit", None), ("tell", 4), ("tell", 5))
    said, ended = heard(WorkerPool(make, "shared", 2, 3, None), of)
    assert sorted(ended) == list(range(6))
    for number in (0, 2, 4, 5):
        assert ended[number] is None
        ((shared, threads, pid, value),) = said[number]
        assert (shared, threads, value) == ("shared", 3, number)
        assert pid != os.getpid()
    assert "signal 9, which the system does where memory is short: try fewer --workers" in str(ended[1])
    assert said[1] == ["begun"]
    assert "ended by itself, with code 3" in str(ended[3])


@pytest.mark.parametrize(("memory", "most"), [(20, 2), (19, 1), (5, 1), (None, 2)])
def test_jobs_run_at_once_as_far_as_memory_goes(memory: int | None, most: int) -> None:
    pool = WorkerPool(make, "", 2, 1, memory)
    of = jobs(*[("sleep", 0.05)] * 3, need=10)
    seen, ended = 0, 0
    for event in pool.run(of, never):
        seen = max(seen, len(pool.at_work))
        ended += isinstance(event, Ended)
    # a job that is too large for all of the memory is tried all the same: alone
    assert (seen, ended) == (most, 3)


def test_stopping_ends_the_processes_at_once() -> None:
    pool = WorkerPool(make, "", 2, 1, None)
    pids: list[int] = []
    for event in pool.run(jobs(("sleep", 600), ("sleep", 600)), lambda: len(pids) == 2):
        match event:
            case Message(_, pid):
                pids.append(pid)
            case Ended():
                pytest.fail("a job was waited for")
    assert pool.at_work == ()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
