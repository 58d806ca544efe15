from __future__ import annotations

import pytest

from qwem_tui.engine.status import StageStatus
from qwem_tui.study.sweep.cells import CellCost
from qwem_tui.sweep_runner.time_left import TimeLeft

#: Seconds a unit: of runs, of counting and targets; and what starting a process takes besides.
RUN, COUNTING, START = 3.0, 2.4, 25.0


def swept_through(jobs: list[list[CellCost]], workers: int) -> tuple[list[tuple[float, float | None]], float]:
    """What is told to be left while `jobs` are done, every half second, and when they are all done."""
    numbered = {job: (range(len(costs)), costs) for job, costs in enumerate(jobs)}
    pace = TimeLeft(numbered, workers, 0.0)
    waiting = list(numbered)
    free = dict.fromkeys(range(workers), START)
    events: list[tuple[float, int, int | None, float]] = []
    starts: list[tuple[float, int]] = []
    while waiting:
        worker = min(free, key=free.__getitem__)
        job, at = waiting.pop(0), free[worker]
        starts.append((0.0 if at == START else at, job))
        for cell, cost in enumerate(jobs[job]):
            at += COUNTING * cost.shared + RUN * cost.own
            events.append((at, job, cell, RUN * cost.own))
        events.append((at, job, None, 0.0))
        free[worker] = at
    end = max(free.values())
    told = []
    for half in range(int(2 * end)):
        now = half / 2
        for event in sorted([each for each in events if each[0] <= now], key=lambda each: each[0]):
            events.remove(event)
            at, job, number, seconds = event
            for start, begun in starts:
                if start <= at:
                    pace.begun(begun, start)
            if number is None:
                pace.job_done(job)
            else:
                pace.cell_done(job, number, seconds, at)
        for start, begun in starts:
            if start <= now:
                pace.begun(begun, start)
        told.append((now, StageStatus("sweeping", pace.done(now), 1.0, now).eta))
    return told, end


FIRST, NEXT, TARGET = CellCost(6.0, 1.0, "forecast"), CellCost(0.0, 1.0, "forecast"), CellCost(4.0, 1.0, "forecast")


@pytest.mark.parametrize(
    ("jobs", "workers"),
    [
        ([[FIRST]] * 6, 2),
        ([[FIRST, NEXT, NEXT, TARGET, NEXT, NEXT]] * 2, 2),
        ([[FIRST, NEXT]] * 7, 3),
        ([[FIRST] + [NEXT] * 9], 1),
        # of two workers one has three times as much to do
        ([[FIRST] + [TARGET] * 5, [FIRST]], 2),
    ],
)
def test_the_time_left_is_told_once_a_cell_is_done_and_is_about_right(jobs: list[list[CellCost]], workers: int) -> None:
    told, end = swept_through(jobs, workers)
    shown = [(now, eta) for now, eta in told if eta is not None]
    # the start of a process, five times as long as a cell, is not taken for the pace of all others
    assert START < shown[0][0] < START + 30
    for now, eta in shown:
        # a cell at work may take a little longer or less than forecast
        assert (end - now) / 1.5 - 4 <= eta <= (end - now) * 1.5 + 4


def test_runs_of_a_kind_that_was_not_timed_have_no_time_left() -> None:
    run, other = CellCost(0.0, 2.0, "gd"), CellCost(0.0, 2.0, "word2vec")
    pace = TimeLeft({0: ((0, 1, 2, 3), (run, other, run, other))}, 1, 0.0)
    pace.begun(0, 0.0)
    pace.cell_done(0, 0, 4.0, 5.0)
    assert pace.left(5.0) is None
    assert pace.done(5.0) == 0
    pace.cell_done(0, 1, 10.0, 15.0)
    assert pace.left(15.0) == pytest.approx(4 + 10)
    # one that takes longer than forecast is not taken for done
    assert pace.left(60.0) == pytest.approx(0.05 * 4 + 10)
    # nor is a cell without a result taken for a fast one
    pace.cell_done(0, 2, None, 60.0)
    assert pace.left(60.0) == pytest.approx(10)
    pace.cell_done(0, 3, 10.0, 70.0)
    pace.job_done(0)
    assert pace.done(70.0) == 1


def test_cells_and_jobs_that_were_never_seen_at_work_tell_no_pace() -> None:
    pace = TimeLeft({0: ((0, 1), (NEXT, NEXT)), 1: ((2,), (NEXT,))}, 1, 0.0)
    pace.cell_done(0, 0, 3.0, 10.0)
    assert pace.left(10.0) == pytest.approx(6)
    pace.cell_done(0, 1, 3.0, 13.0)
    pace.job_done(0)
    pace.job_done(1)
    assert pace.done(20.0) == 1
