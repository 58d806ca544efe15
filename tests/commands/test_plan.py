"""`plan`: what is refused before any work, and that nothing is lost where a page cannot be written in the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from qwem_tui.base.errors import UsageError
from qwem_tui.cli import app
from qwem_tui.engine import step_timing
from qwem_tui.formats.plan import table
from qwem_tui.formats.plan.html import page


def plan(*options: str) -> object:
    """Plan a text that is missing: what is refused is refused before; return the exit code."""
    return app(["plan", "missing.txt", *options], standalone_mode=False)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "old.html").write_text("old", encoding="utf-8")
    (tmp_path / "link.html").symlink_to("nowhere")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("folder", "--html folder is a folder: give the name of a file in it."),
        ("old.html", "old.html exists already: give another --html."),
        ("link.html", "link.html exists already: give another --html."),
        ("-", "--html -: stdout has the plan itself; give the name of a file."),
        (
            "nosuch/\x1b.html",
            "--html: Cannot write nosuch/\\x1b.html: no such file or directory; make its folder first",
        ),
        ("old.html/a.html", "Cannot write old.html/a.html: not a directory"),
        ("a" * 300, "file name too long; choose a shorter name."),
    ],
)
def test_a_page_that_cannot_be_written_is_refused_before_any_work(folder: Path, name: str, said: str) -> None:
    before = sorted(path.name for path in folder.iterdir())
    with pytest.raises(UsageError) as caught:
        plan("--html", name)
    assert said in str(caught.value)
    # the trial leaves nothing
    assert sorted(path.name for path in folder.iterdir()) == before
    assert (folder / "old.html").read_text(encoding="utf-8") == "old"


def test_nothing_is_left_where_the_plan_itself_fails(folder: Path) -> None:
    with pytest.raises(UsageError) as caught:
        plan("--html", "new.html")
    assert "missing.txt" in str(caught.value)
    assert not Path("new.html").exists()
    assert len(list(folder.iterdir())) == 3


class Planned(str):
    """A plan in a word."""

    warnings: tuple[str, ...] = ()


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan is made at once, and a word is its table and its page."""
    monkeypatch.setattr(step_timing, "plan_here", lambda *_: Planned("planned"))
    monkeypatch.setattr(page, "plan_html", lambda planned: f"<p>{planned}</p>")
    monkeypatch.setattr(table, "PlanReport", lambda planned, _: f"the table: {planned}")


@pytest.mark.usefixtures("made")
def test_the_page_is_beside_the_table(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan("--html", "new.html")
    said = capsys.readouterr()
    assert said.out == "the table: planned\n"
    assert said.err.endswith("The plan as a page: new.html\n")
    assert Path("new.html").read_text(encoding="utf-8") == "<p>planned</p>"
    assert len(list(folder.iterdir())) == 4


@pytest.mark.usefixtures("folder", "made")
def test_a_page_that_another_wrote_meanwhile_stays_and_the_plan_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def slow(*_: object) -> str:
        Path("new.html").write_text("another's", encoding="utf-8")
        return Planned("planned")

    monkeypatch.setattr(step_timing, "plan_here", slow)
    with pytest.raises(UsageError) as caught:
        plan("--html", "new.html")
    assert str(caught.value) == "new.html exists already: give another --html."
    assert capsys.readouterr().out == "the table: planned\n"
    assert Path("new.html").read_text(encoding="utf-8") == "another's"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--json --csv", "--json and --csv exclude each other: give one of them."),
        ("--screen --html a.html", "--screen shows the plan: leave out --json, --csv and --html."),
        (
            "--calibrate sgd --window-shape flat",
            "--window-shape flat is for --calibrate gd: sgd draws its pairs dynamically.",
        ),
        ("--repeats 3", "--repeats is 3: give one of 1, 2, 4, 8, 16, 32."),
        ("--appear 0", "--appear is 0: give 1 category or more."),
        ("--speedup 0", "--speedup is 0: give a number above 0, such as 20."),
        ("--fraction 0", "--fraction is 0: give a share of the peak above 0 and up to 1, such as 0.5."),
        ("--bootstrap 3", "--bootstrap is 3: give 40 to 10,000 resamples for a 95% interval."),
        (
            "--need plurals:2",
            "--need plurals:2: give CATEGORY:ACCURACY, the accuracy above 0 and up to 1, such as plurals:0.6.",
        ),
        ("--need plurls:0.5", "--need plurls: there is no such category; is it plurals?"),
    ],
)
def test_what_cannot_be_planned_is_refused_before_any_text_is_read(options: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        plan(*options.split())
    assert str(caught.value) == said
