"""`qwem-tui analogies check`: what of an analogy file a text covers, and what is wrong with it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from qwem_tui.base.errors import QwemError
from qwem_tui.commands.options import AnswerOptions, WordOptions
from qwem_tui.commands.signature import command


@dataclass(frozen=True)
class CheckOptions:
    """Which file is checked, and by which text."""

    file: Annotated[Path, typer.Argument(metavar="FILE", help="Analogies: a file, folder or zip archive.")]
    corpus: Annotated[
        list[str] | None,
        typer.Option(metavar="CORPUS", help="The text: a file, a folder, or - for stdin; may be given more than once."),
    ] = None
    vocab_size: Annotated[int, typer.Option(min=2, help="Model this many of the most frequent words.")] = 10_000


@dataclass(frozen=True)
class CheckAnswerOptions(AnswerOptions):
    """In which form the check is written."""

    json_form: Annotated[bool, typer.Option("--json", help="Write JSON (qwem-analogies-check/1).")] = False
    csv_form: Annotated[bool, typer.Option("--csv", help="Write CSV, a row a category.")] = False


@command
def check(asked: CheckOptions, words: WordOptions, answer: CheckAnswerOptions) -> None:
    """Say what of an analogy file a text covers, what it can tell, and what is wrong with it."""
    # not before: they load PyTorch, which --help need not wait for
    from rich.console import Console

    from qwem_tui.analogies.files import read_analogy_file
    from qwem_tui.commands.output import check_stdout, write_answer
    from qwem_tui.commands.progress_bar import ProgressBar
    from qwem_tui.corpus.tokenizers import word_form
    from qwem_tui.formats.analogies.check import CheckReport, check_json, write_check_csv
    from qwem_tui.study.analogy_check import check_file
    from qwem_tui.study.config import StudyConfig
    from qwem_tui.study.target_from_text import read_corpus

    check_stdout()
    config = StudyConfig(tuple(asked.corpus or ()), vocab_size=sys.maxsize, **vars(words))
    file = read_analogy_file(asked.file, word_form(words.word_settings), lenient=True)
    if not file.categories:
        first = f"; the first of {len(file.misfits):,} line(s) that do not fit is {file.misfits[0]}"
        raise QwemError(f"{file.name} holds no analogy question{first if file.misfits else '.'}")
    every = None
    notes: tuple[str, ...] = ()
    if asked.corpus:
        with ProgressBar(Console(stderr=True)) as bar:
            read = read_corpus(config, bar, sys.stdin.buffer)
        every, notes = read.corpus.vocabulary, read.notes
    found = check_file(file, words.word_settings, every, asked.vocab_size, notes)
    write_answer(
        answer,
        lambda: check_json(found),
        lambda stream: write_check_csv(found, stream),
        lambda _, plain: CheckReport(found, plain),
        found.notes,
    )
