"""`qwem-tui run`: the app on a corpus; and without a command, on the sample."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from qwem_tui.base.memory import limit_memory
from qwem_tui.commands.options import (
    AppOptions,
    HangupOptions,
    RunOptions,
    StartOptions,
    TextOptions,
    TrainerOptions,
    TrainingOptions,
    screen_options,
)
from qwem_tui.commands.signature import command
from qwem_tui.corpus.samples.catalogue import TOYWORLD
from qwem_tui.tui.launcher import announce, open_app
from qwem_tui.tui.terminal import require_terminal

#: Time to learn all modes of the sample corpus; settling takes a few seconds more.
SAMPLE_SECONDS = 24.0


def run_sample(stays: bool, low_bandwidth: bool) -> int:
    """Open the app on the sample corpus, slowed down so that one sees it learn; return its exit code.

    The run `stays` when the terminal goes away; see ScreenOptions for `low_bandwidth`.
    """
    require_terminal("use `qwem-tui train CORPUS` to train without a screen")
    screen = screen_options()
    announce(stays)
    # not before: they load PyTorch, which takes a second or two
    from qwem_tui.engine.run_config import RunConfig
    from qwem_tui.study.config import StudyConfig

    config = RunConfig(StudyConfig((str(TOYWORLD.path),)), spare_cores=1, paced_seconds=SAMPLE_SECONDS)
    return open_app(config, None, replace(screen, low_bandwidth=low_bandwidth), stays)


@command
def run(
    text: TextOptions,
    start: StartOptions,
    trainer: TrainerOptions,
    training: TrainingOptions,
    options: RunOptions,
    screen: AppOptions,
    hangup: HangupOptions,
    out: Annotated[
        Path | None, typer.Option(metavar="RUN", help="Run folder to write [default: a new one in runs/ here].")
    ] = None,
) -> None:
    """Open the app on a corpus and watch it being learned."""
    require_terminal("use `qwem-tui train` with the same arguments to train without a screen", "-" in text.corpus)
    chosen = screen.screen()
    announce(hangup.stays)
    # not before: it loads PyTorch, which takes a second or two
    from qwem_tui.commands.settings import run_config

    limit_memory(options.memory_bytes)
    config = run_config(options, 1, text, start, trainer, training)
    raise typer.Exit(open_app(config, out, chosen, hangup.stays))
