"""`qwem-tui plan` from the command line."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

from tests.conftest import little_text
from tests.end_to_end.command_line import capitals_file, main_here, refused_here
from tests.end_to_end.zygote import Zygote


def test_plan_as_json_as_csv_and_as_a_table(
    zygote: Zygote, text_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    own = tmp_path / "own.txt"
    own.write_text(little_text(seed=5, documents=30), encoding="utf-8")
    common = (
        "plan", str(text_file), "--analogies", capitals_file(tmp_path), "--window", "8", "--bootstrap", "40", "--dim",
        "8", "--max-dim", "16", "--repeats", "2", "--threads", "1",
    )  # fmt: skip
    done = zygote.run(
        *common, "--json", "--need", "capitals:50%", "--need", "kings:0.1", "--speedup", "10", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr.decode()
    # stdout is the data and nothing else; what is going on is told on stderr
    assert done.stdout.count(b"\n") == 1
    described = json.loads(done.stdout)
    assert described["schema"] == "qwem-plan/1"
    assert described["vocab_size"] == 65
    assert [part["share"] for part in described["parts"]].count(1 / 32) == 2
    capitals, kings = described["categories"]
    assert (capitals["attempted"], kings["attempted"]) == (20, 0)
    assert capitals["points"][-1]["words"] == 7200
    assert kings["verdict"]["text"] == "not in this text"
    assert [need["word"].partition(",")[0] for need in described["needs"]] == ["met", "impossible"]
    assert [stage["name"] for stage in described["stages"]] == ["small trial", "wider check", "production"]
    for stage in described["stages"]:
        both = stage["prepare_seconds"] + stage["train_seconds"]
        assert stage["elsewhere_seconds"] == pytest.approx(both / 10)
    assert {each["trainer"] for each in described["calibration"]} == {"gd"}
    said = done.stderr.decode()
    for stage_name in ("reading", "measuring 11 part(s) of the text", "timing steps"):
        assert stage_name in said
    assert "{" not in said

    code, out, told = main_here(*common, "--csv", "--html", "plan.html", monkeypatch=monkeypatch, capsys=capsys)
    assert code == 0
    assert told.endswith("The plan as a page: plan.html\n")
    header, *rows = csv.reader(io.StringIO(out, newline=""))
    assert header[:4] == ["category", "kind", "share", "words"]
    assert {row[0] for row in rows} == {"capitals", "kings", "overall"}
    html = (tmp_path / "plan.html").read_text(encoding="utf-8")
    assert html.endswith("</html>\n")
    assert "1 of 2 abilities can be measured on all of the text" in html
    for row in rows:
        # what the page says of all of the text is what the data says
        if row[1] == "measured" and row[2] == "1.0" and row[7]:
            assert f"<td>{float(row[7]):.0%} (" in re.sub(r' data-label="[^"]*"', "", html)

    code, table, _ = main_here(
        *common, "--ascii", "--domain", str(own), "--calibrate", "sgd", monkeypatch=monkeypatch, capsys=capsys
    )
    assert code == 0
    assert table.isascii()
    assert table.startswith("1 of 2 categories can be measured on all of the text")
    assert "Peak accuracy by words of text" in table
    assert "Your text: 30 documents" in table
    assert "steps of sgd of" in table
    # nothing is trained, and nothing is written that was not asked for
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "capitals.txt", "little.txt", "own.txt", "plan.html",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--json", "--csv"), "--json and --csv exclude each other"),
        (("--need", "plurals"), "--need plurals: give CATEGORY:ACCURACY"),
        (("--need", "nosuch:0.5"), "--need nosuch: there is no such category; choose from"),
        (("--repeats", "3"), "--repeats is 3: give one of 1, 2, 4"),
        (("--threads", "0"), "--threads is 0: give a number from 1 to 1,024."),
        (("--speedup", "0"), "--speedup is 0: give a number above 0"),
        (("--domain", "missing.txt"), "There is no file or folder missing.txt"),
        (("--window-shape", "flat", "--calibrate", "sgd"), "--window-shape flat is for --calibrate gd"),
    ],
)
def test_what_cannot_be_planned_is_said_in_one_sentence(
    arguments: tuple[str, ...],
    said: str,
    text_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert said in refused_here("plan", str(text_file), *arguments, monkeypatch=monkeypatch, capsys=capsys, code=2)
