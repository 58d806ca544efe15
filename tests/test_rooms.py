"""Who may import whom."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.waiting import PATIENCE

PACKAGE = Path(__file__).resolve().parent.parent / "qwem_tui"
#: from the ground up, a floor a line: a room imports only from itself and from the floors below it
FLOORS = (
    ("base",),
    ("corpus",),
    ("analogies",),
    ("vectors",),
    ("theory",),
    ("study", "training"),
    ("engine",),
    ("formats",),
    ("sweep_runner", "tui"),
    ("commands",),
    ("cli",),
    ("__main__",),
)
#: the same inside the engine, a room of many files: its modules and folders
ENGINE_FLOORS = (
    ("engine_thread", "frame", "goals", "step_timing", "timeline", "trainers"),
    ("commands", "history", "outcome", "question_log", "schedule"),
    ("command_queue", "outcome_text", "run_folder", "status"),
    ("run_config", "stage_clock", "training_loop"),
    ("background", "preparation", "remote", "replayed_run", "source"),
    ("forecast_state", "live_run"),
)
ROOMS = tuple(room for floor in FLOORS for room in floor)
MODULES = tuple(sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py"))
#: the packages that only one room may import
ONLY_IN = {"textual": "tui", "typer": "commands"}


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def floor_of(room: str, floors: tuple[tuple[str, ...], ...] = FLOORS) -> int:
    return next(number for number, floor in enumerate(floors) if room in floor)


def imports(path: Path) -> list[str]:
    return imports_in(ast.parse(path.read_text(encoding="utf-8")))


def imports_in(tree: ast.AST) -> list[str]:
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{node.module}: write imports in full"
            assert node.module is not None
            names += [node.module] if node.module != "qwem_tui" else [f"qwem_tui.{alias.name}" for alias in node.names]
    return names


def test_every_module_is_in_a_room() -> None:
    assert {room_of(path) for path in MODULES} == set(ROOMS)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_module_imports_only_from_its_room_and_below(path: Path) -> None:
    room = room_of(path)
    for name in imports(path):
        package, *rest = name.split(".")
        if package == "qwem_tui" and rest and rest[0] != "__version__":
            assert rest[0] == room or floor_of(rest[0]) < floor_of(room), f"{path.name} imports {name}"
        if package in ONLY_IN:
            assert room in (ONLY_IN[package], "cli"), f"{path.name} imports {name}"


def test_the_engine_has_floors_too() -> None:
    engine = PACKAGE / "engine"
    modules = [path for path in MODULES if engine in path.parents and path != engine / "__init__.py"]
    parts = {path: path.relative_to(engine).parts[0].removesuffix(".py") for path in modules}
    assert set(parts.values()) == {part for floor in ENGINE_FLOORS for part in floor}
    for path, part in parts.items():
        for name in imports(path):
            if name.startswith("qwem_tui.engine.") and (other := name.split(".")[2]) != part:
                assert floor_of(other, ENGINE_FLOORS) < floor_of(part, ENGINE_FLOORS), f"{path.name} imports {name}"


def test_files_are_short() -> None:
    files = (*PACKAGE.rglob("*.py"), *Path(__file__).resolve().parent.rglob("*.py"))
    long = {path.name: lines for path in files if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400}
    assert not long


#: what takes long to import: neither a command nor its help may wait for it before it is needed
HEAVY = {"torch", "numpy", "scipy", "numba", "textual", "rich", "msgspec", "multiprocessing"}
#: of the project's own, what compiles the patterns of all scripts, and of all formats of analogies
HEAVY |= {"qwem_tui.corpus.tokenizers", "qwem_tui.analogies.files"}
#: what may not have been imported once each of these has been, one after the other
LATE = {
    "qwem_tui.cli": HEAVY,
    "qwem_tui.corpus.documents": {"torch", "textual"},
    "qwem_tui.engine.live_run": {"textual"},
    "qwem_tui.commands.headless_run": {"textual"},
}


def test_heavy_packages_are_imported_late() -> None:
    program = "import sys\n" + "\n".join(
        f"import {module}\nprint({module!r}, *({forbidden!r} & set(sys.modules)))" for module, forbidden in LATE.items()
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert done.stdout.splitlines() == list(LATE)


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys\nfrom qwem_tui.cli import app\nnames = [command.callback.__name__ for command in "
        "app.registered_commands]\nassert len(names) > 8\n"
        "below = [['analogies', *name] for name in ([], ['check'], ['make'], ['suggest'])]\n"
        "for given in [[], *([name] for name in names), *below]:\n"
        "    assert app([*given, '--help'], standalone_mode=False) == 0\n"
        f"    assert not {HEAVY!r} & set(sys.modules), given\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr


def imported_at_once(module: str, seen: set[str]) -> set[str]:
    """Return the packages that importing `module` imports, its own functions and what is for types alone aside."""
    path = PACKAGE.parent / (module.replace(".", "/") + ".py")
    if module in seen or not path.is_file():
        return {module.split(".")[0]}
    seen.add(module)
    top = [node for node in ast.parse(path.read_text(encoding="utf-8")).body if not isinstance(node, ast.If)]
    names = [name for node in top if isinstance(node, ast.Import | ast.ImportFrom) for name in imports_in(node)]
    return {package for name in names for package in imported_at_once(name, seen)}


@pytest.mark.parametrize("path", sorted((PACKAGE / "commands").glob("*.py")), ids=lambda path: path.name)
def test_a_command_imports_late_in_one_place_and_only_what_is_heavy(path: Path) -> None:
    functions = [
        node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.FunctionDef)
    ]
    late = {function.name: modules for function in functions if (modules := imports_in(function))}
    # the file of `run` begins the sample too
    assert len(late) <= (2 if path.name == "run.py" else 1)
    all_late = {module for modules in late.values() for module in modules}
    light = [module for module in sorted(all_late) if not {module, *imported_at_once(module, set())} & HEAVY]
    assert not light, "they can be imported at the top of the file"
