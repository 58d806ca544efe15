from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import os
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from qwem_tui.base.errors import Cancelled, QwemError, UsageError
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


@pytest.mark.parametrize(
    ("content", "documents"),
    [
        (b"one two\nthree\n", ["one two", "three"]),
        (b"no newline at the end", ["no newline at the end"]),
        (b"a\n\n \t\nb\n", ["a", "b"]),
        (b"dos\r\nline\r\n", ["dos", "line"]),
        (b"old\rmac\r", ["old", "mac"]),
        (b"\xef\xbb\xbfmarked\nna\xc3\xafve\n", ["marked", "naïve"]),
        (b" kept as it is \n", [" kept as it is "]),
        ("a\u2028b\x0cc\x85d\n".encode(), ["a\u2028b\x0cc\x85d"]),
        (b"BZh is no archive here\nPK nor here", ["BZh is no archive here", "PK nor here"]),
    ],
)
def test_each_line_of_a_file_is_a_document(tmp_path: Path, content: bytes, documents: list[str]) -> None:
    path = write(tmp_path / "corpus.txt", content)
    assert read(path) == documents
    assert read(str(path)) == documents
    assert read("-", stdin=content) == documents


@pytest.mark.parametrize("suffix", PACKERS)
@pytest.mark.parametrize("named", [True, False])
def test_packed_files_are_told_by_their_first_bytes(tmp_path: Path, suffix: str, named: bool) -> None:
    packed = PACKERS[suffix]("\ufeffone\r\nzwölf\n".encode())
    path = write(tmp_path / ("corpus.txt" + (suffix if named else "")), packed)
    assert read(path) == ["one", "zwölf"]
    assert read("-", stdin=packed) == ["one", "zwölf"]


def test_first_bytes_count_for_more_than_the_suffix(tmp_path: Path) -> None:
    assert read(write(tmp_path / "corpus.gz", lzma.compress(b"one\n"))) == ["one"]


def test_archives_of_several_parts_are_read_to_the_end(tmp_path: Path) -> None:
    for suffix, pack in PACKERS.items():
        assert read(write(tmp_path / f"parts{suffix}", pack(b"one\ntw") + pack(b"o\nthree\n"))) == [
            "one",
            "two",
            "three",
        ]


def test_lines_longer_than_any_buffer(tmp_path: Path) -> None:
    book = "wörd " * 1_000_000
    assert read(write(tmp_path / "book.txt.gz", gzip.compress(f"{book}\nshort\n{book}".encode()))) == [
        book,
        "short",
        book,
    ]


