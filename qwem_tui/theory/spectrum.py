"""The top eigenpairs of M* by algebraic value, and its most negative one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace

import torch

from qwem_tui.base.device import one_thread, own_threads
from qwem_tui.base.progress import Progress, Silent
from qwem_tui.theory.target import TargetOperator

#: Up to this many words a dense solver is faster.
DENSE_UP_TO = 1600
_BLOCK = 32
#: Pairs settle one after another from this many blocks on, and a first look at this multiple of d shows how fast.
_FIRST_BLOCKS, _FIRST_LOOK = 8, 4
#: Until the next look the Krylov space grows by these factors at least and at most: a look costs the cube of the size.
_LEAST_GROWTH, _MOST_GROWTH = 1.03, 1.75
#: The wanted pairs at either edge are separated from at least this many others.
_LEAST_SPARE = 8
#: This many rows are worked on at once. It does not go by the number of threads, and so neither does what is found.
_PART_ON_CPU, _PART_ON_GPU = 256, 4096
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

    @property
    def deflated(self) -> torch.Tensor:
        """Return the eigenvalues (d,) of the target that training iterates (*ours*; see `training.gd`).

        They are those of M* but for the most negative pair, which training takes out: 0 there. It is among the d
        where they are all V.
        """
        if len(self.eigenvalues) < len(self.vectors):
            return self.eigenvalues
        return torch.cat([self.eigenvalues[:-1], self.eigenvalues[-1:].clamp(min=0.0)])

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


#: Does work on rows start..stop of N, all of them in parts.
_Share = Callable[[Callable[[slice], None], int], None]


@contextmanager
def _sharing(device: torch.device) -> Iterator[_Share]:
    """Share work out among as many CPU threads as torch may use, each of which computes alone.

    Threads that torch makes share every operation wait for one another in it again and again; where other programs keep
    the cores busy, products take twice as long by that and small decompositions ten times.
    """
    on_cpu = device.type == "cpu"
    threads = torch.get_num_threads() if on_cpu else 1
    # the pool ends first: none of its threads may be at work when the number of threads is set again
    with one_thread() if on_cpu else nullcontext(), own_threads(threads, "eigenpairs") as pool:

        def share(work: Callable[[slice], None], size: int) -> None:
            step = _PART_ON_CPU if on_cpu else _PART_ON_GPU
            parts = [slice(start, min(size, start + step)) for start in range(0, size, step)]
            for _ in pool.map(work, parts) if threads > 1 and len(parts) > 1 else map(work, parts):
                pass

        yield share


def _product(target: TargetOperator, X: torch.Tensor, share: _Share) -> torch.Tensor:
    """Return M* X (V, c) for X (V, c)."""
    result = torch.empty_like(X)

    def work(rows: slice) -> None:
        result[rows] = target.matmul_rows(rows, X)

    share(work, len(X))
    return result


def _dense(target: TargetOperator, d: int, device: torch.device, share: _Share) -> Spectrum:
    matrix = _product(target, torch.eye(target.size, dtype=torch.float64, device=device), share)
    values, every = torch.linalg.eigh((matrix + matrix.T) / 2)
    vectors = _fix_signs(torch.cat([every[:, -d:].flip(1), every[:, :2]], dim=1))
    lambdas = torch.cat([values[-d:].flip(0), values[:2]])
    residual = float((matrix @ vectors - vectors * lambdas).norm(dim=0).max() / values.abs().max())
    return _spectrum(lambdas, vectors, d, residual)


def _orthonormal(rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return orthonormal Q (b, V) and L (b, b) with L Q = `rows` (b, V)."""
    Q, R = torch.linalg.qr(rows.T)
    return Q.T, R.T


