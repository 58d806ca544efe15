"""What a worker of a sweep does: the cells of one batch, forecast or trained to their end."""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from qwem_tui.analogies.files import Category, Question, Several
from qwem_tui.base.codec import decode, encode
from qwem_tui.base.device import choose_device, is_out_of_memory
from qwem_tui.base.errors import Cancelled, Named, QwemError
from qwem_tui.base.memory import keep_heap_small
from qwem_tui.base.printable import printable
from qwem_tui.base.progress import Progress
from qwem_tui.corpus.memory_mapped import saved_corpus
from qwem_tui.corpus.vocabulary import Corpus
from qwem_tui.corpus.word_settings import WordSettings
from qwem_tui.engine.commands import Command
from qwem_tui.engine.frame import Frame, Snapshot
from qwem_tui.engine.history import Columns, History, crossed_at
from qwem_tui.engine.outcome_text import completion_text, fault_text
from qwem_tui.engine.schedule import Schedule
from qwem_tui.engine.status import Phase, Status
from qwem_tui.engine.timeline import StepSizeChange
from qwem_tui.engine.trainers import make_trainer, set_up
from qwem_tui.engine.training_loop.calibration import transitions
from qwem_tui.engine.training_loop.loop import Loop
from qwem_tui.engine.training_loop.observer import Observer
from qwem_tui.engine.training_loop.pacer import Pacer
from qwem_tui.study.study import CorpusStatistics, Study, study_of
from qwem_tui.study.sweep.cells import CellBatch, predicted_cell, result_of, with_training
from qwem_tui.study.sweep.grid import CellResult, CellSettings, TrainedAbility, TrainedRun
from qwem_tui.theory.by_category import ByCategory, paired
from qwem_tui.theory.critical_size import FRACTION, CriticalSize, first_reaching
from qwem_tui.theory.reason import Reason, text_of
from qwem_tui.theory.trajectory import Trajectory

#: Accuracies are measured this often in a run, and around the crossings forecast: not by what they cost, so that
#: equal cells give equal results.
_EVALUATIONS = 100
_EVERY_IF_UNKNOWN = 50


class _Watch:
    """The host of a run that nobody steers: it ends where it is done, or stands still."""

    def __init__(self, progress: Progress) -> None:
        self.stopping = False
        self.last = Status(Phase.RUNNING)
        self._progress = progress

    def next_command(self, wait: float | None) -> Command | None:
        """Return None: there are no commands."""
        return None

    def publish(self, status: Status) -> None:
        """Take note of where the run ended, and stop it there."""
        if not self.stopping and status.phase in (Phase.DONE, Phase.PAUSED):
            self.last, self.stopping = status, True

    def publish_snapshot(self, snapshot: Snapshot) -> None:
        """Do nothing: no embeddings leave a sweep."""

    def emit(self, frame: Frame, correct: NDArray[np.bool_] | None) -> None:
        """Tell how far the run is."""
        self._progress.advance(float(frame.step))

    def emit_change(self, change: StepSizeChange) -> None:
        """Do nothing: nobody changes the step size."""


def _trained_abilities(
    study: Study, columns: Columns, trajectory: Trajectory, no_overall_threshold: Reason | None
) -> ByCategory[TrainedAbility]:
    """Return what the run showed of each category, and overall; `trajectory` is that of gd.

    `no_overall_threshold` says why a threshold of all questions means nothing, where it does.
    """
    found: list[TrainedAbility] = []
    for category, attempted in enumerate(study.analogies.attempted):
        if not attempted:
            found.append(TrainedAbility(None, None, None, text_of(trajectory.no_threshold[category])))
            continue
        peak = float(columns.accuracies[:, category].max())
        step = crossed_at(trajectory, columns, category)
        found.append(_ability(peak, step, columns, trajectory.threshold[category], trajectory.no_threshold[category]))
    if not len(study.analogies.questions):
        return ByCategory(tuple(found), TrainedAbility(None, None, None, text_of(no_overall_threshold)))
    threshold = FRACTION * float(trajectory.overall.max())
    at = int(first_reaching(columns.overall, np.asarray(threshold))) if no_overall_threshold is None else -1
    step = None if at < 0 else int(columns.evaluated_steps[at])
    overall = _ability(float(columns.overall.max()), step, columns, threshold, no_overall_threshold)
    return ByCategory(tuple(found), overall)


def _ability(
    peak: float, step: int | None, columns: Columns, threshold: float, no_threshold: Reason | None
) -> TrainedAbility:
    if step is None:
        missed = f"not reached: {peak:.0%} at best, {threshold:.0%} is half of the peak forecast"
        return TrainedAbility(peak, None, None, text_of(no_threshold) or missed)
    t = float(columns.evaluated_t[columns.evaluated_steps == step][0])
    return TrainedAbility(peak, step, t, None)


