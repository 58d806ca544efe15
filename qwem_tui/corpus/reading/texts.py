"""The documents of one file of text, whatever text it is."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from qwem_tui.corpus.reading.cutting import DocumentCutter, Part, Piece
from qwem_tui.corpus.reading.decoding import (
    UTF8,
    UndecodableError,
    decoded,
    decoded_head,
    encoding_of,
    is_utf8,
    likely_encoding,
    may_hold_nul,
    shifted,
    shifts_in_ascii,
)
from qwem_tui.corpus.reading.delimited import csv_records, delimiter_of
from qwem_tui.corpus.reading.facts import Findings
from qwem_tui.corpus.reading.looking import text_kind
from qwem_tui.corpus.reading.records import NoFieldError, full_lines, json_records, texts_of
from qwem_tui.corpus.reading.refusals import binary, markup_dump, no_column, other_json, undecodable
from qwem_tui.corpus.reading.settings import ReadingSettings
from qwem_tui.corpus.reading.unpacking import LOOKED_AT
from qwem_tui.corpus.reading.wiki import articles

_LOOK_FOR_NUL = 8192
_GUESSED_FROM = 1 << 13


@dataclass(frozen=True)
class Stored:
    """A file as it is stored, unpacked: how it begins, and all of it; `whole`: it is of a folder or an archive."""

    name: str
    suffix: str
    head: bytes
    stream: io.BufferedReader
    whole: bool


class TextReader:
    """Reads files of text, as `settings` say, into the documents that `cutter` cuts; notes what it finds."""

    def __init__(self, settings: ReadingSettings, cutter: DocumentCutter, findings: Findings) -> None:
        """Begin with no file."""
        self._settings, self._cutter, self._findings = settings, cutter, findings

    def cut(self, parts: Iterable[Part], whole: bool) -> Iterator[Piece]:
        """Yield the pieces of the documents of texts, each of which is one if `whole` and the settings say no other."""
        if self._settings.paragraphs:
            return self._cutter.paragraphs(parts)
        return self._cutter.whole(parts) if whole and not self._settings.lines else self._cutter.lines(parts)

    def pieces(self, stored: Stored) -> Iterator[Piece]:
        """Yield the pieces of the documents of a file; one of a folder or archive that is no text is passed over.

        Raises QwemError for one given by name that cannot be read, and for what fails after it was begun.
        """
        encoding = encoding_of(stored.head, self._settings.encoding)
        if not may_hold_nul(encoding) and b"\0" in stored.head[:_LOOK_FOR_NUL]:
            if not stored.whole:
                raise binary(stored.name)
            return self._findings.pass_over("binary", stored.name)
        shifts = self._settings.encoding is None and shifts_in_ascii(stored.head)
        head = None if shifts else decoded_head(stored.head, encoding, len(stored.head) < LOOKED_AT)
        if head is None and stored.whole:
            if self._findings.likely_encoding is None:
                self._findings.likely_encoding = likely_encoding(stored.head[:_GUESSED_FROM])
            return self._findings.pass_over("encoding", stored.name)
        if shifts:
            raise undecodable(stored.name, shifted(stored.head))
        if self._settings.encoding is not None and encoding != UTF8 and is_utf8(stored.head):
            self._findings.utf8 = self._findings.utf8 or stored.name
        return (yield from self._of_kind(stored, head or "", self._blocks(stored, encoding)))

    def _blocks(self, stored: Stored, encoding: str) -> Iterator[str]:
        try:
            yield from decoded(stored.stream, encoding, self._settings.encoding)
        except UndecodableError as error:
            raise undecodable(stored.name, error.found) from error

    def _of_kind(self, stored: Stored, head: str, blocks: Iterator[str]) -> Iterator[Piece]:
        name, field = stored.name, self._settings.text_field
        kind = text_kind(head, stored.suffix)
        if kind == "MediaWiki":
            raise markup_dump(name)
        if kind == "JSON":
            if not stored.whole:
                raise other_json(name)
            self._findings.pass_over("json", name)
        elif kind == "JSON lines":
            self._findings.container(kind)
            yield from self.records(
                texts_of(json_records(blocks, name), name, field, self._findings), name, stored.whole
            )
        elif kind == "WikiExtractor":
            self._findings.container(kind)
            yield from self.cut(articles(full_lines(blocks)), True)
        elif field is not None:
            delimiter = delimiter_of(head, field)
            if delimiter is None:
                if not stored.whole:
                    raise no_column(name, head, field)
                return self._findings.pass_over("field", name)
            self._findings.container("CSV")
            rows = csv_records(blocks, head, delimiter, field, name)
            yield from self.records(texts_of(rows, name, field, self._findings, field), name, stored.whole)
        else:
            if stored.suffix.lower() in (".csv", ".tsv"):
                self._findings.tables = self._findings.tables or name
            if not stored.whole and not self._settings.lines and not self._settings.paragraphs:
                self._findings.by_lines = True
            yield from self.cut(chain(((block, False) for block in blocks), [("", True)]), stored.whole)
        return None

    def records(self, texts: Iterable[str], name: str, whole: bool) -> Iterator[Piece]:
        """Yield the pieces of the documents of records; a file of a folder (`whole`) without texts is passed over."""
        try:
            yield from self.cut(((text, True) for text in texts), True)
        except NoFieldError:
            # it is known before anything is yielded
            if not whole:
                raise
            self._findings.pass_over("field", name)
