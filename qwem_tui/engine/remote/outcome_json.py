"""Outcomes and errors as they go over a run's control socket: values beside the words for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from qwem_tui.base.errors import QwemError, Sentence, UsageError
from qwem_tui.engine.outcome import Completion, Fault, Notice, Worded


class Outcomes(msgspec.Struct, frozen=True):
    """What a status says of how a run ended, why it stands, and what goes wrong."""

    completion: Completion | None = None
    notice: Notice | None = None
    fault: Fault | None = None
    error: QwemError | None = None
    problem: Sentence = ()


class _SentError(msgspec.Struct, frozen=True):
    """An error as it is sent: the parts of its sentence, of which settings are objects."""

    parts: Sentence
    exit_code: int


def outcomes_json(outcomes: Outcomes) -> object:
    """Return `outcomes` ready for JSON: objects with their `kind` and its values, or null."""
    return msgspec.to_builtins(outcomes, enc_hook=_plain)


def outcomes_of(sent: object, words: Outcomes) -> Outcomes:
    """Return the outcomes that `outcomes_json` made.

    A process of another version may send none, or kinds that are unknown here: `words` stand for them then.
    """
    try:
        known = msgspec.convert(sent, Outcomes, dec_hook=_object)
    except ValueError:
        # a lone surrogate in it is no ValidationError, but one of encoding
        known = Outcomes()
    return Outcomes(
        known.completion or words.completion,
        known.notice or words.notice,
        known.fault or words.fault,
        known.error or words.error,
        known.problem or words.problem,
    )


def outcomes_in_words(
    note: str, notice: str, fault: str | None, error: str | None, problem: str | None, exit_code: int
) -> Outcomes:
    """Return outcomes of which no more is known than the words for them, and the exit code of the process."""
    return Outcomes(
        Worded(note) if note else None,
        Worded(notice) if notice else None,
        Worded(fault) if fault else None,
        None if error is None else _error((error,), exit_code),
        (problem,) if problem else (),
    )


def _error(parts: Sentence, exit_code: int) -> QwemError:
    return UsageError(*parts) if exit_code == UsageError.exit_code else QwemError(*parts)


def _plain(value: object) -> object:
    """Return a value that msgspec does not know in ones that it does."""
    if isinstance(value, QwemError):
        return _SentError(value.parts, value.exit_code)
    if isinstance(value, Path):
        return str(value)
    raise NotImplementedError(type(value))


def _object(kind: type, sent: Any) -> object:
    """Return what `_plain` made of a value of type `kind`; raises ValueError where it did not."""
    if kind is QwemError:
        error = msgspec.convert(sent, _SentError)
        return _error(error.parts, error.exit_code)
    if kind is Path and isinstance(sent, str):
        return Path(sent)
    raise ValueError(f"{kind.__name__} is expected")
