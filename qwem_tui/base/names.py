"""Names that settings choose from."""

from __future__ import annotations

from typing import Literal, get_args

TrainerName = Literal["gd", "sgd", "word2vec"]
TRAINERS: tuple[TrainerName, ...] = get_args(TrainerName)
#: The precision of a run; *auto*: float64 where the start is too small for float32 (docs/theory.md, section 3).
PrecisionName = Literal["auto", "float32", "float64"]
PRECISIONS: tuple[PrecisionName, ...] = get_args(PrecisionName)
#: What a pair of words at distance j counts in a window of L: *dynamic* L + 1 - j, *flat* 1 (docs/theory.md).
WindowShape = Literal["dynamic", "flat"]
WINDOW_SHAPES: tuple[WindowShape, ...] = get_args(WindowShape)
#: The themes of the app.
ThemeName = Literal["dark", "light", "high-contrast"]
