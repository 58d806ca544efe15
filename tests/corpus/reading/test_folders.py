"""Folders: links, what is there twice, and what is passed over."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.corpus.sources import found, read, write


def reasons(source: Path) -> dict[str, int]:
    return {each.reason: each.count for each in found(source)[1].passed_over}


def test_links_are_followed_once(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    write(folder / "z" / "1.txt", "one")
    write(tmp_path / "outside" / "2.txt", "two")
    write(tmp_path / "outside" / "sub" / "3.txt", "three")
    (folder / "a").symlink_to(folder / "z")  # there twice, before it by name
    (folder / "b").symlink_to(tmp_path / "outside")
    (tmp_path / "outside" / "up").symlink_to(folder)  # a circle
    (folder / "self").symlink_to(folder)
    (folder / "c.txt").symlink_to(tmp_path / "outside" / "2.txt")
    (folder / "round").symlink_to(folder / "round")
    (folder / "nowhere").symlink_to(folder / "none")
    os.link(folder / "z" / "1.txt", folder / "z" / "hard.txt")
    assert sorted(read(folder)) == ["one", "three", "two"]
    assert reasons(folder) == {"same twice": 5, "broken link": 2}


def test_a_folder_in_a_folder_that_may_not_be_listed(tmp_path: Path) -> None:
    write(tmp_path / "open" / "a", "words")
    write(tmp_path / "shut" / "b", "more")
    scandir = os.scandir

    def refuse(path: Path) -> object:
        if Path(path).name == "shut":
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return scandir(path)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "scandir", refuse)
        assert read(tmp_path) == ["words"]
        assert reasons(tmp_path) == {"unreadable": 1}


def test_each_line_of_the_files_of_a_folder(tmp_path: Path) -> None:
    write(tmp_path / "a", "one\ntwo\n\n")
    write(tmp_path / "b", "three")
    assert read(tmp_path, lines=True) == ["one", "two", "three"]
    documents, facts = found(tmp_path / "a", lines=True)
    assert documents == ["one", "two"]
    assert not facts.by_lines
    assert found(tmp_path / "a")[1].by_lines


def test_paragraphs_of_a_file_and_of_a_folder(tmp_path: Path) -> None:
    path = write(tmp_path / "a", "\n one\ntwo\n \t\n\nthree\n")
    assert read(path, paragraphs=True) == read(tmp_path, paragraphs=True) == [" one two", "three"]
