"""Why a category of analogies is early or late: what its task vectors share, and which modes carry it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from qwem_tui.analogies.coverage import makes
from qwem_tui.analogies.protocols import Analogies, Protocol
from qwem_tui.analogies.scoring import Scorer
from qwem_tui.base.errors import Named, QwemError, UsageError
from qwem_tui.base.printable import printable, shortened
from qwem_tui.base.progress import Progress, Silent
from qwem_tui.corpus.word_settings import WordSettings
from qwem_tui.theory.critical_size import OVERALL, CriticalSize, chance, critical_sizes, outcomes_by_size, size_grid
from qwem_tui.theory.marchenko_pastur import FEWEST_EIGENVALUES, BulkFit, fit
from qwem_tui.theory.spectrum import Spectrum
from qwem_tui.theory.task_vectors import TaskVectors, answered_without, distinct_pairs, task_vectors

FEWEST_PAIRS = 2


@dataclass(frozen=True)
class Explanation:
    """What is known about one category before training; words are those of the vocabulary, by row.

    `task` holds the curves over its `dims`; `critical` the accuracy at each of them, and the critical size where
    there is one; `without` (n_dims,) the accuracy with b - a left out (see `answered_without`). `bulk` is the fit to
    the eigenvalues of G at size `task.at` below the largest; None where the pairs are too few for one.
    """

    task: TaskVectors
    critical: CriticalSize
    without: NDArray[np.float64]
    bulk: BulkFit | None
    protocol: Protocol
    words: tuple[str, ...]

    def at(self, d: int) -> int:
        """Return the place in the grid of its largest size <= `d`, or of its first where all are larger."""
        return max(0, int(np.searchsorted(np.asarray(self.task.dims), d, side="right")) - 1)

    def carried(self, d: int) -> float:
        """Return the share of ||mean r||^2 at size `task.at` that lies in modes 1 to `d`, in [0, 1]."""
        return float(sum(carrier.share for carrier in self.task.carriers if carrier.mode <= d))

    @property
    def cusp(self) -> int | None:
        """Return the size d = N at which rank(G) stops growing, or None where it lies beyond the grid."""
        return self.task.limit if self.task.limit <= self.task.dims[-1] else None


def category_number(analogies: Analogies, category: str | int) -> int:
    """Return the number of a category given by name (upper and lower case alike) or by number.

    Raises UsageError with the names there are where it is unknown.
    """
    if isinstance(category, int):
        if 0 <= category < len(analogies.names):
            return category
        raise UsageError(f"There is no category number {category}: give one from 0 to {len(analogies.names) - 1}.")
    for same in (str, str.casefold):
        for number, name in enumerate(analogies.names):
            if same(name) == same(category):
                return number
    if category.casefold() == OVERALL:
        raise UsageError(
            f"{OVERALL} stands for all categories together, and what is explained is the direction that one has in "
            f"common: choose one of {_askable(analogies)}."
        )
    raise UsageError(f"There is no category called {printable(category)}: choose one of {_askable(analogies)}.")


def _askable(analogies: Analogies) -> str:
    """Return the names of the categories that can be asked, which a user may mean; all names where none can."""
    asked = [name for name, attempted in zip(analogies.names, analogies.attempted, strict=True) if attempted]
    return ", ".join(printable(name) for name in asked or analogies.names)


def check_explainable(
    analogies: Analogies,
    category: str | int,
    more_words: bool = True,
    words: WordSettings = WordSettings(),  # noqa: B008
) -> int:
    """Return the number of a category that can be explained. `more_words`: the text has words that are not modelled.

    `words` are the settings that the text was read with.
    Raises UsageError where it is unknown, QwemError where it has fewer than two word pairs in the vocabulary.
    """
    number = category_number(analogies, category)
    pairs = distinct_pairs(analogies, number)
    if len(pairs) < FEWEST_PAIRS:
        can_be = makes(words)
        missing = analogies.missing[number]
        never = next((word for word in missing if not can_be(word)), None)
        mend = ("raise ", Named("vocab_size"), ", give more text") if more_words else ("give more text",)
        if never is not None and not any(map(can_be, missing)):
            mend = (f"the tokenizer makes no word such as {shortened(never)}; write each as one word of the text",)
        raise QwemError(
            f"{printable(analogies.names[number])} has {len(pairs)} word pair(s) in the vocabulary, and two are needed "
            "to say what its task vectors share: ",
            *mend,
            ", or ask for another category.",
        )
    return number


def _alone(analogies: Analogies, number: int) -> Analogies:
    own = analogies.only(analogies.category == number)
    return replace(
        own,
        names=analogies.names[number : number + 1],
        category=np.zeros(len(own.questions), np.int64),
        attempted=analogies.attempted[number : number + 1],
        total=analogies.total[number : number + 1],
        missing=analogies.missing[number : number + 1],
    )


def explain(
    spectrum: Spectrum,
    analogies: Analogies,
    words: Sequence[str],
    category: str | int,
    dims: Sequence[int] | None = None,
    critical: CriticalSize | None = None,
    progress: Progress | None = None,
    seed: int = 0,
    more_words: bool = True,
    settings: WordSettings = WordSettings(),  # noqa: B008 - it is frozen
) -> Explanation:
    """Return why a category is early or late, from the closed form alone: nothing is trained.

    See docs/theory.md, section 6.

    `words` (V,) are the vocabulary's. `dims` ascend within the spectrum's size (`size_grid` of it unless given).
    `critical` saves the scoring where it is known already; it must be over the same `dims`. `progress` gets one stage,
    `explaining`; what it raises goes through. `more_words` and `settings` as in `check_explainable`. Raises UsageError
    for an unknown category, and QwemError for one with fewer than two word pairs in the vocabulary.
    """
    progress = progress or Silent()
    number = category_number(analogies, category)
    name = analogies.names[number]
    grid = size_grid(len(spectrum.eigenvalues)) if dims is None else tuple(dims)
    if critical is not None and len(critical.accuracy) != len(grid):
        raise ValueError(f"{len(critical.accuracy)} accuracies do not belong to {len(grid)} sizes")
    pairs = distinct_pairs(analogies, check_explainable(analogies, number, more_words, settings))
    progress.stage("explaining", float(len(grid) + 1))
    own = _alone(analogies, number)
    if critical is None:
        scorer = Scorer(own.questions, spectrum.vectors.device, alternatives=own.alternatives)
        outcomes = outcomes_by_size(spectrum.eigenvalues, spectrum.vectors, scorer, grid)
        critical = critical_sizes(outcomes, grid, own, seed=seed, by_chance=chance(len(words))).categories[0]
    # where it works best is where what carries it should be shown
    at = grid[-1] if critical.critical_size is None else critical.peak_dim
    task = task_vectors(name, spectrum.eigenvalues, spectrum.vectors, pairs, grid, at, seed=seed)
    progress.advance(1)
    embeddings = (spectrum.vectors * spectrum.eigenvalues.clamp(min=0).sqrt()).float()
    without = np.empty(len(grid))
    for i, d in enumerate(grid):
        without[i] = answered_without(embeddings[:, :d], own.questions, own.alternatives).mean()
        progress.advance(i + 2)
    bulk = task.eigenvalues[:-1]
    fitted = fit(bulk) if len(bulk) >= FEWEST_EIGENVALUES and bulk.max() > 0 else None
    return Explanation(task, critical, without, fitted, analogies.protocol, tuple(words))
