"""How a command answers: on stdout, as JSON, as CSV or as a table, or with one sentence why that could not be."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from io import TextIOWrapper
from typing import IO

from rich.console import Console, RenderableType

from qwem_tui.base.errors import QwemError, UsageError
from qwem_tui.commands.options import AnswerOptions


def check_stdout() -> None:
    """Raise UsageError where there is no stdout to answer on."""
    if sys.stdout is None:
        raise UsageError("stdout is closed: leave it open, or send it to a file.")


def forget_stdout() -> None:
    """Keep what stdout still holds back from being written, in vain, at the end of the process."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def write_answer(
    asked: AnswerOptions,
    as_json: Callable[[], object],
    as_csv: Callable[[IO[str]], None],
    as_table: Callable[[Console, bool], RenderableType],
    notes: Sequence[str] = (),
) -> None:
    """Write an answer to stdout in the form that is `asked` for; `as_table` takes the console, and whether to be ASCII.

    CSV has no place for `notes`, sentences that table and JSON have as well: they go to stderr.
    Raises QwemError where it cannot be written, and BrokenPipeError where nobody reads it any more.
    """
    try:
        if asked.form == "json":
            print(json.dumps(as_json(), allow_nan=False))
        elif asked.form == "csv":
            if isinstance(sys.stdout, TextIOWrapper):
                # a name that the terminal cannot show must not end it half-way
                sys.stdout.reconfigure(errors="backslashreplace")
            as_csv(sys.stdout)
            for note in notes:
                print(note, file=sys.stderr)
        else:
            console = Console(highlight=False, markup=False, emoji=False)
            console.print(as_table(console, asked.ascii_only or not console.encoding.lower().startswith("utf")))
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        forget_stdout()
        reason = (error.strerror or str(error)).lower()
        raise QwemError(f"The answer could not be written to stdout: {reason}; send it elsewhere.") from error
