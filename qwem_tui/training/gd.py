"""Full-batch gradient descent on the quadratic loss (section 3)."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from qwem_tui.theory.target import TargetOperator


@dataclass(frozen=True)
class Measurement:
    """The state of W measured from d x d and V x d products: `gram` (d, d) float64 on the CPU and the exact `loss`."""

    gram: torch.Tensor
    loss: float


class GradientDescent:
    """W <- W + eta/2 (M W - W W^T W) with M the deflated target M* - lambda_min v v^T.

    W W^T is positive semidefinite and never fits the most negative mode of M*; taking it out leaves the learned modes
    as they are and raises the stable step size from 4 / (lambda_1 + |lambda_min|) to 2 / lambda_1 (*ours*). The loss is
    that of M* itself.
    """

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
        self._target = target
        self._frobenius_sq = frobenius_sq
        self._lambda_min = min(lambda_min, 0.0)
        self._vector_min = vector_min.to(W0)
        self._W = W0
        self._product: torch.Tensor | None = None
        self.step_size = step_size
        self.steps = 0

    @property
    def W(self) -> torch.Tensor:
        """Return the embeddings (V, d) as they are now; later steps do not change this tensor."""
        return self._W

    @property
    def t(self) -> float:
        """Return the time of the gradient flow reached: step size times steps."""
        return self.steps * self.step_size

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
        self._W = W + 0.5 * self.step_size * change
        self._product = None
        self.steps += 1

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
