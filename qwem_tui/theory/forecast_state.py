"""The embeddings that gradient descent will hold at any step, nothing trained (*ours*; docs/theory.md, section 9)."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np
import torch
from numpy.typing import NDArray

from qwem_tui.base.progress import Progress, Silent
from qwem_tui.theory.dynamics import ReducedRun
from qwem_tui.theory.spectrum import Spectrum
from qwem_tui.theory.target import TargetOperator

#: So often the target is applied to the noise of the start: neighbours agree with training to 99.8% at every step then
#: (98% with 6).
POWERS = 10
#: Directions shorter than this, relative to what they were before the basis was taken out, are rounding alone.
_ROUNDING = 1e-12
_DEPENDENT = 1e-6
#: The states kept on the way take so many bytes at most, or are so many where each is large.
_KEPT_BYTES, _FEWEST_KEPT = 1 << 26, 16
_FIRST_STRIDE = 16
_NEVER = (math.inf, 0.0)

#: Changes of the step size: from such a step on t grows by so much in a step.
Changes = Sequence[tuple[int, float]]


@dataclass(frozen=True)
class StateForecast:
    """What gradient descent from W(0) holds at any step.

    `basis` (V, r) is orthonormal, in the precision of training; the target M that steps iterate, projected on it, is
    diagonal with the `eigenvalues` (r,). `start` (r, d) is W(0) in it, `step_size` is eta. W(n) is `basis` Z(n) with Z
    by `ReducedRun`.
    """

    basis: torch.Tensor
    eigenvalues: NDArray[np.float64]
    start: NDArray[np.float64]
    step_size: float

    def run(self) -> ReducedRun:
        """Return the reduced run where it begins."""
        return ReducedRun(self.start, self.eigenvalues, self.step_size, 0)

    def embeddings(self, run: ReducedRun) -> torch.Tensor:
        """Return W (V, d) where `run`, which began as `run()` does, stands."""
        return self.basis @ torch.from_numpy(run.Z).to(self.basis)

    def at(self, step: int) -> torch.Tensor:
        """Return W (V, d) after `step` steps from the start; to look at several, ask `KeptStates`."""
        run = self.run()
        run.advance(step)
        return self.embeddings(run)


class KeptStates:
    """Answers for any step soon: reduced states are kept on the way, at steps that lie wider apart the longer it is.

    For any number of threads at once.
    """

    def __init__(self, forecast: StateForecast, changes: Changes = (), most_bytes: int = _KEPT_BYTES) -> None:
        """Keep nothing yet but the start of `forecast`; `changes` of its step size ascend in their steps."""
        self.changes = changes
        self._forecast = forecast
        self._most_bytes = most_bytes
        self._most = max(_FEWEST_KEPT, most_bytes // max(1, forecast.start.nbytes))
        self._stride = _FIRST_STRIDE
        self._kept = {0: forecast.run()}
        self._lock = threading.Lock()

    @property
    def steps(self) -> tuple[int, ...]:
        """Return the steps at which a state is kept, ascending."""
        with self._lock:
            return tuple(sorted(self._kept))

    def changed(self, changes: Changes) -> KeptStates:
        """Return the states of the same run with other `changes`; what is kept and is the same in both stays."""
        result = KeptStates(self._forecast, changes, self._most_bytes)
        differing = [
            min(pair)[0] for pair in zip_longest(self.changes, changes, fillvalue=_NEVER) if pair[0] != pair[1]
        ]
        with self._lock:
            result._stride = self._stride
            result._kept = {step: run for step, run in self._kept.items() if not differing or step <= differing[0]}
        return result

    def at(self, step: int, progress: Progress | None = None) -> torch.Tensor:
        """Return W (V, d) after `step` steps from the start, in the precision of training.

        `progress` is told the steps walked, and may end it by what it raises. Raises ValueError for a step below 0.
        """
        return self._forecast.embeddings(self.walk(step, progress))

    def walk(self, step: int, progress: Progress | None = None) -> ReducedRun:
        """Return the reduced run after `step` steps, the states on the way kept; see `at`."""
        if step < 0:
            raise ValueError(f"step must be 0 or more, not {step}")
        with self._lock:
            run = self._kept[max(kept for kept in self._kept if kept <= step)].copy()
        began = run.step
        while run.step < step:
            # no lock meanwhile: two threads may walk the same steps, but neither waits for the other
            ends = [step, (run.step // self._stride + 1) * self._stride]
            run.step_size = self._forecast.step_size
            for change, step_size in self.changes:
                if change > run.step:
                    ends.append(change)
                else:
                    run.step_size = step_size
            with np.errstate(over="ignore", invalid="ignore"):
                # a step size that was forced may be more than the run can stand: then this is forecast as well
                run.advance(min(ends) - run.step)
            self._keep(run)
            if progress is not None:
                progress.advance(run.step - began)
        return run

    def _keep(self, run: ReducedRun) -> None:
        with self._lock:
            if run.step % self._stride:
                return
            self._kept[run.step] = run.copy()
            if len(self._kept) > self._most:
                self._stride *= 2
                self._kept = {step: kept for step, kept in self._kept.items() if step % self._stride == 0}


def _new_directions(basis: torch.Tensor, block: torch.Tensor, least: float) -> torch.Tensor:
    """Return orthonormal rows (c', V) that span what `block` (c, V) adds to the span of the rows of `basis` (r, V).

    Directions along which it adds `least` or less are left out, so that c' is from 0 to c. By products and tiny
    eigenproblems alone: where other programs keep the cores busy, threads take 20 times as long for a QR or an SVD.
    """
    # a square loses what is below sqrt(eps) of the longest; rows of length 1 show that in the next turn, and what
    # rounding left of the basis in short ones goes then
    for shortest in (least, _DEPENDENT, _DEPENDENT):
        block = block - (block @ basis.T) @ basis
        turned = torch.linalg.eigh(block @ block.T)[1].T @ block
        lengths = turned.norm(dim=1)
        kept = lengths > shortest
        block = turned[kept] / lengths[kept, None]
    return block


def forecast_state(
    W0: torch.Tensor,
    target: TargetOperator,
    spectrum: Spectrum,
    step_size: float,
    powers: int = POWERS,
    progress: Progress | None = None,
) -> StateForecast:
    """Return what gradient descent on `target` from `W0` (V, d) by `step_size` will hold at any step (*ours*).

    `spectrum` holds the top K pairs of the target, K >= d (see `trajectory.beyond`); the precision is the target's. The
    basis is that of the K vectors V_K and of the block Krylov space of N, the part of W(0) outside their span:
    [V_K, N, M N, ..., M^`powers` N], M the deflated target that training iterates (see `training.gd`). It costs
    `powers` + 1 products of the target with (V, d) matrices. Where the space is closed before, or is all of R^V, the
    forecast is training itself but for rounding.
    """
    progress = progress or Silent()
    progress.stage("forecasting states", float(powers + 2))
    # training rounds its start
    start = W0.to(target.dtype).double()
    lambda_min, lowest = min(spectrum.lambda_min, 0.0), spectrum.vector_min
    # vectors are rows here: adding some copies whole ones
    basis = spectrum.vectors.T.contiguous()
    images = [basis * spectrum.deflated[:, None]]
    block, least = start.T, _ROUNDING * float(start.norm())
    for power in range(powers + 1):
        block = _new_directions(basis, block, least)
        if not len(block):
            break
        basis = torch.cat([basis, block])
        image = target.matmul(block.T.to(target.dtype)).double().T
        block = image.addr(block @ lowest, lowest, alpha=-lambda_min)
        images.append(block)
        least = _ROUNDING * float(block.norm())
        progress.advance(power + 1)
    projected = torch.cat(images) @ basis.T
    eigenvalues, turned = torch.linalg.eigh((projected + projected.T) / 2)
    columns = basis.T @ turned
    progress.advance(powers + 2)
    return StateForecast(
        columns.to(target.dtype), eigenvalues.cpu().numpy(), (columns.T @ start).cpu().numpy(), step_size
    )