class _Krylov:
    """An orthonormal basis of a block Krylov space, a row a vector, and the target's projection on it.

    The target takes a block to itself, the block before it and the one after it alone, so that the projection is block
    tridiagonal; the basis would lose that to rounding were each block not made orthogonal to all before it.
    """

    def __init__(self, target: TargetOperator, start: torch.Tensor, share: _Share) -> None:
        """Begin with the orthonormal rows of `start` (b, V)."""
        self._target, self._share = target, share
        self._rows = torch.empty(16 * len(start), target.size, dtype=start.dtype, device=start.device)
        self._block = len(start)
        self._diagonal: list[torch.Tensor] = []
        self._beside: list[torch.Tensor] = []
        self.size = 0
        self._add(start)

    @property
    def basis(self) -> torch.Tensor:
        """Return the basis so far (m, V)."""
        return self._rows[: self.size]

    def _add(self, block: torch.Tensor) -> None:
        before, self.size = self.size, self.size + self._block
        if self.size > len(self._rows):
            self._rows = torch.cat([self._rows, torch.empty_like(self._rows)])
        self._rows[before : self.size] = block
        image = _product(self._target, block.T, self._share).T
        near = self._rows[max(0, before - self._block) : self.size]
        along = image @ near.T
        self._diagonal.append(along[:, -self._block :])
        # what the target takes out of the space: of its last block alone, for the others lead to it
        self._fresh, self._leaving = _orthonormal(image - along @ near)

    def _take_out(self, block: torch.Tensor) -> float:
        """Take from `block` (b, V) what lies in the space; return the greatest length taken from a row."""
        inside = torch.empty(len(block), self.size, dtype=block.dtype, device=block.device)

        def look(rows: slice) -> None:
            inside[:, rows] = block @ self.basis[rows].T

        def take(columns: slice) -> None:
            block[:, columns] -= inside @ self.basis[:, columns]

        self._share(look, self.size)
        self._share(take, block.shape[1])
        return float(inside.norm(dim=1).max())

    def grow(self) -> None:
        """Add a block: what the target makes of the last one, as far as it is new."""
        fresh, leaving = self._fresh, self._leaving
        # mostly rounding leaves traces alone; but QR fills directions lost to rank deficiency with arbitrary ones, and
        # where most of a row goes, what is left is inexact: then once more
        for _ in range(3):
            taken = self._take_out(fresh)
            if taken**2 < torch.finfo(fresh.dtype).eps:
                break
            fresh, turned = _orthonormal(fresh)
            leaving = leaving @ turned
        self._beside.append(leaving)
        self._add(fresh)

    def _projected(self) -> torch.Tensor:
        """Return the target's projection (m, m) on the basis in float64."""
        projected = torch.zeros(self.size, self.size, dtype=torch.float64, device=self._rows.device)
        for number, diagonal in enumerate(self._diagonal):
            here, after = (slice((number + n) * self._block, (number + n + 1) * self._block) for n in (0, 1))
            projected[here, here] = diagonal
            if after.stop <= self.size:
                projected[here, after], projected[after, here] = self._beside[number], self._beside[number].T
        return (projected + projected.T) / 2

    def ritz(self, d: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Return coefficients (m, c) in the basis, and residuals (d + 2,) in units of the largest |lambda|.

        Residuals are those of the bottom two and the top d pairs. Coefficients are those of c pairs, 10
        at the bottom and 2 d (d + 8 for small d) at the top, from which `vectors` separates the pairs wanted. All in
        the target's own precision, which for large m takes half the time: `vectors` makes up for it.
        """
        values, coefficients = torch.linalg.eigh(self._projected().to(self._rows.dtype))
        residuals = (self._leaving.T @ coefficients[-self._block :]).norm(dim=0) / values.abs().max()
        bottom, top = 2 + _LEAST_SPARE, d + max(d, _LEAST_SPARE)
        outer = torch.cat([coefficients[:, :bottom], coefficients[:, -top:]], dim=1)
        return outer, torch.cat([residuals[:2], residuals[-d:]])

    def vectors(self, outer: torch.Tensor, d: int) -> torch.Tensor:
        """Return vectors (V, d + 2) of the bottom two pairs and the top d, in the span of coefficients `outer` (m, c).

        Rounding in float32, which goes with the largest |lambda|, mixes vectors whose eigenvalues are close. So those
        at the edge are separated from their neighbours in float64.
        """
        basis = torch.linalg.qr(outer.double())[0]
        turned = torch.linalg.eigh(basis.T @ self._projected() @ basis)[1]
        coefficients = (basis @ torch.cat([turned[:, :2], turned[:, -d:]], dim=1)).to(self._rows.dtype)
        result = self._rows.new_empty(self._target.size, d + 2)

        def work(rows: slice) -> None:
            result[rows] = self.basis[:, rows].T @ coefficients

        self._share(work, len(result))
        return result


def _refined(target: TargetOperator, vectors: torch.Tensor, d: int, share: _Share) -> Spectrum:
    """Return the best eigenpairs inside the span of `vectors` (V, d + 2), by Rayleigh-Ritz in float64."""
    basis = torch.linalg.qr(vectors.double())[0]
    image = _product(target, basis, share)
    projected = basis.T @ image
    values, coefficients = torch.linalg.eigh((projected + projected.T) / 2)
    bottom = len(values) - d
    wanted = torch.cat([coefficients[:, bottom:].flip(1), coefficients[:, :bottom]], dim=1)
    lambdas = torch.cat([values[bottom:].flip(0), values[:bottom]])
    vectors = basis @ wanted
    residual = float((image @ wanted - vectors * lambdas).norm(dim=0).max() / values.abs().max())
    return _spectrum(lambdas, _fix_signs(vectors), d, residual)


@dataclass(frozen=True)
class _Look:
    """What is seen at a size of the Krylov space: how many pairs have settled, and the worst residual."""

    size: float
    settled: int
    worst: float


def _next_look(before: _Look, last: _Look, wanted: int, tolerance: float) -> float:
    """Return the size at which all `wanted` pairs should have settled, or a smaller one where that is far away.

    Pairs settle from the outer ones inwards, nearly at a constant rate (measured on M* of 10,000 words); where they do
    so all at once, their residuals fall exponentially.
    """
    size, grown = last.size, last.size - before.size
    sizes = [_MOST_GROWTH * size]
    if last.settled > before.settled:
        sizes.append(size + grown * (wanted - last.settled) / (last.settled - before.settled))
    if 0 < last.worst < before.worst < math.inf:
        sizes.append(size + grown * math.log(last.worst / tolerance) / math.log(before.worst / last.worst))
    return max(_LEAST_GROWTH * size, min(sizes))


def _by_krylov(
    target: TargetOperator,
    d: int,
    device: torch.device,
    tolerance: float,
    seed: int,
    progress: Progress,
    share: _Share,
) -> Spectrum | None:
    """Return what `top_eigenpairs` does; None where the Krylov space would have to be nearly all there is."""
    last = _Look(_FIRST_BLOCKS * _BLOCK, 0, math.inf)
    next_look = max(_FIRST_LOOK * d, last.size)
    if next_look + _BLOCK > target.size:
        return None
    generator = torch.Generator().manual_seed(seed)
    start = torch.randn(target.size, _BLOCK, generator=generator, dtype=torch.float64)
    # the most negative eigenvector is nearly constant
    start[:, 0] = 1.0
    krylov = _Krylov(target, torch.linalg.qr(start)[0].T.to(device, target.dtype), share)
    while next_look + _BLOCK <= target.size:
        while krylov.size <= next_look:
            progress.advance(last.settled)
            krylov.grow()
        outer, residuals = krylov.ritz(d)
        look = _Look(krylov.size, int((residuals < tolerance).sum()), float(residuals.max()))
        if look.settled == d + 2:
            progress.advance(d + 1)
            return _refined(target, krylov.vectors(outer, d), d, share)
        last, next_look = look, _next_look(last, look, d + 2, tolerance)
    return None


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
    dense solver is asked at once, since it is faster, and where the space would have to be nearly all there is.
    """
    size = target.size
    if not 1 <= d <= size:
        raise ValueError(f"d must be within 1..{size}, not {d}")
    progress = progress or Silent()
    progress.stage("decomposing", float(d + 1))
    device = device or torch.device("cpu")
    if tolerance is None:
        tolerance = _TOLERANCE[target.dtype]
    with _sharing(device) as share:
        found = None
        if size > dense_up_to:
            found = _by_krylov(target, d, device, tolerance, seed, progress, share)
        return _dense(target, d, device, share) if found is None else found
