"""How a run ended, in a few words: pure functions."""

from __future__ import annotations

from qwem_tui.tui.rendering.view import Run


def outcome(run: Run, note: str) -> str:
    """Return a run's accuracy over all questions and its steps; `note` says why it is done, or is empty."""
    columns = run.columns
    why = f" ({note})" if note else ""
    if not len(columns.overall):
        return f"{run.name}: step {columns.steps[-1]:,.0f}{why}"
    asked = int(run.study.analogies.attempted.sum())
    return f"{run.name}: {columns.overall[-1]:.1%} of {asked:,} questions right at step {columns.steps[-1]:,.0f}{why}"
