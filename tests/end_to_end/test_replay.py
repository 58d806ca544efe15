"""`qwem-tui replay`: a run folder in a terminal, which is left as it was."""

from __future__ import annotations

import hashlib
import re
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.command_line import refused_here
from tests.end_to_end.long_runs import has_kept, size, train
from tests.end_to_end.terminal import Forked, Terminal, step_on
from tests.end_to_end.zygote import Zygote

OLD = Path(__file__).resolve().parents[1] / "data" / "written_by_5acf430"


def digests(folder: Path) -> dict[str, str]:
    """Of each file below `folder`; a folder has none, but is there too."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        for path in sorted(folder.rglob("*"))
    }


def leave(terminal: Terminal) -> None:
    terminal.press("q")
    assert terminal.exit_code() == 0
    assert terminal.restored


@pytest.mark.parametrize("screen", [(80, 24), (160, 45)])
def test_a_finished_run_is_shown_and_left_as_it_was(
    zygote: Zygote, text_file: Path, tmp_path: Path, screen: tuple[int, int]
) -> None:
    options = ("--dim", "4", "--window", "8", "--threads", "1", "--steps", "30", "--out", "run")
    assert zygote.run("train", "little.txt", *options, cwd=tmp_path).returncode == 0
    # the text is not needed any more
    text_file.unlink()
    before = digests(tmp_path / "run")
    terminal = Forked(zygote, "replay", "run", cwd=tmp_path, size=screen)
    terminal.wait_for(lambda text: "replay of little.txt" in text and "✓" in text and step_on(text) == 30)
    terminal.press("s")
    terminal.wait_for(lambda text: "qwem-tui resume run" in text)
    terminal.press("m")
    terminal.wait_for(lambda text: "words at its two ends" in text)
    terminal.press("\x1b")
    terminal.wait_for(lambda text: "words at its two ends" not in text)
    leave(terminal)
    assert digests(tmp_path / "run") == before


def test_a_run_that_another_process_writes_is_followed_and_left_alone(
    zygote: Zygote, text_file: Path, tmp_path: Path
) -> None:
    child = train(zygote, text_file, tmp_path)
    child.reach(lambda: has_kept(tmp_path) and size(tmp_path) > 0)
    terminal = Forked(zygote, "replay", "run", cwd=tmp_path)
    first = step_on(terminal.wait_for(lambda text: "▶" in text and step_on(text) >= 0))
    terminal.wait_for(lambda text: step_on(text) > first)
    terminal.press("X")
    terminal.wait_for(lambda text: "qwem-tui attach run" in text)
    second = step_on(terminal.text)
    terminal.wait_for(lambda text: step_on(text) > second)
    leave(terminal)
    # nothing has become of the run
    at = size(tmp_path)
    child.reach(lambda: size(tmp_path) > at)
    child.send(signal.SIGTERM)
    assert child.wait() == 128 + signal.SIGTERM


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A run that nobody may write."""
    run = tmp_path / "run"
    shutil.copytree(OLD / "killed", run)
    places = [run, *run.rglob("*")]
    for place in places:
        place.chmod(0o555 if place.is_dir() else 0o444)
    yield run
    for place in places:
        place.chmod(0o755)


def test_a_run_that_may_only_be_read_is_shown(zygote: Zygote, read_only: Path) -> None:
    before = digests(read_only)
    terminal = Forked(zygote, "replay", "run", cwd=read_only.parent)
    terminal.wait_for(lambda text: "continues it, from its latest" in " ".join(text.split()))
    terminal.wait_for(lambda text: re.search(r"■ (stopped +step )?9\b", text) is not None)
    leave(terminal)
    assert digests(read_only) == before


def test_it_needs_a_terminal_and_a_run(
    zygote: Zygote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refused_here("replay", str(tmp_path), monkeypatch=monkeypatch, capsys=capsys, code=2)
    assert "needs a terminal" in said
    terminal = Forked(zygote, "replay", "nowhere", cwd=tmp_path)
    assert terminal.exit_code() == 2
    assert "nowhere is not a run folder" in terminal.text
    assert not (tmp_path / "nowhere").exists()
