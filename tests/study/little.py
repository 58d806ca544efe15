"""The little text and its questions, predicted: what tests of predictions share."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from qwem_tui.base.progress import Silent
from qwem_tui.study.predict import predict
from qwem_tui.study.prediction import PredictConfig, Prediction
from qwem_tui.theory.critical_size import CriticalSize

CAPITALS = [("paris", "france"), ("rome", "italy"), ("madrid", "spain"), ("athens", "greece"), ("oslo", "norway")]
LETTERS = [(f"{country}a", f"{country}b") for _, country in CAPITALS]
WINDOW = 8
DIMS = tuple(range(2, 21))

Floats = NDArray[np.float64]


def all_orders(pairs: list[tuple[str, str]]) -> list[tuple[str, str, str, str]]:
    return [(*first, *second) for first in pairs for second in pairs if first != second]


#: Of `few` but one line; the words of `kings` are not in the text.
QUESTIONS = {
    "capitals": all_orders(CAPITALS),
    "letters": all_orders(LETTERS),
    "kings": [("king", "queen", "man", "woman")],
    "few": all_orders(CAPITALS)[:1],
}


class Stages(Silent):
    """Notes the stages of long work."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def stage(self, name: str, total: float | None = None) -> None:
        self.seen.append(name)


def predicted(config: PredictConfig, progress: Silent | None = None) -> Prediction:
    return predict(config, torch.device("cpu"), progress or Silent())


def told(size: CriticalSize) -> tuple[object, ...]:
    """Return all but the curve, and its peak, which may be NaN."""
    return size.name, size.attempted, size.total, size.critical_size, size.interval, size.onset, size.reason
