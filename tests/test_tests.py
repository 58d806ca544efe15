"""How tests are written: each file by itself, and no wait by the clock."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
FILES = tuple(sorted(TESTS.rglob("*.py")))
#: where waiting for a condition is written down, which may sleep between two looks; in the last a job takes long
WAITING = ("waiting.py", "end_to_end/terminal.py", "tui/driving.py", "sweep_runner/pool_jobs.py")


def name_of(path: Path) -> str:
    return path.relative_to(TESTS).as_posix()


def modules_imported(tree: ast.AST) -> set[str]:
    """Return the modules that are imported, and what is imported from them, which may be modules too."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def is_fixed_wait(node: ast.AST) -> bool:
    """Return whether it is a call of a `sleep`, or of a `pause`, a `read` or a `delay` for some seconds."""
    if not isinstance(node, ast.Call):
        return False
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    seconds = node.args[:1] + [keyword.value for keyword in node.keywords if keyword.arg in ("delay", "seconds")]
    timed = any(isinstance(each, ast.Constant) and isinstance(each.value, float) for each in seconds)
    return called == "sleep" or (called in ("pause", "read", "set_timer") and timed)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_nothing_is_imported_from_another_test_module(path: Path) -> None:
    imported = modules_imported(ast.parse(path.read_text(encoding="utf-8")))
    taken = [name for name in imported if name.split(".")[0] == "tests" and ".test_" in name]
    assert not taken, "what several tests share belongs into conftest.py or a module of helpers"


@pytest.mark.parametrize("path", [path for path in FILES if name_of(path) not in WAITING], ids=name_of)
def test_nobody_waits_for_a_fixed_time(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    lines = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Call) and is_fixed_wait(node)]
    assert not lines, "wait for a condition, by `wait_for` of tests/waiting.py or `until` of tests/tui/driving.py"


@pytest.mark.parametrize(
    ("line", "waits"),
    [
        ("time.sleep(0.2)", True),
        ("await asyncio.sleep(delay)", True),
        ("sleep(1)", True),
        ("await pilot.pause(0.5)", True),
        ("await pilot.pause(delay=0.5)", True),
        ("terminal.read(0.5)", True),
        ("await pilot.pause()", False),
        ("file.read(100)", False),
        ("wait_for(condition)", False),
    ],
)
def test_a_fixed_wait_is_known_for_one(line: str, waits: bool) -> None:
    assert any(is_fixed_wait(node) for node in ast.walk(ast.parse(line, mode="exec"))) is waits
