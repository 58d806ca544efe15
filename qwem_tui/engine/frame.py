"""Frame and Snapshot: the two frozen things that leave a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from qwem_tui.vectors.table import WordVectors


@dataclass(frozen=True)
class Frame:
    """The numbers of one moment of a run.

    `singular_values` (d,) descending; `accuracies` one per category, in [0, 1], or None where this step was not
    evaluated; a category none of whose questions could be attempted has NaN. `loss` is normalised
    (||W W^T - M*||_F^2 / ||M*||_F^2), or word2vec's own, to which no modes belong either: `modes_learned` is None then.
    `t` is in units of the gradient flow: the sum of the step sizes. `steps_per_second` is measured, and 0.0 where
    nothing could be measured yet.
    """

    step: int
    t: float
    loss: float
    singular_values: NDArray[np.float64]
    modes_learned: int | None
    effective_rank: float
    participation_ratio: float
    accuracies: NDArray[np.float64] | None
    overall_accuracy: float | None
    steps_per_second: float


#: What the embeddings of a moment are made of: the run's own state, one saved before, or what is forecast for a step.
MadeOf = Literal["measured", "checkpoint", "forecast"]


@dataclass(frozen=True)
class Snapshot:
    """The embeddings of one moment: `embeddings` (V, d) float32, row i belonging to `words[i]`.

    Words are in order of descending frequency; `counts` (V,) are their unigram counts.
    """

    step: int
    t: float
    words: tuple[str, ...]
    counts: NDArray[np.int64]
    embeddings: NDArray[np.float32]
    made_of: MadeOf = "measured"

    @property
    def table(self) -> WordVectors:
        """Return words, counts and embeddings without the moment."""
        return WordVectors(self.words, self.counts, self.embeddings)
