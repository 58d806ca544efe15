"""Analogy files of other formats, as a user gives them to `predict`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.end_to_end.command_line import PAIRS, capitals_file, main_here, refused_here


def predicted(
    *arguments: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> dict[str, list[dict[str, object]]]:
    common = ("predict", "little.txt", "--window", "8", "--bootstrap", "40", "--dims", "2,4,8", "--json")
    code, out, said = main_here(*common, *arguments, monkeypatch=monkeypatch, capsys=capsys)
    assert code == 0, said
    found: dict[str, list[dict[str, object]]] = json.loads(out)
    return found


@pytest.mark.usefixtures("text_file")
def test_pairs_with_tabs_are_asked_like_the_questions_they_make(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    usual = predicted("--analogies", capitals_file(tmp_path), monkeypatch=monkeypatch, capsys=capsys)
    (tmp_path / "bats").mkdir()
    pairs = "".join(f"{a}\t{b}\n" for a, b in PAIRS)
    (tmp_path / "bats" / "capitals.txt").write_text(pairs, encoding="utf-8")
    found = predicted("--analogies", "bats", monkeypatch=monkeypatch, capsys=capsys)
    assert found["categories"][0] == usual["categories"][0]
    # another word that is right too, and surely in the vocabulary
    (tmp_path / "bats" / "capitals.txt").write_text(pairs.replace("italy", "italy/italya"), encoding="utf-8")
    several = predicted("--analogies", "bats", monkeypatch=monkeypatch, capsys=capsys)
    before, after = usual["categories"][0]["accuracy"], several["categories"][0]["accuracy"]
    assert isinstance(before, list)
    assert isinstance(after, list)
    assert all(more >= less for less, more in zip(before, after, strict=True))
    code, out, _ = main_here(
        "predict", "little.txt", "--analogies", "bats", "--dims", "2,4", monkeypatch=monkeypatch, capsys=capsys
    )
    assert code == 0
    assert "bats holds word pairs: 1 section, 5 word pairs, 20 questions; 1 of the pairs has several" in " ".join(
        out.split()
    )


@pytest.mark.usefixtures("text_file")
def test_words_that_no_text_can_have_are_not_blamed_on_the_vocabulary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "some.txt").write_text(": c\nrome italy paris france\nrome italy new_york usa_1\n", encoding="utf-8")
    common = ("predict", "little.txt", "--analogies", "some.txt", "--dims", "2,4", "--missing")
    code, out, _ = main_here(*common, monkeypatch=monkeypatch, capsys=capsys)
    assert code == 0
    shown = " ".join(out.split())
    assert "1 of the 2 questions in some.txt can never be asked: the tokenizer letters makes no word such as" in shown
    assert "c, words not in the vocabulary: none c, no words to this tokenizer: new_york, usa_1" in shown
    code, out, _ = main_here(*common, "--json", monkeypatch=monkeypatch, capsys=capsys)
    described = json.loads(out)
    assert described["missing_words"] == described["impossible_words"] == {"c": ["new_york", "usa_1"]}
    (tmp_path / "some.txt").write_text(": c\nrome italy new_york usa_1\n", encoding="utf-8")
    said = refused_here(*common, monkeypatch=monkeypatch, capsys=capsys, code=1)
    assert "None of the 1 questions in some.txt can be asked: the tokenizer makes no word such as new_york" in said
    assert "choose another --tokenizer" in said
    assert "--vocab-size" not in said


@pytest.mark.usefixtures("text_file")
def test_a_name_of_any_length_is_shown_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    questions = Path(capitals_file(tmp_path)).read_text(encoding="utf-8")
    (tmp_path / "long.txt").write_text(questions.replace("capitals", "capitals" * 12_500), encoding="utf-8")
    common = ("predict", "little.txt", "--analogies", "long.txt", "--dims", "2,4,8", "--bootstrap", "40")
    code, out, _ = main_here(*common, "--explain", "capitals" * 12_500, monkeypatch=monkeypatch, capsys=capsys)
    assert code == 0
    assert "capitalscapitals" in out
    assert len(out) < 20_000
