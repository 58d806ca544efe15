"""A batch of pairs on the device where W is."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from qwem_tui.training.sampling import Batch

#: Inner products of this many pairs are computed at once: on a CPU their rows should stay in its cache.
_PAIRS_ON_CPU, _PAIRS_ON_GPU = 2048, 1 << 20


class Pairs:
    """The pairs of a batch as tensors: `left` and `right` (N,) int32, the first `positives` of them positive."""

    def __init__(self, batch: Batch, device: torch.device) -> None:
        """Move `batch` to `device`."""

        def moved(array: NDArray[np.int32]) -> torch.Tensor:
            return torch.from_numpy(array).to(device)

        self.left, self.right = moved(batch.left), moved(batch.right)
        self.positives = batch.positives
        self._starts, self._others, self._pairs = moved(batch.starts[:-1]), moved(batch.others), moved(batch.pairs)

    def products(self, W: torch.Tensor) -> torch.Tensor:
        """Return x = w_i . w_j of each pair (N,), for W (V, d)."""
        at_once = _PAIRS_ON_CPU if W.device.type == "cpu" else _PAIRS_ON_GPU
        x = torch.empty(len(self.left), dtype=W.dtype, device=W.device)
        for start in range(0, len(x), at_once):
            part = slice(start, start + at_once)
            torch.sum(W.index_select(0, self.left[part]).mul_(W.index_select(0, self.right[part])), 1, out=x[part])
        return x

    def spread(self, coefficients: torch.Tensor, W: torch.Tensor) -> torch.Tensor:
        """Return sum over pairs of c (e_i w_j^T + e_j w_i^T), (V, d), for `coefficients` c (N,) and W (V, d).

        Each row is one sum in a fixed order, so that it repeats bit for bit. `index_add_` took sixty times as long on
        one core (grouping the pairs, which is done in the background, not counted), and does not repeat on a GPU.
        """
        weights = coefficients.index_select(0, self._pairs)
        return torch.nn.functional.embedding_bag(self._others, W, self._starts, mode="sum", per_sample_weights=weights)
