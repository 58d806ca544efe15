"""Documents written down and read: what tests of reading share."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from qwem_tui.base.errors import Cancelled
from qwem_tui.base.progress import Silent
from qwem_tui.corpus.documents import DocumentReader
from qwem_tui.corpus.reading.cutting import Piece
from qwem_tui.corpus.reading.facts import ReadingFacts
from qwem_tui.corpus.reading.settings import ReadingSettings

PACKERS: dict[str, Callable[[bytes], bytes]] = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}


class Recorder:
    """A `Progress` that remembers, and cancels once `cancel_at` units are done."""

    def __init__(self, cancel_at: float = float("inf")) -> None:
        self.stages: list[tuple[str, float | None]] = []
        self.done: list[float] = []
        self.cancel_at = cancel_at

    def stage(self, name: str, total: float | None = None) -> None:
        self.stages.append((name, total))

    def advance(self, done: float) -> None:
        self.done.append(done)
        if done >= self.cancel_at:
            raise Cancelled


def joined(pieces: Iterable[Piece]) -> list[str]:
    """Return the documents of pieces; none is open at the end."""
    documents, open_one = [], ""
    for text, ends in pieces:
        open_one += text
        if ends:
            documents.append(open_one)
            open_one = ""
    assert not open_one
    return documents


def read(*sources: str | Path, stdin: bytes | None = None, **settings: Any) -> list[str]:
    return found(*sources, stdin=stdin, **settings)[0]


def found(*sources: str | Path, stdin: bytes | None = None, **settings: Any) -> tuple[list[str], ReadingFacts]:
    """Return the documents of sources, and what was found while reading them."""
    stream = None if stdin is None else io.BytesIO(stdin)
    reader = DocumentReader(sources, Silent(), stdin=stream, settings=ReadingSettings(**settings))
    return joined(reader), reader.facts


def open_descriptors() -> int:
    return len(os.listdir("/dev/fd"))


def write(path: Path, content: bytes | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def zipped(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path
