"""A trainer that computes nothing."""

from __future__ import annotations

from qwem_tui.base.names import TrainerName
from qwem_tui.training.trainer import Descent, Measurement


class Still(Descent):
    name: TrainerName = "gd"

    def step(self) -> None:
        self._advance(self._W + 1)

    def measure(self) -> Measurement:
        raise NotImplementedError
