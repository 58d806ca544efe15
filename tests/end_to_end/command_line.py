"""The command line run in this process or another, and the files that it asks about."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from qwem_tui.cli import main
from tests.end_to_end.zygote import Zygote

PAIRS = [("paris", "france"), ("rome", "italy"), ("madrid", "spain"), ("athens", "greece"), ("oslo", "norway")]


def capitals_file(folder: Path) -> str:
    lines = [f"{a} {b} {c} {d}" for a, b in PAIRS for c, d in PAIRS if a != c]
    text = "\n".join([": capitals", *lines, ": kings", "king queen man woman"])
    (folder / "capitals.txt").write_text(text, encoding="utf-8")
    return "capitals.txt"


def sweep_questions(folder: Path) -> None:
    """Write the questions that `sweep_command` asks."""
    lines = [" ".join((*a, *b)) for a in PAIRS for b in PAIRS if a != b]
    (folder / "a.txt").write_text("\n".join([": capitals", *lines]), encoding="utf-8")


def sweep_command(*more: str) -> list[str]:
    """Return a small sweep of little.txt."""
    common = ["little.txt", "--analogies", "a.txt", "--vocab-size", "65", "--dim", "6", "--max-dim", "16"]
    return ["sweep", *common, "--workers", "1", "--threads", "1", *more]


def refused(zygote: Zygote, *arguments: str, cwd: Path, code: int, stdin: bytes = b"") -> str:
    """Run what must fail; return the one sentence that it says."""
    done = zygote.run(*arguments, cwd=cwd, stdin=stdin)
    said = done.stderr.decode()
    assert done.returncode == code, said
    assert "Traceback" not in said
    last = [line for line in said.splitlines() if line.startswith("qwem-tui: ")]
    assert len(last) == 1, said
    assert done.stdout == b""
    assert not list(cwd.glob("runs/*/run.json"))
    return last[0]


def main_here(
    *arguments: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int | str | None, str, str]:
    """Run the command line in this process, since starting one takes seconds; return exit code, stdout and stderr."""
    monkeypatch.setattr(sys, "argv", ["qwem-tui", *arguments])
    with pytest.raises(SystemExit) as left:
        main()
    captured = capsys.readouterr()
    return left.value.code, captured.out, captured.err


def refused_here(
    *arguments: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], code: int
) -> str:
    """Return the one sentence that the command line says in this process."""
    left, out, err = main_here(*arguments, monkeypatch=monkeypatch, capsys=capsys)
    assert left == code
    assert out == ""
    said = [line for line in err.splitlines() if line.startswith("qwem-tui: ")]
    assert len(said) == 1
    return said[0]
