"""What reading a text found is shown by every command that reads one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import little_text
from tests.end_to_end.command_line import capitals_file, main_here
from tests.end_to_end.zygote import Zygote

#: What was passed over, documents shorter than the window, and what an option would change.
PASSED_OVER, SHORT = "1 file(s) were passed over", "Documents have 12.0 words on average"
CHANGED = "change under --normalize nfkc: ｃｉｔｙ"
NOTES = (PASSED_OVER, SHORT, CHANGED)


def missing_notes(said: str, notes: tuple[str, ...] = NOTES) -> list[str]:
    """Return which of `notes` are not in what was `said`, however its lines are broken."""
    flat = " ".join(said.split())
    return [note for note in notes if note not in flat]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    texts = tmp_path / "texts"
    texts.mkdir()
    lines = little_text(documents=600, length=12).replace("city", "ｃｉｔｙ")
    (texts / "a.txt").write_text(lines, encoding="utf-8")
    (texts / "b.bin").write_bytes(bytes(100))
    capitals_file(tmp_path)
    return tmp_path


CORPUS = ("texts", "--lines")


@pytest.mark.parametrize(
    "arguments",
    [
        ("predict", *CORPUS, "--analogies", "capitals.txt", "--max-dim", "8", "--window", "13"),
        ("plan", *CORPUS, "--analogies", "capitals.txt", "--max-dim", "8", "--repeats", "1", "--window", "13"),
        ("sweep", *CORPUS, "--analogies", "capitals.txt", "--max-dim", "8", "--over", "window=4,13", "--workers", "1"),
        ("analogies", "check", "capitals.txt", "--corpus", "texts/a.txt", "--corpus", "texts"),
        ("analogies", "suggest", *CORPUS, "--like", "capitals.txt", "--window", "13", "--dim", "8"),
    ],
    ids=["predict", "plan", "sweep", "check", "suggest"],
)
def test_an_answer_has_them_in_every_form(
    folder: Path, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    # check has no --lines, so that a file of the folder is one document
    notes = (PASSED_OVER, CHANGED) if arguments[1] == "check" else NOTES
    code, out, _ = main_here(*arguments, monkeypatch=monkeypatch, capsys=capsys)
    assert (code, missing_notes(out, notes)) == (0, [])
    code, out, _ = main_here(*arguments, "--json", monkeypatch=monkeypatch, capsys=capsys)
    assert missing_notes("\n".join(json.loads(out)["warnings"]), notes) == []
    code, out, said = main_here(*arguments, "--csv", monkeypatch=monkeypatch, capsys=capsys)
    assert missing_notes(said, notes) == []
    assert "passed over" not in out


def test_a_run_has_them_at_its_end_and_again_when_it_is_resumed(zygote: Zygote, folder: Path) -> None:
    common = ("--analogies", "capitals.txt", "--dim", "4", "--window", "13", "--out", "run")
    done = zygote.run("train", *CORPUS, *common, "--steps", "3", cwd=folder)
    assert (done.returncode, missing_notes(done.stderr.decode())) == (0, [])
    again = zygote.run("resume", "run", "--steps", "5", cwd=folder)
    assert (again.returncode, missing_notes(again.stderr.decode())) == (0, [])
