"""Bytes as they are stored, and unpacked: gzip, bzip2, xz, Zstandard."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sys
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, BinaryIO, cast

from qwem_tui.corpus.reading.decoding import BLOCK

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

#: How a file begins is looked at in so many bytes.
LOOKED_AT = BLOCK
#: What long-distance files need: their makers say --long=31, and keep up to 2 GiB of what was read.
_WINDOW_LOG = 31

Opener = Callable[[BinaryIO], io.BufferedIOBase]
ReadInto = Callable[["WriteableBuffer"], "int | None"]


def _gunzip(stream: BinaryIO) -> io.BufferedIOBase:
    return gzip.GzipFile(fileobj=stream, mode="rb")


def _bunzip(stream: BinaryIO) -> io.BufferedIOBase:
    return bz2.BZ2File(stream)


def _unxz(stream: BinaryIO) -> io.BufferedIOBase:
    return lzma.LZMAFile(stream)


def _unzstd(stream: BinaryIO) -> io.BufferedIOBase:
    # all frames are read, one that is cut short raises EOFError, and bytes that make no sense ZstdError
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    options: dict[int, int] = {zstd.DecompressionParameter.window_log_max: _WINDOW_LOG}
    try:
        return cast(io.BufferedIOBase, _Zstd(zstd.ZstdFile(stream, options=options), zstd.ZstdError))
    except zstd.ZstdError as error:
        raise EOFError(str(error)) from error


class _Zstd(io.RawIOBase):
    """A Zstandard stream whose errors are those of the other kinds."""

    def __init__(self, stream: io.BufferedIOBase, error: type[Exception]) -> None:
        self._stream, self._error = stream, error

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        try:
            return self._stream.readinto(buffer)
        except self._error as error:
            raise EOFError(str(error)) from error

    def close(self) -> None:
        self._stream.close()
        super().close()


def _begins_zstd(head: bytes) -> bool:
    # a frame, or one to be skipped, with which pzstd begins
    return head.startswith(b"\x28\xb5\x2f\xfd") or (head[1:4] == b"\x2a\x4d\x18" and 0x50 <= head[0] <= 0x5F)


#: magic bytes, suffix, opener; a bzip2 file's first block or, where it is empty, its end follows the block size
_PACKED: tuple[tuple[Callable[[bytes], bool], tuple[str, ...], Opener], ...] = (
    (lambda head: head.startswith(b"\x1f\x8b"), (".gz", ".tgz"), _gunzip),
    (
        lambda head: head[:3] == b"BZh" and head[4:10] in (b"1AY&SY", b"\x17rE8P\x90"),
        (".bz2", ".tbz", ".tbz2"),
        _bunzip,
    ),
    (lambda head: head.startswith(b"\xfd7zXZ\0"), (".xz", ".txz"), _unxz),
    (_begins_zstd, (".zst", ".tzst"), _unzstd),
)


def opener_of(head: bytes, suffix: str) -> Opener | None:
    """Return how to unpack a file that begins with `head`, or failing that has `suffix`; None for plain text."""
    for matches, _, opener in _PACKED:
        if matches(head):
            return opener
    # so that a damaged archive is not taken for text; an empty file is just empty
    return next((opener for _, known, opener in _PACKED if suffix.lower() in known and head), None)


def read_into(stream: IO[bytes], buffer: WriteableBuffer) -> int:
    """Read what has come of `stream` into `buffer`; return how many bytes that is."""
    view = memoryview(buffer)
    # what has come is taken at once: a slow pipe must not keep a request to stop waiting
    data = stream.read1(len(view)) if isinstance(stream, io.BufferedIOBase) else stream.read(len(view))
    view[: len(data)] = data
    return len(data)


class Watched(io.RawIOBase):
    """Reads through `readinto` and tells `on_read` how many bytes came. Closing it leaves the source open."""

    def __init__(self, readinto: ReadInto, on_read: Callable[[int], None], begin: bytes = b"") -> None:
        """Give `begin` first, which has been read and told before."""
        self._readinto = readinto
        self._on_read = on_read
        self._begin = memoryview(begin)

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int | None:
        """Read into `buffer`; return how many bytes that is, 0 at the end."""
        if self._begin:
            view = memoryview(buffer)
            begin, self._begin = self._begin[: len(view)], self._begin[len(view) :]
            view[: len(begin)] = begin
            return len(begin)
        count = self._readinto(buffer)
        if count:
            self._on_read(count)
        return count


def begun(stream: Watched) -> tuple[bytes, io.BufferedReader]:
    """Return the first `LOOKED_AT` bytes of a stream, fewer where it is shorter, and the stream with them."""
    buffer = bytearray(LOOKED_AT)
    view, size = memoryview(buffer), 0
    while size < LOOKED_AT and (count := stream.readinto(view[size:])):
        size += count
    head = bytes(view[:size])
    return head, io.BufferedReader(Watched(stream.readinto, lambda _: None, head), BLOCK)
