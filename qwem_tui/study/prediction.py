"""What is asked of a prediction, and its answer: what a model of any size will be able to do."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from qwem_tui.base.errors import Named, SettingError
from qwem_tui.study.config import StudyConfig, check_sizes
from qwem_tui.study.explain import Explanation
from qwem_tui.theory.critical_size import DRAWS, FRACTION, CriticalSize
from qwem_tui.theory.dynamics import DEFAULT_STEP_FRACTION
from qwem_tui.theory.target import TargetName
from qwem_tui.theory.trajectory import Crossing

LARGEST_DIM = 200
_BYTES_PER_PARAMETER = 4
NO_RUN = "no run is forecast for this target"


@dataclass(frozen=True)
class PredictConfig:
    """What is asked. `dims` None: the default grid up to `largest_dim`, or to the last positive eigenvalue.

    `study` says how the corpus is read and which run the predicted steps belong to; `explain` names a category.
    Making one raises SettingError where a setting makes no sense on any corpus.
    """

    study: StudyConfig
    target: TargetName = "mstar"
    dims: tuple[int, ...] | None = None
    largest_dim: int = LARGEST_DIM
    fraction: float = FRACTION
    draws: int = DRAWS
    halves: bool = False
    explain: str | None = None

    def __post_init__(self) -> None:
        """Raise SettingError where a setting makes no sense on any corpus."""
        check_sizes(self.largest_dim, self.fraction, self.draws)
        if self.target != "mstar":
            given = {
                "dim": self.study.dim is not None,
                "sigma": self.study.sigma != StudyConfig.sigma,
                "step_size": self.study.step_fraction not in (None, DEFAULT_STEP_FRACTION),
            }
            setting = next((setting for setting, is_given in given.items() if is_given), None)
            if setting is not None:
                problem = f"is that of the run whose steps are forecast, and {NO_RUN}"
                raise SettingError(setting, "", ("leave it out, or use ", Named("target"), " mstar."), problem)
        dims = self.dims
        if dims is not None and not (dims and dims[0] >= 1 and all(a < b for a, b in pairwise(dims))):
            needed = "give sizes of 1 or more, ascending, such as 8,16,32."
            raise SettingError("dims", ",".join(map(str, dims)), needed)


@dataclass(frozen=True)
class Ability:
    """A category, or overall: its critical size, and where the run forecast first crosses.

    `t` is the time of that crossing (of gradient descent), None where the run does not get there. `halves` holds the
    critical size on each half of the documents, where asked for.
    """

    size: CriticalSize
    crossing: Crossing
    t: float | None
    halves: tuple[CriticalSize, ...] = ()


@dataclass(frozen=True)
class Prediction:
    """The answer. `dims` (n_dims,) is the grid of the accuracies in `abilities` (in the file's order) and `overall`.

    `eigenvalues` (n,) are the largest, descending; `residual` is the worst of the eigenpairs, in units of the largest
    |lambda|; `loss_floor` (n_dims,) the least normalised loss of each size. `dim` and `step_size` are those of the run
    forecast, `expected_steps` is its length; None where none is. `missing` are each category's
    words that the corpus lacks; `impossible` those of them that the tokenizer never makes. `half_tokens` are the kept
    tokens of each half.
    """

    config: PredictConfig
    documents: int
    tokens: int
    tokens_in_vocab: int
    vocab_size: int
    frobenius_sq: float
    pairs_seen: int
    eigenvalues: NDArray[np.float64]
    lambda_min: float
    residual: float
    loss_floor: NDArray[np.float64]
    dims: tuple[int, ...]
    dim: int | None
    step_size: float | None
    expected_steps: int | None
    abilities: tuple[Ability, ...]
    overall: Ability
    missing: tuple[tuple[str, ...], ...]
    half_tokens: tuple[int, ...]
    warnings: tuple[str, ...]
    explanation: Explanation | None
    impossible: frozenset[str] = frozenset()

    def parameters(self, ability: Ability) -> int | None:
        """Return V times the critical size, or None where there is none."""
        critical = ability.size.critical_size
        return None if critical is None else self.vocab_size * critical

    def bytes(self, ability: Ability) -> int | None:
        """Return the size of the embeddings at the critical size in bytes at float32, or None where there is none."""
        parameters = self.parameters(ability)
        return None if parameters is None else _BYTES_PER_PARAMETER * parameters
