"""Rank, counted three ways (section 4 of the project's notes on the theory)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def modes_learned(singular_values: NDArray[np.float64], eigenvalues: NDArray[np.float64]) -> int:
    """Return #{k : s_k^2 >= lambda_k / 2} (*ours*): 0 at the start, d at the end, monotone in between."""
    return int((singular_values**2 >= eigenvalues / 2).sum())


def effective_rank(singular_values: NDArray[np.float64]) -> float:
    """Return exp of the entropy of s / sum(s) (Roy and Vetterli 2007); 0 where all s are 0, NaN where any is."""
    if np.isnan(singular_values).any():
        return float("nan")
    total = singular_values.sum()
    if total <= 0:
        return 0.0
    p = singular_values[singular_values > 0] / total
    return float(np.exp(-(p * np.log(p)).sum()))


def participation_ratio(singular_values: NDArray[np.float64]) -> float:
    """Return (sum s^2)^2 / sum s^4; 0 where all s are 0."""
    squares = singular_values**2
    denominator = (squares**2).sum()
    return 0.0 if denominator == 0 else float(squares.sum() ** 2 / denominator)
