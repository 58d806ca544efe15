from __future__ import annotations

from pathlib import Path

import pytest

from qwem_tui.base.errors import UsageError
from qwem_tui.cli import app

TWO_FACTORS = ("--over", "window=4,8", "--over", "seed=0,1")


def sweep(*options: str) -> object:
    """Sweep over the text of `folder`, here; return the exit code."""
    return app(["sweep", "one.txt", "--analogies", "a.txt", *TWO_FACTORS, *options], standalone_mode=False)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one.txt").write_text("same same same\n", encoding="utf-8")
    (tmp_path / "a.txt").write_text(": capitals\nparis france rome italy\n", encoding="utf-8")
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--map sigma", "--map sigma: that is not varied here; give one or two of window, seed."),
        ("--map window,window", "--map takes one factor, or two different ones, such as --map window,text."),
        (
            "--map window,seed --of trained-step",
            "--of trained-step: nothing is trained here; add --train.",
        ),
        ("--category currencies", "--category currencies: there is none of that name; give one of capitals."),
        (
            "--map window --category capitals",
            "--category is for a map of two factors, and this one shows all categories: leave it out.",
        ),
        ("--workers 0", "--workers is 0: give a number from 1 to 1,024."),
        ("--workers 10000", "--workers is 10000: give a number from 1 to 1,024."),
        ("--threads 0", "--threads is 0: give a number from 1 to 1,024."),
        ("--json --csv", "--json and --csv exclude each other: give one of them."),
        ("--json --of size", "--map, --of and --category are about the heat map: leave out --json and --csv."),
        ("--csv --screen", "--screen shows the sweep: leave out --json and --csv."),
        ("--over window=2", "--over window is given twice: give all of its levels in one --over."),
        ("--max-dim 0", "--max-dim is 0: give 1 or more."),
        ("--trainer sgd", "--trainer sgd is not forecast, gd is: add --train, which trains each cell."),
        # there is no --force to insist with
        (
            "--step-size 2",
            "--step-size is 2: it is in units of the stability limit; give a number between 0 and 1.",
        ),
    ],
)
def test_what_cannot_be_swept_is_refused_before_any_work(options: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        sweep(*options.split())
    assert str(caught.value) == said
    assert not Path("sweeps").exists()


@pytest.mark.usefixtures("folder")
def test_where_no_cell_has_a_result_the_code_is_1_and_the_reasons_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert sweep("--out", "out", "--ascii") == 1
    out, _ = capsys.readouterr()
    said = " ".join(out.split())
    assert "0 of 4 cells" in said
    assert "No result at window 4, seed 0; window 4, seed 1; window 8, seed 0 and 1 more: The" in said
    assert sorted(path.name for path in Path("out").iterdir()) == [
        "cells", "cells.csv", "effects.csv", "folder.json", "lock", "sweep.json",
    ]  # fmt: skip
