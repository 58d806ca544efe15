"""Documents in: text and what it comes in, folders and standard input."""

from __future__ import annotations

import io
import os
import select
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

from qwem_tui.base.errors import QwemError, UsageError
from qwem_tui.base.printable import printable
from qwem_tui.base.progress import Progress
from qwem_tui.corpus.reading.archives import Member, is_zip, tar_members, zip_members
from qwem_tui.corpus.reading.cutting import DocumentCutter, Piece
from qwem_tui.corpus.reading.facts import Findings, ReadingFacts
from qwem_tui.corpus.reading.looking import binary_kind
from qwem_tui.corpus.reading.markup import MarkupSampler
from qwem_tui.corpus.reading.passed_over import in_words
from qwem_tui.corpus.reading.refusals import explained
from qwem_tui.corpus.reading.settings import ReadingSettings
from qwem_tui.corpus.reading.sources import Source, find
from qwem_tui.corpus.reading.tables import seekable, table_texts
from qwem_tui.corpus.reading.texts import Stored, TextReader
from qwem_tui.corpus.reading.unpacking import ReadInto, Watched, begun, opener_of, read_into

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

STDIN = "-"
_REPORT_EVERY = 1 << 20
#: Seconds between looks at whether reading standard input shall stop.
_PATIENCE = 0.1


def _read_when_ready(stream: BinaryIO, waiting: Callable[[], None], buffer: WriteableBuffer) -> int:
    """Read what has come; while nothing has, call `waiting` again and again, which may raise."""
    try:
        descriptor = stream.fileno()
    except io.UnsupportedOperation:
        return read_into(stream, buffer)
    while not select.select([descriptor], [], [], _PATIENCE)[0]:
        waiting()
    return os.readv(descriptor, [buffer])


@dataclass(frozen=True)
class _Named:
    """A stream as it is called in sentences, the name of its `file`, and whether it is of a folder or an archive."""

    name: str
    file: str
    whole: bool

    @property
    def unpacked(self) -> _Named:
        """Return the same without the last suffix of the file."""
        return _Named(self.name, PurePosixPath(self.file).stem, self.whole)


