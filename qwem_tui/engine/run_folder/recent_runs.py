"""A small list of the runs begun last, in the user's state folder; light: read without PyTorch."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct
from platformdirs import user_state_path

from qwem_tui.base.atomic import atomic_file
from qwem_tui.base.codec import decode
from qwem_tui.base.errors import QwemError
from qwem_tui.base.lock import writer_of
from qwem_tui.base.printable import printable

#: Most runs that the list holds: older ones go.
_MOST = 50
#: Bytes from the end of frames.jsonl in which its last line is.
_TAIL = 65536


class RecentRun(Struct, frozen=True):
    """A run that was begun: its folder (absolute), the corpus and the trainer, and when in ISO 8601, to the second."""

    folder: str
    sources: list[str]
    trainer: str
    began: str


class _List(Struct):
    """The file: the newest run first."""

    runs: list[RecentRun] = []


class _Stepped(Struct):
    """What is read of a line of frames.jsonl."""

    step: int | None = None


def list_file() -> Path:
    """Return the path of the list."""
    return user_state_path("qwem-tui") / "recent-runs.json"


def recent_runs() -> tuple[tuple[RecentRun, ...], str]:
    """Return the runs whose folders are still there, the newest first, and a sentence on what is wrong with the list.

    The sentence is empty where nothing is; a list that is damaged is taken as empty.
    """
    runs, note = _read()
    return tuple(run for run in runs if (Path(run.folder) / "run.json").is_file()), note


def note_run(folder: Path, sources: Sequence[str], trainer: str, now: datetime) -> None:
    """Put a run that begins `now` at the head of the list; where it cannot be written the run does without."""
    new = RecentRun(os.path.abspath(folder), list(sources), trainer, now.isoformat(timespec="seconds"))
    runs = [new, *(run for run in _read()[0] if run.folder != new.folder)][:_MOST]
    file = list_file()
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with atomic_file(file) as temporary:
            temporary.write_bytes(msgspec.json.encode(_List(runs)))
    except (OSError, QwemError, UnicodeEncodeError):
        # it is a convenience, and no reason to stop a run
        return


def latest_step(folder: Path) -> int | None:
    """Return the step of the latest frame in a run folder, or None where there is none that can be read."""
    try:
        with (folder / "frames.jsonl").open("rb") as frames:
            frames.seek(max(0, frames.seek(0, os.SEEK_END) - _TAIL))
            lines = frames.read().splitlines()
    except OSError:
        return None
    for line in reversed(lines):
        try:
            step = decode(_Stepped, line, "frames.jsonl").step
        except QwemError:
            continue
        if step is not None:
            return step
    return None


def is_running(folder: Path) -> bool:
    """Return whether a process writes the run folder now."""
    return writer_of(folder) is not None


def _read() -> tuple[list[RecentRun], str]:
    file = list_file()
    try:
        return decode(_List, file.read_bytes(), str(file)).runs, ""
    except FileNotFoundError:
        return [], ""
    except (OSError, QwemError):
        return [], f"{printable(str(file))} is damaged or cannot be read: the list of runs begins anew."
