"""The modes of a run, one by one, in words and figures: pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rich.cells import cell_len
from rich.text import Text

from qwem_tui.base.ascii import to_ascii
from qwem_tui.base.printable import printable
from qwem_tui.study.study import Forecast
from qwem_tui.tui.charts.canvas import crop
from qwem_tui.tui.rendering.view import View


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
    now = view.reading.singular_values if view.reading is not None else measured[-1] if len(measured) else None
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
                singular_value=None if now is None else float(now[k]),
            )
        )
    return tuple(rows)


@dataclass(frozen=True)
class ModeEnds:
    """The words at the two ends of a mode: those of its eigenvector's largest entries and of its most negative ones.

    The most extreme come first; printable. Which end is which sign is by chance.
    """

    positive: tuple[str, ...]
    negative: tuple[str, ...]


def mode_ends(study: Forecast, count: int = 3) -> tuple[ModeEnds, ...]:
    """Return the ends of each mode, at most `count` words each."""
    vectors, words = study.spectrum.vectors.cpu(), study.vocabulary.words
    count = min(count, len(words))
    largest, smallest = (vectors.topk(count, dim=0, largest=which).indices.T.tolist() for which in (True, False))
    return tuple(
        ModeEnds(*(tuple(printable(words[row]) for row in rows) for rows in ends))
        for ends in zip(largest, smallest, strict=True)
    )


def _step(step: int | None) -> str:
    return "-" if step is None else f"{step:,}"


def _ends_text(ends: ModeEnds, cells: int, ascii: bool) -> str:
    """Return as many words of both ends as fit into `cells` cells, those of one end cut where not even one does."""
    text = ""
    for count in range(len(ends.positive), 0, -1):
        text = f"{' '.join(ends.positive[:count])} | {' '.join(ends.negative[:count])}"
        text = to_ascii(text) if ascii else text
        if cell_len(text) <= cells:
            return text
    half = max(1, (cells - 3) // 2)
    return " | ".join(crop(side, half, "~" if ascii else "…") for side in text.split(" | "))


@dataclass(frozen=True)
class Column:
    """A column of the table of modes: its `key`, its heading, and how many cells it takes."""

    key: str
    label: str
    width: int


_K = Column("k", "k", 3)
_FIGURES: tuple[Column, ...] = (
    Column("eigenvalue", "lambda_k", 8),
    Column("tau", "tau_k", 8),
    Column("ratio", "/tau_1", 6),
    Column("forecast", "forecast", 8),
    Column("learned", "learned", 8),
    Column("now", "s_k now", 8),
    Column("share", "of end", 7),
)
#: What a narrow terminal does without, and how many cells words need at least.
_LESS, _LEAST_WORDS = ("tau", "ratio", "now"), 30


def mode_columns(width: int, gap: int) -> tuple[Column, ...]:
    """Return the columns for a table of `width` cells, in which each takes `gap` cells more than its own."""
    figures = _FIGURES
    if _room(figures, width, gap) < _LEAST_WORDS:
        figures = tuple(column for column in figures if column.key not in _LESS)
    return (_K, *figures, Column("ends", "words at its two ends", max(8, _room(figures, width, gap))))


def _room(figures: Sequence[Column], width: int, gap: int) -> int:
    return width - sum(column.width + gap for column in (_K, *figures)) - gap


def mode_cells(row: ModeRow, first: ModeRow, ends: ModeEnds, columns: Sequence[Column], ascii: bool) -> list[Text]:
    """Return the cells of a row, `first` being that of mode 1; they are no markup."""
    texts = {
        "k": str(row.k),
        "eigenvalue": f"{row.eigenvalue:.4g}",
        "tau": f"{row.tau:.3g}",
        "ratio": f"{row.tau / first.tau:.3f}",
        "forecast": _step(row.forecast),
        "learned": _step(row.learned),
        "now": "-" if row.singular_value is None else f"{row.singular_value:.3g}",
        "share": "-" if row.share is None else f"{row.share:.1%}",
    }
    return [
        Text(_ends_text(ends, column.width, ascii))
        if column.key == "ends"
        else Text(texts[column.key], justify="right")
        for column in columns
    ]
