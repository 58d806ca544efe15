"""`plan --html FILE`: when the file is refused, and that nothing is lost where it cannot be written in the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from qwem_tui.base.errors import UsageError
from qwem_tui.commands.plan import plan_headless
from qwem_tui.engine import step_timing
from qwem_tui.formats.plan.html.page import plan_html
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.plan.planner import Plan, PlanConfig
from tests.formats.plan.plans import made

#: It is not looked at: what is refused is refused before.
CONFIG = PlanConfig(StudyConfig(("missing.txt",)))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "old.html").write_text("old", encoding="utf-8")
    (tmp_path / "link.html").symlink_to("nowhere")
    return tmp_path


@pytest.mark.parametrize(
    ("page", "said"),
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
def test_a_page_that_cannot_be_written_is_refused_before_any_work(folder: Path, page: str, said: str) -> None:
    before = sorted(path.name for path in folder.iterdir())
    with pytest.raises(UsageError) as caught:
        plan_headless(CONFIG, "cpu", None, "table", False, Path(page))
    assert said in str(caught.value)
    # the trial leaves nothing
    assert sorted(path.name for path in folder.iterdir()) == before
    assert (folder / "old.html").read_text(encoding="utf-8") == "old"


def test_nothing_is_left_where_the_plan_itself_fails(folder: Path) -> None:
    with pytest.raises(UsageError) as caught:
        plan_headless(CONFIG, "cpu", None, "table", False, Path("new.html"))
    assert "missing.txt" in str(caught.value)
    assert not Path("new.html").exists()
    assert len(list(folder.iterdir())) == 3


def test_the_page_is_beside_the_table(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(step_timing, "plan_here", lambda *_: made())
    assert plan_headless(CONFIG, "cpu", None, "table", False, Path("new.html")) == 0
    said = capsys.readouterr()
    assert "Peak accuracy by words of text" in said.out
    assert said.err.endswith("The plan as a page: new.html\n")
    assert Path("new.html").read_text(encoding="utf-8") == plan_html(made())
    assert len(list(folder.iterdir())) == 4


def test_a_page_that_another_wrote_meanwhile_stays_and_the_plan_is_printed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def slow(*_: object) -> Plan:
        Path("new.html").write_text("another's", encoding="utf-8")
        return made()

    monkeypatch.setattr(step_timing, "plan_here", slow)
    with pytest.raises(UsageError) as caught:
        plan_headless(CONFIG, "cpu", None, "table", False, Path("new.html"))
    assert "new.html exists already" in str(caught.value)
    assert "Peak accuracy by words of text" in capsys.readouterr().out
    assert Path("new.html").read_text(encoding="utf-8") == "another's"
