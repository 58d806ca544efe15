"""What a study is made from, and which settings make sense on any corpus."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from qwem_tui.analogies.protocols import Protocol
from qwem_tui.base.errors import UsageError
from qwem_tui.base.names import PrecisionName, TrainerName, WindowShape
from qwem_tui.corpus.tokens import TokenizerName

#: Below this start float32 rounding of learned modes swamps those not yet learned (docs/theory.md, section 3).
FLOAT32_LEAST_SIGMA = 1e-6


_MOST_WINDOW = 10_000


_INSISTS = " (--force insists)."


_LEAST_SIGMA = 1e-30


@dataclass(frozen=True)
class StudyConfig:
    """What a study is made from. `dim` None: 64, or as many as can be learned (see `LEARNABLE_SHARE`).

    `step_fraction` is the step size in units of the stability limit; None: the trainer's own default. From 1 on it is
    refused unless `forced`. `analogies` None: the built-in everyday English.
    """

    sources: tuple[str, ...]
    vocab_size: int = 10_000
    dim: int | None = None
    window: int = 16
    tokenizer: TokenizerName = "letters"
    analogies: str | None = None
    protocol: Protocol = "questions"
    sigma: float = 1e-4
    step_fraction: float | None = None
    steps: int | None = None
    seed: int = 0
    negative_weight: float = 1.0
    trainer: TrainerName = "gd"
    precision: PrecisionName = "auto"
    forced: bool = False
    window_shape: WindowShape = "dynamic"

    @property
    def dtype(self) -> torch.dtype:
        """Return the precision in which a run computes."""
        if self.precision == "auto":
            return torch.float32 if self.sigma >= FLOAT32_LEAST_SIGMA else torch.float64
        return {"float32": torch.float32, "float64": torch.float64}[self.precision]


def check(config: StudyConfig, forceable: bool = True) -> None:
    """Raise UsageError where a setting makes no sense on any corpus; says how to force it where it is `forceable`."""
    check_run(config, forceable)
    if config.vocab_size < 2:
        raise UsageError(f"--vocab-size is {config.vocab_size}: give 2 or more.")
    if not 1 <= config.window <= _MOST_WINDOW:
        wanted = "1 or more" if config.window < 1 else f"{_MOST_WINDOW:,} or less"
        raise UsageError(f"--window is {config.window:,}: give {wanted}.")
    if not 0 < config.negative_weight < np.inf:
        raise UsageError(f"--negative-weight is {config.negative_weight:g}: give a number above 0, such as 1.")


def check_run(config: StudyConfig, forceable: bool = True) -> None:
    """Raise UsageError where a setting that may change from run to run makes no sense; see `check`."""
    if not 0 <= config.seed < 2**63:
        raise UsageError(f"--seed is {config.seed}: give a whole number from 0 to 2^63 - 1.")
    for option, value in {"--dim": config.dim, "--steps": config.steps}.items():
        if value is not None and value < 1:
            raise UsageError(f"{option} is {value}: give 1 or more.")
    if not config.sigma >= _LEAST_SIGMA or not np.isfinite(config.sigma):
        raise UsageError(f"--sigma is {config.sigma:g}: give a number from {_LEAST_SIGMA:g} to 1, such as 1e-4.")
    if config.sigma > 1:
        raise UsageError(
            f"--sigma is {config.sigma:g}: modes are learned one at a time from a small start; give 1 or less."
        )
    if config.step_fraction is not None:
        check_step_fraction(config.step_fraction, config.forced, forceable)
    if config.window_shape != "dynamic" and config.trainer != "gd":
        raise UsageError(
            f"--window-shape {config.window_shape} is for --trainer gd: {config.trainer} draws its pairs from a "
            "dynamic window."
        )
    if config.precision == "float32" and config.sigma < FLOAT32_LEAST_SIGMA and not config.forced:
        raise UsageError(
            f"--precision float32 drowns a start of --sigma {config.sigma:g} in rounding: use float64, or a sigma of "
            f"{FLOAT32_LEAST_SIGMA:g} or more{_INSISTS if forceable else '.'}"
        )


def check_step_fraction(fraction: float, forced: bool, forceable: bool = True) -> None:
    """Raise UsageError where a step size, in units of the stability limit, cannot work; `forced` allows large ones.

    Where it is `forceable`, it says how to force it.
    """
    if not 0 < fraction < np.inf or (fraction >= 1 and not forced):
        raise UsageError(
            f"--step-size is {fraction:g}: it is in units of the stability limit; give a number between 0 and 1"
            + (_INSISTS if fraction >= 1 and forceable else ".")
        )
