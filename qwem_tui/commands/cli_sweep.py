"""The command `sweep`: thin, like the others in `cli.py`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from qwem_tui.commands.options import (
    AnalogiesOption,
    Ascii,
    CorpusArgument,
    DeviceOption,
    Dim,
    NegativeWeight,
    ProtocolOption,
    RunStepSize,
    Sigma,
    Steps,
    TokenizerOption,
    TrainerOption,
    VocabSize,
    Window,
    WindowShapeOption,
)


def sweep(
    corpus: CorpusArgument,
    over: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FACTOR=A,B,...",
            help="Vary a setting, once for each: vocab-size, window, window-shape, negative-weight, tokenizer, text "
            "(the share of the documents), seed, sigma, step-size, dim, trainer.",
        ),
    ] = None,
    train: Annotated[
        bool,
        typer.Option("--train", help="Train each cell to its end, as --over trainer=... does; else all is foretold."),
    ] = False,
    vocab_size: VocabSize = 10_000,
    window: Window = 16,
    window_shape: WindowShapeOption = "dynamic",
    negative_weight: NegativeWeight = 1.0,
    tokenizer: TokenizerOption = "letters",
    analogies: AnalogiesOption = None,
    protocol: ProtocolOption = "questions",
    max_dim: Annotated[int, typer.Option(help="Largest size to look at.")] = 200,
    dim: Dim = None,
    sigma: Sigma = 1e-4,
    trainer: TrainerOption = "gd",
    step_size: RunStepSize = None,
    steps: Steps = None,
    seed: Annotated[int, typer.Option(help="Seed of the start, the resampling, and the documents of a share.")] = 0,
    device: DeviceOption = "auto",
    workers: Annotated[
        int | None, typer.Option(help="Processes at once [default: one a core, as far as memory goes; 1 on a GPU].")
    ] = None,
    threads: Annotated[int | None, typer.Option(help="CPU threads of all workers [default: all cores].")] = None,
    map_of: Annotated[
        str | None,
        typer.Option(
            "--map", metavar="A,B", help="Factors of the heat map; one: by category [default: the first two that vary]."
        ),
    ] = None,
    response: Annotated[
        Literal["peak", "size", "step", "t", "trained-peak", "trained-step", "trained-t"],
        typer.Option("--of", help="What the map shows: peak accuracy, critical size, step or time of the crossing."),
    ] = "peak",
    category: Annotated[
        str | None, typer.Option(metavar="NAME", help="Category of the map [default: all questions].")
    ] = None,
    json_form: Annotated[bool, typer.Option("--json", help="Write JSON (qwem-sweep/1).")] = False,
    csv_form: Annotated[bool, typer.Option("--csv", help="Write CSV, a row a cell and category.")] = False,
    on_screen: Annotated[bool, typer.Option("--screen", help="Show progress and answer in the app; q leaves.")] = False,
    ascii_only: Ascii = False,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="SWEEP",
            help="Folder of the sweep; finished cells in it are not worked out again [default: one in sweeps/ here, "
            "the same for the same command].",
        ),
    ] = None,
) -> None:
    """Vary settings, and say what each does to critical sizes, peaks and times; goes on where it was interrupted."""
    given = locals()
    from qwem_tui.base.errors import UsageError

    if json_form and csv_form:
        raise UsageError("--json and --csv exclude each other: give one of them.")
    if (json_form or csv_form) and (map_of is not None or category is not None or response != "peak"):
        raise UsageError("--map, --of and --category are about the heat map: leave out --json and --csv.")
    if on_screen and (json_form or csv_form):
        raise UsageError("--screen shows the sweep: leave out --json and --csv.")
    if on_screen:
        from qwem_tui.tui.launcher import announce, require_terminal

        require_terminal("leave out --screen", "-" in corpus)
        announce()
    from qwem_tui.commands.study_options import study_config
    from qwem_tui.commands.sweep import sweep_headless, sweep_on_screen
    from qwem_tui.study.sweep.effects import MapChoice
    from qwem_tui.study.sweep.grid import SweepConfig, parse_factor
    from qwem_tui.sweep_runner.runner import Means

    config = SweepConfig(study_config(given), tuple(map(parse_factor, over or ())), max_dim, train)
    choice = MapChoice(None if map_of is None else tuple(map_of.split(",")), response, category)
    form: Literal["table", "json", "csv"] = "json" if json_form else "csv" if csv_form else "table"
    means = Means(device, workers, threads)
    if on_screen:
        raise typer.Exit(sweep_on_screen(config, out, means, choice, ascii_only))
    raise typer.Exit(sweep_headless(config, out, means, form, choice, ascii_only))
