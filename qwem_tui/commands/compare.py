"""`qwem-tui compare`: two trainers in turn on the same corpus, in the same charts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qwem_tui.base.errors import SettingError
from qwem_tui.base.memory import limit_memory
from qwem_tui.base.names import TRAINERS, TrainerName
from qwem_tui.base.printable import printable
from qwem_tui.commands.options import (
    AppOptions,
    RunOptions,
    StartOptions,
    TextOptions,
    TrainerOptions,
    TrainingOptions,
)
from qwem_tui.commands.signature import command
from qwem_tui.tui.launcher import announce, open_app
from qwem_tui.tui.terminal import require_terminal


def _two_trainers(text: str) -> tuple[TrainerName, TrainerName]:
    """Return the two trainers that `text` names, such as "gd,word2vec"; raises SettingError where it does not."""
    named = [name for part in text.split(",") for name in TRAINERS if name == part.strip()]
    if text.count(",") != 1 or len(set(named)) != 2:
        needed = f"give two different ones of {', '.join(TRAINERS)}, such as gd,word2vec."
        raise SettingError("trainers", printable(text), needed)
    return named[0], named[1]


@command
def compare(
    text: TextOptions,
    start: StartOptions,
    training: TrainingOptions,
    options: RunOptions,
    screen: AppOptions,
    trainers: Annotated[str, typer.Option(metavar="A,B", help="Which two of gd, sgd, word2vec.")] = "gd,word2vec",
    out: Annotated[
        Path | None, typer.Option(metavar="RUN", help="Folder of the first run, the second in RUN-2 [default: runs/].")
    ] = None,
) -> None:
    """Open the app, run two trainers in turn on the same corpus, and show both in the same charts."""
    first, second = _two_trainers(trainers)
    require_terminal(
        "use `qwem-tui train` with --trainer, once for each, to train without a screen", "-" in text.corpus
    )
    chosen = screen.screen()
    announce()
    # not before: it loads PyTorch, which takes a second or two
    from qwem_tui.commands.settings import run_config

    limit_memory(options.memory_bytes)
    config = run_config(options, 1, text, start, TrainerOptions(first), training)
    raise typer.Exit(open_app(config, out, chosen, then=second))
