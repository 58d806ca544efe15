"""`qwem-tui analogies`: check analogy files, make questions of word pairs, and find word pairs in a text."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from qwem_tui.base.atomic import atomic_output
from qwem_tui.base.errors import Named, UsageError
from qwem_tui.base.printable import printable
from qwem_tui.commands.analogies_check import check
from qwem_tui.commands.analogies_suggest import suggest
from qwem_tui.commands.options import WordOptions
from qwem_tui.commands.signature import command

analogies = typer.Typer(
    name="analogies",
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Check analogy files, make questions of word pairs, and find word pairs in a text.",
)


@dataclass(frozen=True)
class MakeOptions:
    """From what questions are made, and where they go."""

    pairs: Annotated[Path, typer.Argument(metavar="PAIRS", help="Word pairs: a file, folder or zip archive.")]
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write them to FILE [default: stdout].")] = None
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False


@command
def make(asked: MakeOptions, words: WordOptions) -> None:
    """Make questions of word pairs: all ordered pairs of each section, words as the tokenizer makes them."""
    # not before: they compile patterns, which --help need not wait for
    from qwem_tui.analogies.files import contents_sentence, read_analogy_file, written
    from qwem_tui.corpus.tokenizers import word_form

    if asked.out is not None and asked.out.exists() and not asked.force:
        raise UsageError(f"{printable(str(asked.out))} exists already: give another ", Named("out"), ", or --force.")
    file = read_analogy_file(asked.pairs, word_form(words.word_settings))
    with atomic_output(sys.stdout.buffer if asked.out is None else asked.out) as stream:
        for line in written(file.categories):
            stream.write(line.encode())
    sys.stdout.flush()
    typer.echo(contents_sentence(file), err=True)


analogies.command()(check)
analogies.command()(make)
analogies.command()(suggest)
