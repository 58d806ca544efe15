from __future__ import annotations

from pathlib import Path

import pytest

from qwem_tui.base.errors import UsageError
from qwem_tui.commands.sweep import sweep_headless
from qwem_tui.engine.status import StageStatus
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.sweep.cells import CellCost
from qwem_tui.study.sweep.effects import MapChoice
from qwem_tui.study.sweep.grid import SweepConfig, parse_factor
from qwem_tui.sweep_runner.runner import Resources
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


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SweepConfig:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one.txt").write_text("same same same\n", encoding="utf-8")
    (tmp_path / "a.txt").write_text(": capitals\nparis france rome italy\n", encoding="utf-8")
    study = StudyConfig(("one.txt",), analogies="a.txt")
    return SweepConfig(study, (parse_factor("window=4,8"), parse_factor("seed=0,1")))


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        (MapChoice(("sigma",)), "--map sigma: that is not varied here; give one or two of window, seed"),
        (MapChoice(("window", "window")), "--map takes one factor, or two different ones"),
        (MapChoice(("window", "seed"), "trained-step"), "--of trained-step: nothing is trained here; add --train"),
        (
            MapChoice(None, "peak", "currencies"),
            "--category currencies: there is none of that name; give one of capitals",
        ),
        (MapChoice(("window",), "peak", "capitals"), "--category is for a map of two factors"),
    ],
)
def test_a_map_that_cannot_be_is_refused_before_any_work(files: SweepConfig, choice: MapChoice, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        sweep_headless(files, None, Resources(), "table", choice, False)
    assert said in str(caught.value)
    assert not Path("sweeps").exists()


@pytest.mark.parametrize("means", [Resources(workers=0), Resources(threads=0), Resources(workers=10_000)])
def test_so_many_workers_are_refused(files: SweepConfig, means: Resources) -> None:
    with pytest.raises(UsageError, match="give a number from 1 to 1,024"):
        sweep_headless(files, None, means, "table", MapChoice(), False)


def test_where_no_cell_has_a_result_the_code_is_1_and_the_reasons_are_told(
    files: SweepConfig, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sweep_headless(files, Path("out"), Resources(), "table", MapChoice(), True) == 1
    out, _ = capsys.readouterr()
    said = " ".join(out.split())
    assert "0 of 4 cells" in said
    assert "No result at window 4, seed 0; window 4, seed 1; window 8, seed 0 and 1 more: The" in said
    assert sorted(path.name for path in Path("out").iterdir()) == [
        "cells", "cells.csv", "effects.csv", "folder.json", "lock", "sweep.json",
    ]  # fmt: skip
