"""`qwem-tui analogies suggest`: word pairs of a text that fit the categories of a file."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from qwem_tui.base.errors import UsageError
from qwem_tui.base.printable import shortened
from qwem_tui.commands.options import AnswerOptions, ComputeOptions, ShapedTextOptions
from qwem_tui.commands.signature import command


@dataclass(frozen=True)
class SuggestOptions:
    """What is looked for."""

    category: Annotated[str | None, typer.Option(metavar="NAME", help="This category alone [default: all].")] = None
    count: Annotated[int, typer.Option(min=1, help="At most this many candidates for each category.")] = 20
    dim: Annotated[int, typer.Option(min=1, help="Size of the closed form.")] = 100


@dataclass(frozen=True)
class SuggestTextOptions(ShapedTextOptions):
    """The text in which word pairs are looked for, and the analogies that they are to be like."""

    analogies: Annotated[
        str, typer.Option("--like", metavar="FILE", help="Analogies whose patterns are looked for.")
    ] = field()


@dataclass(frozen=True)
class SuggestAnswerOptions(AnswerOptions):
    """In which form the candidates are written."""

    json_form: Annotated[bool, typer.Option("--json", help="Write JSON (qwem-analogies-suggest/1).")] = False
    csv_form: Annotated[bool, typer.Option("--csv", help="Write CSV, a row a candidate.")] = False


@command
def suggest(
    text: SuggestTextOptions, asked: SuggestOptions, compute: ComputeOptions, answer: SuggestAnswerOptions
) -> None:
    """Suggest word pairs of a text that fit the categories of a file, for a person to confirm; nothing is trained."""
    # not before: they load PyTorch, which --help need not wait for
    import torch
    from rich.console import Console

    from qwem_tui.analogies.files import read_analogies
    from qwem_tui.base.device import choose_device
    from qwem_tui.commands.output import check_stdout, write_answer
    from qwem_tui.commands.progress_bar import ProgressBar
    from qwem_tui.commands.settings import study_config
    from qwem_tui.corpus.tokenizers import word_form
    from qwem_tui.formats.analogies.suggestions import SuggestionsReport, suggestions_json, write_suggestions_csv
    from qwem_tui.study.analogy_suggestions import suggestions_in

    categories = read_analogies(Path(text.analogies), word_form(text.word_settings))
    if asked.category not in (None, *(each.name for each in categories)):
        names = ", ".join(shortened(each.name) for each in categories)
        raise UsageError(f"There is no category called {shortened(asked.category or '')}: choose one of {names}.")
    config = study_config(text)
    check_stdout()
    device = choose_device(compute.device)
    if compute.threads is not None:
        torch.set_num_threads(compute.threads)
    with ProgressBar(Console(stderr=True)) as bar:
        found = suggestions_in(config, asked.category, asked.dim, asked.count, device, bar, sys.stdin.buffer)
    write_answer(
        answer,
        lambda: suggestions_json(found),
        lambda stream: write_suggestions_csv(found, stream),
        lambda _, plain: SuggestionsReport(found, plain),
        found.notes,
    )
