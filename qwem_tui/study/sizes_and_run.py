"""The two parts of a prediction, sizes scored and a run forecast, worked out at once where that saves time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait

import torch

from qwem_tui.analogies.protocols import Analogies
from qwem_tui.base.device import one_thread
from qwem_tui.base.errors import Cancelled, UsageError
from qwem_tui.base.progress import Progress
from qwem_tui.study.prediction import NO_RUN, PredictConfig
from qwem_tui.study.size_scores import ASKING, score_sizes
from qwem_tui.study.study import PreparedRun, prepare_run
from qwem_tui.theory.by_category import ByCategory
from qwem_tui.theory.critical_size import CriticalSize
from qwem_tui.theory.spectrum import Spectrum


def critical_sizes(
    config: PredictConfig, spectrum: Spectrum, dims: tuple[int, ...], analogies: Analogies, progress: Progress
) -> ByCategory[CriticalSize]:
    """Return the critical size of each category, and the overall one, on the grid `dims`."""
    settings = (config.fraction, config.draws, config.study.seed)
    return score_sizes(spectrum, dims, analogies, *settings, progress).sizes


def sizes_and_run(
    config: PredictConfig,
    spectrum: Spectrum,
    dims: tuple[int, ...],
    dim: int | None,
    frobenius_sq: float,
    analogies: Analogies,
    progress: Progress,
) -> tuple[ByCategory[CriticalSize], PreparedRun | None, str]:
    """Return the sizes (see `critical_sizes`), the run of size `dim` or None, and the reason where it is None, else "".

    Both take one thread each, and neither needs the other: where torch may use two cores they are worked out at once.
    """
    if dim is None:
        return critical_sizes(config, spectrum, dims, analogies, progress), None, NO_RUN
    if not _at_once(spectrum):
        run, no_run = _run(config, spectrum, dim, frobenius_sq, analogies, progress)
        return critical_sizes(config, spectrum, dims, analogies, progress), run, no_run
    left = _Ended()
    # the other thread ends first: it too sets the number of threads again, which holds for all threads to come
    with one_thread(), ThreadPoolExecutor(1, "sizes") as apart:
        try:
            others = apart.submit(critical_sizes, config, spectrum, dims, analogies, left)
            run, no_run = _run(config, spectrum, dim, frobenius_sq, analogies, progress)
            progress.stage(ASKING, float(len(dims)))
            progress.advance(left.done)
            while wait([others], timeout=0.1).not_done:
                progress.advance(left.done)
            return others.result(), run, no_run
        finally:
            left.ended = True


def _at_once(spectrum: Spectrum) -> bool:
    return spectrum.vectors.device.type == "cpu" and torch.get_num_threads() > 1


def _run(
    config: PredictConfig,
    spectrum: Spectrum,
    dim: int,
    frobenius_sq: float,
    analogies: Analogies,
    progress: Progress,
) -> tuple[PreparedRun | None, str]:
    try:
        return (
            prepare_run(config.study, spectrum, dim, frobenius_sq, analogies, progress, config.fraction, config.draws),
            "",
        )
    except UsageError as error:
        # sizes do not depend on the run: they are worth having without it
        return None, error.clause()


class _Ended:
    """Progress of work in another thread: remembers how far it is, and ends it once nobody waits for it."""

    def __init__(self) -> None:
        self.ended = False
        self.done = 0.0

    def stage(self, name: str, total: float | None = None) -> None:
        """Raise Cancelled where nobody waits any more."""
        if self.ended:
            raise Cancelled

    def advance(self, done: float) -> None:
        """Remember `done`; raises Cancelled where nobody waits any more."""
        self.done = done
        self.stage("")
