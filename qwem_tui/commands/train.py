"""`qwem-tui train`: a run without a screen."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qwem_tui.commands.options import (
    AnalogiesOption,
    CorpusArgument,
    DeviceOption,
    Dim,
    Force,
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
    TrainerOption,
    Until,
    VocabSize,
    Window,
    run_config,
)


def train(
    corpus: CorpusArgument,
    vocab_size: VocabSize = 10_000,
    dim: Dim = None,
    window: Window = 16,
    negative_weight: NegativeWeight = 1.0,
    tokenizer: TokenizerOption = "letters",
    analogies: AnalogiesOption = None,
    protocol: ProtocolOption = "questions",
    sigma: Sigma = 1e-4,
    trainer: TrainerOption = "gd",
    step_size: RunStepSize = None,
    steps: Steps = None,
    seed: Seed = 0,
    precision: Precision = "auto",
    force: Force = False,
    device: DeviceOption = "auto",
    threads: Threads = None,
    keep_gb: KeepGb = 2.0,
    until: Until = None,
    json_lines: Annotated[bool, typer.Option("--json", help="Write each frame to stdout as a line of JSON.")] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="RUN", help="Run folder to write [default: a new one in runs/ here].")
    ] = None,
) -> None:
    """Train without a screen, into a run folder."""
    given = locals()
    from qwem_tui.commands.headless_run import train_headless
    from qwem_tui.engine.goals import parse_goal

    goal = None if until is None else parse_goal(until)
    config = run_config(given, spare_cores=0)
    raise typer.Exit(train_headless(config, out, json_lines, goal))
