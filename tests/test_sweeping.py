from __future__ import annotations

from pathlib import Path

import pytest

from qwem_tui.base.errors import UsageError
from qwem_tui.study.effects import MapChoice
from qwem_tui.study.study import StudyConfig
from qwem_tui.study.sweep import SweepConfig, parse_factor
from qwem_tui.sweep_cells import Means, Pace
from qwem_tui.sweeping import sweep_headless


def test_progress_is_counted_in_what_cells_cost_and_never_falls() -> None:
    pace = Pace({0: ((0, 1), (4.0, 1.0)), 1: ((2,), (5.0,))})
    assert pace.total == 10
    seen = [pace.done(0.0)]
    pace.begun(0, 0.0)
    pace.begun(1, 0.0)
    # at a guess of a second a unit, two workers do two units in a second
    assert pace.done(1.0) == pytest.approx(2)
    # a cell that takes longer than foretold does not count as done before it is
    seen += [pace.done(at) for at in (1.0, 4.0, 60.0)]
    assert seen[-1] == pytest.approx(0.95 * (4 + 5))
    pace.cell_done(0, 0, 80.0)
    # 80 seconds for 4 units: it is known now that a unit takes 20
    assert pace.done(80.0) == pytest.approx(4 + 80 / 20)
    pace.cell_done(0, 1, 100.0)
    pace.job_done(0)
    pace.job_done(1)
    assert pace.done(100.0) == pytest.approx(10)


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
        sweep_headless(files, None, Means(), "table", choice, False)
    assert said in str(caught.value)
    assert not Path("sweeps").exists()


@pytest.mark.parametrize("means", [Means(workers=0), Means(threads=0), Means(workers=10_000)])
def test_so_many_workers_are_refused(files: SweepConfig, means: Means) -> None:
    with pytest.raises(UsageError, match="give a number from 1 to 1,024"):
        sweep_headless(files, None, means, "table", MapChoice(), False)


def test_where_no_cell_has_a_result_the_code_is_1_and_the_reasons_are_told(
    files: SweepConfig, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sweep_headless(files, Path("out"), Means(), "table", MapChoice(), True) == 1
    out, _ = capsys.readouterr()
    said = " ".join(out.split())
    assert "0 of 4 cells" in said
    assert "No result at window=4, seed=0; window=4, seed=1; window=8, seed=0 and 1 more: The" in said
    assert sorted(path.name for path in Path("out").iterdir()) == [
        "cells", "cells.csv", "effects.csv", "folder.json", "lock", "sweep.json",
    ]  # fmt: skip
