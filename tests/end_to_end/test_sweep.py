"""`qwem-tui sweep` as a user runs it: processes, a signal, and the same command again."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.command_line import main_here, sweep_command, sweep_questions
from tests.end_to_end.zygote import Zygote


def test_a_sweep_that_was_stopped_continues_and_a_failing_cell_is_not_fatal(
    zygote: Zygote, text_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sweep_questions(tmp_path)
    # the smallest share cannot be made of whole documents; seeds make each cell of a share count for itself
    command = sweep_command("--over", "text=0.001,0.5", "--over", "seed=" + ",".join(map(str, range(1, 17))), "--json")
    cells = tmp_path / "sweeps"
    child = zygote.start(*command, cwd=tmp_path)
    child.reach(lambda: bool(list(cells.glob("*/cells/*.json"))))
    child.send(signal.SIGTERM)
    assert child.wait() == 128 + signal.SIGTERM
    assert child.killed_by is None
    assert child.out == b""
    assert "of 32 cells are done and saved in sweeps/little-" in child.said
    assert "Traceback" not in child.said
    kept = {path: path.stat().st_mtime_ns for path in cells.glob("*/cells/*.json")}
    assert 0 < len(kept) < 16
    monkeypatch.chdir(tmp_path)
    code, answer, narrated = main_here(*command, monkeypatch=monkeypatch, capsys=capsys)
    assert code == 0, narrated
    # they were not worked out again
    assert kept.items() <= {path: path.stat().st_mtime_ns for path in cells.glob("*/cells/*.json")}.items()
    assert f"{len(kept)} of 32 cells" in narrated
    described: dict[str, Any] = json.loads(answer)
    assert described["schema"] == "qwem-sweep/1"
    problems = {cell["levels"]["text"]: cell["problem"] for cell in described["cells"]}
    assert problems[0.5] is None
    assert "share of 0.001 cannot be made of 120 whole document(s)" in problems[0.001]
    assert sum(cell["result"] is None for cell in described["cells"]) == 16
    assert "No result at text 0.001, seed 1: A share of 0.001" in " ".join(narrated.split())
    seed = next(
        each for each in described["effects"] if (each["response"], each["factor"]) == ("peak_accuracy", "seed")
    )
    assert (seed["complete"], seed["combinations"]) == (1, 2)
    (folder,) = cells.iterdir()
    assert json.loads((folder / "sweep.json").read_text(encoding="utf-8")) == described
    assert not (folder / "scratch").exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--over", "wind=4"), "there is no factor 'wind'"),
        (("--json", "--csv", "--over", "window=4"), "--json and --csv exclude each other"),
        (("--json", "--map", "window", "--over", "window=4"), "are about the heat map"),
        ((), "Nothing is varied"),
    ],
)
def test_wrong_usage_is_one_sentence_and_leaves_nothing(
    more: tuple[str, ...],
    said: str,
    tmp_path: Path,
    text_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = main_here("sweep", "little.txt", *more, monkeypatch=monkeypatch, capsys=capsys)
    assert (code, out) == (2, "")
    assert said in err
    assert err.startswith("qwem-tui: ")
    assert [path.name for path in tmp_path.iterdir()] == ["little.txt"]
