"""The modes of a run, one by one, in words and figures: pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qwem_tui.tui.rendering.view import View

_HEADER = (" k", "lambda_k", "tau_k", "/tau_1", "forecast", "learned", "s_k now", "of its end")


@dataclass(frozen=True)
class ModeRow:
    """Mode `k`, counted from 1: its `eigenvalue` lambda_k, and what is forecast and measured of it.

    `tau` is the time tau_k of its half-way (Lemma 3.1), `forecast` the step at which it is forecast to be learned
    (s_k^2 at half of lambda_k) at the step sizes in use, whether or not a limit ends the run before; None where it is
    not forecast at all; `learned` the first step at
    which that was measured, None: not yet. `singular_value` is the latest, and would come to sqrt(lambda_k).
    """

    k: int
    eigenvalue: float
    tau: float
    forecast: int | None
    learned: int | None
    singular_value: float | None

    @property
    def share(self) -> float | None:
        """Return the latest singular value in units of sqrt(lambda_k)."""
        return None if self.singular_value is None else self.singular_value / float(np.sqrt(self.eigenvalue))


def mode_rows(view: View) -> tuple[ModeRow, ...]:
    """Return a row for each mode of the run in front; none where modes are not defined for its trainer."""
    study, measured = view.study, view.columns.singular_values
    if not study.trajectory.is_forecast:
        return ()
    rows = []
    for k in range(study.dim):
        half = float(np.sqrt(0.5 * float(study.spectrum.eigenvalues[k])))
        halfway = np.flatnonzero(study.trajectory.modes[:, k] >= half)
        seen = np.flatnonzero(measured[:, k] >= half)
        rows.append(
            ModeRow(
                k=k + 1,
                eigenvalue=float(study.spectrum.eigenvalues[k]),
                tau=float(study.trajectory.tau[k]),
                forecast=view.timeline.step_at(int(halfway[0]) * study.step_size) if len(halfway) else None,
                learned=int(view.columns.steps[seen[0]]) if len(seen) else None,
                singular_value=float(measured[-1, k]) if len(measured) else None,
            )
        )
    return tuple(rows)


def _step(step: int | None) -> str:
    return "-" if step is None else f"{step:,}"


def mode_lines(rows: Sequence[ModeRow]) -> tuple[str, ...]:
    """Return the rows as lines of a table with a heading, 72 columns wide."""
    lines = ["{:>3} {:>9} {:>9} {:>7} {:>10} {:>9} {:>9} {:>10}".format(*_HEADER)]
    for row in rows:
        now = "-" if row.singular_value is None else f"{row.singular_value:.3g}"
        share = "-" if row.share is None else f"{row.share:.1%}"
        lines.append(
            f"{row.k:>3} {row.eigenvalue:>9.4g} {row.tau:>9.3g} {row.tau / rows[0].tau:>7.3f} "
            f"{_step(row.forecast):>10} {_step(row.learned):>9} {now:>9} {share:>10}"
        )
    return tuple(lines)
