"""The files that the sources of a corpus name."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from qwem_tui.base.errors import UsageError
from qwem_tui.base.printable import printable
from qwem_tui.corpus.reading.facts import Findings
from qwem_tui.corpus.reading.refusals import explained


@dataclass(frozen=True)
class Source:
    """One source as the user named it. `files` is empty for standard input; `whole`: each file is one document."""

    name: str
    files: tuple[Path, ...]
    whole: bool
    size: int | None


def find(source: str | Path, findings: Findings) -> Source:
    """Return what `source` is, without reading it; raises UsageError where it is none."""
    path = Path(source)
    name = printable(str(path))
    with explained(name):
        status = path.stat()
        mode = status.st_mode
        if stat.S_ISREG(mode):
            return Source(name, (path,), False, status.st_size)
        if stat.S_ISFIFO(mode):
            return Source(name, (path,), False, None)
        if not stat.S_ISDIR(mode):
            raise UsageError(f"{name} is a device or socket: give a file, a folder, or - for standard input.")
        found = sorted(_Walk(path, findings).files)
        return Source(name, tuple(file for file, _ in found), True, sum(size for _, size in found))


class _Walk:
    """The regular files of a folder with their sizes, hidden files and folders left out; each file and folder once.

    Links are followed after all else, so that of a file and a link to it the file is read.
    """

    def __init__(self, top: Path, findings: Findings) -> None:
        self.files: list[tuple[Path, int]] = []
        self._findings = findings
        self._seen = {_identity(top.stat())}
        self._folders, self._links = [top], list[Path]()
        # what cannot be listed at all is an error; a folder in it is passed over
        self._list(self._folders.pop())
        while self._folders or self._links:
            if self._folders:
                folder = self._folders.pop()
                try:
                    self._list(folder)
                except OSError:
                    findings.pass_over("unreadable", printable(str(folder)))
            else:
                self._links.sort(reverse=True)
                self._take(self._links.pop())

    def _list(self, folder: Path) -> None:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if entry.is_symlink():
                    self._links.append(Path(entry.path))
                else:
                    self._take(Path(entry.path))

    def _take(self, path: Path) -> None:
        shown = printable(str(path))
        try:
            status = path.stat()
        except PermissionError:
            return self._findings.pass_over("unreadable", shown)
        except OSError:
            # it leads nowhere, or in a circle
            return self._findings.pass_over("broken link", shown)
        if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
            return self._findings.pass_over("no file", shown)
        if _identity(status) in self._seen:
            return self._findings.pass_over("same twice", shown)
        self._seen.add(_identity(status))
        if stat.S_ISDIR(status.st_mode):
            self._folders.append(path)
        else:
            self.files.append((path, status.st_size))
        return None


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino
