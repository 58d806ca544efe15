"""Words of text in ASCII as numbers: compiled, for long texts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from qwem_tui.base.numba_cache import compiled

T = TypeVar("T", bound=np.generic)

#: This many bytes of text are worked on at once, and the rest of the last word.
_AT_ONCE = 1 << 16
_FREE = -1
#: Of the hash FNV-1a in 64 bits.
_OFFSET, _PRIME = 14695981039346656037, 1099511628211
# read-only like all that comes from bytes, so that one kind of code is compiled
_AS_IT_IS = np.frombuffer(bytes(range(256)), np.uint8)


# a tenth of the time that looking up strings takes
@compiled
def _number(
    text: NDArray[np.uint8],
    table: NDArray[np.uint8],
    between: int,
    longest: int,
    known: int,
    slots: NDArray[np.int32],
    hashes: NDArray[np.uint64],
    ends: NDArray[np.int64],
    letters: NDArray[np.uint8],
    ids: NDArray[np.int32],
) -> tuple[int, int, int]:
    """Write the numbers of the words in `text` to `ids`; return how many, how many are known then, how many too long.

    `letters` holds the known words one behind the other, number n from `ends[n]` to `ends[n + 1]`; `slots` find them by
    their hash. There must be room for all that may come.
    """
    count = at = too_long = 0
    last = np.uint64(len(slots) - 1)
    while at < len(text):
        letter = table[text[at]]
        if letter == between:
            at += 1
            continue
        # where it would stand if it is new
        begin = stop = ends[known]
        mixed = np.uint64(_OFFSET)
        while letter != between:
            letters[stop] = letter
            stop += 1
            mixed = (mixed ^ np.uint64(letter)) * np.uint64(_PRIME)
            at += 1
            if at == len(text):
                break
            letter = table[text[at]]
        if stop - begin > longest:
            too_long += 1
            continue
        slot = mixed & last
        while slots[slot] != _FREE:
            number = slots[slot]
            start = ends[number]
            if hashes[number] == mixed and ends[number + 1] - start == stop - begin:
                same = True
                for i in range(stop - begin):
                    if letters[start + i] != letters[begin + i]:
                        same = False
                        break
                if same:
                    break
            slot = (slot + np.uint64(1)) & last
        if slots[slot] == _FREE:
            slots[slot], hashes[known] = known, mixed
            known += 1
            ends[known] = stop
        ids[count] = slots[slot]
        count += 1
    return count, known, too_long


def _grown(array: NDArray[T], size: int) -> NDArray[T]:
    """Return `array`, or a copy with room for twice `size` entries where it has not even that of `size`."""
    if len(array) >= size:
        return array
    result = np.empty(2 * size, array.dtype)
    result[: len(array)] = array
    return result


def _end_of_word(text: NDArray[np.uint8], at: int, table: NDArray[np.uint8], between: int) -> int:
    """Return the first place from `at` on that is inside no word."""
    width = 64
    while at < len(text):
        gaps = np.flatnonzero(table[text[at : at + width]] == between)
        if len(gaps):
            return at + int(gaps[0])
        at, width = at + width, 2 * width
    return len(text)


class AsciiWords:
    """Gives each new word the next number, and finds it again by its hash."""

    def __init__(self, table: NDArray[np.uint8], between: int, longest: int) -> None:
        """Begin with no word: `table` (256,) has the letter that each byte counts as, `between` for none.

        What has more than `longest` bytes is left out.
        """
        self._table, self._between, self._longest = table, between, longest
        self._known = 0
        self._slots = np.full(2, _FREE, np.int32)
        self._hashes = np.empty(0, np.uint64)
        self._ends = np.zeros(1, np.int64)
        self._letters = np.empty(0, np.uint8)

    def __len__(self) -> int:
        """Return how many words are known."""
        return self._known

    def word(self, number: int) -> str:
        """Return the word that has a number."""
        return self._letters[self._ends[number] : self._ends[number + 1]].tobytes().decode()

    def learn(self, words: Iterable[str]) -> None:
        """Give the next numbers to `words`, all of them new; they may be other than ASCII, but hold no space."""
        text = " ".join(words).encode()
        self._numbers(text, _AS_IT_IS, ord(" "), len(text))

    def numbers(self, text: bytes) -> tuple[NDArray[np.int32], int]:
        """Return the numbers of the words of `text` (n,), which is ASCII, and how many were too long to have one.

        New words take the next numbers.
        """
        return self._numbers(text, self._table, self._between, self._longest)

    def _numbers(
        self, text: bytes, table: NDArray[np.uint8], between: int, longest: int
    ) -> tuple[NDArray[np.int32], int]:
        letters, pieces = np.frombuffer(text, np.uint8), [np.empty(0, np.int32)]
        at = too_long = 0
        while at < len(letters):
            stop = _end_of_word(letters, at + _AT_ONCE, table, between)
            piece, at = letters[at:stop], stop
            inside = table[piece] != between
            most = int(np.count_nonzero(inside[1:] > inside[:-1])) + int(inside[0])
            self._make_room(most, len(piece))
            ids = np.empty(most, np.int32)
            count, self._known, left_out = _number(
                piece, table, between, longest, self._known, self._slots, self._hashes, self._ends, self._letters, ids
            )
            pieces.append(ids[:count])
            too_long += left_out
        return np.concatenate(pieces), too_long

    def _make_room(self, words: int, letters: int) -> None:
        """See to it that there is room for `words` more words of `letters` letters in all."""
        most = self._known + words
        self._hashes, self._ends = _grown(self._hashes, most), _grown(self._ends, most + 1)
        self._letters = _grown(self._letters, int(self._ends[self._known]) + letters)
        if len(self._slots) < 2 * most:
            self._slots = np.full(1 << (4 * most - 1).bit_length(), _FREE, np.int32)
            for number in range(self._known):
                self._enter(number)

    def _enter(self, number: int) -> None:
        slot = int(self._hashes[number]) & len(self._slots) - 1
        while self._slots[slot] != _FREE:
            slot = (slot + 1) & len(self._slots) - 1
        self._slots[slot] = number
