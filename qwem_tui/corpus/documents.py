"""Documents in: text files, compressed files, folders and standard input."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import os
import select
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, BinaryIO

from qwem_tui.base.errors import QwemError, UsageError
from qwem_tui.base.printable import printable
from qwem_tui.base.progress import Progress
from qwem_tui.corpus.samples.catalogue import SAMPLES

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

STDIN = "-"
_BLOCK = 1 << 18
_REPORT_EVERY = 1 << 20
_LOOK_FOR_NUL = 8192
#: Seconds between looks at whether reading standard input shall stop.
_PATIENCE = 0.1

_Opener = Callable[[BinaryIO], io.BufferedIOBase]
_ReadInto = Callable[["WriteableBuffer"], int | None]


def _gunzip(stream: BinaryIO) -> io.BufferedIOBase:
    return gzip.GzipFile(fileobj=stream, mode="rb")


def _bunzip(stream: BinaryIO) -> io.BufferedIOBase:
    return bz2.BZ2File(stream)


def _unxz(stream: BinaryIO) -> io.BufferedIOBase:
    return lzma.LZMAFile(stream)


#: magic bytes, suffix, opener; a bzip2 file's first block or, where it is empty, its end follows the block size
_PACKED: tuple[tuple[Callable[[bytes], bool], str, _Opener], ...] = (
    (lambda head: head.startswith(b"\x1f\x8b"), ".gz", _gunzip),
    (lambda head: head[:3] == b"BZh" and head[4:10] in (b"1AY&SY", b"\x17rE8P\x90"), ".bz2", _bunzip),
    (lambda head: head.startswith(b"\xfd7zXZ\0"), ".xz", _unxz),
)
_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")


def _opener(head: bytes, suffix: str) -> _Opener | None:
    """Return how to unpack a file that begins with `head`, or failing that has `suffix`; None for plain text."""
    for matches, _, opener in _PACKED:
        if matches(head):
            return opener
    # so that a damaged archive is not taken for text; an empty file is just empty
    return next((opener for _, known, opener in _PACKED if suffix.lower() == known and head), None)


def _is_zip(file: io.FileIO, suffix: str) -> bool:
    head = file.read(len(_ZIP_MAGIC[0]))
    file.seek(0)
    if head.startswith(_ZIP_MAGIC):
        # word processors' files, Java's and NumPy's are zip files too, and no text
        return suffix.lower() in (".zip", "")
    return suffix.lower() == ".zip" and bool(head)


def _read_into(stream: IO[bytes], buffer: WriteableBuffer) -> int:
    view = memoryview(buffer)
    # what has come is taken at once: a slow pipe must not keep a request to stop waiting
    data = stream.read1(len(view)) if isinstance(stream, io.BufferedIOBase) else stream.read(len(view))
    view[: len(data)] = data
    return len(data)


def _read_when_ready(stream: BinaryIO, waiting: Callable[[], None], buffer: WriteableBuffer) -> int:
    """Read what has come; while nothing has, call `waiting` again and again, which may raise."""
    try:
        descriptor = stream.fileno()
    except io.UnsupportedOperation:
        return _read_into(stream, buffer)
    while not select.select([descriptor], [], [], _PATIENCE)[0]:
        waiting()
    return os.readv(descriptor, [buffer])


class _Watched(io.RawIOBase):
    """Reads through `readinto` and tells `on_read` how many bytes came. Closing it leaves the source open."""

    def __init__(self, readinto: _ReadInto, on_read: Callable[[int], None]) -> None:
        self._readinto = readinto
        self._on_read = on_read
        self._position = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int | None:
        count = self._readinto(buffer)
        if count:
            self._position += count
            self._on_read(count)
        return count

    def tell(self) -> int:
        return self._position


@dataclass(frozen=True)
class _Source:
    """One source as the user named it. `files` is empty for standard input; `whole`: each file is one document."""

    name: str
    files: tuple[Path, ...]
    whole: bool
    size: int | None


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """Turn whatever reading a file can raise into one sentence."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        sample = any(name == sample.name for sample in SAMPLES)
        mend = f"`qwem-tui samples {name}` writes the sample of that name out" if sample else "check the path"
        raise UsageError(f"There is no file or folder {name}: {mend}.") from error
    except (EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError) as error:
        raise _damaged(name, error) from error
    except OSError as error:
        # gzip and bz2 raise it without a number for bytes that make no sense
        if error.errno is None:
            raise _damaged(name, error) from error
        where = printable(error.filename) if isinstance(error.filename, str) else name
        reason = printable((error.strerror or str(error)).lower())
        raise QwemError(f"Cannot read {where}: {reason}; check the file and its permissions.") from error


