"""What the closed form of every size can do: the one place where sizes are scored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qwem_tui.analogies.protocols import Analogies
from qwem_tui.analogies.scoring import Scorer
from qwem_tui.base.device import one_thread
from qwem_tui.base.progress import Progress
from qwem_tui.theory.by_category import ByCategory
from qwem_tui.theory.critical_size import CriticalSize, chance, critical_sizes, outcomes_by_size
from qwem_tui.theory.spectrum import Spectrum

#: The stages of scoring.
ASKING, RESAMPLING = "asking the questions at every size", "resampling word pairs"


@dataclass(frozen=True)
class SizeScores:
    """The critical `sizes` over the grid `dims`, from `outcomes` (n_dims, N): which questions each size answers."""

    dims: tuple[int, ...]
    outcomes: NDArray[np.bool_]
    sizes: ByCategory[CriticalSize]


def score_sizes(
    spectrum: Spectrum,
    dims: tuple[int, ...],
    analogies: Analogies,
    fraction: float,
    draws: int,
    seed: int,
    progress: Progress,
    outcomes: NDArray[np.bool_] | None = None,
    threads: int = 1,
) -> SizeScores:
    """Return the scores of the closed-form embeddings of each of `dims`, which ascend within the spectrum.

    See docs/theory.md, section 6.

    `fraction` of the peak is critical; word pairs are resampled `draws` times from `seed`. `outcomes` saves asking
    where they are known already; questions are asked on `threads` threads, on which no result depends.
    """
    if outcomes is None:
        progress.stage(ASKING, float(len(dims)))
        largest = spectrum.truncated(dims[-1])
        scorer = Scorer(analogies.questions, spectrum.vectors.device, threads, analogies.alternatives)
        with one_thread():
            outcomes = outcomes_by_size(largest.eigenvalues, largest.vectors, scorer, dims, progress)
    progress.stage(RESAMPLING)
    sizes = critical_sizes(outcomes, dims, analogies, fraction, draws, seed, chance(len(spectrum.vectors)))
    return SizeScores(dims, outcomes, sizes)
