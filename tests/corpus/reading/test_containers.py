"""What text comes in, found by looking."""

from __future__ import annotations

import gzip
import io
import json
import os
import sys
import tarfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from qwem_tui.base.errors import QwemError, UsageError
from qwem_tui.corpus.reading import unpacking
from tests.corpus.sources import found, read, write, zipped

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LONG = "a text that is long enough to be told from a name or a number, as it has more than eighty letters"


def lines(*records: object) -> bytes:
    return "".join(f"{json.dumps(record)}\n" for record in records).encode()


TWO = lines({"id": 1, "text": "first\nrecord"}, {"id": 2, "text": "sécond"})


def tarred(members: dict[str, bytes], links: dict[str, str] | None = None) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for name, target in (links or {}).items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, target
            archive.addfile(info)
    return buffer.getvalue()


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstd.compress])
@pytest.mark.parametrize("name", ["a.jsonl", "a.txt", "a"])
def test_json_lines_are_told_by_looking(tmp_path: Path, pack: type[bytes], name: str) -> None:
    path = write(tmp_path / "folder" / name, pack(TWO))
    for documents, facts in (found(path), found(path.parent), found("-", stdin=pack(TWO))):
        assert documents == ["first record", "sécond"]
        assert facts.containers == (("JSON lines", 1),)
        assert facts.fields == ("text",)
    assert read(path, lines=True) == ["first", "record", "sécond"]


@pytest.mark.parametrize(
    ("record", "field", "text"),
    [
        ({"content": "c", "title": LONG}, None, "c"),
        ({"text": "t", "content": LONG}, None, "t"),
        ({"body": LONG, "title": "no", "n": 1}, None, LONG),
        ({"text": "no", "title": "yes"}, "title", "yes"),
        ({"a": {"b": {"c": "deep"}}}, "a.b.c", "deep"),
        ({"a.b": "dotted"}, "a.b", "dotted"),
        ({"turns": [{"said": "one"}, {"said": "two"}, {}]}, "turns.said", "one two"),
        ({"parts": ["one", "two"]}, "parts", "one two"),
        ({"text": "a\r\nb\rc"}, None, "a b c"),
    ],
)
def test_which_field_is_the_text(tmp_path: Path, record: object, field: str | None, text: str) -> None:
    path = write(tmp_path / "a.jsonl", lines(record) * 3)
    assert read(path, text_field=field) == [text] * 3


def test_what_python_writes_and_other_readers_refuse(tmp_path: Path) -> None:
    content = (
        b'{"score": NaN, "text": "one"}\n{"text": "half \\ud83d and whole \\ud83d\\ude00"}\n\n'
        b'{"text": null, "n": 1e999}\n'
    )
    documents, facts = found(write(tmp_path / "a.jsonl", content))
    assert documents == ["one", "half \ufffd and whole \U0001f600"]
    assert facts.without_text == 1


def test_a_record_larger_than_any_block(tmp_path: Path) -> None:
    text = "wörd " * 200_000
    path = write(tmp_path / "a", lines({"text": text}, {"text": "short"}))
    assert read(path) == [text, "short"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (TWO + b'{"text": "cut', "a, line 3, is no JSON ("),
        (TWO + b"[1]\n", 'a, line 3, is no record with fields: write each as {"text": ...}.'),
        (lines({"title": "x", "n": 1}), "none of its fields title, n is long: name the one to read with --text-field."),
        (lines({"a": LONG, "b": LONG}), "of its fields a, b hold texts: name the one"),
        (b'[\n {"text": "x"}\n]\n', "a is JSON, but not a record a line"),
        (b'{\n "a": {"b": 1},\n "text": "x"\n}\n', "a is JSON, but not a record a line"),
        (b'<?xml version="1.0"?>\n<mediawiki xmlns="x">\n<page>', "a is a MediaWiki XML dump, whose markup would"),
    ],
)
def test_what_would_give_wrong_words_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(QwemError) as caught:
        read(write(tmp_path / "a", content))
    assert said in str(caught.value)


