"""Text that is not in UTF-8."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from qwem_tui.base.errors import QwemError, SettingError
from qwem_tui.corpus.reading.settings import ReadingSettings
from tests.corpus.sources import found, read, write, zipped

GERMAN = "Die Straße führt über die Brücke zum Schloß, wo König und Königin wohnen.\nSpäter hörten sie Lieder.\n"
JAPANESE = (
    "吾輩は猫である。名前はまだ無い。\nどこで生れたかとんと見当がつかぬ。\n何でも薄暗いじめじめした所でニャーニャー泣いていた事だけは"
    "記憶している。\n吾輩はここで始めて人間というものを見た。\n"
)
RUSSIAN = "Все счастливые семьи похожи друг на друга.\nКаждая несчастливая семья несчастлива по-своему.\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GERMAN, "cp1252"), (GERMAN, "latin-1"), (JAPANESE, "shift_jis"), (JAPANESE, "euc-jp"),
        (JAPANESE, "iso2022_jp"), (JAPANESE, "gb18030"), (RUSSIAN, "koi8-r"), (RUSSIAN, "utf-16"),
        (GERMAN, "utf-16-le"), (GERMAN, "utf-32-be"), (JAPANESE, "UTF-8"), (GERMAN, "utf-7"),
    ],
)  # fmt: skip
def test_what_is_asked_for_is_read(tmp_path: Path, text: str, encoding: str) -> None:
    # so long that a character is cut by a block, and an escape holds over one
    data = (text * 5000).replace("\n", "\r\n").encode(encoding)
    expected = text.splitlines() * 5000
    path = write(tmp_path / "folder" / "a", data)
    assert read(path, encoding=encoding) == expected
    assert read("-", stdin=data, encoding=encoding) == expected
    assert read(path.parent, encoding=encoding) == [" ".join(expected)]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_a_mark_tells_the_encoding(tmp_path: Path, encoding: str) -> None:
    for name, order in (("le", "LE"), ("be", "BE")):
        mark = getattr(codecs, f"BOM_{encoding.upper().replace('-', '')}_{order}")
        path = write(tmp_path / "folder" / "a", mark + GERMAN.encode(f"{encoding}-{name}"))
        assert read(path) == GERMAN.splitlines()
        assert read(path.parent) == [" ".join(GERMAN.splitlines())]
        assert read(path, encoding=f"{encoding}-{name}") == GERMAN.splitlines()
    assert read(write(tmp_path / "b", b"\xef\xbb\xbf" + GERMAN.encode()), encoding="utf-8") == GERMAN.splitlines()


@pytest.mark.parametrize(
    ("text", "encoding", "likely"),
    [
        (GERMAN, "cp1252", "cp1252"), (JAPANESE, "shift_jis", "cp932"), (JAPANESE, "euc-jp", "euc_jp"),
        (JAPANESE, "iso2022_jp", "iso2022_jp"), (RUSSIAN, "cp1251", "cp1251"), (RUSSIAN, "koi8-r", "koi8_r"),
    ],
)  # fmt: skip
def test_what_it_likely_is(tmp_path: Path, text: str, encoding: str, likely: str) -> None:
    ascii_before = b"plain words in ascii\n" * 20_000
    data = text.encode(encoding)
    for before in (b"", ascii_before if encoding != "iso2022_jp" else b""):
        path = write(tmp_path / "a", before + data)
        with pytest.raises(QwemError) as caught:
            read(path)
        said = str(caught.value)
        assert said.startswith(f"{path} is not UTF-8 text (byte 0x")
        assert said.endswith(f": it is likely {likely}, which --encoding {likely} reads.")
        assert read(path, encoding=likely)[-len(text.splitlines()) :] == text.splitlines()


def test_in_folders_and_archives_it_is_passed_over_and_counted(tmp_path: Path) -> None:
    members = {"a": GERMAN.encode("cp1252"), "b": "grün".encode(), "c": JAPANESE.encode("shift_jis")}
    for name, content in members.items():
        write(tmp_path / "folder" / name, content)
    for source in (tmp_path / "folder", zipped(tmp_path / "a.zip", members)):
        documents, facts = found(source)
        assert documents == ["grün"]
        (passed_over,) = facts.passed_over
        assert (passed_over.reason, passed_over.count, passed_over.first[-2:] in ("/a", ":a")) == ("encoding", 2, True)
        assert facts.likely_encoding == "cp1252"


def test_utf8_that_is_read_as_another_is_noted(tmp_path: Path) -> None:
    write(tmp_path / "a", GERMAN.encode("cp1252"))
    path = write(tmp_path / "b", "grün".encode())
    assert found(tmp_path, encoding="cp1252")[1].utf8 == str(path)
    assert found(tmp_path / "a", encoding="cp1252")[1].utf8 is None


def test_binary_is_binary_in_other_encodings_too(tmp_path: Path) -> None:
    with pytest.raises(QwemError, match="is binary"):
        read(write(tmp_path / "a", b"\x89PNG\r\n\0\0"), encoding="cp1252")


def test_the_wrong_one_is_said_with_its_byte(tmp_path: Path) -> None:
    path = write(tmp_path / "a", GERMAN.encode("cp1252"))
    with pytest.raises(QwemError, match=r"a is not shift_jis text \(byte 0x.. at byte offset \d+ of the text\): it is"):
        read(path, encoding="shift_jis")


@pytest.mark.parametrize("name", ["klingon", "rot13", "hex", "", "utf\0", "zlib", "ütf"])
def test_an_encoding_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(SettingError, match=r"--encoding .*is no encoding of text that is known: give a name that Pyth"):
        ReadingSettings(encoding=name)


def test_settings_that_exclude_each_other() -> None:
    with pytest.raises(SettingError, match=r"--lines and --paragraphs exclude each other: give one of them\."):
        ReadingSettings(lines=True, paragraphs=True)
    with pytest.raises(SettingError, match=r"--text-field is empty: give the name of a field\."):
        ReadingSettings(text_field="")
