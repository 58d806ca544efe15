"""What is known of a run before its first step, and how one that is resumed gets to where it was."""

from __future__ import annotations

from dataclasses import replace
from typing import BinaryIO

from qwem_tui.base.device import choose_device
from qwem_tui.base.errors import QwemError
from qwem_tui.base.progress import Progress
from qwem_tui.engine.history import History
from qwem_tui.engine.run_config import RunConfig
from qwem_tui.engine.run_folder.reader import ResumePoint
from qwem_tui.engine.trainers import set_up
from qwem_tui.study.study import Study, gather
from qwem_tui.training.trainer import Trainer
from qwem_tui.training.word2vec import default_steps


def prepared(config: RunConfig, known: Study | None, progress: Progress, stdin: BinaryIO | None) -> Study:
    """Return the study of the run of `config`, as far as possible by what is `known` of another on the same corpus.

    Raises QwemError or UsageError with one sentence for the user; whatever `progress` raises goes through.
    """
    asked = config.study
    if known is None:
        return set_up(gather(asked, choose_device(config.device), progress, stdin), asked, progress)
    filled = asked
    if asked.trainer == "word2vec":
        # without a number of steps it takes as many as the corpus asks for
        filled = replace(asked, steps=asked.steps or default_steps(known.statistics.corpus, asked.window))
    if filled in (known.config, replace(known.config, dim=known.dim)):
        return known
    return set_up(known.statistics, asked, progress)


def resume_at(point: ResumePoint, study: Study, trainer: Trainer, history: History) -> None:
    """Put `trainer` and `history` where the run was at `point`; raises QwemError where they are of another run."""
    if point.digest != study.digest:
        raise QwemError("The corpus is not what it was when this run began: it cannot be resumed; begin a new run.")
    try:
        trainer.load_state_dict(point.checkpoint.state)
    except ValueError as error:
        raise QwemError(f"The checkpoint does not fit this run: {error}") from error
    for frame in point.frames:
        history.add(frame)
