"""The frames of a run that another process writes, read as they come."""

from __future__ import annotations

import os
from pathlib import Path

from qwem_tui.engine.frame import Frame
from qwem_tui.engine.history import History
from qwem_tui.engine.run_folder.reader import Rewound, parse_line

#: So many bytes are read at once: some hundred frames, a few milliseconds.
_AT_ONCE = 256 * 1024


class FrameTail:
    """Follows frames.jsonl of the run folder `path` into a history.

    A line that is being written waits until it is whole; one that is damaged is left out, and `problem` says so. Where
    the run was rewound, or the file is another one, `history` is made anew.
    """

    def __init__(self, path: Path, dim: int, categories: int) -> None:
        """Begin before the first line; frames have `dim` singular values and `categories` accuracies."""
        self._file = path / "frames.jsonl"
        self._sizes = (dim, categories)
        self._place = 0
        self._inode: int | None = None
        self.history = History(dim, categories)
        self._unread: str | None = None
        self._damage: str | None = None
        #: bytes read of those that there were at the last look
        self.done, self.total = 0, 0

    @property
    def problem(self) -> str | None:
        """Return what is wrong with the file, in a sentence; None where nothing is."""
        return self._unread or self._damage

    def advance(self) -> bool:
        """Take in what is new, some hundred frames at most; return whether there is more already."""
        try:
            with self._file.open("rb") as stored:
                found = os.fstat(stored.fileno())
                if found.st_ino != self._inode or found.st_size < self._place:
                    self._begin_anew(found.st_ino)
                stored.seek(self._place)
                data = stored.read(_AT_ONCE)
        except OSError as error:
            self._unread = f"frames.jsonl cannot be read ({(error.strerror or str(error)).lower()})."
            return False
        self._unread = None
        whole = data.rfind(b"\n") + 1
        for line in data[:whole].split(b"\n")[:-1]:
            self._take(line)
        if whole == 0 and len(data) == _AT_ONCE:
            # no line is as long as this: what it holds is no frame
            whole = len(data)
            self._damage = "frames.jsonl is damaged: a part of it was left out."
        self._place += whole
        self.done, self.total = self._place, found.st_size
        return whole > 0 and self._place < found.st_size

    def _begin_anew(self, inode: int) -> None:
        if self._inode is not None:
            self.history = History(*self._sizes)
        self._inode, self._place = inode, 0

    def _take(self, line: bytes) -> None:
        try:
            taken = parse_line(line)
            if isinstance(taken, Frame):
                self._check(taken)
        except (ValueError, KeyError, TypeError, RecursionError):
            self._damage = "frames.jsonl has a damaged line, which was left out."
            return
        if isinstance(taken, Rewound):
            self._rewind(taken.step)
        elif isinstance(taken, Frame):
            self.history.add(taken)

    def _check(self, frame: Frame) -> None:
        dim, categories = self._sizes
        accuracies = categories if frame.accuracies is None else len(frame.accuracies)
        if (len(frame.singular_values), accuracies) != (dim, categories):
            raise ValueError("the frame is of another run")

    def _rewind(self, step: int) -> None:
        before, self.history = self.history.frames(), History(*self._sizes)
        for frame in before:
            if frame.step <= step:
                self.history.add(frame)
