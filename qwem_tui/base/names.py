"""Names that settings choose from."""

from __future__ import annotations

from typing import Literal, get_args

TrainerName = Literal["gd", "sgd", "word2vec"]
TRAINERS: tuple[TrainerName, ...] = get_args(TrainerName)
#: The precision of a run; *auto*: float64 where the start is too small for float32 (section 3).
PrecisionName = Literal["auto", "float32", "float64"]
PRECISIONS: tuple[PrecisionName, ...] = get_args(PrecisionName)
