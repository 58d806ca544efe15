"""The user's settings of the app: which of several sources counts, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from qwem_tui.base.errors import UsageError
from qwem_tui.cli import app
from qwem_tui.commands.preferences import Preferences, preferences
from qwem_tui.tui.actions import DEFAULT_KEYS
from qwem_tui.tui.launcher import ScreenOptions


def read(folder: Path, text: str) -> Preferences:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return preferences({}, path, {})


def sources(found: Preferences) -> dict[str, tuple[object, str]]:
    return {each.name: (each.value, each.source) for each in found.settings}


def test_without_a_file_all_is_as_by_default(tmp_path: Path) -> None:
    found = preferences({}, None, {"QWEM_TUI_CONFIG": ""})
    assert found.path.parts[-2:] == ("qwem-tui", "config.toml")
    empty = read(tmp_path, "")
    assert empty.screen == ScreenOptions()
    assert {source for _, source in sources(empty).values()} == {"default"}
    assert {name for name in sources(empty) if name.startswith("keys.")} == {f"keys.{name}" for name in DEFAULT_KEYS}


def test_the_command_line_counts_before_the_environment_and_that_before_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('theme = "light"\nfps = 3\nascii = true\n', encoding="utf-8")
    environ = {"QWEM_TUI_CONFIG": str(path), "QWEM_TUI_FPS": "5", "QWEM_TUI_ASCII": "no"}
    found = preferences({"fps": None, "ascii": True}, None, environ)
    assert found.screen == ScreenOptions(True, 5.0, "light")
    values = sources(found)
    assert values["theme"] == ("light", "file")
    assert values["fps"] == (5.0, "environment")
    assert values["ascii"] == (True, "command line")
    assert preferences({}, None, environ).screen.ascii_only is False
    other = tmp_path / "other.toml"
    other.write_text("fps = 9\n", encoding="utf-8")
    assert preferences({}, other, {"QWEM_TUI_CONFIG": str(path)}).screen == ScreenOptions(fps=9.0)


def test_keys_of_the_file_go_to_the_app(tmp_path: Path) -> None:
    found = read(tmp_path, '[keys]\nstep = "S"\nexport = ","\n"cursor-step-back" = "f5"\n')
    assert dict(found.screen.keys) == {"step": "S", "export": "comma", "cursor-step-back": "f5"}
    assert sources(found)["keys.step"] == ("S", "file")
    assert sources(found)["keys.pause"] == ("space", "default")


def test_two_actions_can_change_keys(tmp_path: Path) -> None:
    assert dict(read(tmp_path, '[keys]\nstep = "n"\nsteps = "s"\n').screen.keys) == {"step": "n", "steps": "s"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('thème = "light"', "is not TOML"),
        ("them = 1", "config.toml: them is no setting: did you mean theme?"),
        ('theme = "blue"', "config.toml: theme is blue: give one of dark, light, high-contrast."),
        ("fps = 0", "config.toml: fps is 0: give a number from 0.2 to 60."),
        ("fps = true", "fps is True: give a number"),
        ("ascii = 1", "ascii is 1: give true or false."),
        ("keys = 1", "keys is no table"),
        ('[keys]\nstepp = "S"', "keys.stepp is no setting: did you mean step?"),
        ("[keys]\nstep = 1", "keys.step is 1: give one key, such as S, f5 or ctrl+t."),
        ('[keys]\nstep = "ctrl+"', "keys.step is ctrl+: give one key"),
        ('[keys]\nstep = "ctrl+c"', "keys.step is ctrl+c, which the app needs itself"),
        ('[keys]\nstep = "u"', "keys.step and keys.until are both u: give one another key."),
        ('[keys]\nstep = "/"', "keys.step and keys.ask-words are both /: give one another key."),
        ('[keys]\nstep = "S"\npace = "S"', "keys.step and keys.pace are both S"),
        ('theme = "\u001b"', "not TOML"),
        ("\n\ntheme = \nfps = 1\n", "line 3"),
    ],
)
def test_what_cannot_be_worked_with_is_refused_in_a_sentence(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, text)
    sentence = str(caught.value)
    assert words in sentence
    assert str(tmp_path / "config.toml") in sentence
    assert "\n" not in sentence
    assert sentence.isprintable()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("FPS", "fast", "QWEM_TUI_FPS is fast: give a number from 0.2 to 60."),
        ("THEME", "blue", "QWEM_TUI_THEME is blue"),
        ("ASCII", "2", "QWEM_TUI_ASCII is 2: give true or false."),
        ("CONFIG", "no/such.toml", "There is no file no/such.toml"),
    ],
)
def test_the_environment_is_checked_too(name: str, value: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        preferences({}, None, {f"QWEM_TUI_{name}": value})


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xff")
    with pytest.raises(UsageError, match="is not UTF-8 text"):
        preferences({}, path, {})
    with pytest.raises(UsageError, match="cannot be read: is a directory"):
        preferences({}, tmp_path, {})


@pytest.mark.parametrize(("key", "program"), [("ctrl+b", "tmux"), ("ctrl+a", "screen")])
def test_a_key_that_a_multiplexer_keeps_is_warned_of(tmp_path: Path, key: str, program: str) -> None:
    found = read(tmp_path, f'[keys]\nstep = "{key}"\n')
    assert [program in warning and key in warning for warning in found.warnings] == [True]


def test_config_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "config.toml"
    path.write_text('theme = "light"\n[keys]\nstep = "ctrl+b"\n', encoding="utf-8")
    monkeypatch.setenv("QWEM_TUI_FPS", "7")
    shown = CliRunner().invoke(app, ["config", "show", "--config", str(path)])
    assert shown.exit_code == 0
    lines = [" ".join(line.split()) for line in shown.stdout.splitlines()]
    assert lines[0] == str(path)
    assert {"theme light file", "fps 7.0 environment", "ascii false default", "keys.step ctrl+b file"} < set(lines)
    assert "tmux keeps for itself" in shown.stderr
    as_json = json.loads(CliRunner().invoke(app, ["config", "show", "--config", str(path), "--json"]).stdout)
    assert as_json["path"] == str(path)
    assert as_json["settings"]["theme"] == {"value": "light", "source": "file"}
    assert len(as_json["warnings"]) == 1
