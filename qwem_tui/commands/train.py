"""`qwem-tui train`: a run without a screen."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qwem_tui.base.memory import limit_memory
from qwem_tui.commands.options import (
    GoalOptions,
    RunOptions,
    StartOptions,
    TextOptions,
    TrainerOptions,
    TrainingOptions,
)
from qwem_tui.commands.signature import command


@command
def train(
    text: TextOptions,
    start: StartOptions,
    trainer: TrainerOptions,
    training: TrainingOptions,
    run: RunOptions,
    goal: GoalOptions,
    json_lines: Annotated[bool, typer.Option("--json", help="Write each frame to stdout as a line of JSON.")] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="RUN", help="Run folder to write [default: a new one in runs/ here].")
    ] = None,
) -> None:
    """Train without a screen, into a run folder."""
    # not before: they load PyTorch, which --help need not wait for
    from qwem_tui.commands.headless_run import train_headless
    from qwem_tui.commands.settings import run_config
    from qwem_tui.engine.goals import parse_goal

    limit_memory(run.memory_bytes)
    config = run_config(run, 0, text, start, trainer, training)
    raise typer.Exit(train_headless(config, out, json_lines, None if goal.until is None else parse_goal(goal.until)))
