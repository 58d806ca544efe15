from __future__ import annotations

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

from qwem_tui.base.errors import Cancelled
from qwem_tui.base.progress import Silent
from qwem_tui.corpus.documents import DocumentReader
from qwem_tui.corpus.reading.facts import PassedOver
from tests.corpus.sources import PACKERS, Recorder, joined, open_descriptors, read, write, zipped


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
    assert joined(reader) == ["first", "second line  end", "third", "fourth", "fifth"]
    assert reader.documents == 5
    assert reader.facts.passed_over == (
        PassedOver("binary", 3, f"{tmp_path}/e.png"),
        PassedOver("no file", 1, f"{tmp_path}/pipe"),
        PassedOver("broken link", 1, f"{tmp_path}/dangling"),
    )


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
    assert joined(DocumentReader(["-"], Silent(), stdin)) == ["one"]
    assert not stdin.closed


def test_raw_stdin() -> None:
    end, start = os.pipe()
    os.write(start, b"one\ntwo\n")
    os.close(start)
    with open(end, "rb", buffering=0) as stdin:
        assert joined(DocumentReader(["-"], Silent(), stdin)) == ["one", "two"]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_named_pipe_is_read_as_a_stream(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(pack(b"one\ntwo\n" * 100_000),))
    writer.start()
    recorder = Recorder()
    assert joined(DocumentReader([pipe], recorder)) == ["one", "two"] * 100_000
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
        assert len(joined(reader)) == 3
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
    assert sum(map(len, joined(reader))) == 5 * len(noise) + 5
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
    assert next(documents) == ("one", True)
    assert open_descriptors() > before
    documents.close()  # type: ignore[attr-defined]
    assert open_descriptors() == before