class DocumentReader:
    """The documents of some sources, to be iterated over once, in the order of the sources.

    A source is a file; a folder (the files in it and below, by path, hidden ones left out; a file that is there twice
    is read once); or `-` for `stdin`. A file may be packed (gzip, bzip2, xz, Zstandard), and an archive (zip, tar) is
    read as a folder is. What a file is, is found by looking at how it begins: of JSON lines, Parquet, Arrow, CSV (with
    `text_field`) and WikiExtractor's output each record or article is a document; of other text each line of a file
    given by name, and each whole file of a folder or archive. `settings` may make lines or paragraphs documents of all.
    In folders and archives, files that are no text are passed over. Memory holds a piece of a document at a time, and
    of JSON lines and CSV a record.

    After iteration `documents` is how many there were, `bytes_read` how many bytes the sources took as stored, and
    `facts` what was found.
    """

    def __init__(
        self,
        sources: Sequence[str | Path],
        progress: Progress,
        stdin: BinaryIO | None = None,
        settings: ReadingSettings = ReadingSettings(),  # noqa: B008 - it is frozen
    ) -> None:
        """Take the sources; nothing is opened before iteration."""
        self.bytes_read = 0
        self._sources = tuple(sources)
        self._progress = progress
        self._stdin = stdin
        self._settings = settings
        self._cutter = DocumentCutter()
        self._markup = MarkupSampler()
        self._findings = Findings()
        self._texts = TextReader(settings, self._cutter, self._findings)
        self._consumed = 0.0
        self._unreported = 0

    @property
    def documents(self) -> int:
        """Return how many documents ended so far."""
        return self._cutter.documents

    @property
    def digest(self) -> str:
        """Return the SHA-256 in hex of the documents so far, each as UTF-8 with a newline after it."""
        return self._cutter.digest

    @property
    def facts(self) -> ReadingFacts:
        """Return what was found so far."""
        return self._findings.facts(self._markup.markup)

    def __iter__(self) -> Iterator[Piece]:
        """Yield the documents in pieces, and with each whether its document ends; a word is in one piece.

        `progress` gets the bytes of the files read. Raises UsageError for a source that cannot be one, before any is
        read; QwemError for one that cannot be read, is damaged, of another encoding, or holds no text; and whatever
        `progress` raises.
        """
        sources = self._plan()
        sizes = [source.size for source in sources if source.size is not None]
        total = sum(sizes) if len(sizes) == len(sources) else None
        self._progress.stage("reading", total)
        look = self._markup.look
        for source in sources:
            before = self.documents
            for piece in self._pieces(source):
                look(piece[0])
                yield piece
            if self.documents == before:
                # an interrupt that ended whoever wrote to our standard input is why there is no text
                self._progress.advance(self._consumed)
                what = "The folder " if source.whole else ""
                passed_over = in_words(self._findings.passed_over)
                aside = f" ({passed_over})" if passed_over else ""
                raise QwemError(f"{what}{source.name} holds no text{aside}: give one that does.")
        self.bytes_read = int(self._consumed) if total is None else total
        self._progress.advance(self.bytes_read)

    def _plan(self) -> list[Source]:
        from_stdin = [str(source) for source in self._sources].count(STDIN)
        if from_stdin > 1:
            raise UsageError("Standard input (-) is given twice: give it once.")
        if from_stdin and self._stdin is None:
            raise UsageError("There is no standard input (-) to read here: give a file or a folder.")
        return [
            Source("standard input", (), False, None) if str(source) == STDIN else find(source, self._findings)
            for source in self._sources
        ]

    def _pieces(self, source: Source) -> Iterator[Piece]:
        """Yield the pieces of the documents of a source."""
        if not source.files and not source.whole:
            with explained(source.name):
                yield from self._stream(self._read_stdin, _Named(source.name, "", False))
        for path in source.files:
            name = printable(str(path))
            with explained(name):
                try:
                    file = path.open("rb", buffering=0)
                except OSError:
                    if not source.whole:
                        raise
                    self._findings.pass_over("unreadable", name)
                    continue
                with file:
                    if file.seekable() and is_zip(file, path.suffix):
                        yield from self._members(zip_members(path, name))
                    else:
                        named = _Named(name, path.name, source.whole)
                        yield from self._stream(file.readinto, named, file=file if file.seekable() else None)

    def _read_stdin(self, buffer: WriteableBuffer) -> int:
        assert self._stdin is not None  # _plan has seen to it
        return _read_when_ready(self._stdin, lambda: self._progress.advance(self._consumed), buffer)

    def _members(self, members: Generator[Member, None, None]) -> Iterator[Piece]:
        with closing(members):
            for member in members:
                named = _Named(member.name, member.file_name, True)
                yield from self._stream(partial(read_into, member.file), named, member.packed_share)

    def _stream(
        self, readinto: ReadInto, named: _Named, packed_share: float = 1.0, file: io.FileIO | None = None
    ) -> Iterator[Piece]:
        """Yield the pieces of one file; a byte read from it stands for `packed_share` bytes as stored.

        `file` is the file itself where it can be sought in.
        """
        head, stored = begun(Watched(readinto, partial(self._tick, packed_share)))
        with stored:
            opener = opener_of(head, PurePosixPath(named.file).suffix)
            if opener is None:
                yield from self._content(head, stored, named, file)
            else:
                with opener(stored) as unpacked:
                    head, plain = begun(Watched(unpacked.readinto, partial(self._tick, 0.0)))
                    with plain:
                        yield from self._content(head, plain, named.unpacked)

    def _content(
        self, head: bytes, stream: io.BufferedReader, named: _Named, file: io.FileIO | None = None
    ) -> Iterator[Piece]:
        kind = binary_kind(head)
        if kind is None:
            stored = Stored(named.name, PurePosixPath(named.file).suffix, head, stream, named.whole)
            yield from self._texts.pieces(stored)
        elif kind == "tar":
            yield from self._members(tar_members(stream, named.name, self._findings))
        else:
            self._findings.container("Parquet" if kind == "Parquet" else "Arrow")
            with self._whole_file(stream, file) as table:
                texts = table_texts(kind, table, named.name, self._settings.text_field, self._findings)
                yield from self._texts.records(self._counted(texts), named.name, named.whole)

    @staticmethod
    def _whole_file(stream: io.BufferedReader, file: io.FileIO | None) -> BinaryIO:
        if file is None:
            return seekable(stream)
        file.seek(0)
        return file

    def _counted(self, texts: Iterator[str]) -> Iterator[str]:
        for text in texts:
            # what pyarrow has read is not seen: asked to stop one is all the same
            self._tick(0.0, len(text))
            yield text

    def _tick(self, packed_share: float, count: int) -> None:
        self._consumed += packed_share * count
        self._unreported += count
        if self._unreported >= _REPORT_EVERY:
            self._unreported = 0
            self._progress.advance(self._consumed)
