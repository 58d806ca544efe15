"""From what is known of a corpus to one run on it: its trainer, its step size, its forecast."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

import torch

from qwem_tui.base.progress import Progress
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.study import CorpusStatistics, Study, run_size, study_of, widened
from qwem_tui.theory.dynamics import stability_limit
from qwem_tui.training.gd import GradientDescent
from qwem_tui.training.sgd import Sampling, StochasticDescent, default_batch_size, quiet_step_size
from qwem_tui.training.trainer import Trainer
from qwem_tui.training.word2vec import DEFAULT_BATCH_SIZE, DEFAULT_STEP_FRACTION, Word2Vec, default_steps, unit_of


def set_up(statistics: CorpusStatistics, config: StudyConfig, progress: Progress) -> Study:
    """Return the study of the run that `config` describes on `statistics`.

    Raises QwemError or UsageError with one sentence for the user; whatever `progress` raises goes through.
    """
    match config.trainer:
        case "gd":
            return study_of(statistics, config, progress)
        case "sgd":
            statistics = widened(statistics, config, progress)
            return study_of(statistics, config, progress, _quiet(statistics, config))
        case "word2vec":
            return _word2vec_study(statistics, config, progress)
        case unknown:
            assert_never(unknown)


def _quiet(statistics: CorpusStatistics, config: StudyConfig) -> float | None:
    """Return the step size at which chance is a small part of every mode; None where the user has chosen one."""
    if config.step_fraction is not None:
        return None
    wide, target = statistics.wide, statistics.target
    spectrum = wide.truncated(run_size(config.dim, wide, target))
    nothing = torch.zeros(target.size, len(spectrum.eigenvalues), dtype=target.dtype, device=wide.vectors.device)
    probe = StochasticDescent(
        target,
        target.frobenius_sq,
        spectrum.lambda_min,
        spectrum.vector_min,
        nothing,
        1.0,
        statistics.corpus,
        Sampling(config.window, default_batch_size(target.size), config.seed, config.negative_weight),
    )
    eigenvalues = spectrum.eigenvalues.cpu().numpy()
    try:
        return quiet_step_size(probe, eigenvalues, stability_limit(float(eigenvalues[0]), wide.lambda_next))
    finally:
        probe.close()


def _word2vec_study(statistics: CorpusStatistics, config: StudyConfig, progress: Progress) -> Study:
    """Return a study with the thresholds of the closed form, so that trainers can be compared, and nothing forecast."""
    study = study_of(statistics, replace(config, step_fraction=None), progress)
    unit = unit_of(statistics.corpus, config.window, config.seed)
    fraction = DEFAULT_STEP_FRACTION if config.step_fraction is None else config.step_fraction
    return replace(
        study,
        config=replace(config, steps=config.steps or default_steps(statistics.corpus, config.window)),
        step_size=fraction * unit.step_size,
        step_limit=unit.step_size,
        # a start of independent entries has singular values of about sigma sqrt(V); a given direction of it has this
        time_unit=unit.first_time(config.sigma * study.dim**0.5),
        loss_floor=None,
        trajectory=study.trajectory.thresholds_alone(),
    )


def make_trainer(study: Study) -> Trainer:
    """Return the trainer of the run that `study` describes, at its start."""
    config, W0 = study.config, study.W0.to(study.dtype)
    corpus = study.statistics.corpus
    start = (study.target, study.frobenius_sq, study.spectrum.lambda_min, study.spectrum.vector_min, W0)
    match config.trainer:
        case "gd":
            return GradientDescent(*start, study.step_size)
        case "sgd":
            batch = default_batch_size(study.target.size)
            sampling = Sampling(config.window, batch, config.seed, config.negative_weight)
            return StochasticDescent(*start, study.step_size, corpus, sampling)
        case "word2vec":
            batch = DEFAULT_BATCH_SIZE
            return Word2Vec(W0, study.step_size, corpus, config.window, batch, config.seed, steps=config.steps)
        case unknown:
            assert_never(unknown)
