"""What pyproject.toml says of the package."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def imported(path: Path) -> set[str]:
    """Return the top-level packages that a module imports, late imports included."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            names.add(node.module.partition(".")[0])
    return names


def _module(requirement: str) -> str:
    """Return the module that a requirement brings, such as `charset_normalizer` or `backports`."""
    return re.split(r"[^\w-]", requirement)[0].lower().replace("-", "_")


def test_the_package_imports_what_it_declares_and_declares_what_it_imports() -> None:
    # Python has one of them itself, from 3.14 on
    itself = sys.stdlib_module_names | {"compression"}
    used = set[str]().union(*(imported(path) for path in (ROOT / "qwem_tui").rglob("*.py")))
    extras = [name for extra, names in PROJECT["optional-dependencies"].items() if extra != "test" for name in names]
    declared = {_module(requirement) for requirement in [*PROJECT["dependencies"], *extras]}
    # mypy alone knows _typeshed
    assert {name.lower() for name in used - {"qwem_tui", "_typeshed"} - itself} == declared


def test_every_dependency_has_a_version_that_was_tested() -> None:
    pinned = {line.partition("==")[0].lower() for line in (ROOT / "constraints.txt").read_text().splitlines()}
    wanted = [*PROJECT["dependencies"], *chain.from_iterable(PROJECT["optional-dependencies"].values())]
    assert {re.split(r"[^\w.-]", requirement)[0].lower() for requirement in wanted} <= pinned


def test_the_licence_is_named_and_there() -> None:
    assert PROJECT["license"] == "MIT"
    assert [ROOT.joinpath(name).read_text().splitlines()[0] for name in PROJECT["license-files"]] == ["MIT License"]