def test_a_field_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no text in a field body: its fields are id, text; name one of them"):
        read(write(tmp_path / "a", TWO), text_field="body")
    with pytest.raises(UsageError, match=r"no column body: .*\(plain prose\)"):
        read(write(tmp_path / "b", "plain prose\n"), text_field="body")


def test_in_a_folder_what_has_no_text_field_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", TWO)
    write(tmp_path / "b.jsonl", lines({"n": 1}))
    write(tmp_path / "c.json", b'[{"text": "x"}]')
    documents, facts = found(tmp_path)
    assert len(documents) == 2
    assert [(each.reason, each.count) for each in facts.passed_over] == [("field", 1), ("json", 1)]
    write(tmp_path / "readme.txt", "prose")
    assert [(each.reason, each.count) for each in found(tmp_path, text_field="text")[1].passed_over] == [
        ("field", 2), ("json", 1),
    ]  # fmt: skip


def test_prose_that_begins_like_json_is_prose(tmp_path: Path) -> None:
    for prose in ("{curly} braces\nand more\n", "[1] a note\n", "<p>one</p>\n", "{\n", "[{unlikely}]\n"):
        assert read(write(tmp_path / "a", prose)) == prose.splitlines()


def test_pythons_own_zstandard_is_used_where_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []

    class Opened(zstd.ZstdFile):
        def __init__(self, *given: Any, **named: Any) -> None:
            opened.append(named)
            super().__init__(*given, **named)

    own = SimpleNamespace(ZstdFile=Opened, ZstdError=zstd.ZstdError, DecompressionParameter=zstd.DecompressionParameter)
    monkeypatch.setattr(unpacking, "sys", SimpleNamespace(version_info=(3, 14)))
    monkeypatch.setitem(sys.modules, "compression", SimpleNamespace(zstd=own))
    monkeypatch.setitem(sys.modules, "backports", None)
    assert read(write(tmp_path / "a.zst", zstd.compress(b"one\ntwo"))) == ["one", "two"]
    # windows of --long=31 are taken
    assert opened == [{"options": {zstd.DecompressionParameter.window_log_max: 31}}]


def test_zstandard_is_read_over_all_its_frames(tmp_path: Path) -> None:
    skippable = b"\x50\x2a\x4d\x18\x04\0\0\0abcd"
    packed = skippable + zstd.compress(b"one\ntw") + zstd.compress(b"o\n") + skippable + zstd.compress(b"three\n")
    assert read(write(tmp_path / "a.zst", packed)) == ["one", "two", "three"]
    assert read("-", stdin=packed) == ["one", "two", "three"]


@pytest.mark.parametrize("cut", [3, 30, -1])
def test_zstandard_that_is_cut_or_spoilt(tmp_path: Path, cut: int) -> None:
    whole = zstd.compress(os.urandom(1000).hex().encode(), options={zstd.CompressionParameter.checksum_flag: 1})
    spoilt = whole[:20] + bytes([whole[20] ^ 0xFF]) + whole[21:]
    for content in (whole[:cut], spoilt, b"plain"):
        with pytest.raises(QwemError, match="is cut short, damaged, or packed in a way that is not known"):
            read(write(tmp_path / "a.zst", content))


MEMBERS = {
    "b/2.txt": b"second\nfile\n",
    "a.txt": b"first",
    ".hidden": b"no",
    "b/._2.txt": b"no",
    "__MACOSX/a": b"no",
    "c.gz": gzip.compress(b"third"),
    "d.png": b"\x89PNG\0",
    "e.jsonl": TWO,
}


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstd.compress])
def test_a_tar_archive_is_read_as_a_folder_in_its_order(tmp_path: Path, pack: type[bytes]) -> None:
    packed = pack(tarred(MEMBERS, {"link": "a.txt"}))
    path = write(tmp_path / "folder" / "a.tar.any", packed)
    for documents, facts in (found(path), found("-", stdin=packed), found(path.parent)):
        assert documents == ["second file", "first", "third", "first record", "sécond"]
        assert [(each.reason, each.count) for each in facts.passed_over] == [("binary", 1), ("same twice", 1)]


