"""The members of archives: zip, and tar as a stream."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Self

from qwem_tui.base.errors import QwemError
from qwem_tui.base.printable import printable
from qwem_tui.corpus.reading.facts import Findings

_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")


@dataclass(frozen=True)
class Member:
    """A file in an archive: its full `name` to show, `file_name`, and how many bytes as stored one of its own takes.

    `file` can be read until the next member is asked for.
    """

    name: str
    file_name: str
    file: IO[bytes]
    packed_share: float


def is_zip(file: io.FileIO, suffix: str) -> bool:
    """Return whether a file is a zip archive of texts; it is left at its begin."""
    head = file.read(len(_ZIP_MAGIC[0]))
    file.seek(0)
    if head.startswith(_ZIP_MAGIC):
        # word processors' files, Java's and NumPy's are zip files too, and no text
        return suffix.lower() in (".zip", "")
    return suffix.lower() == ".zip" and bool(head)


def _is_hidden(path: PurePosixPath) -> bool:
    return any((part.startswith(".") and part not in (".", "..")) or part == "__MACOSX" for part in path.parts)


def zip_members(path: Path, name: str) -> Generator[Member, None, None]:
    """Yield the members of a zip archive by path, hidden ones left out; raises what `refusals.explained` explains."""
    with zipfile.ZipFile(path) as archive:
        for member in sorted(archive.infolist(), key=lambda info: PurePosixPath(info.filename)):
            inside = PurePosixPath(member.filename)
            if member.is_dir() or _is_hidden(inside):
                continue
            if member.flag_bits & 1:
                raise QwemError(f"{name} is encrypted: unpack it with its password first.")
            with archive.open(member) as file:
                share = member.compress_size / max(member.file_size, 1)
                yield Member(f"{name}:{printable(member.filename)}", inside.name, file, share)


class _StrictHeader(tarfile.TarInfo):
    """A damaged header is an error, and not the end of the archive, as which tarfile takes all but the first."""

    @classmethod
    def fromtarfile(cls, archive: tarfile.TarFile) -> Self:
        """Return the next header; raises ReadError where there is one that makes no sense."""
        try:
            return super().fromtarfile(archive)
        except tarfile.HeaderError as error:
            if type(error).__name__ in ("InvalidHeaderError", "TruncatedHeaderError"):
                raise tarfile.ReadError(f"bad header: {error}") from error
            raise


def tar_members(stream: io.BufferedReader, name: str, findings: Findings) -> Generator[Member, None, None]:
    """Yield the files in a tar archive in its order, hidden ones left out; links in it lead to files that it has.

    Raises what `refusals.explained` explains.
    """
    with closing(tarfile.open(fileobj=stream, mode="r|", tarinfo=_StrictHeader)) as archive:
        for member in archive:
            # it keeps all headers, so that it could go back
            archive.members.clear()  # type: ignore[attr-defined]
            inside = PurePosixPath(member.name)
            full_name = f"{name}:{printable(member.name)}"
            if member.isdir() or _is_hidden(inside):
                continue
            if not member.isreg():
                findings.pass_over("same twice" if member.issym() or member.islnk() else "no file", full_name)
                continue
            file = archive.extractfile(member)
            assert file is not None  # it is a regular file
            with file:
                yield Member(full_name, inside.name, file, 0.0)
