"""What the trainers of the quadratic loss share: M*, its most negative mode, and the state that these add."""

from __future__ import annotations

import torch

from qwem_tui.training.trainer import Descent


class QuadraticDescent(Descent):
    """Descent on ||W W^T - M*||^2 with M* deflated by lambda_min v v^T, its most negative mode."""

    def __init__(
        self, frobenius_sq: float, lambda_min: float, vector_min: torch.Tensor, W0: torch.Tensor, step_size: float
    ) -> None:
        """Start at `W0` (V, d), on the device and in the dtype of the target's products; `step_size` is eta in t."""
        super().__init__(W0, step_size)
        self._frobenius_sq = frobenius_sq
        self._lambda_min = min(lambda_min, 0.0)
        self._vector_min = vector_min.to(W0)

    def state_dict(self) -> dict[str, torch.Tensor]:
        """Return `W` (V, d), the clock, and what was found by decomposing M*: found again, its last bits may differ."""
        return {
            **super().state_dict(),
            "vector_min": self._vector_min.detach().to("cpu", copy=True).contiguous(),
            "lambda_min": torch.tensor(self._lambda_min, dtype=torch.float64),
            "frobenius_sq": torch.tensor(self._frobenius_sq, dtype=torch.float64),
        }

    def load_state_dict(self, state: dict[str, torch.Tensor]) -> None:
        """Stand where `state` was taken; raises ValueError, and changes nothing, where it is another trainer's."""
        super().load_state_dict(state)
        self._vector_min = state["vector_min"].to(self._W.device, copy=True)
        self._lambda_min, self._frobenius_sq = float(state["lambda_min"]), float(state["frobenius_sq"])
