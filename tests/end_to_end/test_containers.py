"""Texts in containers and encodings, from the command line to the run folder."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from tests.conftest import little_text
from tests.end_to_end.command_line import refused
from tests.end_to_end.zygote import Zygote

TRAIN = ("--dim", "4", "--steps", "2", "--threads", "1")


def settings_and_digest(run: Path) -> tuple[dict[str, object], str]:
    described = json.loads((run / "run.json").read_text(encoding="utf-8"))
    return described["settings"], described["corpus"]["digest"]


def test_the_same_documents_are_the_same_run_whatever_they_come_in(zygote: Zygote, tmp_path: Path) -> None:
    documents = little_text().splitlines()
    (tmp_path / "plain.txt").write_text(little_text(), encoding="utf-8")
    (tmp_path / "latin.txt").write_bytes(little_text().encode("utf-16"))
    records = "".join(f"{json.dumps({'id': n, 'body': text})}\n" for n, text in enumerate(documents)).encode()
    given = {
        "plain": (("plain.txt",), b""),
        "encoded": (("latin.txt", "--encoding", "utf-16"), b""),
        "piped": (("-", "--text-field", "body"), gzip.compress(records)),
    }
    found = {}
    for name, (arguments, stdin) in given.items():
        done = zygote.run("train", *arguments, *TRAIN, "--out", name, cwd=tmp_path, stdin=stdin)
        assert done.returncode == 0, done.stderr.decode()
        found[name] = settings_and_digest(tmp_path / name)
        told = b"1 file(s) were read as JSON lines" in b" ".join(done.stderr.split())
        assert told == (name == "piped"), done.stderr.decode()
    assert len({digest for _, digest in found.values()}) == 1
    assert found["piped"][0]["text_field"] == "body"
    assert found["encoded"][0]["encoding"] == "utf-16"
    # a run keeps how it was read when it is taken up again
    done = zygote.run("resume", "encoded", "--steps", "3", cwd=tmp_path)
    assert done.returncode == 0, done.stderr.decode()


def test_a_folder_says_what_it_passed_over(zygote: Zygote, tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    for number, text in enumerate(little_text().splitlines()):
        (folder / f"{number}.txt").write_text(text.replace(" the ", " the\n"), encoding="utf-8")
    (folder / "latin.txt").write_bytes("Grüße aus Köln, schöne Grüße an die Mädchen.".encode("cp1252"))
    (folder / "again").symlink_to(folder / "0.txt")
    (folder / "lost").symlink_to(folder / "none")
    done = zygote.run("train", "texts", "--lines", *TRAIN, "--out", "run", cwd=tmp_path)
    said = " ".join(done.stderr.decode().split())
    assert done.returncode == 0, said
    assert "3 file(s) were passed over: 1 the same as another, 1 broken link(s), 1 in another encoding; " in said
    assert "latin.txt is likely cp1252, which --encoding cp1252 reads." in said
    assert "fewer than the window of 16: without --lines a file of a folder is one document." in said


def test_what_cannot_be_read_so_is_wrong_usage(zygote: Zygote, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(little_text(), encoding="utf-8")
    for arguments, said in (
        (("--encoding", "klingon"), "--encoding klingon is no encoding of text that is known"),
        (("--lines", "--paragraphs"), "--lines and --paragraphs exclude each other: give one of them."),
        (("--text-field", "body"), "a.txt has no column body"),
        (("--memory", "plenty"), "--memory is plenty: give a size with its unit, such as 8GB or 500MB."),
    ):
        assert said in refused(zygote, "predict", "a.txt", *arguments, cwd=tmp_path, code=2)


def test_memory_that_does_not_suffice_is_said_while_reading(zygote: Zygote, tmp_path: Path) -> None:
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress((little_text() * 150).encode(), 1))
    said = refused(zygote, "predict", "a.txt.gz", "--memory", "100MB", cwd=tmp_path, code=1)
    assert "The text does not fit in memory: 0 B are left after " in said
    assert "give less text, or raise --memory." in said
