"""`qwem-tui sweep`: progress on stderr, the answer on stdout; or both on a screen."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import resource_tracker
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from qwem_tui.base.errors import Cancelled, UsageError
from qwem_tui.base.printable import printable
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
    study_config,
)

if TYPE_CHECKING:
    from qwem_tui.analogies.files import Category
    from qwem_tui.base.progress import Monitor
    from qwem_tui.commands.output import Form
    from qwem_tui.commands.progress_bar import ProgressBar
    from qwem_tui.study.sweep.effects import MapChoice
    from qwem_tui.study.sweep.grid import CellSettings, Sweep, SweepConfig
    from qwem_tui.sweep_runner.runner import Resources

_MOST_WORKERS = 1024


class _SignalMonitor:
    """Whoever waits at a terminal: is told on stderr; INT, TERM and HUP, noted while it is entered, end the work."""

    def __init__(self, bar: ProgressBar) -> None:
        self.received: int | None = None
        self._bar = bar

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Note signals inside the block."""
        before = {}
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # a SIG_IGN that was inherited (nohup) stays
            if signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, self._note)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _note(self, number: int, _: FrameType | None) -> None:
        self.received = number

    @property
    def stopping(self) -> bool:
        """Return whether a signal has come."""
        return self.received is not None

    def stage(self, name: str, total: float | None = None) -> None:
        """Begin a stage (see `base.progress.Progress`)."""
        self._bar.stage(name, total)
        self._end_if_asked()

    def advance(self, done: float) -> None:
        """Tell how far the stage is."""
        self._bar.advance(done)
        self._end_if_asked()

    def show(self, name: str, done: float, total: float | None, detail: str = "") -> None:
        """Show `done` of `total` of the stage `name`."""
        self._bar.show(name, done, total, detail)

    def say(self, sentence: str) -> None:
        """Say a sentence."""
        self._bar.say(sentence)

    def _end_if_asked(self) -> None:
        if self.stopping:
            raise Cancelled


def _check_map(choice: MapChoice, config: SweepConfig, trained: bool, categories: tuple[Category, ...]) -> None:
    """Raise UsageError where the map that is asked for cannot be of this sweep."""
    from qwem_tui.study.sweep.effects import TRAINED, mapped_factors

    names = [factor.name for factor in config.factors]
    for name in choice.factors or ():
        if name not in names:
            raise UsageError(
                f"--map {printable(name)}: that is not varied here; give one or two of {', '.join(names)}."
            )
    if choice.factors is not None and (len(choice.factors) > 2 or len(set(choice.factors)) < len(choice.factors)):
        raise UsageError("--map takes one factor, or two different ones, such as --map window,text.")
    if choice.response in TRAINED and not trained:
        raise UsageError(f"--of {choice.response}: nothing is trained here; add --train.")
    if choice.category is None:
        return
    known = [category.name for category in categories]
    if choice.category not in known:
        raise UsageError(
            f"--category {printable(choice.category)}: there is none of that name; give one of "
            f"{', '.join(map(printable, known))}."
        )
    if len(mapped_factors(choice, config)) < 2:
        raise UsageError("--category is for a map of two factors, and this one shows all categories: leave it out.")


@dataclass(frozen=True)
class _Checked:
    """A sweep that can be begun: its cells, the folder it is kept in, and its questions."""

    cells: tuple[CellSettings, ...]
    path: Path
    categories: tuple[Category, ...]


def _checked(config: SweepConfig, out: Path | None, means: Resources, choice: MapChoice) -> _Checked:
    """Return what is to be worked out; raises QwemError where it cannot be, before any work is done."""
    from qwem_tui.analogies.files import read_analogies
    from qwem_tui.base.device import check_threads, choose_device
    from qwem_tui.corpus.samples.catalogue import EVERYDAY
    from qwem_tui.study.sweep.grid import grid
    from qwem_tui.sweep_runner.folder import check_sweep_folder, default_sweep_folder

    cells = grid(config)
    if means.workers is not None and not 1 <= means.workers <= _MOST_WORKERS:
        raise UsageError(f"--workers is {means.workers}: give a number from 1 to {_MOST_WORKERS:,}.")
    check_threads(means.threads)
    choose_device(means.device)
    path = out or default_sweep_folder(config)
    check_sweep_folder(path)
    source = config.study.analogies
    categories = read_analogies(EVERYDAY.path if source is None else Path(source))
    _check_map(choice, config, cells[0].trained, categories)
    return _Checked(cells, path, categories)


