"""The user's settings of the app: from the command line, the environment, a file of theirs, or by default."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Literal, get_args

from platformdirs import user_config_path

from qwem_tui.base.errors import UsageError
from qwem_tui.base.names import ThemeName
from qwem_tui.base.printable import printable
from qwem_tui.tui.actions import DEFAULT_KEYS, FIXED_KEYS
from qwem_tui.tui.launcher import FPS_RANGE, ScreenOptions

Source = Literal["command line", "environment", "file", "default"]
Value = str | float | bool
#: By the name in the file; the environment has them as QWEM_TUI_THEME and so on.
_DEFAULTS: dict[str, Value] = {
    "theme": ScreenOptions.theme,
    "fps": ScreenOptions.fps,
    "ascii": ScreenOptions.ascii_only,
}
_ENVIRONMENT = "QWEM_TUI_"
_KEYS = "keys"
#: What can be pressed: a character, or a key by name, with or without modifiers.
_KEY = re.compile(
    r"[!-~]|((ctrl|alt|shift)\+)*([a-z0-9]|f([1-9]|1\d|2[0-4])|space|left|right|home|end|insert|delete|backspace)"
)
#: What terminals in terminals keep for themselves.
_EATEN = {"ctrl+b": "tmux", "ctrl+a": "screen"}
#: What Textual calls characters that its lists of keys cannot hold as they are.
_CHARACTERS = {",": "comma", " ": "space"}
_TRUTHS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


@dataclass(frozen=True)
class Setting:
    """A setting in force, and where it comes from."""

    name: str
    value: Value
    source: Source


@dataclass(frozen=True)
class Preferences:
    """The settings in force, the file that was looked for, and sentences about what may not work."""

    path: Path
    found: bool
    settings: tuple[Setting, ...]
    warnings: tuple[str, ...] = ()

    @property
    def screen(self) -> ScreenOptions:
        """Return what the app is to be opened with."""
        values = {each.name: each.value for each in self.settings}
        keys = tuple(
            (each.name.removeprefix(f"{_KEYS}."), _CHARACTERS.get(str(each.value), str(each.value)))
            for each in self.settings
            if each.name.startswith(f"{_KEYS}.") and each.source != "default"
        )
        return ScreenOptions(bool(values["ascii"]), float(values["fps"]), str(values["theme"]), keys)


def preferences(
    given: Mapping[str, Value | None], config: Path | None = None, environ: Mapping[str, str] = os.environ
) -> Preferences:
    """Return the settings in force where the command line has `given` (None: nothing), and `config` as the file.

    The command line comes before the environment `environ`, that before the file, and that before the defaults. Reads
    the file, and raises UsageError where it, or a variable, has what cannot be worked with.
    """
    named = config or (Path(environ[f"{_ENVIRONMENT}CONFIG"]) if environ.get(f"{_ENVIRONMENT}CONFIG") else None)
    path = named or user_config_path("qwem-tui") / "config.toml"
    content = _read(path, must_exist=named is not None)
    where = printable(str(path))
    table: dict[str, object] = content or {}
    _check_names(table, (*_DEFAULTS, _KEYS), f"{where}: ")
    settings = []
    for name, default in _DEFAULTS.items():
        variable = f"{_ENVIRONMENT}{name.upper()}"
        if (value := given.get(name)) is not None:
            settings.append(Setting(name, value, "command line"))
        elif environ.get(variable):
            settings.append(Setting(name, _from_text(name, environ[variable], variable), "environment"))
        elif name in table:
            settings.append(Setting(name, _checked(name, table[name], f"{where}: {name}"), "file"))
        else:
            settings.append(Setting(name, default, "default"))
    keys, warnings = _keys(table.get(_KEYS, {}), where)
    return Preferences(path, content is not None, (*settings, *keys), warnings)


def _read(path: Path, must_exist: bool) -> dict[str, object] | None:
    """Return what stands in the file, None where there is none and none need be."""
    where = printable(str(path))
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if not must_exist:
            return None
        raise UsageError(f"There is no file {where}: give another one as the file of settings.") from None
    except OSError as error:
        raise UsageError(f"{where} cannot be read: {printable((error.strerror or str(error)).lower())}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{where} is not UTF-8 text: save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{where} is not TOML: {printable(str(error))}; mend it there.") from error


def _check_names(table: Mapping[str, object], known: tuple[str, ...], where: str) -> None:
    for name in table:
        if name not in known:
            near = get_close_matches(name, known, 1, 0.5)
            advice = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}."
            raise UsageError(f"{where}{printable(name)} is no setting: {advice}")


def _checked(name: str, value: object, where: str) -> Value:
    """Return `value` where it is one for the setting `name`, else raise UsageError about `where`."""
    if name == "theme":
        if isinstance(value, str) and value in get_args(ThemeName):
            return value
        needed = f"give one of {', '.join(get_args(ThemeName))}."
    elif name == "fps":
        if isinstance(value, int | float) and not isinstance(value, bool) and FPS_RANGE[0] <= value <= FPS_RANGE[1]:
            return float(value)
        needed = f"give a number from {FPS_RANGE[0]:g} to {FPS_RANGE[1]:g}."
    else:
        if isinstance(value, bool):
            return value
        needed = "give true or false."
    raise UsageError(f"{where} is {printable(str(value))}: {needed}")


def _from_text(name: str, text: str, variable: str) -> Value:
    """Return the value that an environment variable has for the setting `name`."""
    value: object = text
    if name == "fps":
        try:
            value = float(text)
        except ValueError:
            value = text
    elif name == "ascii":
        value = _TRUTHS.get(text.lower(), text)
    return _checked(name, value, variable)


def _keys(table: object, where: str) -> tuple[tuple[Setting, ...], tuple[str, ...]]:
    """Return the key of each action, and what is to be warned of."""
    if not isinstance(table, dict):
        raise UsageError(f'{where}: {_KEYS} is no table: write [{_KEYS}], and below it lines such as step = "S".')
    _check_names(table, tuple(DEFAULT_KEYS), f"{where}: {_KEYS}.")
    settings, warnings = [], []
    taken: dict[str, str] = {}
    for name, key in table.items():
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            needed = "give one key, such as S, f5 or ctrl+t."
            raise UsageError(f"{where}: {_KEYS}.{name} is {printable(str(key))}: {needed}")
        if key in FIXED_KEYS:
            raise UsageError(f"{where}: {_KEYS}.{name} is {key}, which the app needs itself: give another key.")
        if key in _EATEN:
            warnings.append(f"{where}: {_KEYS}.{name} is {key}, which {_EATEN[key]} keeps for itself.")
    for name, default in DEFAULT_KEYS.items():
        pressed: str = table.get(name, default)
        settings.append(Setting(f"{_KEYS}.{name}", pressed, "file" if name in table else "default"))
        for each in (_NAMED.get(pressed, pressed),) if name in table else default.split(","):
            if each in taken:
                other = taken[each]
                pair, both = f"{_KEYS}.{other} and {_KEYS}.{name}", table[name if name in table else other]
                raise UsageError(f"{where}: {pair} are both {both}: give one another key.")
            taken[each] = name
    return tuple(settings), tuple(warnings)


#: What keys that are characters are called in the defaults.
_NAMED = {
    "/": "slash", "?": "question_mark", "<": "less_than_sign", ">": "greater_than_sign", ",": "comma",
    ".": "full_stop",
}  # fmt: skip