def test_each_file_of_a_folder_is_a_document_by_path(tmp_path: Path) -> None:
    write(tmp_path / "b.txt", "\ufeffsecond\r\nline\n\nend\n")
    write(tmp_path / "a" / "z.txt", "first")
    write(tmp_path / "c.xz", lzma.compress(b"third\n"))
    zipped(tmp_path / "d.zip", {"2": b"fifth", "1": b"fourth"})
    write(tmp_path / "e.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    write(tmp_path / "f.gz", gzip.compress(b"tar\0\0"))
    zipped(tmp_path / "g.docx", {"word/document.xml": b"<w>not for words</w>"}, zipfile.ZIP_STORED)
    write(tmp_path / "empty.txt", "")
    write(tmp_path / "blank.txt", " \n\n")
    write(tmp_path / ".hidden", "no")
    write(tmp_path / ".git" / "config", "no")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe")
    reader = DocumentReader([tmp_path], Silent())
    assert list(reader) == ["first", "second line  end", "third", "fourth", "fifth"]
    assert reader.documents == 5
    assert reader.skipped == 3


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("name", ["corpus.zip", "corpus"])
def test_each_member_of_a_zip_is_a_document_by_path(tmp_path: Path, method: int, name: str) -> None:
    members = {
        "b.txt": b"second\nline\n",
        "a/": b"",
        "a/z.txt": "erstes für".encode(),
        "__MACOSX/a/z.txt": b"no",
        "a/._z.txt": b"no",
        "c.gz": gzip.compress(b"third"),
        "d.png": b"\x89PNG\0",
    }
    assert read(zipped(tmp_path / name, members, method)) == ["erstes für", "second line", "third"]


def test_sources_are_read_in_the_order_given(tmp_path: Path) -> None:
    b, a = write(tmp_path / "b", "b\n"), write(tmp_path / "a", "a\n")
    assert read(b, "-", a, b, stdin=b"stdin\n") == ["b", "stdin", "a", "b"]


def test_stdin_is_left_open() -> None:
    stdin = io.BytesIO(b"one\n")
    assert list(DocumentReader(["-"], Silent(), stdin)) == ["one"]
    assert not stdin.closed


def test_raw_stdin() -> None:
    end, start = os.pipe()
    os.write(start, b"one\ntwo\n")
    os.close(start)
    with open(end, "rb", buffering=0) as stdin:
        assert list(DocumentReader(["-"], Silent(), stdin)) == ["one", "two"]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_named_pipe_is_read_as_a_stream(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(pack(b"one\ntwo\n" * 100_000),))
    writer.start()
    recorder = Recorder()
    assert list(DocumentReader([pipe], recorder)) == ["one", "two"] * 100_000
    writer.join()
    assert recorder.stages == [("reading", None)]


def test_digest_is_that_of_the_lines_however_they_are_kept(tmp_path: Path) -> None:
    lines = "naïve words\nsecond\nthird\n".encode()
    plain = write(tmp_path / "plain", lines)
    packed = write(tmp_path / "packed", gzip.compress(b"\xef\xbb\xbf" + lines.replace(b"\n", b"\r\n\r\n")))
    write(tmp_path / "folder" / "1", "naïve\nwords\n")
    write(tmp_path / "folder" / "2", "second")
    write(tmp_path / "folder" / "3", "third\n\n")
    for source in (plain, packed, tmp_path / "folder"):
        reader = DocumentReader([source], Silent())
        assert len(list(reader)) == 3
        assert reader.digest == hashlib.sha256(lines).hexdigest()


def test_progress_counts_the_bytes_as_stored(tmp_path: Path) -> None:
    noise = os.urandom(3_000_000).hex().encode()
    sources = [
        write(tmp_path / "plain", b"\n".join([noise, noise])),
        write(tmp_path / "packed", gzip.compress(noise, 1)),
        zipped(tmp_path / "both.zip", {"a": noise, "b": noise}),
        write(tmp_path / "folder" / "file", b"words").parent,
    ]
    total = sum(path.stat().st_size for path in sources[:3]) + 5
    recorder = Recorder()
    reader = DocumentReader(sources, recorder)
    assert sum(map(len, reader)) == 5 * len(noise) + 5
    assert recorder.stages == [("reading", total)]
    assert recorder.done == sorted(recorder.done)
    assert recorder.done[-1] == reader.bytes_read == total
    assert recorder.done[-2] <= total
    steps = [after - before for before, after in zip([0.0, *recorder.done], recorder.done, strict=False)]
    assert max(steps) < 1.5e6
    assert len(recorder.done) < 60


def test_progress_is_told_while_much_text_comes_of_few_bytes(tmp_path: Path) -> None:
    recorder = Recorder()
    list(DocumentReader([write(tmp_path / "a.gz", gzip.compress(b"word\n" * 2_000_000))], recorder))
    assert len(recorder.done) >= 9


def test_many_short_documents_are_not_told_one_by_one(tmp_path: Path) -> None:
    recorder = Recorder()
    assert len(list(DocumentReader([write(tmp_path / "a", b"a\n" * 100_000)], recorder))) == 100_000
    assert len(recorder.done) < 5


@pytest.mark.parametrize("name", ["a.txt", "a.gz", "a.zip", "folder"])
def test_cancelling_goes_through_and_closes_every_file(tmp_path: Path, name: str) -> None:
    text = os.urandom(3_000_000).hex().encode()
    write(tmp_path / "a.txt", text)
    write(tmp_path / "a.gz", gzip.compress(text, 1))
    zipped(tmp_path / "a.zip", {"a": text})
    write(tmp_path / "folder" / "a", text)
    before = open_descriptors()
    with pytest.raises(Cancelled):
        list(DocumentReader([tmp_path / name], Recorder(cancel_at=1_500_000)))
    assert open_descriptors() == before


@pytest.mark.parametrize("suffix", ["", ".gz", ".zip"])
def test_reading_that_is_given_up_closes_every_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    if suffix == ".zip":
        zipped(path, {"a": b"one", "b": b"two"})
    else:
        write(path, PACKERS.get(suffix, bytes)(b"one\ntwo\n"))
    before = open_descriptors()
    documents = iter(DocumentReader([path], Silent()))
    assert next(documents) == "one"
    assert open_descriptors() > before
    documents.close()  # type: ignore[attr-defined]
    assert open_descriptors() == before


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
        f"{path} is not UTF-8 text (at byte offset {first_bad(text)} of the text): convert it with "
        "iconv -f ITS-ENCODING -t UTF-8."
    )
    assert error.exit_code == 1


def first_bad(text: bytes | bytearray) -> int:
    with pytest.raises(UnicodeDecodeError) as caught:
        text.decode()
    return caught.value.start


@pytest.mark.parametrize("marked", [b"", b"\xef\xbb\xbf"])
def test_wrong_encoding_in_folders_archives_and_at_the_end(tmp_path: Path, marked: bytes) -> None:
    text = marked + b"caf\xc3\xa9 caf\xe9"
    write(tmp_path / "folder" / "a", text)
    zipped(tmp_path / "a.zip", {"dir/a": text})
    offset = len(marked) + 9
    assert f"folder/a is not UTF-8 text (at byte offset {offset} " in str(fail(tmp_path / "folder"))
    assert f"a.zip:dir/a is not UTF-8 text (at byte offset {offset} " in str(fail(tmp_path / "a.zip"))
    assert f"standard input is not UTF-8 text (at byte offset {offset} " in str(fail("-", stdin=text))


@pytest.mark.parametrize("text", [b"\x7fELF\x02\x01\x01\0\xff", "utf-16 text".encode("utf-16"), b"\xff" * 8191 + b"\0"])
def test_binary_is_refused_as_such(tmp_path: Path, text: bytes) -> None:
    path = write(tmp_path / "a", text)
    assert str(fail(path)) == (
        f"{path} is binary, or text that is not in UTF-8 (it has a NUL byte): give text in UTF-8."
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
    assert str(fail(tmp_path)) == f"The folder {tmp_path} holds no text: give one that does."


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
    for source in (path, path.parent):
        error = fail(source)
        assert not isinstance(error, UsageError)
        assert str(error) == (
            f"Cannot read {path.parent}/a\\x07: permission denied; check the file and its permissions."
        )


def test_folder_that_may_not_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "open" / "a", b"words")

    def refuse(path: str) -> None:
        raise PermissionError(13, "Permission denied", os.fspath(path))

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(QwemError, match=f"Cannot read {tmp_path}: permission denied"):
        read(tmp_path)
