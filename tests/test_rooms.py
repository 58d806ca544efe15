"""Who may import whom."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "qwem_tui"
#: from the ground up: a room imports only from itself and from rooms before it
ROOMS = ("base", "corpus", "analogies", "theory", "study", "training", "engine", "formats", "tui")


def imports(path: Path) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
    return names


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_from_rooms_below(room: str) -> None:
    allowed = {"qwem_tui"} | {f"qwem_tui.{name}" for name in ROOMS[: ROOMS.index(room) + 1]}
    files = list((PACKAGE / room).rglob("*.py"))
    assert files
    for path in files:
        for name in imports(path):
            if name.split(".")[0] == "qwem_tui":
                assert ".".join(name.split(".")[:2]) in allowed, f"{path.name} imports {name}"
            if room != "tui":
                assert name.split(".")[0] != "textual", f"{path.name} imports textual"


#: what may not have been imported once each of these has been, one after the other
LATE = {
    "qwem_tui.cli": ("torch", "numpy", "textual", "numba"),
    "qwem_tui.corpus.documents": ("torch", "textual"),
    "qwem_tui.engine.live_run": ("textual",),
    "qwem_tui.commands.headless_run": ("textual",),
}


def test_heavy_packages_are_imported_late() -> None:
    program = "import sys\n" + "\n".join(
        f"import {module}\nprint({module!r}, *({set(forbidden)!r} & set(sys.modules)))"
        for module, forbidden in LATE.items()
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.splitlines() == list(LATE)
