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
        # where the last block is written to next, and up to where before memory is looked at again
        self._last = np.empty(0, np.int32)
        self._at = self._until = 0

    def add(self, numbers: NDArray[np.int32]) -> None:
        """Take more numbers (n,); raises QwemError where memory does not suffice."""
        end = self._at + len(numbers)
        # millions of short documents go this way
        if end <= self._until:
            self._last[self._at : end] = numbers
            self._at = end
            return
        taken = 0
        while taken < len(numbers):
            if self._at == self._until:
                self._go_on()
            part = numbers[taken : taken + self._until - self._at]
            self._last[self._at : self._at + len(part)] = part
            self._at += len(part)
            taken += len(part)

    def _go_on(self) -> None:
        """See to it that there is room for more, if there is memory."""
        if self._blocks:
            self._check()
        if self._at == len(self._last):
            self._last = np.empty(_BLOCK, np.int32)
            self._blocks.append(self._last)
            self._at = self._until = 0
        self._until = min(self._at + _AT_ONCE, len(self._last))

    def __len__(self) -> int:
        """Return how many numbers there are."""
        return sum(map(len, self._blocks[:-1])) + self._at

    def _check(self) -> None:
        left = available_bytes()
        if left is None or left >= _RESERVE:
            return
        mend = ("free some memory",) if memory_limit() is None else ("raise ", Named("memory"))
        raise QwemError(
            f"The text does not fit in memory: {readable_bytes(left)} are left after {len(self):,} words, which take "
            f"{readable_bytes(4 * len(self))}: give less text, or ",
            *mend,
            ".",
        )

    def _parts(self, block: NDArray[np.int32], is_last: bool) -> Iterator[NDArray[np.int32]]:
        size = self._at if is_last else len(block)
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
        self._last = np.empty(0, np.int32)
        while self._blocks:
            # each is dropped before the next is changed
            block = self._blocks.pop(0)
            for part in self._parts(block, not self._blocks):
                changed = change(part)
                result[at : at + len(changed)] = changed
                at += len(changed)
            del block
        self._at = self._until = 0
        return result
