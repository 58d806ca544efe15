"""Documents written down and read: what tests of reading share."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

from qwem_tui.base.errors import Cancelled
from qwem_tui.base.progress import Silent
from qwem_tui.corpus.documents import DocumentReader

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


def read(*sources: str | Path, stdin: bytes | None = None) -> list[str]:
    return list(DocumentReader(sources, Silent(), None if stdin is None else io.BytesIO(stdin)))


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
