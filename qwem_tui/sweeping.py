"""`qwem-tui sweep`: cells in worker processes, progress on stderr, the answer on stdout."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from types import FrameType
from typing import Literal

from rich.console import Console

from qwem_tui.analogies.files import Category, read_analogies
from qwem_tui.base.errors import Cancelled, QwemError, UsageError
from qwem_tui.base.inert import inert
from qwem_tui.base.memory import available_bytes
from qwem_tui.base.progress import Progress
from qwem_tui.corpus.documents import DocumentReader
from qwem_tui.corpus.kept import keep_corpus
from qwem_tui.corpus.samples import EVERYDAY
from qwem_tui.corpus.tokens import TOKENIZERS, TokenizerName
from qwem_tui.corpus.vocabulary import Corpus, CorpusBuilder
from qwem_tui.engine.crew import Crew, Ended, Job, Said
from qwem_tui.engine.device import choose_device, core_count
from qwem_tui.engine.sweep_cell import Common, keep_questions, make_worker
from qwem_tui.formats.sweep_folder import SweepFolder, check_sweep_folder, default_sweep_folder
from qwem_tui.formats.sweep_json import sweep_json, write_cells_csv
from qwem_tui.formats.sweep_table import SweepReport
from qwem_tui.narrator import Narrator
from qwem_tui.study.cells import batch_bytes, costs
from qwem_tui.study.effects import TRAINED, HeatMap, Response, category_map, heat_map
from qwem_tui.study.sweep import Cell, CellResult, CellSettings, Sweep, SweepConfig, batches, grid, level_text
from qwem_tui.theory.critical import OVERALL

Form = Literal["table", "json", "csv"]
#: The share of the free memory that workers may take together.
_MEMORY_SHARE = 0.9
_MOST_WORKERS = 1024
#: Of a cell at work no more than this is taken for done.
_MOST_AT_WORK = 0.95
_SAID_PROBLEMS = 5


@dataclass(frozen=True)
class MapChoice:
    """What the heat map shows: `factors` (two, or one by all categories; None: chosen), of a `response`, a category."""

    factors: tuple[str, ...] | None = None
    response: Response = "peak"
    category: str | None = None


@dataclass(frozen=True)
class Means:
    """Where and how a sweep is computed: `workers` processes and `threads` CPU threads in all (None: all cores)."""

    device: str = "auto"
    workers: int | None = None
    threads: int | None = None


class _Stop:
    """Notes INT, TERM and HUP while it is entered; the progress of long work ends where one has come."""

    def __init__(self, narrator: Narrator) -> None:
        self.received: int | None = None
        self._narrator = narrator

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

    def stage(self, name: str, total: float | None = None) -> None:
        """Begin a stage of reading (see `base.progress.Progress`)."""
        self._narrator.stage(name, total)
        self._end_if_asked()

    def advance(self, done: float) -> None:
        """Tell how far reading is."""
        self._narrator.advance(done)
        self._end_if_asked()

    def _end_if_asked(self) -> None:
        if self.received is not None:
            raise Cancelled


@dataclass(frozen=True)
class _Read:
    """The text read: a corpus over all of its words for each tokenizer, or why there is none."""

    corpora: dict[TokenizerName, Corpus]
    problems: dict[TokenizerName, str]
    digest: str
    documents: int
    notes: tuple[str, ...]


def _read(config: SweepConfig, tokenizers: list[TokenizerName], progress: Progress) -> _Read:
    reader = DocumentReader(config.study.sources, progress, sys.stdin.buffer)
    builders = {name: CorpusBuilder(TOKENIZERS[name]) for name in tokenizers}
    for text in reader:
        for builder in builders.values():
            builder.add(text)
    corpora: dict[TokenizerName, Corpus] = {}
    problems: dict[TokenizerName, str] = {}
    for name in tokenizers:
        try:
            corpora[name] = builders.pop(name).corpus(None)
        except QwemError as error:
            problems[name] = str(error)
    notes = (f"{reader.skipped:,} file(s) are not text and were passed over.",) if reader.skipped else ()
    return _Read(corpora, problems, reader.digest, reader.documents, notes)


class _Pace:
    """How far a sweep is, in seconds of one worker: cells that are done, and a guess of those at work."""

    def __init__(self, jobs: dict[int, tuple[tuple[int, ...], tuple[float, ...]]]) -> None:
        """Take the cells of each job, by number, and about what each costs."""
        self.total = sum(sum(each) for _, each in jobs.values())
        self._left = {number: dict(zip(*job, strict=True)) for number, job in jobs.items()}
        self._since: dict[int, float] = {}
        self._done = self._spent = self._paid = 0.0

    def begun(self, job: int, now: float) -> None:
        """Take note that a job is at work."""
        self._since.setdefault(job, now)

    def cell_done(self, job: int, cell: int, now: float) -> None:
        """Take note that a cell is done."""
        cost = self._left[job].pop(cell, 0.0)
        self._done += cost
        self._spent += now - self._since.get(job, now)
        self._paid += cost
        self._since[job] = now

    def job_done(self, job: int) -> None:
        """Take note that a job has ended, with all of its cells."""
        self._done += sum(self._left.pop(job, {}).values())
        self._since.pop(job, None)

    def done(self, now: float) -> float:
        """Return how much is done by now."""
        per_unit = self._spent / self._paid if self._paid else 1.0
        at_work = 0.0
        for job, since in self._since.items():
            cost = next(iter(self._left[job].values()), 0.0)
            at_work += min(_MOST_AT_WORK * cost, (now - since) / max(per_unit, 1e-9))
        return self._done + at_work


class _Run:
    """The cells of a sweep being worked out: results as they come, kept in the folder at once."""

    def __init__(
        self, cells: tuple[CellSettings, ...], folder: SweepFolder, read: _Read, categories: tuple[Category, ...]
    ) -> None:
        self.results: dict[int, CellResult] = {}
        self.problems: dict[int, str] = {}
        self._cells, self._folder, self._read, self._categories = cells, folder, read, categories
        for number, cell in enumerate(cells):
            stored = folder.stored(cell)
            if stored is not None:
                self.results[number] = stored
            elif cell.study.tokenizer in read.problems:
                self.problems[number] = read.problems[cell.study.tokenizer]

    def work(self, means: Means, narrator: Narrator, stop: _Stop) -> None:
        """Work out all cells that are left, until a signal comes; raises QwemError where results cannot be written."""
        left = {n: cell for n, cell in enumerate(self._cells) if n not in self.results and n not in self.problems}
        if not left:
            return
        cores = core_count()
        wanted = means.workers or (1 if choose_device(means.device).type == "cuda" else cores)
        by_cost = []
        for numbers in batches(left, wanted):
            cells = [left[number] for number in numbers]
            corpus = self._read.corpora[cells[0].study.tokenizer]
            by_cost.append((numbers, costs(cells, corpus), batch_bytes(cells, corpus)))
        # long ones first, so that the last to end are short
        by_cost.sort(key=lambda each: -sum(each[1]))
        jobs = [Job(at, {n: left[n] for n in each[0]}, each[2]) for at, each in enumerate(by_cost)]
        free = available_bytes()
        memory = None if free is None else int(_MEMORY_SHARE * free)
        at_once = min(wanted, len(jobs))
        fitting = at_once if memory is None else max(1, min(at_once, memory // max(job.need for job in jobs)))
        threads = max(1, (means.threads or cores) // fitting)
        pace = _Pace({job.number: (each[0], each[1]) for job, each in zip(jobs, by_cost, strict=True)})
        with self._folder.scratch() as scratch:
            kept: dict[TokenizerName, Path] = {}
            for name, corpus in self._read.corpora.items():
                keep_corpus(corpus, scratch / name)
                kept[name] = scratch / name
            keep_questions(self._categories, scratch / "questions.json")
            common = Common(kept, self._read.digest, scratch / "questions.json", means.device)
            crew = Crew(make_worker, common, at_once, threads, memory)
            self._narrate(narrator, pace)
            for event in crew.run(jobs, lambda: stop.received is not None):
                self._take(event, pace, narrator)
                for job in crew.at_work:
                    pace.begun(job.number, time.monotonic())
                self._narrate(narrator, pace)

    def _take(self, event: Said | Ended | None, pace: _Pace, narrator: Narrator) -> None:
        match event:
            case Said(job, (number, found)):
                pace.cell_done(job.number, number, time.monotonic())
                if isinstance(found, CellResult):
                    self._folder.store(self._cells[number], found)
                    self.results[number] = found
                else:
                    self._fail(number, found, narrator)
            case Ended(job, problem):
                pace.job_done(job.number)
                for number in job.payload:
                    if problem is not None and number not in self.results and number not in self.problems:
                        self._fail(number, problem, narrator)

    def _fail(self, number: int, problem: str, narrator: Narrator) -> None:
        self.problems[number] = problem
        if len(self.problems) <= _SAID_PROBLEMS:
            levels = ", ".join(map(level_text, self._cells[number].levels))
            narrator.say(f"No result at {levels}: {problem}")

    def _narrate(self, narrator: Narrator, pace: _Pace) -> None:
        failed = f", {len(self.problems):,} without a result" if self.problems else ""
        detail = f"{len(self.results):,} of {len(self._cells):,} cells{failed}"
        narrator.show("sweeping", pace.done(time.monotonic()), pace.total, detail)

    def sweep(self, config: SweepConfig, warnings: tuple[str, ...]) -> Sweep:
        """Return the sweep as far as it is known."""
        cells = tuple(
            Cell(cell, self.results.get(number), self.problems.get(number)) for number, cell in enumerate(self._cells)
        )
        names = (*(category.name for category in self._categories), OVERALL)
        return Sweep(config, self._read.digest, self._read.documents, names, cells, warnings)


def _check_map(choice: MapChoice, config: SweepConfig, trained: bool, categories: tuple[Category, ...]) -> None:
    """Raise UsageError where the map that is asked for cannot be of this sweep."""
    names = [factor.name for factor in config.factors]
    for name in choice.factors or ():
        if name not in names:
            raise UsageError(f"--map {inert(name)}: that is not varied here; give one or two of {', '.join(names)}.")
    if choice.factors is not None and (len(choice.factors) > 2 or len(set(choice.factors)) < len(choice.factors)):
        raise UsageError("--map takes one factor, or two different ones, such as --map window,text.")
    if choice.response in TRAINED and not trained:
        raise UsageError(f"--of {choice.response}: nothing is trained here; add --train.")
    if choice.category is None:
        return
    known = [category.name for category in categories]
    if choice.category not in known:
        raise UsageError(
            f"--category {inert(choice.category)}: there is none of that name; give one of "
            f"{', '.join(map(inert, known))}."
        )
    if len(_mapped(choice, config)) < 2:
        raise UsageError("--category is for a map of two factors, and this one shows all categories: leave it out.")


def _mapped(choice: MapChoice, config: SweepConfig) -> tuple[int, ...]:
    """Return the factors of the map, by number: those chosen, or the first two that vary."""
    if choice.factors is not None:
        names = [factor.name for factor in config.factors]
        return tuple(names.index(name) for name in choice.factors)
    varied = [axis for axis, factor in enumerate(config.factors) if len(factor.levels) > 1]
    return tuple(varied[:2])


def _map(choice: MapChoice, sweep: Sweep) -> HeatMap | None:
    axes = _mapped(choice, sweep.config)
    if not axes:
        return None
    if len(axes) == 1:
        return category_map(sweep, choice.response, axes[0])
    category = len(sweep.names) - 1 if choice.category is None else sweep.names.index(choice.category)
    return heat_map(sweep, choice.response, category, *axes)


def _print(sweep: Sweep, form: Form, choice: MapChoice, ascii_only: bool) -> None:
    if form == "json":
        print(json.dumps(sweep_json(sweep), allow_nan=False))
    elif form == "csv":
        if isinstance(sys.stdout, TextIOWrapper):
            # a name that the terminal cannot show must not end it half-way
            sys.stdout.reconfigure(errors="backslashreplace")
        write_cells_csv(sweep, sys.stdout)
    else:
        console = Console(highlight=False, markup=False, emoji=False)
        plain = ascii_only or not console.encoding.lower().startswith("utf")
        console.print(SweepReport(sweep, _map(choice, sweep), plain))
    sys.stdout.flush()


def sweep_headless(
    config: SweepConfig, out: Path | None, means: Means, form: Form, choice: MapChoice, ascii_only: bool
) -> int:
    """Sweep into the folder `out` and print; return the exit code: 0 where any cell has a result, 1 where none has.

    A signal (INT, TERM, HUP) ends it with the finished cells kept; the code is 128 + n then. Raises QwemError for what
    the user can mend; nothing is printed on stdout then.
    """
    cells = grid(config)
    for option, value in {"--workers": means.workers, "--threads": means.threads}.items():
        if value is not None and not 1 <= value <= _MOST_WORKERS:
            raise UsageError(f"{option} is {value}: give a number from 1 to {_MOST_WORKERS:,}.")
    choose_device(means.device)
    path = out or default_sweep_folder(config)
    check_sweep_folder(path)
    source = config.study.analogies
    categories = read_analogies(EVERYDAY.path if source is None else Path(source))
    _check_map(choice, config, cells[0].trained, categories)
    narrator = Narrator(Console(stderr=True))
    stop = _Stop(narrator)
    try:
        with narrator, stop.noting():
            sweep = _swept(config, cells, path, categories, means, narrator, stop)
    except OSError:
        # of a terminal that is gone, as is whoever would read what is said
        if stop.received is None:
            raise
        sweep = None
    if stop.received is not None:
        return 128 + stop.received
    assert sweep is not None  # only a signal leaves none
    _print(sweep, form, choice, ascii_only)
    return 0 if sweep.done else 1


def _swept(
    config: SweepConfig,
    cells: tuple[CellSettings, ...],
    path: Path,
    categories: tuple[Category, ...],
    means: Means,
    narrator: Narrator,
    stop: _Stop,
) -> Sweep | None:
    """Return the sweep once all of its cells are worked out, its answer in the folder; None where a signal came."""
    try:
        read = _read(config, list(dict.fromkeys(cell.study.tokenizer for cell in cells)), stop)
    except Cancelled:
        return None
    shown = inert(str(path))
    with closing(SweepFolder(path, read.digest, categories)) as folder:
        run = _Run(cells, folder, read, categories)
        run.work(means, narrator, stop)
        if stop.received is not None:
            narrator.say(
                f"Stopped: {len(run.results):,} of {len(cells):,} cells are done and kept in {shown}; the same command "
                "goes on there."
            )
            return None
        sweep = run.sweep(config, read.notes)
        folder.write_answer(sweep)
    narrator.say(f"Sweep folder: {shown}")
    return sweep
