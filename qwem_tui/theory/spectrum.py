"""The top eigenpairs of M* by algebraic value, and its most negative one."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from qwem_tui.base.progress import Progress, Silent
from qwem_tui.theory.target import TargetOperator

_BLOCK = 24
#: The Ritz values are looked at again when the Krylov space has grown by this factor: each look costs its cube.
_CHECK_GROWTH = 1.2


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


def top_eigenpairs(
    target: TargetOperator,
    d: int,
    device: torch.device | None = None,
    tolerance: float = 1e-9,
    seed: int = 0,
    progress: Progress | None = None,
    dense_up_to: int = 1600,
) -> Spectrum:
    """Return the top `d` eigenpairs of the target by algebraic value, and the two smallest.

    Block Lanczos with full re-orthogonalisation in float64 (*ours*): the Krylov space grows by a block at a time
    until every wanted pair has a residual below `tolerance` times the largest |lambda|. The target's products must
    be in float64. With d near V the space becomes all of R^V and the answer that of a dense solver; up to `dense_up_to`
    words a dense solver is asked at once, since it is faster.
    """
    size = target.size
    if not 1 <= d <= size:
        raise ValueError(f"d must be within 1..{size}, not {d}")
    progress = progress or Silent()
    progress.stage("decomposing", float(d + 1))
    if size <= dense_up_to:
        return _dense(target, d, device)
    generator = torch.Generator().manual_seed(seed)
    start = torch.randn(size, min(_BLOCK, size), generator=generator, dtype=torch.float64)
    # the most negative eigenvector is nearly constant
    start[:, 0] = 1.0
    block = torch.linalg.qr(start.to(device or "cpu"))[0]
    basis = block
    # H is Q^T M* Q over the basis so far; M* Q itself is kept for the residuals' sake in `image`
    image = target.matmul(block)
    H = basis.T @ image
    next_check, settled = 2.0 * d, 0.0
    while True:
        exhausted = basis.shape[1] == size
        if exhausted or basis.shape[1] > next_check:
            next_check = _CHECK_GROWTH * basis.shape[1]
            values, coefficients = torch.linalg.eigh((H + H.T) / 2)
            wanted = torch.cat([coefficients[:, -d:].flip(1), coefficients[:, :2]], dim=1)
            lambdas = torch.cat([values[-d:].flip(0), values[:2]])
            vectors = basis @ wanted
            residuals = (image @ wanted - vectors * lambdas).norm(dim=0) / values.abs().max()
            worst = float(residuals.max())
            settled = float((residuals < tolerance).sum())
            progress.advance(settled)
            if worst < tolerance or exhausted:
                return _spectrum(lambdas, _fix_signs(vectors), d, worst)
        else:
            progress.advance(settled)
        fresh = image[:, -block.shape[1] :]
        for _ in range(2):
            fresh = fresh - basis @ (basis.T @ fresh)
        block = torch.linalg.qr(fresh)[0][:, : size - basis.shape[1]]
        # QR fills directions lost to rank deficiency with arbitrary ones: put them outside the basis again
        block = torch.linalg.qr(block - basis @ (basis.T @ block))[0]
        new_image = target.matmul(block)
        cross = basis.T @ new_image
        H = torch.cat([torch.cat([H, cross], 1), torch.cat([cross.T, block.T @ new_image], 1)], 0)
        basis = torch.cat([basis, block], 1)
        image = torch.cat([image, new_image], 1)
