"""The cells of a sweep in worker processes, saved as they come; a monitor shows how far it is."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from multiprocessing import resource_tracker
from pathlib import Path
from typing import BinaryIO

from qwem_tui.analogies.coverage import impossible
from qwem_tui.base.device import choose_device
from qwem_tui.base.errors import Cancelled, QwemError, SettingError
from qwem_tui.base.memory import available_bytes
from qwem_tui.base.printable import printable
from qwem_tui.base.progress import Monitor, Progress
from qwem_tui.base.threads import core_count
from qwem_tui.corpus.memory_mapped import save_corpus
from qwem_tui.corpus.vocabulary import Corpus
from qwem_tui.corpus.word_settings import WordSettings
from qwem_tui.study.sweep.cells import batch_bytes, costs
from qwem_tui.study.sweep.grid import (
    Cell,
    CellResult,
    CellSettings,
    Factor,
    Questions,
    Sweep,
    SweepConfig,
    batches,
    cell_name,
)
from qwem_tui.study.target_from_text import asked_notes
from qwem_tui.study.text_read import read_once
from qwem_tui.sweep_runner.folder import Asked, SweepFolder
from qwem_tui.sweep_runner.time_left import TimeLeft
from qwem_tui.sweep_runner.worker import Common, make_worker, save_questions
from qwem_tui.sweep_runner.worker_pool import Ended, Job, Message, WorkerPool

#: The share of the free memory that workers may take together.
_MEMORY_SHARE = 0.9
_SHOWN_PROBLEMS = 5
_MOST_WORKERS = 1024


@dataclass(frozen=True)
class Resources:
    """Where and how a sweep is computed: `workers` processes and `threads` CPU threads in all (None: all cores)."""

    device: str = "auto"
    workers: int | None = None
    threads: int | None = None

    def __post_init__(self) -> None:
        """Raise SettingError where a number is out of range."""
        if self.workers is not None and not 1 <= self.workers <= _MOST_WORKERS:
            raise SettingError("workers", f"{self.workers}", f"give a number from 1 to {_MOST_WORKERS:,}.")


@dataclass(frozen=True)
class _Read:
    """The text read: a corpus over all of its words for each setting of words, or why there is none."""

    corpora: dict[WordSettings, Corpus]
    problems: dict[WordSettings, QwemError]
    digest: str
    documents: int
    notes: tuple[str, ...]


def _read(cells: Sequence[CellSettings], questions: Questions, progress: Progress, stdin: BinaryIO | None) -> _Read:
    read = read_once(cells[0].study, list(questions), progress, stdin)
    corpora: dict[WordSettings, Corpus] = {}
    problems: dict[WordSettings, QwemError] = {}
    for words, builder in read.builders.items():
        try:
            corpora[words] = builder.corpus(None)
        except QwemError as error:
            problems[words] = error
    if not corpora:
        return _Read(corpora, problems, read.digest, read.documents, ())
    widest = max((cell.study for cell in cells), key=lambda study: study.window)
    notes = [*read.notes(widest, max(corpus.tokens for corpus in corpora.values()))]
    for words, file in questions.items():
        notes += asked_notes(file, impossible(file.categories, words), words.tokenizer)
    return _Read(corpora, problems, read.digest, read.documents, tuple(dict.fromkeys(notes)))


class _Run:
    """The cells of a sweep being worked out: results as they come, saved in the folder at once."""

    def __init__(
        self,
        factors: tuple[Factor, ...],
        cells: tuple[CellSettings, ...],
        folder: SweepFolder,
        read: _Read,
        asked: Asked,
    ) -> None:
        self.results: dict[int, CellResult] = {}
        self.problems: dict[int, QwemError] = {}
        self._factors = factors
        self._cells, self._folder, self._read, self._asked = cells, folder, read, asked
        for number, cell in enumerate(cells):
            saved = folder.saved(cell)
            if saved is not None:
                self.results[number] = saved
            elif cell.study.words in read.problems:
                self.problems[number] = read.problems[cell.study.words]

    def work(self, means: Resources, monitor: Monitor) -> None:
        """Work out all cells that are left, until the monitor stops; raises QwemError where one cannot be saved."""
        left = {n: cell for n, cell in enumerate(self._cells) if n not in self.results and n not in self.problems}
        if not left:
            return
        cores = core_count()
        wanted = means.workers or (1 if choose_device(means.device).type == "cuda" else cores)
        by_cost = []
        for numbers in batches(left, wanted):
            cells = [left[number] for number in numbers]
            corpus = self._read.corpora[cells[0].study.words]
            by_cost.append((numbers, costs(cells, corpus), batch_bytes(cells, corpus)))
        # long ones first, so that the last to end are short
        by_cost.sort(key=lambda each: -sum(cost.shared + cost.own for cost in each[1]))
        jobs = [Job(at, {n: left[n] for n in each[0]}, each[2]) for at, each in enumerate(by_cost)]
        free = available_bytes()
        memory = None if free is None else int(_MEMORY_SHARE * free)
        at_once = min(wanted, len(jobs))
        fitting = at_once if memory is None else max(1, min(at_once, memory // max(job.need for job in jobs)))
        threads = max(1, (means.threads or cores) // fitting)
        each_job = {job.number: (each[0], each[1]) for job, each in zip(jobs, by_cost, strict=True)}
        with self._folder.scratch() as scratch:
            saved: dict[WordSettings, Path] = {}
            questions: dict[WordSettings, Path] = {}
            for number, (settings, corpus) in enumerate(self._read.corpora.items()):
                saved[settings] = scratch / f"corpus-{number}"
                save_corpus(corpus, saved[settings])
                questions[settings] = scratch / f"questions-{number}.json"
                save_questions(self._asked[settings], questions[settings])
            common = Common(saved, self._read.digest, questions, means.device)
            pool = WorkerPool(make_worker, common, at_once, threads, memory)
            time_left = TimeLeft(each_job, fitting, time.monotonic())
            self._show_progress(monitor, time_left)
            # the tracker lets interrupts through again where it is started together with the first worker, which would
            # then be ended by one while it imports
            resource_tracker.ensure_running()
            for event in pool.run(jobs, lambda: monitor.stopping):
                self._take(event, time_left, monitor)
                for job in pool.at_work:
                    time_left.begun(job.number, time.monotonic())
                self._show_progress(monitor, time_left)

    def _take(self, event: Message | Ended | None, time_left: TimeLeft, monitor: Monitor) -> None:
        match event:
            case Message(job, (number, found)):
                seconds = found.seconds if isinstance(found, CellResult) else None
                time_left.cell_done(job.number, number, seconds, time.monotonic())
                if isinstance(found, CellResult):
                    self._folder.save(self._cells[number], found)
                    self.results[number] = found
                else:
                    self._fail(number, found, monitor)
            case Ended(job, problem):
                time_left.job_done(job.number)
                if monitor.stopping:
                    # what ends the sweep may have ended the process too
                    return
                for number in job.payload:
                    if problem is not None and number not in self.results and number not in self.problems:
                        self._fail(number, problem, monitor)

    def _fail(self, number: int, problem: QwemError, monitor: Monitor) -> None:
        self.problems[number] = problem
        if len(self.problems) <= _SHOWN_PROBLEMS:
            monitor.say(f"No result at {cell_name(self._factors, self._cells[number])}: {problem}")

    def _show_progress(self, monitor: Monitor, time_left: TimeLeft) -> None:
        failed = f", {len(self.problems):,} without a result" if self.problems else ""
        left = len(self._cells) - len(self.results) - len(self.problems)
        detail = f"{len(self.results):,} of {len(self._cells):,} cells{failed}, {left:,} to go"
        monitor.show("sweeping", time_left.done(time.monotonic()), 1.0, detail)

    def sweep(self, config: SweepConfig, warnings: tuple[str, ...]) -> Sweep:
        """Return the sweep as far as it is known."""
        cells = tuple(
            Cell(cell, self.results.get(number), self.problems.get(number)) for number, cell in enumerate(self._cells)
        )
        names = tuple(category.name for category in next(iter(self._asked.values())))
        return Sweep(config, self._read.digest, self._read.documents, names, cells, warnings)


def swept(
    config: SweepConfig,
    cells: tuple[CellSettings, ...],
    path: Path,
    questions: Questions,
    means: Resources,
    monitor: Monitor,
    stdin: BinaryIO | None,
) -> Sweep | None:
    """Return the sweep once all of its `cells` are worked out, its answer in the folder; None where it was stopped.

    What is done is saved in the folder then. Raises QwemError for what the user can mend.
    """
    try:
        read = _read(cells, questions, monitor, stdin)
    except Cancelled:
        return None
    shown = printable(str(path))
    asked = {words: file.categories for words, file in questions.items()}
    with closing(SweepFolder(path, read.digest, asked)) as folder:
        run = _Run(config.factors, cells, folder, read, asked)
        run.work(means, monitor)
        if monitor.stopping:
            monitor.say(
                f"Stopped: {len(run.results):,} of {len(cells):,} cells are done and saved in {shown}; the same "
                "command resumes there."
            )
            return None
        sweep = run.sweep(config, read.notes)
        folder.write_answer(sweep)
    monitor.say(f"Sweep folder: {shown}")
    return sweep
