from __future__ import annotations

import errno
import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from qwem_tui.base.atomic import atomic_file, atomic_folder, atomic_output
from qwem_tui.base.errors import QwemError


def entries(folder: Path) -> list[str]:
    """Return the names of everything in `folder`, hidden ones too."""
    return sorted(os.listdir(folder))


@pytest.fixture
def umask() -> Iterator[None]:
    before = os.umask(0o027)
    yield
    os.umask(before)


def write_half(file: Path) -> None:
    """Write something to `file` and fail."""
    file.write_bytes(b"half")
    raise ZeroDivisionError


def failing(number: int) -> object:
    """Return a stand-in for any system call, which fails with the error of that number."""

    def call(*args: object, **kwargs: object) -> None:
        raise OSError(number, os.strerror(number))

    return call


def test_file_appears_only_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "out.bin"
    with atomic_file(path) as temporary:
        temporary.write_bytes(b"new")
        assert not path.exists()
        assert temporary.parent == tmp_path
        assert temporary.name.startswith(".out.bin.partial-")
    assert path.read_bytes() == b"new"
    assert entries(tmp_path) == ["out.bin"]


def test_old_file_stays_whole_when_writing_fails_half_way(tmp_path: Path) -> None:
    path = tmp_path / "out.bin"
    path.write_bytes(b"old")
    with pytest.raises(ZeroDivisionError), atomic_file(path) as temporary:
        write_half(temporary)
    assert path.read_bytes() == b"old"
    assert entries(tmp_path) == ["out.bin"]


def test_file_is_synced_before_it_takes_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "out.bin"
    synced: list[tuple[int, bool]] = []
    fsync = os.fsync

    def watched(descriptor: int) -> None:
        synced.append((os.fstat(descriptor).st_ino, path.exists()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    with atomic_file(path) as temporary:
        temporary.write_bytes(b"new")
    assert synced == [(path.stat().st_ino, False), (tmp_path.stat().st_ino, True)]


@pytest.mark.usefixtures("umask")
def test_permissions_follow_the_umask_or_the_file_that_was_there(tmp_path: Path) -> None:
    path = tmp_path / "out.bin"
    with atomic_file(path) as temporary:
        temporary.write_bytes(b"new")
    assert path.stat().st_mode & 0o777 == 0o640
    path.chmod(0o604)
    with atomic_file(path) as temporary:
        temporary.write_bytes(b"newer")
    assert path.stat().st_mode & 0o777 == 0o604


def test_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real" / "file")
    with atomic_file(tmp_path / "link") as temporary:
        temporary.write_bytes(b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "file").read_bytes() == b"new"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EIO])
@pytest.mark.parametrize("call", ["fsync", "open", "rename"])
def test_what_the_system_refuses_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, call: str
) -> None:
    path = tmp_path / "out\x1b.bin"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, {"rename": "replace"}.get(call, call), failing(number))
    with pytest.raises(QwemError) as caught, atomic_file(path) as temporary:
        temporary.write_bytes(b"new")
    monkeypatch.undo()
    sentence = str(caught.value)
    assert sentence.startswith(f"Cannot write {tmp_path}/out\\x1b.bin: {os.strerror(number).lower()}; ")
    assert sentence.count(".") == sentence.count("out\\x1b.bin") + 1
    assert caught.value.exit_code == 1
    assert path.read_bytes() == b"old"
    assert entries(tmp_path) == ["out\x1b.bin"]


def test_disk_full_while_the_block_writes(tmp_path: Path) -> None:
    with pytest.raises(QwemError, match=r"no space left on device; make room there"), atomic_file(tmp_path / "a"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert entries(tmp_path) == []


def test_errors_about_something_else_are_not_blamed_on_the_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), atomic_file(tmp_path / "a"):
        (tmp_path / "other").read_bytes()
    with pytest.raises(BrokenPipeError), atomic_folder(tmp_path / "b"):
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")
    assert entries(tmp_path) == []


