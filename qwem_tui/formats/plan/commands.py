"""The command that carries out a stage of a plan."""

from __future__ import annotations

import shlex
from dataclasses import fields

from qwem_tui.base.printable import inert
from qwem_tui.corpus.documents import STDIN
from qwem_tui.study.plan.planner import Plan
from qwem_tui.study.plan.stages import Stage
from qwem_tui.study.study import StudyConfig
from qwem_tui.theory.dynamics import DEFAULT_STEP_FRACTION

_DEFAULTS = {field.name: field.default for field in fields(StudyConfig)}
#: Settings of a plan that are repeated where they are not as by default.
_KEPT = (
    "vocab_size", "window", "window_shape", "negative_weight", "tokenizer", "analogies", "protocol", "sigma", "seed",
)  # fmt: skip


def command(plan: Plan, stage: Stage) -> str | None:
    """Return the command line of a stage; None where the text came from stdin, which cannot be read again.

    On a part of the text it is a sweep of one cell, on documents dealt anew; on all of it a run, or, with a window
    that no run takes, a sweep too.
    """
    study = plan.config.study
    if STDIN in study.sources:
        return None
    swept = stage.level > 0 or study.window_shape != _DEFAULTS["window_shape"]
    words = ["qwem-tui", "sweep" if swept else "train", *study.sources, "--dim", f"{stage.dim}"]
    if swept:
        words += ["--over", f"text={0.5**stage.level:g}", "--train"]
    for name in _KEPT:
        value = getattr(study, name)
        if value != _DEFAULTS[name]:
            words += [f"--{name.replace('_', '-')}", f"{value}"]
    if plan.config.trained_by == "sgd":
        words += ["--trainer", "sgd"]
    elif study.step_fraction not in (None, DEFAULT_STEP_FRACTION):
        words += ["--step-size", f"{study.step_fraction}"]
    return inert(shlex.join(words))
