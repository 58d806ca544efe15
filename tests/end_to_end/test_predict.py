"""`qwem-tui predict` as a user runs it."""

from __future__ import annotations

import csv
import io
import json
import os
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.conftest import little_text
from tests.end_to_end.command_line import capitals_file, main_here, refused, refused_here
from tests.end_to_end.terminal import COMMAND
from tests.end_to_end.zygote import Zygote
from tests.waiting import PATIENCE


def test_predict_as_json_as_csv_and_as_a_table(
    zygote: Zygote, text_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    common = ("predict", str(text_file), "--analogies", capitals_file(tmp_path), "--window", "8", "--bootstrap", "40")
    done = zygote.run(*common, "--json", "--missing", cwd=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    # stdout is the data and nothing else; what is going on is told on stderr
    assert done.stdout.count(b"\n") == 1
    described = json.loads(done.stdout)
    assert described["schema"] == "qwem-predict/1"
    assert described["vocab_size"] == 65
    assert described["corpus"]["documents"] == 120
    capitals, kings = described["categories"]
    assert (capitals["attempted"], kings["attempted"]) == (20, 0)
    assert capitals["parameters"] == 65 * capitals["critical_size"]
    assert capitals["bytes"] == 4 * capitals["parameters"]
    assert capitals["critical_t"] == capitals["critical_step"] * described["settings"]["step_size"]
    assert len(capitals["accuracy"]) == len(described["dims"])
    assert kings["critical_size"] is None
    assert "not in vocabulary" in kings["reason"]
    assert described["missing_words"] == {"capitals": [], "kings": ["king", "man", "queen", "woman"]}
    said = done.stderr.decode()
    for stage in ("counting", "decomposing", "forecasting"):
        assert stage in said
    assert "{" not in said

    code, out, _ = main_here(*common, "--csv", "--dims", "2,4,8", monkeypatch=monkeypatch, capsys=capsys)
    assert code == 0
    header, *rows = csv.reader(io.StringIO(out, newline=""))
    assert header[-3:] == ["accuracy[2]", "accuracy[4]", "accuracy[8]"]
    assert [row[0] for row in rows] == ["capitals", "kings", "overall"]
    by_dim = dict(zip(described["dims"], capitals["accuracy"], strict=True))
    assert [float(cell) for cell in rows[0][-3:]] == [by_dim[d] for d in (2, 4, 8)]

    code, table, said = main_here(
        *common, "--ascii", "--halves", "--explain", "capitals", monkeypatch=monkeypatch, capsys=capsys
    )
    assert code == 0
    assert table.isascii()
    assert "1 of 2 categories works by d = " in table.splitlines()[0]
    assert "d* (95%)" in table
    assert "half 2" in table
    assert "capitals: 5 word pairs such as paris : france" in table
    assert "1 of 2 categories" not in said
    # nothing is trained, and nothing is written
    assert sorted(path.name for path in tmp_path.iterdir()) == ["capitals.txt", "little.txt"]


def test_predict_from_stdin_is_the_same(
    zygote: Zygote, text_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    common = ("--analogies", capitals_file(tmp_path), "--dims", "2,4", "--bootstrap", "40", "--json")
    piped = zygote.run("predict", "-", *common, cwd=tmp_path, stdin=text_file.read_bytes())
    assert piped.returncode == 0, piped.stderr.decode()
    code, out, _ = main_here("predict", str(text_file), *common, monkeypatch=monkeypatch, capsys=capsys)
    assert code == 0
    first, second = json.loads(piped.stdout), json.loads(out)
    assert first["corpus"] == second["corpus"]
    assert first["categories"] == second["categories"]
    assert first["eigenvalues"] == pytest.approx(second["eigenvalues"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--dims", "a,b"), "--dims is a,b: give whole numbers"),
        (("--dims", "\x1b[31m"), r"--dims is \x1b[31m: give whole numbers"),
        (("--dims", "32,8"), "--dims is 32,8: give sizes of 1 or more, ascending"),
        (("--fraction", "0"), "--fraction is 0"),
        (("--bootstrap", "3"), "--bootstrap is 3"),
        (("--max-dim", "0"), "--max-dim is 0"),
        (("--json", "--csv"), "--json and --csv exclude each other"),
        (("--json", "--explain", "capitals"), "--explain writes text"),
        (("--csv", "--missing"), "--missing has no place in CSV"),
        (("--threads", "0"), "--threads is 0"),
        (("--target", "pmi", "--dim", "8"), "--dim is that of the run whose steps are forecast, and no run is"),
        (("--target", "ppmi", "--sigma", "1e-3"), "--sigma is that of the run whose steps are forecast"),
        (("--target", "pmi", "--step-size", "0.2"), "--step-size is that of the run whose steps are forecast"),
        (("--step-size", "1.5"), "--step-size is 1.5: it is in units of the stability limit; give"),
    ],
)
def test_what_predict_cannot_do_is_said_before_anything_is_read(
    options: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said in refused_here("predict", "missing.txt", *options, monkeypatch=monkeypatch, capsys=capsys, code=2)


def test_what_predict_cannot_do_with_a_text_is_said_in_one_sentence(
    zygote: Zygote, text_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "one.txt").write_text(" ".join(little_text().split()), encoding="utf-8")
    capitals_file(tmp_path)
    monkeypatch.chdir(tmp_path)
    for arguments, said in (
        (("one.txt", "--halves"), "--halves needs two documents or more"),
        ((text_file.name, "--explain", "nosuch"), "no category called nosuch: choose one of capitals."),
        ((text_file.name, "--explain", "overall"), "overall stands for all categories together"),
        (("toyworld",), "There is no file or folder toyworld: `qwem-tui samples toyworld` writes"),
        ((text_file.name, "--dims", "4,60", "--json"), "--dims asks for 60"),
        ((text_file.name, "--dim", "60"), "--dim 60 is more than the"),
    ):
        complete = ("predict", *arguments, "--analogies", "capitals.txt")
        assert said in refused_here(*complete, monkeypatch=monkeypatch, capsys=capsys, code=2)
    # and in a process of its own
    said = refused(zygote, "predict", "one.txt", "--json", "--csv", cwd=tmp_path, code=2)
    assert "--json and --csv exclude each other" in said


def test_a_reader_of_the_prediction_that_goes_away_ends_it_quietly(
    zygote: Zygote, text_file: Path, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe")
    # the second reads nothing at all
    for lines in (1, 0):
        child = zygote.start(
            "predict", str(text_file), "--dims", "2,4", "--bootstrap", "40",
            cwd=tmp_path, stdout=tmp_path / "pipe", to_the_end=True,
        )  # fmt: skip
        with (tmp_path / "pipe").open("rb") as reader:
            for _ in range(lines):
                assert reader.readline()
        child.wait()
        assert "decomposing" in child.said
        assert "Traceback" not in child.said
        assert "Exception ignored" not in child.said


@pytest.mark.parametrize("form", ["--json", "--csv", "--ascii"])
def test_an_answer_that_cannot_be_written_is_said(zygote: Zygote, text_file: Path, tmp_path: Path, form: str) -> None:
    said = zygote.start(
        "predict", str(text_file), "--dims", "2,4", "--bootstrap", "40", form,
        cwd=tmp_path, stdout=Path("/dev/full"), to_the_end=True,
    )  # fmt: skip
    assert said.wait() == 1
    assert said.said.splitlines()[-1] == (
        "qwem-tui: The answer could not be written to stdout: no space left on device; send it elsewhere."
    )
    assert "Exception ignored" not in said.said


def test_without_stdout_nothing_is_begun(text_file: Path, tmp_path: Path) -> None:
    line = shlex.join([*COMMAND, "predict", str(text_file)]) + " >&-"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, cwd=tmp_path, timeout=PATIENCE)
    assert done.returncode == 2
    assert done.stderr == "qwem-tui: stdout is closed: leave it open, or send it to a file.\n"
