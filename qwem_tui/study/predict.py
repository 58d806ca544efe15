"""What a model of any size will be able to do: the closed form alone, nothing trained."""

from __future__ import annotations

from typing import BinaryIO

import numpy as np
import torch

from qwem_tui.base.errors import SettingError
from qwem_tui.base.progress import Progress
from qwem_tui.study.explain import category_number, check_explainable, explain
from qwem_tui.study.halves import half_sizes, spectrum_of, target_for
from qwem_tui.study.prediction import Ability, PredictConfig, Prediction
from qwem_tui.study.sizes_and_run import sizes_and_run
from qwem_tui.study.study import DEFAULT_DIM, PreparedRun, positive_pairs, run_size
from qwem_tui.study.target_from_text import covered, read_text
from qwem_tui.theory.by_category import ByCategory
from qwem_tui.theory.critical_size import CriticalSize, size_grid
from qwem_tui.theory.reason import reason_of
from qwem_tui.theory.spectrum import Spectrum
from qwem_tui.theory.target import DenseTarget
from qwem_tui.theory.trajectory import Crossing, beyond


def _grid(config: PredictConfig, spectrum: Spectrum, target: DenseTarget) -> tuple[int, ...]:
    """Return the sizes to score; raises UsageError where the user asks for more than there are eigenpairs to use."""
    positive = positive_pairs(spectrum, target.dtype)
    if config.dims is None:
        return size_grid(min(config.largest_dim, positive))
    if config.dims[-1] > positive:
        problem = (
            f"asks for {config.dims[-1]}, and this corpus has {positive} positive eigenvalue(s) (vocabulary of "
            f"{target.size:,} words)"
        )
        raise SettingError("dims", "", f"give sizes of {positive} or less.", problem)
    return config.dims


def _abilities(
    sizes: ByCategory[CriticalSize],
    halves: tuple[ByCategory[CriticalSize], ...],
    run: PreparedRun | None,
    no_run: str,
) -> ByCategory[Ability]:
    """Return an ability for each of `sizes`; `no_run` says why there is no `run`, where there is none."""

    def ability(number: int | None) -> Ability:
        crossing = Crossing(None, None, reason_of(no_run)) if run is None else run.trajectory.all_crossings.at(number)
        t = None if crossing.step is None or run is None else crossing.step * run.step_size
        return Ability(sizes.at(number), crossing, t, tuple(half.at(number) for half in halves))

    return ByCategory(tuple(map(ability, range(len(sizes.categories)))), ability(None))


def predict(
    config: PredictConfig, device: torch.device, progress: Progress, stdin: BinaryIO | None = None
) -> Prediction:
    """Return what models of each size will be able to do on a corpus, and when a run will reach it.

    Raises QwemError or UsageError with one sentence for the user; whatever `progress` raises goes through.
    """
    study = config.study
    text = read_text(study, progress, stdin)
    corpus = text.corpus
    if config.halves and corpus.documents < 2:
        problem = "needs two documents or more, and this corpus is one"
        raise SettingError("halves", "", "each line of a file is one.", problem)
    analogies, uncovered = covered(text, study.protocol, study.analogies)
    if config.explain is not None:
        check_explainable(analogies, config.explain, len(corpus.vocabulary) >= study.vocab_size, study.words)
    pairs = config.dims[-1] if config.dims else config.largest_dim
    if config.target == "mstar":
        pairs = max(pairs, beyond(study.dim or DEFAULT_DIM))
    target = target_for(config, corpus, pairs, device, progress)
    spectrum = spectrum_of(target, pairs, device, progress)
    dims = _grid(config, spectrum, target)
    dim = run_size(study.dim, spectrum, target) if config.target == "mstar" else None
    frobenius_sq, pairs_seen = target.frobenius_sq, target.pairs_seen
    del target
    sizes, run, no_run = sizes_and_run(config, spectrum, dims, dim, frobenius_sq, analogies, progress)
    half_tokens, halves = half_sizes(config, text, dims, device, progress) if config.halves else ((), ())
    abilities = _abilities(sizes, halves, run, no_run)
    explanation = None
    if config.explain is not None:
        number = category_number(analogies, config.explain)
        largest, words = spectrum.truncated(dims[-1]), corpus.vocabulary.words
        explanation = explain(largest, analogies, words, number, dims, sizes.categories[number], progress, study.seed)
    eigenvalues = spectrum.eigenvalues.cpu().numpy()
    captured = np.cumsum(eigenvalues[: dims[-1]] ** 2)[np.asarray(dims) - 1]
    return Prediction(
        config=config,
        documents=corpus.documents,
        tokens=corpus.tokens,
        tokens_in_vocab=corpus.tokens_in_vocab,
        vocab_size=len(corpus.vocabulary),
        frobenius_sq=frobenius_sq,
        pairs_seen=pairs_seen,
        eigenvalues=eigenvalues[: max(dims[-1], dim or 0)],
        lambda_min=spectrum.lambda_min,
        residual=spectrum.residual,
        loss_floor=1.0 - captured / frobenius_sq,
        dims=dims,
        dim=dim,
        step_size=None if run is None else run.step_size,
        expected_steps=None if run is None else run.trajectory.expected_steps,
        abilities=abilities.categories,
        overall=abilities.overall,
        missing=analogies.missing,
        half_tokens=half_tokens,
        warnings=tuple(
            warning
            for warning in (uncovered, *text.notes, f"No step is forecast: {no_run}." if dim and run is None else None)
            if warning
        ),
        explanation=explanation,
        impossible=frozenset(text.impossible.words),
    )
