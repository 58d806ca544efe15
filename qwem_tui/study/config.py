"""What a study is made from, and which settings make sense on any corpus."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import torch

from qwem_tui.analogies.protocols import Protocol
from qwem_tui.base.errors import Named, SettingError
from qwem_tui.base.names import PrecisionName, TrainerName, WindowShape
from qwem_tui.corpus.reading.settings import ReadingSettings
from qwem_tui.corpus.word_settings import Language, Normalization, SudachiMode, TokenizerName, WordSettings
from qwem_tui.theory.critical_size import DRAWS, FRACTION

#: Below this start float32 rounding of learned modes swamps those not yet learned (docs/theory.md, section 3).
FLOAT32_LEAST_SIGMA = 1e-6
_MOST_WINDOW = 10_000
_LEAST_SIGMA = 1e-30
#: With fewer resamples the ends of a 95% interval are those of single draws.
_FEWEST_DRAWS, _MOST_DRAWS = 40, 10_000


@dataclass(frozen=True)
class StudyConfig:
    """What a study is made from. `dim` None: 64, or as many as can be learned (see `LEARNABLE_SHARE`).

    `step_fraction` is the step size in units of the stability limit; None: the trainer's own default. From 1 on it is
    refused unless `forced`. `analogies` None: those built in for the tokenizer.

    Making one raises SettingError where a setting makes no sense on any corpus.
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
    normalize: Normalization = "nfc"
    strip_marks: bool = False
    keep_case: bool = False
    language: Language | None = None
    text_field: str | None = None
    encoding: str | None = None
    lines: bool = False
    paragraphs: bool = False
    dictionary_form: bool = False
    user_dictionary: str | None = None
    sudachi_mode: SudachiMode = "C"

    def __post_init__(self) -> None:
        """Raise SettingError where a setting makes no sense on any corpus."""
        _ = self.reading, self.words
        if not 0 <= self.seed < 2**63:
            raise SettingError("seed", f"{self.seed}", "give a whole number from 0 to 2^63 - 1.")
        for setting, value in {"dim": self.dim, "steps": self.steps}.items():
            if value is not None and value < 1:
                raise SettingError(setting, f"{value}", "give 1 or more.")
        if not self.sigma >= _LEAST_SIGMA or not np.isfinite(self.sigma):
            raise SettingError("sigma", f"{self.sigma:g}", f"give a number from {_LEAST_SIGMA:g} to 1, such as 1e-4.")
        if self.sigma > 1:
            needed = "modes are learned one at a time from a small start; give 1 or less."
            raise SettingError("sigma", f"{self.sigma:g}", needed)
        if self.step_fraction is not None:
            check_step_fraction(self.step_fraction, self.forced)
        if self.window_shape != "dynamic" and self.trainer != "gd":
            needed = f"{self.trainer} draws its pairs from a dynamic window."
            raise SettingError("window_shape", self.window_shape, needed, ("is for ", Named("trainer"), " gd"))
        if self.precision == "float32" and self.sigma < FLOAT32_LEAST_SIGMA and not self.forced:
            raise SettingError(
                "precision",
                "float32",
                f"use float64, or a sigma of {FLOAT32_LEAST_SIGMA:g} or more.",
                ("drowns a start of ", Named("sigma"), f" {self.sigma:g} in rounding"),
                forceable=True,
            )
        if self.vocab_size < 2:
            raise SettingError("vocab_size", f"{self.vocab_size}", "give 2 or more.")
        if not 1 <= self.window <= _MOST_WINDOW:
            wanted = "1 or more" if self.window < 1 else f"{_MOST_WINDOW:,} or less"
            raise SettingError("window", f"{self.window:,}", f"give {wanted}.")
        if not 0 < self.negative_weight < np.inf:
            raise SettingError("negative_weight", f"{self.negative_weight:g}", "give a number above 0, such as 1.")

    @property
    def words(self) -> WordSettings:
        """Return the settings of the tokenizer."""
        return WordSettings(**{field.name: getattr(self, field.name) for field in fields(WordSettings)})

    @property
    def reading(self) -> ReadingSettings:
        """Return how the text is read; raises SettingError where that makes no sense."""
        return ReadingSettings(self.text_field, self.encoding, self.lines, self.paragraphs)

    @property
    def dtype(self) -> torch.dtype:
        """Return the precision in which a run computes."""
        if self.precision == "auto":
            return torch.float32 if self.sigma >= FLOAT32_LEAST_SIGMA else torch.float64
        return {"float32": torch.float32, "float64": torch.float64}[self.precision]


def check_step_fraction(fraction: float, forced: bool) -> None:
    """Raise SettingError where a step size in units of the stability limit cannot work; `forced` allows a large one."""
    if not 0 < fraction < np.inf or (fraction >= 1 and not forced):
        needed = "it is in units of the stability limit; give a number between 0 and 1."
        raise SettingError("step_size", f"{fraction:g}", needed, forceable=1 <= fraction < np.inf)


def check_sizes(largest_dim: int, fraction: float = FRACTION, draws: int = DRAWS) -> None:
    """Raise SettingError where the sizes up to `largest_dim`, or how a critical size is found, make no sense."""
    if not 0 < fraction <= 1:
        raise SettingError("fraction", f"{fraction:g}", "give a share of the peak above 0 and up to 1, such as 0.5.")
    if not _FEWEST_DRAWS <= draws <= _MOST_DRAWS:
        needed = f"give {_FEWEST_DRAWS} to {_MOST_DRAWS:,} resamples for a 95% interval."
        raise SettingError("bootstrap", f"{draws:,}", needed)
    if largest_dim < 1:
        raise SettingError("max_dim", f"{largest_dim}", "give 1 or more.")
