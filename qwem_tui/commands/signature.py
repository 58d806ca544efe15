"""Makes a command of a function whose parameters are groups of options."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from inspect import Parameter, Signature, get_annotations, signature
from typing import Any, get_type_hints

from qwem_tui.base.errors import SettingError, UsageError, option_name

#: The option of commands that take what they advise against from whoever insists.
_INSIST = "force"


@cache
def _hints_of(group: type) -> dict[str, Any]:
    """Return the annotations that a class adds itself; worked out once, for those that commands share."""
    return get_annotations(group, eval_str=True)


def _options_of(group: type) -> list[Parameter]:
    """Return the fields of a dataclass of options as parameters."""
    hints = {name: hint for base in reversed(group.__mro__) for name, hint in _hints_of(base).items()}
    return [
        Parameter(
            field.name,
            Parameter.KEYWORD_ONLY,
            default=Parameter.empty if field.default is MISSING else field.default,
            annotation=hints[field.name],
        )
        for field in fields(group)
    ]


def command(function: Callable[..., None]) -> Callable[..., None]:
    """Return `function` as Typer takes it: a parameter that is a dataclass of options becomes one for each field.

    The options stand in the order of the parameters, and of the fields in each; `function` is called with dataclasses
    made from what is given. Where the command can be insisted upon, errors say so. Raises ValueError where two
    parameters have an option of the same name.
    """
    hints = get_type_hints(function, include_extras=True)
    options: list[Parameter] = []
    groups: dict[str, tuple[type, list[str]]] = {}
    for name, parameter in signature(function).parameters.items():
        if is_dataclass(hints[name]):
            found = _options_of(hints[name])
            groups[name] = hints[name], [option.name for option in found]
            options += found
        else:
            options.append(parameter.replace(kind=Parameter.KEYWORD_ONLY, annotation=hints[name]))

    def callback(**given: Any) -> None:
        try:
            made = {name: group(**{option: given.pop(option) for option in of}) for name, (group, of) in groups.items()}
            function(**made, **given)
        except SettingError as error:
            if not error.forceable or _INSIST not in callback.__annotations__:
                raise
            insist = f"{option_name(_INSIST)} insists"
            raise UsageError(error.worded(option_name(error.setting), insist=insist)) from error

    callback.__name__, callback.__doc__ = function.__name__, function.__doc__
    callback.__annotations__ = {option.name: option.annotation for option in options}
    # typing does not know it of functions; inspect does, and Typer
    setattr(callback, "__signature__", Signature(options))  # noqa: B010
    return callback
