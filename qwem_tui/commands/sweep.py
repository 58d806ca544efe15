"""`qwem-tui sweep`: progress on stderr, the answer on stdout; or both on a screen."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from qwem_tui.base.errors import Named, UsageError
from qwem_tui.base.memory import limit_memory
from qwem_tui.commands.options import (
    AnswerOptions,
    ComputeOptions,
    LengthOptions,
    ShapedTextOptions,
    SizeOptions,
    StartOptions,
    TrainerOptions,
    screen_options,
)
from qwem_tui.commands.signature import command
from qwem_tui.tui.launcher import announce, open_sweep
from qwem_tui.tui.terminal import require_terminal, take_stdin

if TYPE_CHECKING:
    from qwem_tui.base.progress import Monitor
    from qwem_tui.study.sweep.grid import Sweep


@dataclass(frozen=True)
class SweepOptions(SizeOptions):
    """What is varied, and whether it is trained."""

    over: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FACTOR=A,B,...",
            help="Vary a setting, once for each: vocab-size, window, window-shape, negative-weight, tokenizer, text "
            "(the share of the documents), seed, sigma, step-size, dim, trainer.",
        ),
    ] = None
    train: Annotated[
        bool,
        typer.Option("--train", help="Train each cell to its end, as --over trainer=... does; else all is forecast."),
    ] = False
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="SWEEP",
            help="Folder of the sweep; finished cells in it are not worked out again [default: one in sweeps/ here, "
            "the same for the same command].",
        ),
    ] = None


@dataclass(frozen=True)
class SweepStartOptions(StartOptions):
    """How the runs of a sweep start."""

    seed: Annotated[int, typer.Option(help="Seed of the start, the resampling, and the documents of a share.")] = 0


@dataclass(frozen=True)
class SweepComputeOptions(ComputeOptions):
    """Where a sweep is computed."""

    workers: Annotated[
        int | None, typer.Option(help="Processes at once [default: one a core, as far as memory goes; 1 on a GPU].")
    ] = None
    threads: Annotated[int | None, typer.Option(help="CPU threads of all workers [default: all cores].")] = None


@dataclass(frozen=True)
class SweepAnswerOptions(AnswerOptions):
    """In which form a sweep is written, and which heat map is drawn."""

    map_of: Annotated[
        str | None,
        typer.Option(
            "--map", metavar="A,B", help="Factors of the heat map; one: by category [default: the first two that vary]."
        ),
    ] = None
    response: Annotated[
        Literal["peak", "size", "step", "t", "trained-peak", "trained-step", "trained-t"],
        typer.Option("--of", help="What the map shows: peak accuracy, critical size, step or time of the crossing."),
    ] = "peak"
    category: Annotated[
        str | None, typer.Option(metavar="NAME", help="Category of the map [default: all questions].")
    ] = None
    json_form: Annotated[bool, typer.Option("--json", help="Write JSON (qwem-sweep/1).")] = False
    csv_form: Annotated[bool, typer.Option("--csv", help="Write CSV, a row a cell and category.")] = False
    screen: Annotated[bool, typer.Option("--screen", help="Show progress and answer in the app; q leaves.")] = False

    def __post_init__(self) -> None:
        """Raise UsageError where what is asked for cannot be had together."""
        super().__post_init__()
        if self.form == "table":
            return
        other = (": leave out ", Named("json"), " and ", Named("csv"), ".")
        if self.map_of is not None or self.category is not None or self.response != "peak":
            of_the_map = (Named("map"), ", ", Named("of"), " and ", Named("category"), " are about the heat map")
            raise UsageError(*of_the_map, *other)
        if self.screen:
            raise UsageError(Named("screen"), " shows the sweep", *other)


@command
def sweep(
    text: ShapedTextOptions,
    asked: SweepOptions,
    start: SweepStartOptions,
    trainer: TrainerOptions,
    length: LengthOptions,
    compute: SweepComputeOptions,
    answer: SweepAnswerOptions,
) -> None:
    """Vary settings, and say what each does to critical sizes, peaks and times; continues where it was interrupted."""
    if answer.screen:
        require_terminal("leave out --screen", "-" in text.corpus)
        announce()
    # not before: they load PyTorch, which --help need not wait for
    from multiprocessing import resource_tracker

    from rich.console import Console

    from qwem_tui.base.device import choose_device
    from qwem_tui.commands.output import check_stdout, write_answer
    from qwem_tui.commands.progress_bar import ProgressBar
    from qwem_tui.commands.settings import study_config
    from qwem_tui.commands.signal_monitor import SignalMonitor
    from qwem_tui.formats.sweep.data import sweep_json, write_cells_csv
    from qwem_tui.formats.sweep.table import SweepReport
    from qwem_tui.study.sweep.effects import MapChoice, check_map, chosen_map
    from qwem_tui.study.sweep.grid import SweepConfig, grid, parse_factor, questions_of
    from qwem_tui.sweep_runner.folder import check_sweep_folder, default_sweep_folder
    from qwem_tui.sweep_runner.runner import Resources, swept

    limit_memory(compute.memory_bytes)
    study = study_config(text, start, trainer, length)
    config = SweepConfig(study, tuple(map(parse_factor, asked.over or ())), asked.max_dim, asked.train)
    choice = MapChoice(
        None if answer.map_of is None else tuple(answer.map_of.split(",")), answer.response, answer.category
    )
    means = Resources(compute.device, compute.workers, compute.threads)
    if not answer.screen:
        check_stdout()
    cells = grid(config)
    choose_device(compute.device)
    path = asked.out or default_sweep_folder(config)
    check_sweep_folder(path)
    questions = questions_of(cells)
    check_map(choice, config, [category.name for category in next(iter(questions.values())).categories])
    if answer.screen:
        stdin = take_stdin(study.sources, "sweep")
        # processes are started by its leave; it could not be started any more once the screen has taken stderr
        resource_tracker.ensure_running()

        def work(monitor: Monitor) -> Sweep | None:
            return swept(config, cells, path, questions, means, monitor, stdin)

        raise typer.Exit(open_sweep(work, config, choice, screen_options(answer.ascii_only)))
    bar = ProgressBar(Console(stderr=True))
    monitor = SignalMonitor(bar)
    try:
        # a signal ends it with the finished cells kept
        with bar, monitor.noting():
            made = swept(config, cells, path, questions, means, monitor, sys.stdin.buffer)
    except OSError:
        # of a terminal that is gone, as is whoever would read the message
        if not monitor.stopping:
            raise
        made = None
    if monitor.received is not None:
        raise typer.Exit(128 + monitor.received)
    assert made is not None  # only a signal leaves none
    write_answer(
        answer,
        lambda: sweep_json(made),
        lambda file: write_cells_csv(made, file),
        lambda _, plain: SweepReport(made, chosen_map(choice, made), plain),
        made.warnings,
    )
    if not made.done:
        # no cell has a result
        raise typer.Exit(1)
