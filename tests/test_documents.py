"""That documents name files, sections and options that there are."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from qwem_tui.cli import app

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "qwem_tui"
DOCUMENTS = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
SECTIONS = set(re.findall(r"^## (\d+)\. ", (ROOT / "docs" / "theory.md").read_text(encoding="utf-8"), re.MULTILINE))


def commands(path: Path) -> Iterator[list[str]]:
    """Yield the commands of this program that stand in blocks of a document, split into words."""
    for line in path.read_text(encoding="utf-8").splitlines():
        # the last of a pipe, without where its output goes
        found = re.match(r" {4}(?:[^#]*\| )?qwem-tui ([^#>|]+)", line)
        if found is not None:
            yield shlex.split(found[1])


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_to_files(path: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8"))
    assert not [link for link in links if not (path.parent / link).exists()]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_commands_have_options_that_there_are(path: Path) -> None:
    group = typer.main.get_group(app)
    for name, *arguments in commands(path):
        # raises an error that names what is wrong
        group.commands[name].make_context(name, arguments)


def test_commands_are_found() -> None:
    assert ["run", "-"] in commands(ROOT / "README.md")
    assert ["predict", "books.txt.gz", "--json"] in commands(ROOT / "docs" / "predict.md")


def test_docstrings_name_sections_of_the_theory() -> None:
    sources = [*PACKAGE.rglob("*.py"), *(ROOT / "tests").rglob("*.py")]
    named = [
        (path.name, number)
        for path in sources
        for numbers in re.findall(r"docs/theory\.md, sections? ([\d, and]+)", path.read_text(encoding="utf-8"))
        for number in re.findall(r"\d+", numbers)
    ]
    assert not [place for place in named if place[1] not in SECTIONS]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_modules_that_documents_name_are_there(path: Path) -> None:
    named = set(re.findall(r"[a-z\d_/]+\.py\b", path.read_text(encoding="utf-8")))
    there = [f"/{file.relative_to(ROOT)}" for room in (PACKAGE, ROOT / "tests") for file in room.rglob("*.py")]
    assert not {name for name in named if not any(file.endswith(f"/{name}") for file in there)}
