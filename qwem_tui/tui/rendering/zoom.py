"""Which part of the time axis is shown: pure functions."""

from __future__ import annotations

from qwem_tui.tui.charts import Axis

Span = tuple[float, float]
#: The least part of the axis that can be shown, and by which part of what is shown it moves.
LEAST, PANNED = 1 / 256, 0.25


def zoomed(whole: Axis, span: Span | None, x: float, factor: float) -> Span | None:
    """Return the part of the axis `whole` that is `factor` times as long as `span`, `x` being where it was in it.

    None stands for the whole axis. An `x` outside of `span` comes into its middle.
    """
    low, high = (0.0, 1.0) if span is None else (whole.share_of(span[0]), whole.share_of(span[1]))
    at = whole.share_of(x)
    place = (at - low) / (high - low) if low <= at <= high else 0.5
    length = max(LEAST, (high - low) * factor)
    return _inside(whole, at - place * length, length)


def panned(whole: Axis, span: Span | None, by: float) -> Span | None:
    """Return `span` moved by so many times its length, as far as the axis `whole` reaches."""
    if span is None:
        return None
    low, high = whole.share_of(span[0]), whole.share_of(span[1])
    return _inside(whole, low + by * (high - low), high - low)


def _inside(whole: Axis, low: float, length: float) -> Span | None:
    if length >= 1 - 1e-9:
        return None
    low = min(max(low, 0.0), 1.0 - length)
    return whole.value_at(low), whole.value_at(low + length)
