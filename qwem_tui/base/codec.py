"""JSON read into declared types, and written from them: what does not fit is refused, with its place and field."""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, NoReturn, TypeVar

import msgspec
from msgspec import Meta

from qwem_tui.base.errors import QwemError
from qwem_tui.base.printable import printable

T = TypeVar("T")

#: Whole numbers up to 2^53, which every reader of JSON holds exactly; finite numbers; shares of a whole.
Count = Annotated[int, Meta(ge=0, le=2**53)]
AtLeastOne = Annotated[int, Meta(ge=1, le=2**53)]
Finite = Annotated[float, Meta(ge=-sys.float_info.max, le=sys.float_info.max)]
NotNegative = Annotated[float, Meta(ge=0, le=sys.float_info.max)]
Positive = Annotated[float, Meta(gt=0, le=sys.float_info.max)]
Share = Annotated[float, Meta(ge=0, le=1)]

#: The longest reason that is shown: it may quote what was read.
_LONGEST_REASON = 200
_NAMES = {
    "int": "a whole number", "float": "a number", "str": "a text", "bool": "true or false", "array": "a list",
    "object": "an object",
}  # fmt: skip


def decode(kind: type[T], data: bytes | str, where: str, nan_is_null: bool = False) -> T:
    """Return the JSON text `data` as a `kind`; `where` says in errors what was read, such as "frames.jsonl, line 3".

    NaN and infinities, which are no JSON, are null where `nan_is_null`. Raises QwemError with one sentence that names
    the field where `data` is no JSON, or does not fit the type or its bounds.
    """
    with _refusing(where):
        try:
            return msgspec.json.decode(data, type=kind)
        except msgspec.ValidationError:
            raise
        except msgspec.DecodeError:
            # lone surrogates, by which Python names files that are not UTF-8, pass json alone
            constant = _null if nan_is_null else _refuse_constant
            return msgspec.convert(json.loads(data, parse_constant=constant), kind)


def convert(kind: type[T], value: object, where: str) -> T:
    """Return `value`, of dicts, lists and scalars, as a `kind`; see `decode`."""
    with _refusing(where):
        return msgspec.convert(value, kind)


@contextmanager
def _refusing(where: str) -> Iterator[None]:
    try:
        yield
    except msgspec.ValidationError as error:
        raise QwemError(f"{where}{_field_and_reason(error)}.") from error
    except RecursionError as error:
        raise QwemError(f"{where}: lists or objects are nested too deeply.") from error
    except ValueError as error:
        raise QwemError(f"{where}: this is no JSON ({_shown(str(error))}).") from error
    except QwemError as error:
        # of a type that checks itself
        raise QwemError(f"{where}: ", *error.parts) from error


def encode(value: object, indent: int | None = None) -> str:
    """Return `value`, of dataclasses, msgspec structs, lists, dicts and scalars, as JSON in ASCII, always the same.

    Keys keep their order; numbers that are not finite become null.
    """
    built = builtin(value)
    try:
        return json.dumps(built, indent=indent, allow_nan=False)
    except ValueError:
        return json.dumps(_with_nulls(built), indent=indent, allow_nan=False)


def builtin(value: object) -> Any:
    """Return `value`, of what `encode` takes, as dicts, lists and scalars; keys keep their order."""
    return msgspec.to_builtins(value, enc_hook=_of_numpy)


def _null(_: str) -> None:
    return None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _field_and_reason(error: msgspec.ValidationError) -> str:
    """Return the path of the field that does not fit, where there is one, and what was expected of it."""
    reason, _, path = str(error).rpartition(" - at `$") if " - at `$" in str(error) else (str(error), "", "")
    field = path.removesuffix("`").removeprefix(".")
    plain = re.sub(r"`([^`]*)`", lambda quoted: _plain(quoted[1]), reason)
    return f"{', ' if field else ''}{_shown(field)}: {_shown(plain[:1].lower() + plain[1:])}"


def _plain(kinds: str) -> str:
    return " or ".join(_NAMES.get(kind, kind) for kind in kinds.split(" | "))


def _shown(text: str) -> str:
    return printable(text if len(text) <= _LONGEST_REASON else f"{text[:_LONGEST_REASON]}...")


def _of_numpy(value: Any) -> object:
    """Return a NumPy array or scalar as lists and numbers of Python."""
    found: object = value.tolist()
    if isinstance(found, list) and found and isinstance(found[0], float) and not all(map(math.isfinite, found)):
        return _with_nulls(found)
    return found


def _with_nulls(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _with_nulls(each) for key, each in value.items()}
    return [_with_nulls(each) for each in value] if isinstance(value, list | tuple) else value
