"""The numbers of the tokens of a text while it is read: 4 bytes a token, and a constant."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from qwem_tui.base.errors import Named, QwemError
from qwem_tui.base.memory import available_bytes, memory_limit
from qwem_tui.base.units import readable_bytes

#: Numbers in a block, 64 MiB: so large that the C library gives it back to the system when it is dropped. What is not
#: written to yet takes no memory.
_BLOCK = 1 << 24
#: Numbers that are worked on, and written, between two looks at the memory; what must be free then.
_AT_ONCE, _RESERVE = 1 << 20, 48 << 20


class TokenStore:
    """Takes numbers piece by piece, and gives them all up once."""

    def __init__(self) -> None:
        """Begin with none."""
        self._blocks: list[NDArray[np.int32]] = []
        self._free = self._unchecked = 0
        self._size = 0

    def add(self, numbers: NDArray[np.int32]) -> None:
        """Take more numbers (n,); raises QwemError where memory does not suffice."""
        at, size = 0, len(numbers)
        self._unchecked += size
        if self._unchecked >= _AT_ONCE:
            self._unchecked = 0
            self._check()
        while at < size:
            if not self._free:
                self._blocks.append(np.empty(_BLOCK, np.int32))
                self._free = _BLOCK
            part = numbers[at : at + self._free]
            begin = _BLOCK - self._free
            self._blocks[-1][begin : begin + len(part)] = part
            self._free -= len(part)
            at += len(part)
        self._size += size

    def _check(self) -> None:
        left = available_bytes()
        if left is None or left >= _RESERVE:
            return
        mend = ("free some memory",) if memory_limit() is None else ("raise ", Named("memory"))
        raise QwemError(
            f"The text does not fit in memory: {readable_bytes(left)} are left after {self._size:,} words, which take "
            f"{readable_bytes(4 * self._size)}: give less text, or ",
            *mend,
            ".",
        )

    def _parts(self, block: NDArray[np.int32], is_last: bool) -> Iterator[NDArray[np.int32]]:
        size = len(block) - (self._free if is_last else 0)
        for begin in range(0, size, _AT_ONCE):
            yield block[begin : min(size, begin + _AT_ONCE)]

    def counts(self, border: int, size: int) -> NDArray[np.int64]:
        """Return how often each of the numbers below `size` occurs (size,), those of `border`, which is -1, aside."""
        counts = np.zeros(size + 1, np.int64)
        for at, block in enumerate(self._blocks):
            for part in self._parts(block, at == len(self._blocks) - 1):
                counts += np.bincount(part - border, minlength=size + 1)
        return counts[1:]

    def taken(self, change: Callable[[NDArray[np.int32]], NDArray[np.int32]], size: int) -> NDArray[np.int32]:
        """Return what `change` makes of the numbers, part by part (size,); the store is empty then."""
        result, at = np.empty(size, np.int32), 0
        while self._blocks:
            # each is dropped before the next is changed
            block = self._blocks.pop(0)
            for part in self._parts(block, not self._blocks):
                changed = change(part)
                result[at : at + len(changed)] = changed
                at += len(changed)
            del block
        self._free = self._size = 0
        return result
