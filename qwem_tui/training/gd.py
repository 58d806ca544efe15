"""Full-batch gradient descent on the quadratic loss (docs/theory.md, section 3)."""

from __future__ import annotations

import torch

from qwem_tui.base.names import TrainerName
from qwem_tui.theory.target import TargetOperator
from qwem_tui.training.quadratic import QuadraticDescent
from qwem_tui.training.trainer import Measurement


class GradientDescent(QuadraticDescent):
    """W <- W + eta/2 (M W - W W^T W) with M the deflated target M* - lambda_min v v^T.

    W W^T is positive semidefinite and never fits the most negative mode of M*; taking it out leaves the learned modes
    as they are and raises the stable step size from 4 / (lambda_1 + |lambda_min|) to 2 / lambda_1 (*ours*). The loss is
    that of M* itself.
    """

    name: TrainerName = "gd"

    def __init__(
        self,
        target: TargetOperator,
        frobenius_sq: float,
        lambda_min: float,
        vector_min: torch.Tensor,
        W0: torch.Tensor,
        step_size: float,
    ) -> None:
        """Start at `W0` (V, d), on the device and in the dtype of the target's products; `step_size` is eta in t."""
        super().__init__(frobenius_sq, lambda_min, vector_min, W0, step_size)
        self._target = target
        # M W of the present W, where it has been worked out
        self._product: torch.Tensor | None = None

    def _deflated_product(self) -> torch.Tensor:
        if self._product is None:
            along = self._vector_min @ self._W
            self._product = self._target.matmul(self._W)
            self._product.addr_(self._vector_min, along, alpha=-self._lambda_min)
        return self._product

    def step(self) -> None:
        """Take one step of gradient descent."""
        W = self._W
        change = self._deflated_product() - W @ (W.T @ W)
        self._advance(W + 0.5 * self.step_size * change)

    def _moved(self) -> None:
        self._product = None

    def measure(self) -> Measurement:
        """Return the Gram matrix W^T W and the normalised loss; the product with M* is shared with the next step.

        ||W W^T - M*||^2 = ||W^T W||^2 - 2 tr(W^T M* W) + ||M*||^2, in float64: the difference cancels.
        """
        W = self._W.double()
        gram = W.T @ W
        along = self._vector_min.double() @ W
        overlap = (W * self._deflated_product()).sum() + self._lambda_min * (along @ along)
        loss = 1.0 + float((gram * gram).sum() - 2.0 * overlap) / self._frobenius_sq
        return Measurement(gram.cpu(), loss)
