"""What two runs are called beside each other: pure functions."""

from __future__ import annotations

from qwem_tui.study.study import Forecast

#: What the app calls settings whose names are no words for a reader.
_LABELS = {"out": "folder", "step_fraction": "step size"}


def label(setting: str) -> str:
    """Return what the app calls a setting, such as `step size` for `step_size`."""
    return _LABELS.get(setting, setting.replace("_", " "))


def _parts(study: Forecast) -> tuple[str, ...]:
    """Return the settings by which runs are distinguished, the most important first."""
    config = study.config
    return (
        config.trainer,
        f"d = {study.dim}",
        f"sigma {config.sigma:g}",
        f"step size {step_fraction(study):.3g}",
        f"seed {config.seed}",
        study.precision,
        "no limit" if config.steps is None else f"{config.steps:,} steps",
    )


def step_fraction(study: Forecast) -> float:
    """Return the step size that a run begins with, in units of the stability limit."""
    return study.step_size / study.step_limit


def distinguishing_names(latest: Forecast, before: Forecast) -> tuple[str, str]:
    """Return short names for a run and the one before it: their trainers, or else the first setting that differs."""
    pairs = zip(_parts(latest), _parts(before), strict=True)
    return next(((mine, theirs) for mine, theirs in pairs if mine != theirs), ("this run", "the run before"))


def described(study: Forecast, step_size: float | None) -> str:
    """Return a run's settings in words, what distinguishes it first; `step_size` is that in use, if known."""
    first = step_fraction(study)
    now = first if step_size is None else step_size / study.step_limit
    was = "" if abs(now - first) <= 1e-9 * first else f" (at first {first:.3g})"
    counted = f"{study.tokens:,} words in {study.documents:,} documents"
    size = f"{now:.3g} of the limit{was}"
    return (
        f"{study.config.trainer}, d = {study.dim}, sigma {study.config.sigma:g}, step size {size}, seed "
        f"{study.config.seed}, V = {len(study.vocabulary):,}, {counted}, window {study.config.window}, "
        f"{study.precision}"
    )
