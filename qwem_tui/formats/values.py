"""Values as JSON and CSV hold them: what is not known is null, or an empty cell."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence


def number(value: float | None) -> float | None:
    """Return a float for JSON; None for None and NaN."""
    return None if value is None or math.isnan(value) else float(value)


def listed(values: Sequence[float | None] | None) -> list[float | None] | None:
    """Return an interval as a list, its ends as they are; None for None."""
    return None if values is None else list(values)


def estimated(values: tuple[float, float, float] | None) -> dict[str, float] | None:
    """Return an estimate between its ends by name: low, estimate, high; None for None."""
    return None if values is None else dict(zip(("low", "estimate", "high"), values, strict=True))


def csv_cells(values: Iterable[object]) -> list[object]:
    """Return the cells of a row; None and NaN are empty."""
    return ["" if value is None or (isinstance(value, float) and math.isnan(value)) else value for value in values]