def sweep_headless(
    config: SweepConfig, out: Path | None, means: Resources, form: Form, choice: MapChoice, ascii_only: bool
) -> int:
    """Sweep into the folder `out` and print; return the exit code: 0 where any cell has a result, 1 where none has.

    A signal (INT, TERM, HUP) ends it with the finished cells kept; the code is 128 + n then. Raises QwemError for what
    the user can mend; nothing is printed on stdout then.
    """
    from rich.console import Console

    from qwem_tui.commands.output import check_stdout, write_answer
    from qwem_tui.commands.progress_bar import ProgressBar
    from qwem_tui.formats.sweep.data import sweep_json, write_cells_csv
    from qwem_tui.formats.sweep.table import SweepReport
    from qwem_tui.study.sweep.effects import chosen_map
    from qwem_tui.sweep_runner.runner import swept

    check_stdout()
    asked = _checked(config, out, means, choice)
    bar = ProgressBar(Console(stderr=True))
    attended = _SignalMonitor(bar)
    try:
        with bar, attended.noting():
            sweep = swept(config, asked.cells, asked.path, asked.categories, means, attended, sys.stdin.buffer)
    except OSError:
        # of a terminal that is gone, as is whoever would read what is said
        if not attended.stopping:
            raise
        sweep = None
    if attended.received is not None:
        return 128 + attended.received
    assert sweep is not None  # only a signal leaves none
    write_answer(
        form,
        ascii_only,
        lambda: sweep_json(sweep),
        lambda file: write_cells_csv(sweep, file),
        lambda _, plain: SweepReport(sweep, chosen_map(choice, sweep), plain),
    )
    return 0 if sweep.done else 1


def sweep_on_screen(
    config: SweepConfig, out: Path | None, means: Resources, choice: MapChoice, ascii_only: bool
) -> int:
    """Sweep into the folder `out` and show it in the app; return as `sweep_headless`, raise as that does.

    Leaving the app before all is done ends it as an interrupt does.
    """
    from qwem_tui.sweep_runner.runner import swept

    asked = _checked(config, out, means, choice)
    from qwem_tui.tui.launcher import ScreenOptions, open_sweep
    from qwem_tui.tui.terminal import take_stdin

    stdin = take_stdin(config.study.sources, "sweep")
    # processes are started by its leave; it could not be started any more once the screen has taken stderr
    resource_tracker.ensure_running()

    def work(monitor: Monitor) -> Sweep | None:
        return swept(config, asked.cells, asked.path, asked.categories, means, monitor, stdin)

    return open_sweep(work, config, choice, ScreenOptions(ascii_only=ascii_only))


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
        typer.Option("--train", help="Train each cell to its end, as --over trainer=... does; else all is forecast."),
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
    if json_form and csv_form:
        raise UsageError("--json and --csv exclude each other: give one of them.")
    if (json_form or csv_form) and (map_of is not None or category is not None or response != "peak"):
        raise UsageError("--map, --of and --category are about the heat map: leave out --json and --csv.")
    if on_screen and (json_form or csv_form):
        raise UsageError("--screen shows the sweep: leave out --json and --csv.")
    if on_screen:
        from qwem_tui.tui.launcher import announce
        from qwem_tui.tui.terminal import require_terminal

        require_terminal("leave out --screen", "-" in corpus)
        announce()
    from qwem_tui.study.sweep.effects import MapChoice
    from qwem_tui.study.sweep.grid import SweepConfig, parse_factor
    from qwem_tui.sweep_runner.runner import Resources

    config = SweepConfig(study_config(given), tuple(map(parse_factor, over or ())), max_dim, train)
    choice = MapChoice(None if map_of is None else tuple(map_of.split(",")), response, category)
    form: Literal["table", "json", "csv"] = "json" if json_form else "csv" if csv_form else "table"
    means = Resources(device, workers, threads)
    if on_screen:
        raise typer.Exit(sweep_on_screen(config, out, means, choice, ascii_only))
    raise typer.Exit(sweep_headless(config, out, means, form, choice, ascii_only))
