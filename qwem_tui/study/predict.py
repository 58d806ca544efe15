"""What a model of any size will be able to do: the closed form alone, nothing trained."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import pairwise
from typing import BinaryIO

import numpy as np
import torch
from numpy.typing import NDArray

from qwem_tui.analogies.protocols import Analogies, attempt
from qwem_tui.analogies.scoring import Scorer
from qwem_tui.base.device import one_thread
from qwem_tui.base.errors import Cancelled, Named, QwemError, SettingError, UsageError
from qwem_tui.base.progress import Progress
from qwem_tui.corpus.vocabulary import Corpus, restricted
from qwem_tui.study.closed_form import Text, build_target, covered, read_text
from qwem_tui.study.config import StudyConfig, check_sizes
from qwem_tui.study.explain import Explanation, category_number, check_explainable, explain
from qwem_tui.study.study import DEFAULT_DIM, PreparedRun, positive_pairs, prepare_run, run_size
from qwem_tui.theory.critical_size import (
    DRAWS,
    FRACTION,
    OVERALL,
    CriticalSize,
    chance,
    critical_sizes,
    outcomes_by_size,
    overall_critical_size,
    size_grid,
)
from qwem_tui.theory.dynamics import DEFAULT_STEP_FRACTION
from qwem_tui.theory.spectrum import Spectrum, top_eigenpairs
from qwem_tui.theory.target import DenseTarget, TargetName
from qwem_tui.theory.trajectory import Crossing, beyond

LARGEST_DIM = 200
_BYTES_PER_PARAMETER = 4
_NO_RUN = "no run is forecast for this target"


@dataclass(frozen=True)
class PredictConfig:
    """What is asked. `dims` None: the default grid up to `largest_dim`, or to the last positive eigenvalue.

    `study` says how the corpus is read and which run the predicted steps belong to; `explain` names a category.
    Making one raises SettingError where a setting makes no sense on any corpus.
    """

    study: StudyConfig
    target: TargetName = "mstar"
    dims: tuple[int, ...] | None = None
    largest_dim: int = LARGEST_DIM
    fraction: float = FRACTION
    draws: int = DRAWS
    halves: bool = False
    explain: str | None = None

    def __post_init__(self) -> None:
        """Raise SettingError where a setting makes no sense on any corpus."""
        check_sizes(self.largest_dim, self.fraction, self.draws)
        if self.target != "mstar":
            given = {
                "dim": self.study.dim is not None,
                "sigma": self.study.sigma != StudyConfig.sigma,
                "step_size": self.study.step_fraction not in (None, DEFAULT_STEP_FRACTION),
            }
            setting = next((setting for setting, is_given in given.items() if is_given), None)
            if setting is not None:
                problem = f"is that of the run whose steps are forecast, and {_NO_RUN}"
                raise SettingError(setting, "", ("leave it out, or use ", Named("target"), " mstar."), problem)
        dims = self.dims
        if dims is not None and not (dims and dims[0] >= 1 and all(a < b for a, b in pairwise(dims))):
            needed = "give sizes of 1 or more, ascending, such as 8,16,32."
            raise SettingError("dims", ",".join(map(str, dims)), needed)


@dataclass(frozen=True)
class Ability:
    """A category, or all together: its critical size, and where the run forecast first crosses.

    `t` is the time of that crossing (of gradient descent), None where the run does not get there. `halves` holds the
    critical size on each half of the documents, where asked for.
    """

    size: CriticalSize
    crossing: Crossing
    t: float | None
    halves: tuple[CriticalSize, ...] = ()


@dataclass(frozen=True)
class Prediction:
    """The answer. `dims` (n_dims,) is the grid of the accuracies in `abilities` (in the file's order) and `overall`.

    `eigenvalues` (n,) are the largest, descending; `residual` is the worst of the eigenpairs, in units of the largest
    |lambda|; `loss_floor` (n_dims,) the least normalised loss of each size. `dim` and `step_size` are those of the run
    forecast, `expected_steps` is its length; None where none is. `missing` are each category's
    words that the corpus lacks. `half_tokens` are the kept tokens of each half.
    """

    config: PredictConfig
    documents: int
    tokens: int
    tokens_in_vocab: int
    vocab_size: int
    frobenius_sq: float
    pairs_seen: int
    eigenvalues: NDArray[np.float64]
    lambda_min: float
    residual: float
    loss_floor: NDArray[np.float64]
    dims: tuple[int, ...]
    dim: int | None
    step_size: float | None
    expected_steps: int | None
    abilities: tuple[Ability, ...]
    overall: Ability
    missing: tuple[tuple[str, ...], ...]
    half_tokens: tuple[int, ...]
    warnings: tuple[str, ...]
    explanation: Explanation | None

    def parameters(self, ability: Ability) -> int | None:
        """Return V times the critical size, or None where there is none."""
        critical = ability.size.critical_size
        return None if critical is None else self.vocab_size * critical

    def bytes(self, ability: Ability) -> int | None:
        """Return the size of the embeddings at the critical size in bytes at float32, or None where there is none."""
        parameters = self.parameters(ability)
        return None if parameters is None else _BYTES_PER_PARAMETER * parameters


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


def _sizes(
    config: PredictConfig, spectrum: Spectrum, dims: tuple[int, ...], analogies: Analogies, progress: Progress
) -> tuple[CriticalSize, ...]:
    """Return the critical size of each category, and last that of all together."""
    progress.stage("asking the questions at every size", float(len(dims)))
    scorer = Scorer(analogies.questions, spectrum.vectors.device)
    largest = spectrum.truncated(dims[-1])
    with one_thread():
        outcomes = outcomes_by_size(largest.eigenvalues, largest.vectors, scorer, dims, progress)
    progress.stage("resampling word pairs")
    settings = (config.fraction, config.draws, config.study.seed, chance(len(spectrum.vectors)))
    by_category = critical_sizes(outcomes, dims, analogies, *settings)
    return *by_category, overall_critical_size(outcomes, dims, analogies, *settings)


def _sizes_and_run(
    config: PredictConfig,
    spectrum: Spectrum,
    dims: tuple[int, ...],
    dim: int | None,
    frobenius_sq: float,
    analogies: Analogies,
    progress: Progress,
) -> tuple[tuple[CriticalSize, ...], PreparedRun | None, str]:
    """Return the sizes as `_sizes`, the run of size `dim`, and why there is none where there is none.

    Both take one thread each, and neither needs the other: where torch may use two cores they are worked out at once.
    """
    if dim is None:
        return _sizes(config, spectrum, dims, analogies, progress), None, _NO_RUN
    if not _at_once(spectrum):
        run, no_run = _run(config, spectrum, dim, frobenius_sq, analogies, progress)
        return _sizes(config, spectrum, dims, analogies, progress), run, no_run
    left = _Ended()
    # the other thread ends first: it too sets the number of threads again, which holds for all threads to come
    with one_thread(), ThreadPoolExecutor(1, "sizes") as apart:
        try:
            others = apart.submit(_sizes, config, spectrum, dims, analogies, left)
            run, no_run = _run(config, spectrum, dim, frobenius_sq, analogies, progress)
            progress.stage("asking the questions at every size", float(len(dims)))
            progress.advance(left.done)
            while wait([others], timeout=0.1).not_done:
                progress.advance(left.done)
            return others.result(), run, no_run
        finally:
            left.ended = True


def _at_once(spectrum: Spectrum) -> bool:
    return spectrum.vectors.device.type == "cpu" and torch.get_num_threads() > 1


def _run(
    config: PredictConfig,
    spectrum: Spectrum,
    dim: int,
    frobenius_sq: float,
    analogies: Analogies,
    progress: Progress,
) -> tuple[PreparedRun | None, str]:
    try:
        return (
            prepare_run(config.study, spectrum, dim, frobenius_sq, analogies, progress, config.fraction, config.draws),
            "",
        )
    except UsageError as error:
        # sizes do not depend on the run: they are worth having without it
        return None, str(error).rstrip(".")


class _Ended:
    """Progress of work in another thread: remembers how far it is, and ends it once nobody waits for it."""

    def __init__(self) -> None:
        self.ended = False
        self.done = 0.0

    def stage(self, name: str, total: float | None = None) -> None:
        """Raise Cancelled where nobody waits any more."""
        if self.ended:
            raise Cancelled

    def advance(self, done: float) -> None:
        """Remember `done`; raises Cancelled where nobody waits any more."""
        self.done = done
        self.stage("")


def _half_sizes(
    config: PredictConfig, text: Text, dims: tuple[int, ...], device: torch.device, progress: Progress
) -> tuple[tuple[int, ...], tuple[tuple[CriticalSize, ...], ...]]:
    """Return the kept tokens of each half of the documents, and each half's critical sizes, all together last.

    Documents are dealt out by chance, and the words are those of the whole that occur twice in the half.
    """
    partition = np.random.default_rng(config.study.seed).permutation(text.corpus.documents) % 2
    tokens, sizes = [], []
    for half in (0, 1):
        analogies = attempt(text.categories, {}, config.study.protocol)
        tokens.append(0)
        try:
            part = restricted(text.corpus, partition == half)
            analogies = attempt(text.categories, part.vocabulary.index, config.study.protocol)
            tokens[half] = part.tokens_in_vocab
            target = _target(config, part, dims[-1], device, progress)
            spectrum = _spectrum(target, dims[-1], device, progress)
            positive = positive_pairs(spectrum, target.dtype)
        except QwemError as error:
            sizes.append(_unknown(analogies, f"this half tells nothing: {error}"))
            continue
        del target
        own_dims = tuple(d for d in dims if d <= positive)
        if own_dims:
            sizes.append(_sizes(config, spectrum, own_dims, analogies, progress))
        else:
            sizes.append(_unknown(analogies, f"this half tells nothing: it allows sizes up to {positive} only"))
    return tuple(tokens), tuple(sizes)


def _unknown(analogies: Analogies, reason: str) -> tuple[CriticalSize, ...]:
    """Return for each category, and last for all together, that nothing is known, and why."""
    named = [*zip(analogies.names, analogies.attempted, analogies.total, strict=True)]
    named.append((OVERALL, analogies.attempted.sum(), analogies.total.sum()))
    return tuple(
        CriticalSize(name, int(attempted), int(total), np.empty(0), np.nan, 0, None, None, None, reason)
        for name, attempted, total in named
    )


def _target(config: PredictConfig, corpus: Corpus, pairs: int, device: torch.device, progress: Progress) -> DenseTarget:
    study = config.study
    settings = (config.target, study.negative_weight)
    return build_target(corpus, study.window, pairs, device, progress, *settings, shape=study.window_shape)


def _spectrum(target: DenseTarget, pairs: int, device: torch.device, progress: Progress) -> Spectrum:
    return top_eigenpairs(target, min(pairs, target.size), device, progress=progress)


def _abilities(
    sizes: tuple[CriticalSize, ...],
    halves: tuple[tuple[CriticalSize, ...], ...],
    run: PreparedRun | None,
    no_run: str,
) -> tuple[Ability, ...]:
    """Return an ability for each of `sizes`, in which all together stand last, as in each of `halves`.

    `no_run` says why there is no `run`, where there is none.
    """
    if run is None:
        crossings = tuple(Crossing(None, None, no_run) for _ in sizes)
    else:
        crossings = (*run.trajectory.crossings, run.trajectory.overall_crossing)
    return tuple(
        Ability(
            size,
            crossing,
            None if crossing.step is None or run is None else crossing.step * run.step_size,
            tuple(half[number] for half in halves),
        )
        for number, (size, crossing) in enumerate(zip(sizes, crossings, strict=True))
    )


def predict(
    config: PredictConfig, device: torch.device, progress: Progress, stdin: BinaryIO | None = None
) -> Prediction:
    """Return what models of each size will be able to do on a corpus, and when a run will reach it.

    Raises QwemError or UsageError with one sentence for the user; whatever `progress` raises goes through.
    """
    study = config.study
    text = read_text(study.sources, study.tokenizer, study.vocab_size, study.analogies, progress, stdin)
    corpus = text.corpus
    if config.halves and corpus.documents < 2:
        problem = "needs two documents or more, and this corpus is one"
        raise SettingError("halves", "", "each line of a file is one.", problem)
    analogies, uncovered = covered(text, study.protocol, study.analogies)
    if config.explain is not None:
        check_explainable(analogies, config.explain, len(corpus.vocabulary) >= study.vocab_size)
    pairs = config.dims[-1] if config.dims else config.largest_dim
    if config.target == "mstar":
        pairs = max(pairs, beyond(study.dim or DEFAULT_DIM))
    target = _target(config, corpus, pairs, device, progress)
    spectrum = _spectrum(target, pairs, device, progress)
    dims = _grid(config, spectrum, target)
    dim = run_size(study.dim, spectrum, target) if config.target == "mstar" else None
    frobenius_sq, pairs_seen = target.frobenius_sq, target.pairs_seen
    del target
    sizes, run, no_run = _sizes_and_run(config, spectrum, dims, dim, frobenius_sq, analogies, progress)
    half_tokens, halves = _half_sizes(config, text, dims, device, progress) if config.halves else ((), ())
    *by_category, overall = _abilities(sizes, halves, run, no_run)
    explanation = None
    if config.explain is not None:
        number = category_number(analogies, config.explain)
        largest, words = spectrum.truncated(dims[-1]), corpus.vocabulary.words
        explanation = explain(largest, analogies, words, number, dims, sizes[number], progress, study.seed)
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
        abilities=tuple(by_category),
        overall=overall,
        missing=analogies.missing,
        half_tokens=half_tokens,
        warnings=tuple(
            warning
            for warning in (uncovered, *text.notes, f"No step is forecast: {no_run}." if dim and run is None else None)
            if warning
        ),
        explanation=explanation,
    )
