"""The run folder: what a run leaves on disk."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from datetime import datetime
from io import FileIO
from pathlib import Path
from typing import IO

import msgspec

from qwem_tui.base.atomic import atomic_file, remove_partial
from qwem_tui.base.codec import builtin, encode
from qwem_tui.base.errors import Named, QwemError, UsageError
from qwem_tui.base.lock import locked
from qwem_tui.base.printable import printable
from qwem_tui.engine.frame import Frame
from qwem_tui.engine.run_folder.description import SCHEMA, RunDescription, describe
from qwem_tui.engine.run_folder.lines import change_line, frame_line, rewound_line
from qwem_tui.engine.timeline import StepSizeChange
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.study import Forecast


def default_run_folder(config: StudyConfig, now: datetime) -> Path:
    """Return runs/NAME for a run of `config` begun at `now`; the name holds corpus and time."""
    first = "stdin" if config.sources[0] == "-" else Path(config.sources[0]).name.split(".")[0]
    safe = "".join(c if c.isalnum() or c in "-_" else "-" for c in first).strip("-") or "corpus"
    return Path("runs") / f"{safe}-{now:%Y%m%d-%H%M%S}"


def configuration(study: Forecast) -> dict[str, object]:
    """Return what made a run what it is, ready for JSON: settings, corpus digest, seed, device, versions."""
    described: dict[str, object] = builtin(describe(study))
    return described


def check_run_folder(path: Path) -> None:
    """Raise UsageError where a new run cannot go to `path`, before any work is done for it."""
    shown = printable(str(path))
    try:
        if (path / "run.json").exists():
            raise UsageError(f"{shown} already holds a run: give another ", Named("out"), ", or remove it.")
        if path.is_dir() and any(path.iterdir()):
            raise UsageError(f"{shown} is not empty: give another ", Named("out"), ".")
        above = next(folder for folder in (path, *path.absolute().parents) if folder.exists())
        if not above.is_dir():
            raise UsageError(
                f"{printable(str(above))} is a file, so no run folder can be made there: give another ",
                Named("out"),
                ".",
            )
        # permissions do not settle it: root may write anywhere, and yet nothing can be made in /proc
        with tempfile.TemporaryDirectory(prefix=".qwem-tui-", dir=above) as folder, tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageError(
            f"No run folder can be made at {shown} ({reason}): give another ", Named("out"), "."
        ) from error


class RunFolder:
    """A run folder being written: 0700, locked against a second writer."""

    def __init__(self, path: Path, rewound_to: int | None = None) -> None:
        """Make the folder at `path`, or (`rewound_to` a step) resume the one there.

        Raises as `check_run_folder`, and QwemError if unwritable or in use.
        """
        self.path = path
        self._described: bytes | None = None
        if rewound_to is None:
            check_run_folder(path)
        try:
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = self._locked()
            self._frames = self._opened_frames()
            #: bytes of whole lines in frames.jsonl, and whether a part of one may follow
            self._length, self._cut_off = _whole_lines(path / "frames.jsonl"), True
            if rewound_to is not None:
                for place in (path, path / "checkpoints", path / "snapshots"):
                    remove_partial(place)
                self._described = (path / "run.json").read_bytes()
                self._append(rewound_line(rewound_to))
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise QwemError(
                f"Cannot write the run folder {printable(str(path))}: {reason}; give another ", Named("out"), "."
            ) from error

    def _opened_frames(self) -> FileIO:
        # unbuffered: a line is written in one go, and what could not be written is not tried again
        return (self.path / "frames.jsonl").open("ab", buffering=0)

    def _locked(self) -> IO[str]:
        return locked(self.path, f"`qwem-tui attach {printable(str(self.path))}` shows it")

    def write_description(self, described: RunDescription) -> None:
        """Write run.json."""
        text = encode(msgspec.structs.replace(described, schema=SCHEMA), indent=1) + "\n"
        self._described = text.encode("ascii")
        self._write_described()

    def _write_described(self) -> None:
        if self._described is not None:
            with atomic_file(self.path / "run.json") as temporary:
                temporary.write_bytes(self._described)

    @property
    def intact(self) -> bool:
        """Return whether what was written is still where it was written to."""
        described = self._described is None or (self.path / "run.json").exists()
        return described and self._holds("lock", self._lock) and self._holds("frames.jsonl", self._frames)

    def _holds(self, name: str, file: IO[str] | FileIO) -> bool:
        try:
            return os.path.samestat((self.path / name).stat(), os.fstat(file.fileno()))
        except OSError:
            return False

    def make_again(self) -> None:
        """Make the folder, or those of lock, run.json and frames.jsonl that are gone, again; the last is empty then.

        Raises OSError where that cannot be, and as `check_run_folder` where something else has taken its place.
        """
        held, framed = self._holds("lock", self._lock), self._holds("frames.jsonl", self._frames)
        if not (held or framed):
            check_run_folder(self.path)
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not held:
            lock = self._locked()
            self._lock.close()
            self._lock = lock
        if not framed:
            (self.path / "frames.jsonl").unlink(missing_ok=True)
            frames = self._opened_frames()
            self._frames.close()
            self._frames, self._length, self._cut_off = frames, 0, False
        self._write_described()

    def write_frame(self, frame: Frame) -> None:
        """Append a frame to frames.jsonl; raises OSError where that cannot be, after which later ones may be again."""
        self._append(frame_line(frame))

    def write_change(self, change: StepSizeChange) -> None:
        """Append a change of the step size to frames.jsonl; raises as `write_frame`."""
        self._append(change_line(change))

    def _append(self, line: str) -> None:
        data = memoryview(line.encode("utf-8") + b"\n")
        if self._cut_off:
            # of now, or of a process that was killed: it must not swallow this line
            self._frames.truncate(self._length)
        self._cut_off = True
        length = self._length + len(data)
        while data:
            # a full disk takes a part first, and nothing then
            data = data[self._frames.write(data) :]
        self._length, self._cut_off = length, False

    def close(self) -> None:
        """Close the files and give up the lock."""
        with suppress(OSError):
            self._frames.close()
        self._lock.close()


def _whole_lines(file: Path) -> int:
    """Return the length in bytes of the whole lines at the beginning of `file`."""
    with file.open("rb") as stored:
        end = stored.seek(0, os.SEEK_END)
        while end > 0:
            begin = max(0, end - 65536)
            stored.seek(begin)
            newline = stored.read(end - begin).rfind(b"\n")
            if newline >= 0:
                return begin + newline + 1
            end = begin
    return 0