def test_a_damaged_header_in_the_middle_of_a_tar_archive_is_not_its_end(tmp_path: Path) -> None:
    content = bytearray(tarred({"a": b"one " * 1000, "b": b"two " * 1000, "c": b"three"}))
    second = content.index(b"b\0\0\0", 512)
    content[second + 100] ^= 0xFF
    with pytest.raises(QwemError, match=r"a\.tar is cut short, damaged, .*bad header"):
        read(write(tmp_path / "a.tar", bytes(content)))
    with pytest.raises(QwemError, match=r"a\.tar is cut short, damaged"):
        read(write(tmp_path / "a.tar", tarred({"a": b"one", "b": b"two " * 1000})[:3000]))


WIKI = (
    '<doc id="12" url="https://en.wikipedia.org/wiki?curid=12" title="Tom & "Jerry"">\nTom & "Jerry"\n\n'
    'Cats &amp; mice.\n\nAs in 1 &lt; 2.\n</doc>\n\n<doc id="13" url="u">\nNo title\nTwo\n</doc>\n'
)


def test_articles_of_wikiextractor_are_documents_without_their_titles(tmp_path: Path) -> None:
    path = write(tmp_path / "AA" / "wiki_00", WIKI)
    for documents, facts in (found(path), found(tmp_path), found("-", stdin=WIKI.encode())):
        assert [" ".join(document.split()) for document in documents] == [
            "Cats & mice. As in 1 < 2.",
            "No title Two",
        ]
        assert facts.containers == (("WikiExtractor", 1),)
    assert read(path, paragraphs=True) == ["Cats & mice.", "As in 1 < 2.", "No title Two"]


@pytest.mark.parametrize("name", ["a.csv", "a.txt"])
def test_a_column_of_csv(tmp_path: Path, name: str) -> None:
    table = 'n,text,more\n1,"one, two\n\n""three""",x\n\n2,' + "long " * 60_000 + ",y\n3\n"
    documents, facts = found(write(tmp_path / name, table), text_field="text")
    assert documents == ['one, two  "three"', "long " * 60_000]
    assert facts.without_text == 1
    assert facts.containers == (("CSV", 1),)


def test_quotes_in_what_is_separated_by_tabs(tmp_path: Path) -> None:
    stray = 'id\ttext\n1\t"Who" said it\n2\t"an open quote\n3\tplain\n'
    assert read(write(tmp_path / "a.tsv", stray), text_field="text") == ['"Who" said it', '"an open quote', "plain"]
    quoted = 'id\ttext\n1\t"two\nlines"\n2\tplain\n'
    assert read(write(tmp_path / "b.tsv", quoted), text_field="text") == ["two lines", "plain"]


def test_a_quote_that_is_never_closed_is_said_with_its_line(tmp_path: Path) -> None:
    for table in ('text\n"one"\n"two\nthree\n', 'text\n"one" more\n'):
        with pytest.raises(QwemError, match=r"a\.csv, line \d, is no row of a table \(.*\): see to its quotes"):
            read(write(tmp_path / "a.csv", table), text_field="text")


def test_csv_that_is_read_as_prose_is_noted(tmp_path: Path) -> None:
    documents, facts = found(write(tmp_path / "a.csv", "n,text\n1,one\n"))
    assert documents == ["n,text", "1,one"]
    assert facts.tables == str(tmp_path / "a.csv")


def test_records_in_a_zip_are_documents(tmp_path: Path) -> None:
    assert read(zipped(tmp_path / "a.zip", {"x.jsonl": TWO, "y.txt": b"a\nb\n"})) == ["first record", "sécond", "a b"]
