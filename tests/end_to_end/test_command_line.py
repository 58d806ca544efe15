"""How the command line is used, and what it refuses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from qwem_tui import __version__
from tests.end_to_end.command_line import refused
from tests.end_to_end.zygote import Zygote


def test_without_a_terminal_the_app_names_train(zygote: Zygote, text_file: Path, tmp_path: Path) -> None:
    assert "qwem-tui train" in refused(zygote, cwd=tmp_path, code=2)
    assert "qwem-tui train" in refused(zygote, "run", str(text_file), cwd=tmp_path, code=2)


@pytest.mark.parametrize("arguments", [("train",), ("train", "x", "--vocab-size", "many"), ("fly",), ("run",)])
def test_wrong_usage_is_exit_code_2_without_a_traceback(
    zygote: Zygote, arguments: tuple[str, ...], tmp_path: Path
) -> None:
    done = zygote.run(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert done.stdout == b""


def test_samples_are_listed_and_written_out(zygote: Zygote, tmp_path: Path) -> None:
    listed = zygote.run("samples", cwd=tmp_path).stdout.decode()
    assert "toyworld" in listed
    assert "everyday" in listed
    done = zygote.run("samples", "everyday", "--out", "mine.txt", cwd=tmp_path)
    assert done.returncode == 0
    written = (tmp_path / "mine.txt").read_bytes()
    assert written.startswith(b": ")
    assert zygote.run("samples", "everyday", cwd=tmp_path).stdout == written
    assert "exists already" in refused(zygote, "samples", "everyday", "--out", "mine.txt", cwd=tmp_path, code=2)
    assert "choose one of toyworld, everyday" in refused(zygote, "samples", "nothing", cwd=tmp_path, code=2)


def test_it_runs_as_a_module_too(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "qwem_tui", "--version"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split()[-1] == __version__


def test_a_place_that_cannot_take_a_run_is_refused_before_any_work(
    zygote: Zygote, text_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "other").write_text("mine")
    places = {
        "file": "is a file",
        "file/below": "is a file",
        "full": "is not empty",
        # not even root can make a folder there
        "/proc/run": "No run folder can be made at /proc/run (",
        "/proc/self/run": "No run folder can be made at /proc/self/run (",
        "n" * 300: "(file name too long): give another --out.",
    }
    for out, said in places.items():
        assert said in refused(zygote, "train", "missing.txt", "--out", out, cwd=tmp_path, code=2)
    # nor is anything left of where one could be made
    assert "missing.txt" in refused(zygote, "train", "missing.txt", "--out", "new/run", cwd=tmp_path, code=2)
    assert not (tmp_path / "new").exists()


def test_help_lists_every_goal(zygote: Zygote, tmp_path: Path) -> None:
    for command in ("train", "resume"):
        said = " ".join(zygote.run(command, "--help", cwd=tmp_path).stdout.decode().split())
        for goal in ("mode,", "mode=8", "category,", "category=NAME", "t=1.5", "loss=0.8", "step=500"):
            assert goal in said


def test_threads_that_make_no_sense_are_refused(zygote: Zygote, text_file: Path, tmp_path: Path) -> None:
    for threads in ("0", "-1", "99999999999"):
        for command in ("train", "predict", "plan"):
            assert f"--threads is {threads}: give a number from 1 to 1,024." in refused(
                zygote, command, str(text_file), "--threads", threads, cwd=tmp_path, code=2
            )
