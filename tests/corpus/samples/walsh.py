"""The spectrum of the attribute world, known exactly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qwem_tui.corpus.samples.attributes import cooccurrence_ratio


def walsh_eigenvalues(strengths: Sequence[float], negative_weight: float = 1.0) -> NDArray[np.float64]:
    """Return the eigenvalues of M* (V,) by the bit mask of the subset of attributes (*ours*).

    The eigenvalue of subset A is the sum over x of m(x) (-1)^|A & x|, m(x) being M*_ij (Theorem 1) of words whose
    numbers differ in the bits of x and `negative_weight` its k > 0. Subset 0 is the constant vector's. They are in no
    order of size. Raises UsageError as `checked_strengths` does.
    """
    ratio = cooccurrence_ratio(strengths)
    values: NDArray[np.float64] = 2.0 * (ratio - negative_weight) / (ratio + negative_weight)
    # the fast Walsh-Hadamard transform: one bit of the mask at a time
    for k in range(len(strengths)):
        halves = values.reshape(-1, 2, 1 << k)
        values = np.stack([halves[:, 0] + halves[:, 1], halves[:, 0] - halves[:, 1]], axis=1).ravel()
    return values


def walsh_function(subset: int, attributes: int) -> NDArray[np.float64]:
    """Return the product over the attributes of `subset` (a bit mask) of each word's +1 or -1: (2^`attributes`,).

    It is an eigenvector of M*, of length sqrt(V). Raises ValueError where `subset` has others than these.
    """
    if not 0 <= subset < 1 << attributes:
        raise ValueError(f"subset must be within 0..{(1 << attributes) - 1}, not {subset}")
    product = np.ones(1)
    for k in range(attributes):
        product = np.concatenate([-product, product]) if subset >> k & 1 else np.tile(product, 2)
    return product
