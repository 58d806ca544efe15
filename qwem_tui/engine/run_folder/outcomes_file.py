"""outcomes.bin: which questions were right at each evaluated step, written as the run goes and read as it comes.

A head of 32 bytes, then records of one size, all whole numbers little-endian. The head: 16 bytes of text (`_SCHEMA`),
the number N of questions (int64), and the first 8 bytes of the SHA-256 of their rows. A record: the step (int64), then
ceil(N / 8) bytes, question i being bit i % 8 of byte i // 8, from the lowest. A record takes the place of all before
it of its own or a later step. One whose step is -1 - n says that the run was rewound to step n; its bits are 0.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from io import FileIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qwem_tui.analogies.protocols import Analogies
from qwem_tui.base.errors import QwemError
from qwem_tui.engine.question_log import Outcomes, QuestionLog

NAME = "outcomes.bin"
_SCHEMA = b"qwem-outcomes/1\n"
_HEAD = 32
_STEP = np.dtype("<i8")
#: no run gets this far: a record with such a step is damaged
_NO_STEP = 2**53
#: How many bytes are read at once.
_AT_ONCE = 256 * 1024


def _head(analogies: Analogies) -> bytes:
    digest = hashlib.sha256()
    for rows in (analogies.questions, analogies.alternatives):
        digest.update(np.ascontiguousarray(rows, _STEP).tobytes())
    return _SCHEMA + np.array(len(analogies.questions), _STEP).tobytes() + digest.digest()[:8]


def _record_bytes(questions: int) -> int:
    return _STEP.itemsize + (questions + 7) // 8


def _record(step: int, correct: NDArray[np.bool_]) -> bytes:
    return np.array(step, _STEP).tobytes() + np.packbits(correct, bitorder="little").tobytes()


def _not_of_this_run() -> QwemError:
    return QwemError(
        f"{NAME} is damaged or of other questions than this run asks, and is left alone: which of them are right is "
        "not recorded there; remove it to have them recorded from now on."
    )


class OutcomesFile:
    """outcomes.bin of a run folder being written; a record is written whole or, in the end, not at all."""

    def __init__(self, folder: Path, analogies: Analogies, rewound_to: int | None = None) -> None:
        """Begin the file in `folder`, or (`rewound_to` a step) continue the one there from that step.

        Raises OSError where it cannot be written, QwemError where what is there is not of these questions.
        """
        self._path = folder / NAME
        self._head = _head(analogies)
        self._questions = len(analogies.questions)
        self._file = self._opened()
        #: bytes of whole records and the head before them, and whether a part of one may follow
        self._length, self._cut_off = 0, True
        try:
            size = os.fstat(self._file.fileno()).st_size
            if size >= _HEAD:
                with self._path.open("rb") as stored:
                    if stored.read(_HEAD) != self._head:
                        raise _not_of_this_run()
                self._length = size - (size - _HEAD) % _record_bytes(self._questions)
            else:
                self._append(self._head)
            if rewound_to is not None and self._length > _HEAD:
                self.write(-1 - rewound_to, np.zeros(self._questions, np.bool_))
        except BaseException:
            self.close()
            raise

    def _opened(self) -> FileIO:
        # unbuffered: a record is written in one go, and what could not be written is not tried again
        return self._path.open("ab", buffering=0)

    @property
    def intact(self) -> bool:
        """Return whether what was written is still where it was written to."""
        try:
            return os.path.samestat(self._path.stat(), os.fstat(self._file.fileno()))
        except OSError:
            return False

    def make_again(self, outcomes: Outcomes) -> None:
        """Make the file again, which is gone, with the `outcomes` so far; raises OSError where that cannot be."""
        file = self._opened()
        self.close()
        self._file, self._length, self._cut_off = file, 0, True
        self._append(self._head)
        for step, correct in outcomes.records():
            self.write(step, correct)

    def write(self, step: int, correct: NDArray[np.bool_]) -> None:
        """Append which questions (N,) were right at `step`; raises OSError where that cannot be."""
        self._append(_record(step, correct))

    def _append(self, data: bytes) -> None:
        if self._cut_off:
            # of now, or of a process that was killed: records begin at multiples of their size
            self._file.truncate(self._length)
        self._cut_off = True
        length, left = self._length + len(data), memoryview(data)
        while left:
            # a full disk takes a part first, and nothing then
            left = left[self._file.write(left) :]
        self._length, self._cut_off = length, False

    def close(self) -> None:
        """Close the file."""
        with suppress(OSError):
            self._file.close()


class OutcomesTail:
    """Follows outcomes.bin of the run folder `path` into a log, which is made anew where the file is another one."""

    def __init__(self, path: Path, analogies: Analogies) -> None:
        """Begin before the first record; the run asks the questions of `analogies`."""
        self._path = path / NAME
        self._head = _head(analogies)
        self._questions = len(analogies.questions)
        self._place = 0
        self._inode: int | None = None
        #: the outcomes so far; None where none are recorded
        self.log: QuestionLog | None = None
        #: what is wrong with the file, in a sentence; None where nothing is
        self.problem: str | None = None

    def advance(self) -> bool:
        """Take in what is new, up to some hundred KiB; return whether there is more already."""
        size = _record_bytes(self._questions)
        try:
            with self._path.open("rb") as stored:
                found = os.fstat(stored.fileno())
                if found.st_ino != self._inode or found.st_size < self._place:
                    self._inode, self._place, self.log, self.problem = found.st_ino, 0, None, None
                if self._place == 0:
                    head = stored.read(_HEAD)
                    if len(head) < _HEAD:
                        return False
                    self._place = _HEAD
                    if head == self._head:
                        self.log = QuestionLog(self._questions)
                    else:
                        self.problem = str(_not_of_this_run())
                if self.log is None:
                    return False
                stored.seek(self._place)
                data = stored.read(max(1, _AT_ONCE // size) * size)
        except FileNotFoundError:
            # a version that recorded none wrote the folder
            return False
        except OSError as error:
            self.problem = f"{NAME} cannot be read ({(error.strerror or str(error)).lower()})."
            return False
        whole = len(data) - len(data) % size
        for start in range(0, whole, size):
            self._take(self.log, data[start : start + size])
        self._place += whole
        return whole > 0 and self._place < found.st_size

    def _take(self, log: QuestionLog, record: bytes) -> None:
        step = int(np.frombuffer(record, _STEP, 1)[0])
        if step < 0:
            log.rewind(-1 - step)
        elif step < _NO_STEP:
            bits = np.frombuffer(record, np.uint8, offset=_STEP.itemsize)
            log.append(step, np.unpackbits(bits, count=self._questions, bitorder="little").astype(np.bool_))


def read_outcomes(path: Path, analogies: Analogies, up_to: int) -> QuestionLog | None:
    """Return the outcomes of the run folder `path` up to the step `up_to`; None where none are recorded for it."""
    tail = OutcomesTail(path, analogies)
    while tail.advance():
        pass
    if tail.log is not None:
        tail.log.rewind(up_to)
    return tail.log
