"""`qwem-tui analogies` as a user runs it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from qwem_tui.analogies.files import read_analogies
from tests.conftest import little_text
from tests.end_to_end.command_line import PAIRS, main_here, refused_here


@pytest.mark.usefixtures("text_file")
def test_check_says_what_is_covered_and_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = ["// Copyright", *(f"{a},{b}" for a, b in PAIRS), "rome,italy", "king,queen", "three,words,here", "x_1,y"]
    (tmp_path / "capitals.csv").write_text("\n".join(lines), encoding="utf-8")
    common = ("analogies", "check", "capitals.csv", "--corpus", "little.txt")
    code, out, _ = main_here(*common, "--json", monkeypatch=monkeypatch, capsys=capsys)
    assert code == 0
    described = json.loads(out)
    assert described["schema"] == "qwem-analogies-check/1"
    (capitals,) = described["categories"]
    assert (capitals["pairs"], capitals["covered_pairs"], capitals["attempted"]) == (7, 5, 20)
    assert (capitals["absent"], capitals["impossible"]) == (["king", "queen", "y"], ["x_1"])
    assert [problem["kind"] for problem in described["problems"]] == ["repeated"]
    assert [misfit["line"] for misfit in described["misfits"]] == [9]
    code, out, _ = main_here(*common, "--csv", monkeypatch=monkeypatch, capsys=capsys)
    header, row = csv.reader(io.StringIO(out, newline=""))
    assert dict(zip(header, row, strict=True))["covered_pairs"] == "5"
    code, out, _ = main_here(*common, "--ascii", monkeypatch=monkeypatch, capsys=capsys)
    assert code == 0
    assert out.isascii()
    assert "1 line(s) do not fit: capitals.csv, line 9" in " ".join(out.split())
    code, out, _ = main_here("analogies", "check", "capitals.csv", monkeypatch=monkeypatch, capsys=capsys)
    assert code == 0
    assert "1 lines that stand there twice" in out


def test_make_writes_questions_that_are_read_as_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pairs").mkdir()
    (tmp_path / "pairs" / "one.txt").write_text("cat\tfeline/animal\ndog\tcanine\n", encoding="utf-8")
    (tmp_path / "pairs" / "two.csv").write_text("new york,usa\nrome,italy\nParis,France\n", encoding="utf-8")
    make = ("analogies", "make", "pairs", "--out", "made.txt")
    code, out, said = main_here(*make, monkeypatch=monkeypatch, capsys=capsys)
    assert (code, out) == (0, "")
    assert "2 sections, 5 word pairs, 8 questions" in said
    assert read_analogies(tmp_path / "made.txt") == read_analogies(tmp_path / "pairs")
    said = refused_here(*make, monkeypatch=monkeypatch, capsys=capsys, code=2)
    assert "made.txt exists already" in said
    assert main_here(*make, "--force", monkeypatch=monkeypatch, capsys=capsys)[0] == 0
    refused_here("analogies", "make", "none.txt", monkeypatch=monkeypatch, capsys=capsys, code=2)


@pytest.mark.usefixtures("text_file")
def test_suggest_finds_candidates_and_says_how(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    known = "".join(f"{a} {b}\n" for a, b in PAIRS[:3])
    (tmp_path / "known.txt").write_text(f": capitals\n{known}: kings\nking queen\nman woman\n", encoding="utf-8")
    common = ("analogies", "suggest", "little.txt", "--like", "known.txt", "--count", "5", "--dim", "12")
    code, out, _ = main_here(*common, "--json", monkeypatch=monkeypatch, capsys=capsys)
    assert code == 0
    described = json.loads(out)
    assert (described["schema"], described["vocab_size"]) == ("qwem-analogies-suggest/1", 65)
    (capitals,) = described["categories"]
    assert capitals["known_pairs"] == 3
    assert 0 < len(capitals["candidates"]) <= 5
    code, out, _ = main_here(*common, "--csv", monkeypatch=monkeypatch, capsys=capsys)
    header, *rows = csv.reader(io.StringIO(out, newline=""))
    assert header == ["category", "a", "b", "score", "count_a", "count_b"]
    assert [row[1:3] for row in rows] == [[each["a"], each["b"]] for each in capitals["candidates"]]
    code, out, _ = main_here(*common, "--ascii", monkeypatch=monkeypatch, capsys=capsys)
    assert code == 0
    assert out.isascii()
    assert "a person has to confirm each" in " ".join(out.split())
    said = refused_here(*common, "--category", "queens", monkeypatch=monkeypatch, capsys=capsys, code=2)
    assert "There is no category called queens: choose one of capitals, kings." in said
    said = refused_here(*common, "--category", "kings", monkeypatch=monkeypatch, capsys=capsys, code=1)
    assert "kings has 0 word pair(s) in the vocabulary" in said


def test_words_have_the_form_of_those_of_the_text_in_every_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Upper.txt").write_text(little_text().title(), encoding="utf-8")
    # a soft hyphen is dropped from words, and so from these
    pairs = "".join(f"{a.title()} {b[0].upper()}\u00ad{b[1:]}\n" for a, b in PAIRS)
    (tmp_path / "own.txt").write_text(f": capitals\n{pairs}", encoding="utf-8")

    def run(*arguments: str) -> str:
        code, out, _ = main_here(*arguments, monkeypatch=monkeypatch, capsys=capsys)
        assert code == 0
        return out

    (check,) = json.loads(run("analogies", "check", "own.txt", "--corpus", "Upper.txt", "--keep-case", "--json"))[
        "categories"
    ]
    assert check["attempted"] == 20
    made = run("analogies", "make", "own.txt", "--keep-case")
    assert made.splitlines()[:2] == [": capitals", "Paris France Rome Italy"]
    assert run("analogies", "make", "own.txt").splitlines()[1] == "paris france rome italy"
    like = ("analogies", "suggest", "Upper.txt", "--like", "own.txt", "--dim", "12", "--keep-case", "--json")
    (suggested,) = json.loads(run(*like))["categories"]
    assert suggested["known_pairs"] == 5
    swept = ("sweep", "Upper.txt", "--analogies", "own.txt", "--keep-case", "--over", "window=4", "--max-dim", "12")
    (cell,) = json.loads(run(*swept, "--workers", "1", "--json"))["cells"]
    (capitals,) = cell["result"]["categories"]
    assert capitals["attempted"] == 20
    plan = ("plan", "Upper.txt", "--analogies", "own.txt", "--keep-case", "--need", "capitals:0.5", "--max-dim", "12")
    (planned,) = json.loads(run(*plan, "--repeats", "1", "--json"))["categories"]
    assert planned["attempted"] == 20


def test_a_word_of_nothing_that_is_seen_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.txt").write_text("rome\titaly\n\u00ad\tfrance\n", encoding="utf-8")
    said = refused_here("analogies", "make", "own.txt", monkeypatch=monkeypatch, capsys=capsys, code=1)
    assert said == "qwem-tui: own.txt, line 2: a word is missing; give one in each column."


@pytest.mark.usefixtures("text_file")
def test_no_larger_vocabulary_is_advised_for_words_that_no_text_can_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    known = "".join(f"{a}\t{b}\n" for a, b in PAIRS)
    years = "".join(f"{a}_city\t199{at}\n" for at, (a, _) in enumerate(PAIRS))
    (tmp_path / "own.txt").write_text(f": capitals\n{known}: years\n{years}", encoding="utf-8")
    common = ("little.txt", "--analogies", "own.txt", "--max-dim", "12", "--vocab-size", "60")
    said = refused_here("predict", *common, "--explain", "years", monkeypatch=monkeypatch, capsys=capsys, code=1)
    assert said.endswith(
        "share: the tokenizer makes no word such as 1990; write each as one word of the text, or ask for another "
        "category."
    )
    code, out, _ = main_here("predict", *common, "--missing", monkeypatch=monkeypatch, capsys=capsys)
    assert code == 0
    assert "years, words not in the vocabulary: none years, no words to this tokenizer: 1990," in " ".join(out.split())
    assert "vocab-size" not in out
    plan = ("plan", *common, "--repeats", "1", "--json", "--need", "years:0.5")
    code, out, _ = main_here(*plan, monkeypatch=monkeypatch, capsys=capsys)
    described = json.loads(out)
    years_planned = described["categories"][1]
    assert years_planned["verdict"]["text"] == "cannot occur"
    assert years_planned["missing_words"]["absent"] == []
    assert "1990" in years_planned["missing_words"]["impossible"]
    assert described["needs"][0]["sentence"].startswith("impossible with these words: 0 of 20 questions covered; words")


def test_check_says_what_is_wrong_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "none.txt").write_text("a whole sentence of words\n" * 50, encoding="utf-8")
    said = refused_here("analogies", "check", "none.txt", monkeypatch=monkeypatch, capsys=capsys, code=1)
    assert said.startswith(
        "qwem-tui: none.txt holds no analogy question; the first of 50 line(s) that do not fit is none.txt, line 1: 5 "
        "word(s) instead of"
    )
    (tmp_path / "some.txt").write_text("a b\nc x_1\na b c\nd e f\ng\n", encoding="utf-8")
    monkeypatch.setenv("COLUMNS", "80")
    code, out, _ = main_here("analogies", "check", "some.txt", monkeypatch=monkeypatch, capsys=capsys)
    assert code == 0
    assert all(len(line) <= 80 for line in out.splitlines())
    flat = " ".join(out.split())
    assert "some, never: x_1 3 line(s) do not fit: some.txt, line 3: 3 word(s) instead of two;" in flat
    assert "The others, in file and line: some.txt 4, some.txt 5. Words under never are none to the tokenizer" in flat
