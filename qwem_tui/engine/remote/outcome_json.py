"""Outcomes as they go over a run's control socket: values beside the words for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from qwem_tui.base.errors import QwemError, UsageError
from qwem_tui.engine.outcome import Completion, Fault, Notice, Worded


class Outcomes(msgspec.Struct, frozen=True):
    """What a status says of how a run ended or why it stands."""

    completion: Completion | None = None
    notice: Notice | None = None
    fault: Fault | None = None


def outcomes_json(outcomes: Outcomes) -> object:
    """Return `outcomes` ready for JSON: objects with their `kind` and its values, or null."""
    return msgspec.to_builtins(outcomes, enc_hook=_plain)


def outcomes_of(sent: object, note: str, notice: str, fault: str) -> Outcomes:
    """Return the outcomes that `outcomes_json` made.

    A process of another version may send none, or kinds that are unknown here: the words stand for them then.
    """
    try:
        known = msgspec.convert(sent, Outcomes, dec_hook=_object)
    except ValueError:
        # a lone surrogate in it is no ValidationError, but one of encoding
        known = Outcomes()
    return Outcomes(known.completion or _worded(note), known.notice or _worded(notice), known.fault or _worded(fault))


def error_of(text: str, exit_code: int) -> QwemError:
    """Return the error of another process, known by its sentence and its exit code."""
    return UsageError(text) if exit_code == UsageError.exit_code else QwemError(text)


def _worded(text: str) -> Worded | None:
    return Worded(text) if text else None


def _plain(value: object) -> object:
    """Return a value that msgspec does not know in ones that it does."""
    if isinstance(value, QwemError):
        return [str(value), value.exit_code]
    if isinstance(value, Path):
        return str(value)
    raise NotImplementedError(type(value))


def _object(kind: type, sent: Any) -> object:
    """Return what `_plain` made of a value of type `kind`; raises ValueError where it did not."""
    if kind is QwemError and isinstance(sent, list) and len(sent) == 2:
        return error_of(str(sent[0]), int(sent[1]))
    if kind is Path and isinstance(sent, str):
        return Path(sent)
    raise ValueError(f"{kind.__name__} is expected")