def _damaged(name: str, error: Exception) -> QwemError:
    reason = printable(str(error).rstrip("."))
    return QwemError(
        f"{name} is cut short, damaged, or packed in a way that is not known ({reason}): fetch or pack it again."
    )


def _files_in(folder: Path) -> Iterator[tuple[Path, int]]:
    """Yield the regular files in `folder` with their sizes; hidden files and folders are left out."""

    def refuse(error: OSError) -> None:
        raise error

    for place, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(place, name)
            if not name.startswith(".") and path.is_file():
                yield path, path.stat().st_size


def _find(source: str | Path) -> _Source:
    """Return what `source` is, without reading it."""
    path = Path(source)
    name = printable(str(path))
    with _explained(name):
        status = path.stat()
        mode = status.st_mode
        if stat.S_ISREG(mode):
            return _Source(name, (path,), False, status.st_size)
        if stat.S_ISFIFO(mode):
            return _Source(name, (path,), False, None)
        if not stat.S_ISDIR(mode):
            raise UsageError(f"{name} is a device or socket: give a file, a folder, or - for standard input.")
        found = sorted(_files_in(path))
        return _Source(name, tuple(file for file, _ in found), True, sum(size for _, size in found))


class DocumentReader:
    """The documents of some sources, to be iterated over once, in the order of the sources.

    A source is a text file (each line a document); a folder (each file in it and below, by path, a document; hidden
    files, links to folders, and files that are not text are passed over); `-` for `stdin` (each line a document).
    A file may be packed as .gz, .bz2 or .xz, recognised by its first bytes or its suffix. Of a .zip each member is a
    document, as in a folder. Text is UTF-8. A document is one line without its end, the lines of a whole file being
    joined by spaces; blank documents are left out. Memory holds one document at a time.

    After iteration `documents` is how many were yielded, `bytes_read` how many bytes the sources took as stored,
    and `skipped` how many files in folders and archives were no text.
    """

    def __init__(self, sources: Sequence[str | Path], progress: Progress, stdin: BinaryIO | None = None) -> None:
        """Take the sources; nothing is opened before iteration."""
        self.documents = 0
        self.bytes_read = 0
        self.skipped = 0
        self._sources = tuple(sources)
        self._progress = progress
        self._stdin = stdin
        self._hash = hashlib.sha256()
        self._consumed = 0.0
        self._unreported = 0

    @property
    def digest(self) -> str:
        """Return the SHA-256 in hex of the documents so far, each as UTF-8 with a newline after it."""
        return self._hash.hexdigest()

    def __iter__(self) -> Iterator[str]:
        """Yield the documents as the class describes; `progress` gets the bytes of the files read.

        Raises UsageError for a source that cannot be one, before any is read; QwemError for one that cannot be read,
        is damaged, not UTF-8, or holds no text; and whatever `progress` raises.
        """
        sources = self._plan()
        sizes = [source.size for source in sources if source.size is not None]
        total = sum(sizes) if len(sizes) == len(sources) else None
        self._progress.stage("reading", total)
        for source in sources:
            before = self.documents
            for text in self._texts(source):
                # one line whatever it came from, so that two corpora with the same digest are the same documents
                document = text.rstrip("\n").replace("\n", " ")
                if not document or document.isspace():
                    continue
                self._hash.update(document.encode())
                self._hash.update(b"\n")
                self.documents += 1
                yield document
            if self.documents == before:
                # an interrupt that ended whoever wrote to our standard input is why there is no text
                self._progress.advance(self._consumed)
                what = "The folder " if source.whole else ""
                raise QwemError(f"{what}{source.name} holds no text: give one that does.")
        self.bytes_read = int(self._consumed) if total is None else total
        self._progress.advance(self.bytes_read)

    def _plan(self) -> list[_Source]:
        from_stdin = [str(source) for source in self._sources].count(STDIN)
        if from_stdin > 1:
            raise UsageError("Standard input (-) is given twice: give it once.")
        if from_stdin and self._stdin is None:
            raise UsageError("There is no standard input (-) to read here: give a file or a folder.")
        return [
            _Source("standard input", (), False, None) if str(source) == STDIN else _find(source)
            for source in self._sources
        ]

    def _texts(self, source: _Source) -> Iterator[str]:
        """Yield the raw texts of a source: lines, or whole files."""
        if not source.files and not source.whole:
            with _explained(source.name):
                yield from self._stream(self._read_stdin, source.name, "", False)
        for path in source.files:
            name = printable(str(path))
            with _explained(name), path.open("rb", buffering=0) as file:
                if file.seekable() and _is_zip(file, path.suffix):
                    yield from self._members(path, name)
                else:
                    yield from self._stream(file.readinto, name, path.suffix, source.whole)

    def _read_stdin(self, buffer: WriteableBuffer) -> int:
        assert self._stdin is not None  # _plan has seen to it
        return _read_when_ready(self._stdin, lambda: self._progress.advance(self._consumed), buffer)

    def _members(self, path: Path, name: str) -> Iterator[str]:
        with zipfile.ZipFile(path) as archive:
            for member in sorted(archive.infolist(), key=lambda info: PurePosixPath(info.filename)):
                parts = PurePosixPath(member.filename).parts
                if member.is_dir() or any(part.startswith(".") or part == "__MACOSX" for part in parts):
                    continue
                if member.flag_bits & 1:
                    raise QwemError(f"{name} is encrypted: unpack it with its password first.")
                with archive.open(member) as file:
                    packed_share = member.compress_size / max(member.file_size, 1)
                    full_name = f"{name}:{printable(member.filename)}"
                    suffix = PurePosixPath(member.filename).suffix
                    yield from self._stream(partial(_read_into, file), full_name, suffix, True, packed_share)

    def _stream(
        self, readinto: _ReadInto, name: str, suffix: str, whole: bool, packed_share: float = 1.0
    ) -> Iterator[str]:
        """Yield the texts of one file; a byte read from it stands for `packed_share` bytes as stored."""
        with io.BufferedReader(_Watched(readinto, partial(self._tick, packed_share)), _BLOCK) as stored:
            opener = _opener(stored.peek(), suffix)
            if opener is None:
                yield from self._decoded(stored, name, whole)
            else:
                with opener(stored) as unpacked:
                    watched = _Watched(unpacked.readinto, partial(self._tick, 0.0))
                    with io.BufferedReader(watched, _BLOCK) as plain:
                        yield from self._decoded(plain, name, whole)

    def _decoded(self, stream: io.BufferedReader[_Watched], name: str, whole: bool) -> Iterator[str]:
        if b"\0" in stream.peek(_LOOK_FOR_NUL)[:_LOOK_FOR_NUL]:
            if not whole:
                raise QwemError(
                    f"{name} is binary, or text that is not in UTF-8 (it has a NUL byte): give text in UTF-8."
                )
            self.skipped += 1
            return
        # newline=None takes \r and \r\n for \n
        with io.TextIOWrapper(stream, encoding="utf-8-sig", newline=None) as text:
            try:
                if whole:
                    yield text.read()
                else:
                    yield from text
            except UnicodeDecodeError as error:
                # the decoder counts from the start of what it was last given, which ends where the stream now is
                offset = stream.tell() - len(error.object) + error.start
                raise QwemError(
                    f"{name} is not UTF-8 text (at byte offset {offset} of the text): convert it with "
                    "iconv -f ITS-ENCODING -t UTF-8."
                ) from error

    def _tick(self, packed_share: float, count: int) -> None:
        self._consumed += packed_share * count
        self._unreported += count
        if self._unreported >= _REPORT_EVERY:
            self._unreported = 0
            self._progress.advance(self._consumed)
