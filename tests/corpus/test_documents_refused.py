"""What cannot be read is refused in one sentence that says where."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from qwem_tui.base.errors import QwemError, UsageError
from qwem_tui.corpus.documents import DocumentReader
from tests.corpus.sources import PACKERS, Recorder, open_descriptors, read, write, zipped


def fail(*sources: str | Path, stdin: bytes | None = None) -> QwemError:
    """Return the error of reading `sources`, having checked that it is a sentence and that no file stays open."""
    before = open_descriptors()
    with pytest.raises(QwemError) as caught:
        read(*sources, stdin=stdin)
    sentence = str(caught.value)
    assert sentence.isprintable()
    assert sentence.endswith(".")
    assert ": " in sentence
    assert open_descriptors() == before
    return caught.value


@pytest.mark.parametrize("packed", ["", *PACKERS])
@pytest.mark.parametrize("bad_at", [0, 7, 8191, 8192, 1_000_003])
def test_wrong_encoding_is_placed_to_the_byte(tmp_path: Path, packed: str, bad_at: int) -> None:
    text = bytearray("grün\n".encode() * 200_000)
    text[bad_at : bad_at + 1] = b"\xff"
    path = write(tmp_path / f"a{packed}", PACKERS.get(packed, bytes)(bytes(text)))
    error = fail(path)
    assert str(error) == (
        f"{path} is not UTF-8 text (byte 0xFF at byte offset {first_bad(text)} of the text), though what stands around "
        "it is: it is damaged there; leave such bytes out with iconv -c -f UTF-8 -t UTF-8."
    )
    assert error.exit_code == 1


def first_bad(text: bytes | bytearray) -> int:
    with pytest.raises(UnicodeDecodeError) as caught:
        text.decode()
    return caught.value.start


@pytest.mark.parametrize("marked", [b"", b"\xef\xbb\xbf"])
def test_wrong_encoding_in_folders_archives_and_at_the_end(tmp_path: Path, marked: bytes) -> None:
    text = marked + b"caf\xc3\xa9 caf\xe9"
    offset = len(marked) + 9
    assert f"standard input is not UTF-8 text (byte 0xE9 at byte offset {offset} " in str(fail("-", stdin=text))
    # further on than is looked at before a file of a folder is begun
    far = marked + b"word " * 60_000 + b"caf\xe9"
    write(tmp_path / "folder" / "a", far)
    zipped(tmp_path / "a.zip", {"dir/a": far})
    assert f"folder/a is not UTF-8 text (byte 0xE9 at byte offset {len(far) - 1} " in str(fail(tmp_path / "folder"))
    assert f"a.zip:dir/a is not UTF-8 text (byte 0xE9 at byte offset {len(far) - 1} " in str(fail(tmp_path / "a.zip"))


@pytest.mark.parametrize(
    "text", [b"\x7fELF\x02\x01\x01\0\xff", "utf-16 text".encode("utf-16-le"), b"\xff" * 8191 + b"\0"]
)
def test_binary_is_refused_as_such(tmp_path: Path, text: bytes) -> None:
    path = write(tmp_path / "a", text)
    assert str(fail(path)) == (
        f"{path} is binary, or text that is not in UTF-8 (it has a NUL byte): give text in UTF-8, "
        "or its encoding with --encoding, such as utf-16."
    )
    assert "is binary" in str(fail(write(tmp_path / "b", gzip.compress(text))))
    assert "is binary" in str(fail("-", stdin=text))


def test_stray_nul_further_on_is_no_reason_to_refuse(tmp_path: Path) -> None:
    assert len(read(write(tmp_path / "a", b"word\n" * 2000 + b"wo\0rd\n"))) == 2001


@pytest.mark.parametrize("suffix", [*PACKERS, ".zip"])
def test_cut_or_damaged_archives(tmp_path: Path, suffix: str) -> None:
    text = os.urandom(50_000).hex().encode()
    whole = PACKERS[suffix](text) if suffix != ".zip" else zipped(tmp_path / "whole", {"a": text}).read_bytes()
    cut = write(tmp_path / f"cut{suffix}", whole[: len(whole) // 2])
    spoilt = bytearray(whole)
    spoilt[len(whole) // 2] ^= 0xFF
    for path in (cut, write(tmp_path / f"spoilt{suffix}", bytes(spoilt)), write(tmp_path / f"x{suffix}", b"plain")):
        error = fail(path)
        assert str(error).startswith(f"{path} is cut short, damaged, or packed in a way that is not known (")
        assert error.exit_code == 1


def test_encrypted_zip(tmp_path: Path) -> None:
    content = bytearray(zipped(tmp_path / "a.zip", {"a": b"words"}).read_bytes())
    content[content.index(b"PK\x03\x04") + 6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path = write(tmp_path / "a.zip", bytes(content))
    assert str(fail(path)) == f"{path} is encrypted: unpack it with its password first."


def test_zip_that_would_have_to_be_taken_from_a_pipe(tmp_path: Path) -> None:
    content = zipped(tmp_path / "a.zip", {"a": b"words"}).read_bytes()
    assert "standard input is binary" in str(fail("-", stdin=content))


@pytest.mark.parametrize("content", [b"", b"\n \r\n", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("suffix", ["", ".gz", ".zip"])
def test_nothing_to_read(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = write(tmp_path / f"a{suffix}", gzip.compress(content) if suffix == ".gz" and content else content)
    if suffix == ".zip":
        zipped(path, {"a": content})
    assert str(fail(write(tmp_path / "words", b"words"), path)) == f"{path} holds no text: give one that does."


@pytest.mark.parametrize("suffix", ["", *PACKERS, ".zip"])
def test_empty_file_is_not_called_damaged(tmp_path: Path, suffix: str) -> None:
    assert "holds no text" in str(fail(write(tmp_path / f"a{suffix}", b"")))


def test_folder_without_text(tmp_path: Path) -> None:
    write(tmp_path / "picture", b"\x89PNG\0")
    assert str(fail(tmp_path)) == (
        f"The folder {tmp_path} holds no text (1 file(s) were passed over: 1 binary): give one that does."
    )


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        (["no\x1bsuch"], r"There is no file or folder no\x1bsuch: check the path."),
        (["/dev/null"], "/dev/null is a device or socket: give a file, a folder, or - for standard input."),
        (["-", "-"], "Standard input (-) is given twice: give it once."),
        (["-"], "There is no standard input (-) to read here: give a file or a folder."),
    ],
)
def test_what_cannot_be_a_source_is_wrong_usage(sources: list[str], message: str) -> None:
    error = fail(*sources)
    assert isinstance(error, UsageError)
    assert str(error) == message


def test_every_source_is_looked_at_before_any_is_read(tmp_path: Path) -> None:
    recorder = Recorder()
    with pytest.raises(UsageError):
        list(DocumentReader([write(tmp_path / "a", b"words"), tmp_path / "b"], recorder))
    assert recorder.stages == []


def test_what_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "folder" / "a\x07", b"words")

    def refuse(self: Path, *args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    # file permissions would not hold back a test that runs as root
    monkeypatch.setattr(Path, "open", refuse)
    error = fail(path)
    assert not isinstance(error, UsageError)
    assert str(error) == f"Cannot read {path.parent}/a\\x07: permission denied; check the file and its permissions."
    assert str(fail(path.parent)) == (
        f"The folder {path.parent} holds no text (1 file(s) were passed over: 1 not readable): give one that does."
    )


def test_folder_that_may_not_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "open" / "a", b"words")

    def refuse(path: str) -> None:
        raise PermissionError(13, "Permission denied", os.fspath(path))

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(QwemError, match=f"Cannot read {tmp_path}: permission denied"):
        read(tmp_path)
