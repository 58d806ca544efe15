"""`qwem-tui compare`: two trainers in turn on the same corpus, in the same charts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qwem_tui.base.names import TRAINERS, TrainerName
from qwem_tui.commands.options import (
    AnalogiesOption,
    Ascii,
    CorpusArgument,
    DeviceOption,
    Dim,
    Force,
    Fps,
    KeepGb,
    NegativeWeight,
    Precision,
    ProtocolOption,
    RunStepSize,
    Seed,
    Sigma,
    Steps,
    Threads,
    TokenizerOption,
    VocabSize,
    Window,
    run_config,
)


def _two_trainers(text: str) -> tuple[TrainerName, TrainerName]:
    """Return the two trainers that `text` names, such as "gd,word2vec"; raises UsageError where it does not."""
    from qwem_tui.base.errors import UsageError
    from qwem_tui.base.printable import printable

    named = [name for part in text.split(",") for name in TRAINERS if name == part.strip()]
    if text.count(",") != 1 or len(set(named)) != 2:
        raise UsageError(
            f"--trainers is {printable(text)}: give two different ones of {', '.join(TRAINERS)}, such as gd,word2vec."
        )
    return named[0], named[1]


def compare(
    corpus: CorpusArgument,
    trainers: Annotated[str, typer.Option(metavar="A,B", help="Which two of gd, sgd, word2vec.")] = "gd,word2vec",
    vocab_size: VocabSize = 10_000,
    dim: Dim = None,
    window: Window = 16,
    negative_weight: NegativeWeight = 1.0,
    tokenizer: TokenizerOption = "letters",
    analogies: AnalogiesOption = None,
    protocol: ProtocolOption = "questions",
    sigma: Sigma = 1e-4,
    step_size: RunStepSize = None,
    steps: Steps = None,
    seed: Seed = 0,
    precision: Precision = "auto",
    force: Force = False,
    device: DeviceOption = "auto",
    threads: Threads = None,
    keep_gb: KeepGb = 2.0,
    fps: Fps = 4.0,
    ascii_only: Ascii = False,
    out: Annotated[
        Path | None, typer.Option(metavar="RUN", help="Folder of the first run, the second in RUN-2 [default: runs/].")
    ] = None,
) -> None:
    """Open the app, run two trainers in turn on the same corpus, and show both in the same charts."""
    given = locals()
    first, second = _two_trainers(trainers)
    from qwem_tui.tui.launcher import ScreenOptions, announce, open_app
    from qwem_tui.tui.terminal import require_terminal

    require_terminal("use `qwem-tui train` with --trainer, once for each, to train without a screen", "-" in corpus)
    announce()
    config = run_config({**given, "trainer": first}, spare_cores=1)
    raise typer.Exit(open_app(config, out, ScreenOptions(fps, ascii_only), second))
