"""The critical sizes of each half of a corpus, by itself."""

from __future__ import annotations

import numpy as np
import torch

from qwem_tui.analogies.protocols import attempt
from qwem_tui.base.errors import QwemError
from qwem_tui.base.progress import Progress
from qwem_tui.corpus.vocabulary import Corpus, restricted
from qwem_tui.study.prediction import PredictConfig
from qwem_tui.study.sizes_and_run import critical_sizes
from qwem_tui.study.study import positive_pairs
from qwem_tui.study.target_from_text import Text, build_target
from qwem_tui.theory.by_category import ByCategory
from qwem_tui.theory.critical_size import CriticalSize, unknown_sizes
from qwem_tui.theory.reason import Reason
from qwem_tui.theory.spectrum import Spectrum, top_eigenpairs
from qwem_tui.theory.target import DenseTarget


def half_sizes(
    config: PredictConfig, text: Text, dims: tuple[int, ...], device: torch.device, progress: Progress
) -> tuple[tuple[int, ...], tuple[ByCategory[CriticalSize], ...]]:
    """Return the kept tokens of each half of the documents, and each half's critical sizes.

    Documents are partitioned at random. The words of a half are those of the whole that occur in it at least twice.
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
            target = target_for(config, part, dims[-1], device, progress)
            spectrum = spectrum_of(target, dims[-1], device, progress)
            positive = positive_pairs(spectrum, target.dtype)
        except QwemError as error:
            sizes.append(unknown_sizes(analogies, Reason("this half tells nothing", error.clause())))
            continue
        del target
        own_dims = tuple(d for d in dims if d <= positive)
        if own_dims:
            sizes.append(critical_sizes(config, spectrum, own_dims, analogies, progress))
        else:
            reason = Reason("this half tells nothing", f"it allows sizes up to {positive} only")
            sizes.append(unknown_sizes(analogies, reason))
    return tuple(tokens), tuple(sizes)


def target_for(
    config: PredictConfig, corpus: Corpus, pairs: int, device: torch.device, progress: Progress
) -> DenseTarget:
    """Return the target of `corpus` that `config` asks for; `pairs` eigenpairs of it are to be found."""
    study = config.study
    settings = (config.target, study.negative_weight)
    return build_target(corpus, study.window, pairs, device, progress, *settings, shape=study.window_shape)


def spectrum_of(target: DenseTarget, pairs: int, device: torch.device, progress: Progress) -> Spectrum:
    """Return the top `pairs` eigenpairs of `target`, or all where there are fewer."""
    return top_eigenpairs(target, min(pairs, target.size), device, progress=progress)
