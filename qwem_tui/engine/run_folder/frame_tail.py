"""The frames of a run that another process writes, read as they come."""

from __future__ import annotations

import os
from pathlib import Path

from qwem_tui.engine.frame import Frame
from qwem_tui.engine.history import History
from qwem_tui.engine.run_folder.lines import NAME, LineReader, Rewound, Sizes
from qwem_tui.engine.timeline import StepSizeChange

#: How many bytes are read at once: some hundred frames, a few milliseconds.
_AT_ONCE = 256 * 1024


class FrameTail:
    """Follows frames.jsonl of the run folder `path` into a history.

    A line that is being written waits until it is whole; damaged ones are left out, and `problem` says how many. Where
    the run was rewound, or the file is another one, `history` is made anew.
    """

    def __init__(self, path: Path, dim: int, categories: int) -> None:
        """Begin before the first line; frames have `dim` singular values and `categories` accuracies."""
        self._file = path / NAME
        self._sizes = Sizes(dim, categories)
        self._reader = LineReader(self._sizes)
        self._place = 0
        self._inode: int | None = None
        self.history = History(dim, categories)
        #: changes of the step size so far
        self.changes: tuple[StepSizeChange, ...] = ()
        self._unread: str | None = None
        #: bytes read of those that there were at the last look
        self.done, self.total = 0, 0

    @property
    def problem(self) -> str | None:
        """Return what is wrong with the file, in a sentence; None where nothing is."""
        return self._unread or self._reader.problem

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
            self._unread = f"{NAME} cannot be read ({(error.strerror or str(error)).lower()})."
            return False
        self._unread = None
        whole = data.rfind(b"\n") + 1
        for line in data[:whole].split(b"\n")[:-1]:
            self._take(line)
        if whole == 0 and len(data) == _AT_ONCE:
            # no line is as long as this: what it holds is no frame, and what is left of it is left out once it ends
            whole = len(data)
        self._place += whole
        self.done, self.total = self._place, found.st_size
        return whole > 0 and self._place < found.st_size

    def _begin_anew(self, inode: int) -> None:
        if self._inode is not None:
            self.history = History(self._sizes.dim, self._sizes.categories)
        self.changes = ()
        self._reader = LineReader(self._sizes)
        self._inode, self._place = inode, 0

    def _take(self, line: bytes) -> None:
        match self._reader.take(line):
            case Rewound(step):
                self._rewind(step)
            case StepSizeChange() as change:
                self.changes = (*self.changes, change)
            case Frame() as frame:
                self.history.add(frame)

    def _rewind(self, step: int) -> None:
        history = History(self._sizes.dim, self._sizes.categories)
        for frame in self.history.frames():
            if frame.step <= step:
                history.add(frame)
        # not before: another thread reads it
        self.history = history
        self.changes = tuple(change for change in self.changes if change.step <= step)
