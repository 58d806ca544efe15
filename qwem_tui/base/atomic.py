"""Files and folders that are there whole or not at all."""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from qwem_tui.base.errors import QwemError
from qwem_tui.base.printable import printable

_ADVICE = {
    errno.ENOSPC: "make room there, or choose another place",
    errno.EDQUOT: "make room there, or choose another place",
    errno.EROFS: "choose another place",
    errno.EACCES: "choose a place that you may write to",
    errno.EPERM: "choose a place that you may write to",
    errno.ENOENT: "make its folder first, or choose another place",
    errno.ENOTDIR: "a part of its path is a file; choose another place",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.EFBIG: "choose a place that takes files of this size",
}
#: names that `_sibling` gives
_PARTIAL = re.compile(r"\..*\.partial-[0-9a-f]{8}", re.DOTALL)


def _is_about(error: OSError, place: Path) -> bool:
    """Return whether `error` names `place`, a folder above it, something in it, or nothing (a write that failed)."""
    if not isinstance(error.filename, str | Path):
        return True
    named = Path(error.filename)
    return named.is_relative_to(place) or place.is_relative_to(named)


@contextmanager
def _explained(path: Path, temporary: Path) -> Iterator[None]:
    """Turn an OSError of writing into a sentence about `path`; let those about anything else through."""
    try:
        yield
    except ConnectionError:
        raise  # a pipe or socket of the caller's: no file raises it
    except OSError as error:
        if not (_is_about(error, path) or _is_about(error, temporary)):
            raise
        reason = error.strerror or str(error)
        advice = _ADVICE.get(error.errno or 0, "choose another place")
        raise QwemError(f"Cannot write {printable(str(path))}: {printable(reason.lower())}; {advice}.") from error


def _sibling(path: Path) -> Path:
    # the name is cut so that a long one stays within the file system's limit of 255 bytes
    return path.with_name(f".{path.name[:50]}.partial-{os.urandom(4).hex()}")


def remove_partial(folder: Path) -> None:
    """Remove what killed writers left in `folder`, into which nobody else may be writing; it may be missing."""
    with suppress(OSError):
        for path in folder.iterdir():
            if _PARTIAL.fullmatch(path.name):
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_parent(path: Path) -> None:
    # some network file systems cannot sync a folder; what was written is in place all the same
    with suppress(OSError):
        _sync(path.parent)


@contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """Yield an empty temporary file beside `path`, which replaces `path` once the block ends without an exception.

    After an exception `path` is as it was, and nothing else is left. A link is followed, and the permissions of a
    file that was there are kept. Raises QwemError where `path` cannot be written or is a folder or device.
    """
    target = Path(os.path.realpath(path))
    temporary = _sibling(target)
    with _explained(path, temporary):
        # also keeps root from putting a file in the place of /dev/null
        if path.exists() and not path.is_file():
            raise QwemError(f"Cannot write {printable(str(path))}: it is not a regular file; choose another name.")
        try:
            # not tempfile: its files are 0600 whatever the umask
            os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
            yield temporary
            _sync(temporary)
            if target.exists():
                temporary.chmod(stat.S_IMODE(target.stat().st_mode))
            temporary.replace(target)
            _sync_parent(target)
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Yield an empty temporary folder beside `path`, renamed to `path` once the block ends without an exception.

    Missing parents of `path` are made. After an exception nothing of the folder is left. Raises QwemError where
    `path` exists already or cannot be written.
    """
    _refuse_existing(path)
    temporary = _sibling(path)
    with _explained(path, temporary):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.mkdir()
            yield temporary
            for folder, _, names in os.walk(temporary):
                for name in names:
                    _sync(Path(folder, name))
                with suppress(OSError):
                    _sync(Path(folder))
            # a rename would take the place of an empty folder without a word
            _refuse_existing(path)
            temporary.rename(path)
            _sync_parent(path)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def _refuse_existing(path: Path) -> None:
    if os.path.lexists(path):
        raise QwemError(f"{printable(str(path))} exists already: choose another name, or remove it.")


@contextmanager
def atomic_output(target: Path | BinaryIO) -> Iterator[BinaryIO]:
    """Yield a binary stream to write to: `target` itself where it is a stream, else an `atomic_file` of that path."""
    if not isinstance(target, Path):
        yield target
        return
    with atomic_file(target) as temporary, temporary.open("wb") as stream:
        yield stream
