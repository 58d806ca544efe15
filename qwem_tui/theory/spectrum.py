"""The top eigenpairs of M* by algebraic value, and its most negative one."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from qwem_tui.base.progress import Progress, Silent
from qwem_tui.theory.target import TargetOperator

#: For so many words a dense solver is faster.
DENSE_UP_TO = 1600
_BLOCK = 32
#: The Ritz values are looked at again when the Krylov space has grown by this factor: each look costs its cube.
_LOOK_GROWTH = 1.15
_TOLERANCE = {torch.float32: 2e-6, torch.float64: 1e-9}


@dataclass(frozen=True)
class Spectrum:
    """Eigenpairs of M*.

    `eigenvalues` (d,) are the d largest by algebraic value, descending, with orthonormal `vectors` (V, d);
    `lambda_min` is the smallest of all with `vector_min` (V,), `lambda_next` the one above it. `residual` is the
    largest ||M* v - lambda v|| among them, in units of the largest |lambda|. All float64, on the target's device.
    """

    eigenvalues: torch.Tensor
    vectors: torch.Tensor
    lambda_min: float
    lambda_next: float
    vector_min: torch.Tensor
    residual: float

    def truncated(self, d: int) -> Spectrum:
        """Return the spectrum with its top `d` pairs alone."""
        return replace(self, eigenvalues=self.eigenvalues[:d], vectors=self.vectors[:, :d])


def _fix_signs(vectors: torch.Tensor) -> torch.Tensor:
    """Return `vectors` with the entry of largest magnitude of each column positive: signs are arbitrary otherwise."""
    largest = vectors.abs().argmax(dim=0)
    return vectors * torch.sign(vectors[largest, torch.arange(vectors.shape[1], device=vectors.device)])


def _spectrum(lambdas: torch.Tensor, vectors: torch.Tensor, d: int, residual: float) -> Spectrum:
    """Return the spectrum of the top d pairs, behind which the two lowest stand (one where V is 1)."""
    return Spectrum(lambdas[:d], vectors[:, :d], float(lambdas[d]), float(lambdas[-1]), vectors[:, d], residual)


def _dense(target: TargetOperator, d: int, device: torch.device | None) -> Spectrum:
    matrix = target.matmul(torch.eye(target.size, dtype=torch.float64, device=device))
    values, every = torch.linalg.eigh((matrix + matrix.T) / 2)
    vectors = _fix_signs(torch.cat([every[:, -d:].flip(1), every[:, :2]], dim=1))
    lambdas = torch.cat([values[-d:].flip(0), values[:2]])
    residual = float((matrix @ vectors - vectors * lambdas).norm(dim=0).max() / values.abs().max())
    return _spectrum(lambdas, vectors, d, residual)


class _Krylov:
    """An orthonormal basis of a block Krylov space, a row a vector, and the target's projection on it."""

    def __init__(self, target: TargetOperator, start: torch.Tensor) -> None:
        """Begin with the orthonormal rows of `start` (b, V)."""
        self._target = target
        self._rows = torch.empty(16 * len(start), target.size, dtype=start.dtype, device=start.device)
        self._projected = torch.zeros(0, 0, dtype=torch.float64, device=start.device)
        self._image = self._along = start
        self.size = 0
        self._add(start)

    @property
    def basis(self) -> torch.Tensor:
        """Return the basis so far (m, V)."""
        return self._rows[: self.size]

    def _add(self, block: torch.Tensor) -> None:
        before, self.size = self.size, self.size + len(block)
        if self.size > len(self._rows):
            self._rows = torch.cat([self._rows, torch.empty_like(self._rows)])
        self._rows[before : self.size] = block
        self._image = self._target.matmul(block.T).T
        self._along = self._image @ self.basis.T
        cross = self._along.T.double()
        grown = torch.empty(self.size, self.size, dtype=torch.float64, device=cross.device)
        grown[:before, :before] = self._projected
        grown[:, before:], grown[before:, :] = cross, cross.T
        self._projected = grown

    def _leaving(self) -> torch.Tensor:
        """Return what the target takes out of the space: of its last block alone, for the others lead to it."""
        return self._image - self._along @ self.basis

    def grow(self) -> None:
        """Add a block: what the target makes of the last one, as far as it is new."""
        fresh = torch.linalg.qr(self._leaving().T)[0].T
        # once more: rounding leaves traces, and QR fills directions lost to rank deficiency with arbitrary ones
        fresh = torch.linalg.qr((fresh - (fresh @ self.basis.T) @ self.basis).T)[0].T
        self._add(fresh[: self._target.size - self.size])

    def ritz(self, d: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Return coefficients (m, d + 2) in the basis for the top d pairs and the bottom two, and residuals (d + 2,).

        Residuals are in units of the largest |lambda|. All in the target's own precision: `_refined` makes up for what
        that costs, and for large m it takes half the time.
        """
        values, coefficients = torch.linalg.eigh(self._projected.to(self._rows.dtype))
        wanted = torch.cat([coefficients[:, -d:].flip(1), coefficients[:, :2]], dim=1)
        leaving = torch.linalg.qr(self._leaving().T, mode="r")[1]
        residuals = (leaving @ wanted[-len(self._image) :]).norm(dim=0) / values.abs().max()
        return wanted, residuals

    def vectors(self, coefficients: torch.Tensor) -> torch.Tensor:
        """Return the vectors (V, c) of `coefficients` (m, c)."""
        return self.basis.T @ coefficients


def _refined(target: TargetOperator, vectors: torch.Tensor, d: int) -> Spectrum:
    """Return the best eigenpairs inside the span of `vectors` (V, d + 2), by Rayleigh-Ritz in float64."""
    basis = torch.linalg.qr(vectors.double())[0]
    image = target.matmul(basis)
    projected = basis.T @ image
    values, coefficients = torch.linalg.eigh((projected + projected.T) / 2)
    bottom = len(values) - d
    wanted = torch.cat([coefficients[:, bottom:].flip(1), coefficients[:, :bottom]], dim=1)
    lambdas = torch.cat([values[bottom:].flip(0), values[:bottom]])
    vectors = basis @ wanted
    residual = float((image @ wanted - vectors * lambdas).norm(dim=0).max() / values.abs().max())
    return _spectrum(lambdas, _fix_signs(vectors), d, residual)


def top_eigenpairs(
    target: TargetOperator,
    d: int,
    device: torch.device | None = None,
    tolerance: float | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    dense_up_to: int = DENSE_UP_TO,
) -> Spectrum:
    """Return the top `d` eigenpairs of the target by algebraic value, and the two smallest.

    Block Lanczos with full re-orthogonalisation in the target's own precision (*ours*): the Krylov space grows by a
    block at a time until every wanted pair has a residual below `tolerance` times the largest |lambda| (by default
    2e-6 in float32, 1e-9 in float64). Products in float64 then settle the pairs inside the space that these vectors
    span, and the residual returned is theirs; an eigenvalue's error goes with its square. Up to `dense_up_to` words a
    dense solver is asked at once, since it is faster.
    """
    size = target.size
    if not 1 <= d <= size:
        raise ValueError(f"d must be within 1..{size}, not {d}")
    progress = progress or Silent()
    progress.stage("decomposing", float(d + 1))
    if size <= dense_up_to or d + 2 >= size:
        return _dense(target, d, device)
    if tolerance is None:
        tolerance = _TOLERANCE[target.dtype]
    generator = torch.Generator().manual_seed(seed)
    start = torch.randn(size, min(_BLOCK, size), generator=generator, dtype=torch.float64)
    # the most negative eigenvector is nearly constant
    start[:, 0] = 1.0
    krylov = _Krylov(target, torch.linalg.qr(start)[0].T.to(device or "cpu", target.dtype))
    next_look, settled = 4.0 * d, 0.0
    while krylov.size < size:
        progress.advance(settled)
        krylov.grow()
        if krylov.size > next_look:
            next_look = _LOOK_GROWTH * krylov.size
            coefficients, residuals = krylov.ritz(d)
            settled = float((residuals < tolerance).sum())
            if settled == d + 2:
                progress.advance(d + 1)
                return _refined(target, krylov.vectors(coefficients), d)
    return _refined(target, krylov.vectors(krylov.ritz(d)[0]), d)