def test_missing_folder_folder_and_device_are_refused(tmp_path: Path) -> None:
    with pytest.raises(QwemError, match="no such file or directory; make its folder"), atomic_file(tmp_path / "no/a"):
        pass
    with pytest.raises(QwemError, match="not a regular file"), atomic_file(tmp_path):
        pass
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(QwemError, match="not a regular file"), atomic_file(tmp_path / "pipe"):
        pass
    assert entries(tmp_path) == ["pipe"]


def test_long_names_can_be_written(tmp_path: Path) -> None:
    with atomic_file(tmp_path / ("a" * 255)) as temporary:
        temporary.write_bytes(b"new")
    with atomic_folder(tmp_path / ("ü" * 127)) as folder:
        (folder / "file").write_bytes(b"new")
    assert len(entries(tmp_path)) == 2
    with pytest.raises(QwemError, match="name too long; choose a shorter name"), atomic_file(tmp_path / ("a" * 256)):
        pass


def test_folder_appears_only_at_the_end_and_parents_are_made(tmp_path: Path) -> None:
    path = tmp_path / "parent" / "out"
    with atomic_folder(path) as temporary:
        (temporary / "deep").mkdir()
        (temporary / "deep" / "file").write_bytes(b"new")
        assert not path.exists()
        assert temporary.parent == path.parent
        assert temporary.name.startswith(".out.partial-")
    assert (path / "deep" / "file").read_bytes() == b"new"
    assert entries(path.parent) == ["out"]


def test_every_file_of_a_folder_is_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: set[int] = set()
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.add(os.fstat(descriptor).st_ino))
    with atomic_folder(tmp_path / "out") as temporary:
        (temporary / "deep").mkdir()
        for name in ("a", "deep/b"):
            (temporary / name).write_bytes(b"new")
    written = [tmp_path / "out", tmp_path / "out/a", tmp_path / "out/deep", tmp_path / "out/deep/b", tmp_path]
    assert synced == {path.stat().st_ino for path in written}


def test_nothing_of_a_folder_is_left_when_it_fails(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), atomic_folder(tmp_path / "out") as temporary:
        write_half(temporary / "file")
    assert entries(tmp_path) == []


@pytest.mark.parametrize("call", ["fsync", "mkdir", "rename"])
def test_what_the_system_refuses_for_a_folder_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    monkeypatch.setattr(os, call, failing(errno.ENOSPC))
    with pytest.raises(QwemError) as caught, atomic_folder(tmp_path / "out") as temporary:
        (temporary / "file").write_bytes(b"new")
    monkeypatch.undo()
    assert str(caught.value) == (
        f"Cannot write {tmp_path}/out: no space left on device; make room there, or choose another place."
    )
    assert entries(tmp_path) == []


def test_existing_folder_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for name in ("out", "dangling"):
        with pytest.raises(QwemError, match=f"{name} exists already"), atomic_folder(tmp_path / name):
            raise AssertionError("the block must not run")
    with pytest.raises(QwemError, match="exists already"), atomic_folder(Path()):
        raise AssertionError("the block must not run")


def test_folder_that_came_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(QwemError, match="exists already"), atomic_folder(tmp_path / "out"):
        (tmp_path / "out").mkdir()
    assert entries(tmp_path) == ["out"]
    assert entries(tmp_path / "out") == []


def test_parent_that_is_a_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(QwemError, match=r"^Cannot write .*/file/out: "), atomic_folder(tmp_path / "file" / "out"):
        pass
    with pytest.raises(QwemError, match=r"^Cannot write .*/file/a/b/out: "), atomic_folder(tmp_path / "file/a/b/out"):
        pass


def test_output_goes_to_a_stream_as_it_is_and_to_a_path_whole(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with atomic_output(stream) as output:
        assert output is stream
    assert not stream.closed
    with pytest.raises(TypeError), atomic_output(tmp_path / "a") as output:
        output.writelines([b"half", "not bytes"])  # type: ignore[list-item]
    assert entries(tmp_path) == []
    with atomic_output(tmp_path / "a") as output:
        output.write(b"whole")
    assert (tmp_path / "a").read_bytes() == b"whole"