def trained_cell(
    cell: CellSettings, statistics: CorpusStatistics, sizes: ByCategory[CriticalSize], progress: Progress
) -> CellResult:
    """Return what is known of `cell` once its run is trained to the end, or to its limit on steps.

    Raises QwemError with one sentence where it cannot be, or where the loss grows.
    """
    began = time.perf_counter()
    study = set_up(statistics, cell.study, progress)
    trajectory = study.trajectory
    expected = study.expected_steps
    if not trajectory.is_forecast:
        # thresholds are those of full batches, at their own step size
        as_gd = replace(cell.study, trainer="gd", step_fraction=None)
        trajectory = study_of(statistics, as_gd, progress).trajectory
    every = max(1, expected // _EVALUATIONS) if expected else _EVERY_IF_UNKNOWN
    trainer = make_trainer(study)
    try:
        history = History(study.dim, len(study.analogies.names))
        observe_every = 1 if study.config.trainer == "gd" else every
        schedule = Schedule(every, transitions(study.trajectory), observe_every)
        progress.stage("training", None if expected is None else float(expected))
        watch = _Watch(progress)
        observer, pacer = Observer(study), Pacer(None)
        Loop(watch, study, trainer, observer=observer, schedule=schedule, history=history, pacer=pacer).run()
    finally:
        trainer.close()
    if watch.last.fault is not None:
        raise QwemError(fault_text(watch.last.fault))
    frame = history.latest()
    assert frame is not None  # the start is always measured
    forecast = study.trajectory if study.trajectory.is_forecast else None
    no_run = None if forecast is not None else f"{cell.study.trainer} is not forecast"
    result = result_of(statistics, sizes, forecast, study.dim, study.step_size, no_run, time.perf_counter() - began)
    why = completion_text(watch.last.completion)
    trained = TrainedRun(frame.step, frame.loss, frame.modes_learned, frame.effective_rank, why)
    shown = _trained_abilities(study, history.columns(), trajectory, sizes.overall.reason)
    return replace(result, abilities=paired(with_training, result.abilities, shown), trained=trained)


@dataclass(frozen=True)
class Common:
    """What all workers of a sweep need: where the corpora are saved and the questions, by their words; the device.

    It is small: starting a process waits until what it is given has been read.
    """

    corpora: dict[WordSettings, Path]
    digest: str
    questions: dict[WordSettings, Path]
    device: str


_Questions = tuple[tuple[str, tuple[Question, ...], tuple[Several, ...]], ...]


def save_questions(categories: Sequence[Category], file: Path) -> None:
    """Write `categories` to `file`, for workers to read."""
    file.write_text(encode([(each.name, each.questions, each.several) for each in categories]), encoding="ascii")


def saved_questions(file: Path) -> tuple[Category, ...]:
    """Return what `save_questions` wrote to `file`; raises QwemError where it is damaged."""
    questions = decode(_Questions, file.read_bytes(), printable(file.name))
    return tuple(Category(*each) for each in questions)


class Worker:
    """Measures cells in a worker process, and keeps the corpora that it has opened."""

    def __init__(self, common: Common) -> None:
        """Begin with nothing opened."""
        self._common = common
        self._device = choose_device(common.device)
        self._opened: dict[WordSettings, Corpus] = {}

    def _corpus(self, words: WordSettings) -> Corpus:
        if words not in self._opened:
            self._opened[words] = saved_corpus(self._common.corpora[words])
        return self._opened[words]

    def measured(
        self, cells: dict[int, CellSettings], progress: Progress
    ) -> Iterator[tuple[int, CellResult | QwemError]]:
        """Yield the result of each of the `cells` of a batch, by number, or the error that says why there is none.

        Cancelled, which `progress` may raise, goes through.
        """
        settings = list(cells.values())
        words = settings[0].study.words
        corpus, categories = self._corpus(words), saved_questions(self._common.questions[words])
        batch = CellBatch(settings, corpus, self._common.digest, categories, self._device, progress)
        if any(cell.trained for cell in settings):
            keep_heap_small()
        for number, cell in cells.items():
            measure = trained_cell if cell.trained else predicted_cell
            try:
                sizes = batch.sizes(cell)
                found: CellResult | QwemError = measure(cell, batch.statistics(cell), sizes, progress)
            except Cancelled:
                raise
            except QwemError as error:
                found = error
            except Exception as error:  # noqa: BLE001 - one cell must not cost the others
                found = _reported(error)
            yield number, found


def _reported(error: Exception) -> QwemError:
    """Return what is reported of an error that is no QwemError: memory, or a defect and where it is."""
    if is_out_of_memory(error):
        return QwemError(
            "Out of memory: use fewer ",
            Named("workers"),
            ", or a smaller ",
            Named("vocab_size"),
            " or ",
            Named("dim"),
            ".",
        )
    where = traceback.extract_tb(error.__traceback__)[-1]
    return QwemError(printable(f"Internal error in {Path(where.filename).name}, line {where.lineno}: {error!r}"))


class _ParentWatch:
    """Progress of a worker, shown to nobody: ends the work once whoever started the process is gone."""

    def __init__(self) -> None:
        self._parent = os.getppid()

    def stage(self, name: str, total: float | None = None) -> None:
        """Raise Cancelled where nobody waits any more."""
        if os.getppid() != self._parent:
            raise Cancelled

    def advance(self, done: float) -> None:
        """Raise Cancelled where nobody waits any more."""
        self.stage("")


Send = Callable[[tuple[int, CellResult | QwemError]], None]


def make_worker(common: Common, threads: int) -> Callable[[dict[int, CellSettings], Send], None]:
    """Return what does the batches of a sweep in a worker, and sends a cell's number and result as it has them."""
    torch.set_num_threads(threads)
    worker, attended = Worker(common), _ParentWatch()

    def do(cells: dict[int, CellSettings], send: Send) -> None:
        for number, found in worker.measured(cells, attended):
            send((number, found))

    return do
