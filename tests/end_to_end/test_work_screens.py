"""`plan --screen` and `sweep --screen` in a true terminal: real work, in threads and processes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.end_to_end.command_line import main_here, sweep_command, sweep_questions
from tests.end_to_end.terminal import Forked
from tests.end_to_end.zygote import Zygote


def test_a_sweep_is_worked_out_behind_its_screen_and_shown_again(
    zygote: Zygote, text_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sweep_questions(tmp_path)
    command = sweep_command("--over", "window=4,8")
    terminal = Forked(zygote, *command, "--screen", cwd=tmp_path)
    text = terminal.wait_for(lambda text: "f F Figure" in text)
    assert "Peak accuracy: category (down) by window (across)" in text
    assert [line.split()[0] for line in text.splitlines()[1:3]] == ["capitals", "overall"]
    terminal.press("q")
    assert terminal.exit_code() == 0
    assert terminal.restored
    (folder,) = (tmp_path / "sweeps").iterdir()
    assert f"Sweep folder: sweeps/{folder.name}".encode() in terminal.raw[terminal.raw.rfind(b"\x1b[?1049l") :]
    described = json.loads((folder / "sweep.json").read_text(encoding="utf-8"))
    assert [cell["problem"] for cell in described["cells"]] == [None, None]
    # the same command without a screen has the same cells, which are not worked out again
    kept = {path: path.stat().st_mtime_ns for path in folder.glob("cells/*.json")}
    assert len(kept) == 2
    monkeypatch.chdir(tmp_path)
    code, out, _ = main_here(*command, "--json", monkeypatch=monkeypatch, capsys=capsys)
    assert code == 0
    assert json.loads(out) == described
    assert kept == {path: path.stat().st_mtime_ns for path in folder.glob("cells/*.json")}


def test_a_plan_of_what_is_piped_in(zygote: Zygote, text_file: Path, tmp_path: Path) -> None:
    sweep_questions(tmp_path)
    # keys come from the terminal all the same
    options = "--analogies a.txt --window 8 --bootstrap 40 --max-dim 16 --repeats 1 --screen".split()
    terminal = Forked(zygote, "plan", "-", *options, cwd=tmp_path, stdin=text_file)
    text = terminal.wait_for(lambda text: "verdict on the text" in text)
    assert "plan  standard input: V = 65, window 8" in text
    assert "critical size" in text
    terminal.press("2")
    terminal.wait_for(lambda text: "Small trial" in text or "no stage can be planned" in text)
    terminal.press("q")
    assert terminal.exit_code() == 0
    assert terminal.restored


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("plan", "little.txt", "--screen", "--json"), "--screen shows the plan: leave out --json, --csv and --html."),
        (("plan", "little.txt", "--screen"), "The app needs a terminal on stdin and stdout"),
        (("sweep", "little.txt", "--screen", "--csv"), "--screen shows the sweep: leave out --json and --csv."),
        (("sweep", "little.txt", "--screen"), "there is none here: leave out --screen."),
    ],
)
def test_where_there_can_be_no_screen_that_is_said(
    command: tuple[str, ...],
    said: str,
    text_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = main_here(*command, monkeypatch=monkeypatch, capsys=capsys)
    assert (code, out) == (2, "")
    assert said in err
    assert [path.name for path in tmp_path.iterdir()] == ["little.txt"]
