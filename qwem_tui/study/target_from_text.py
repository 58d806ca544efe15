"""From text to its target matrix: the part that training and prediction share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch
from numpy.typing import NDArray

from qwem_tui.analogies.coverage import NOTHING_LOST, Impossible, impossible
from qwem_tui.analogies.files import AnalogyFile, Category, contents_sentence, read_analogy_file
from qwem_tui.analogies.protocols import Analogies, Protocol, attempt
from qwem_tui.base.errors import Named, QwemError
from qwem_tui.base.memory import available_bytes
from qwem_tui.base.names import WindowShape
from qwem_tui.base.printable import printable, shortened
from qwem_tui.base.progress import Progress
from qwem_tui.base.units import readable_bytes
from qwem_tui.corpus.cooccurrence import cooccurrence_counts, needs_wide_counts
from qwem_tui.corpus.samples.catalogue import built_in_analogies
from qwem_tui.corpus.tokenizers import word_form
from qwem_tui.corpus.vocabulary import Corpus
from qwem_tui.corpus.word_settings import TokenizerName
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.text_read import read_once
from qwem_tui.theory.spectrum import DENSE_UP_TO
from qwem_tui.theory.target import DenseTarget, TargetName, target_matrix

#: Measured peaks, in bytes for each of the V x V cells: counts and the float32 target side by side; counts in int64
#: and what summing them takes; the target in float32 and float64 side by side.
_BYTES_PER_CELL, _BYTES_PER_CELL_OF_WIDE_COUNTS, _BYTES_PER_CELL_IN_FLOAT64 = 9, 13, 13
NO_PAIRS = (
    "No two words share a document: each line of a file is one; join lines that belong together, or give a folder, in "
    "which each file is one document."
)
#: Columns of length V in float32 that the Krylov space takes: a fixed number, and more for each eigenpair wanted.
_KRYLOV_COLUMNS, _KRYLOV_COLUMNS_PER_PAIR = 2000, 24


@dataclass(frozen=True)
class Text:
    """A corpus read, with the questions to be asked of it; `notes` are sentences that the user should read.

    `impossible` are the words of the questions that no tokenizer of this run makes.
    """

    corpus: Corpus
    categories: tuple[Category, ...]
    digest: str
    notes: tuple[str, ...]
    impossible: Impossible = NOTHING_LOST


def asked_file(config: StudyConfig) -> AnalogyFile:
    """Return the analogies that a study asks, their words in the form of those of its text; raises as reading them.

    They are the user's, or else those built in for the tokenizer.
    """
    words = config.words
    path = built_in_analogies(words.tokenizer).path if config.analogies is None else Path(config.analogies)
    return read_analogy_file(path, word_form(words))


@dataclass(frozen=True)
class ReadCorpus:
    """A corpus, the SHA-256 of its documents, and sentences on what was read that the user should see."""

    corpus: Corpus
    digest: str
    notes: tuple[str, ...]


def read_corpus(config: StudyConfig, progress: Progress, stdin: BinaryIO | None) -> ReadCorpus:
    """Return the corpus of a study, read as its settings say; raises as `read_text`."""
    read = read_once(config, [config.words], progress, stdin)
    corpus = read.builders[config.words].corpus(config.vocab_size)
    return ReadCorpus(corpus, read.digest, read.notes(config, corpus.tokens))


def read_text(config: StudyConfig, progress: Progress, stdin: BinaryIO | None) -> Text:
    """Return the corpus and the analogies of a study, read as its settings say.

    Raises QwemError or UsageError with one sentence for the user.
    """
    file = asked_file(config)
    read = read_corpus(config, progress, stdin)
    never = impossible(file.categories, config.words)
    notes = (*read.notes, *asked_notes(file, never, config.tokenizer))
    return Text(read.corpus, file.categories, read.digest, notes, never)


def asked_notes(file: AnalogyFile, never: Impossible, tokenizer: TokenizerName) -> Iterator[str]:
    """Yield what the reader of `file` should know: what was found in it, and what of it can `never` be asked."""
    if not file.usual:
        yield contents_sentence(file)
    if never.questions:
        yield _lost(never, tokenizer, file.name)


def _lost(never: Impossible, tokenizer: str, name: str) -> str:
    """Return which questions of the file `name` are lost, whatever the vocabulary, and what to do."""
    count = len(never.words)
    return (
        f"{never.questions:,} of the {never.total:,} questions in {name} can never be asked: the tokenizer {tokenizer} "
        f"makes no word such as {shortened(never.words[0])} ({count:,} word{'' if count == 1 else 's'}); write each as "
        f"one word of the text{', or use --tokenizer whitespace' if tokenizer == 'letters' else ''}."
    )


def covered(text: Text, protocol: Protocol, analogies_file: str | None) -> tuple[Analogies, str | None]:
    """Return the analogies that the vocabulary covers, and a warning where it covers none of the built-in ones.

    Raises QwemError where it covers none of a file that the user gave.
    """
    vocabulary = text.corpus.vocabulary
    analogies = attempt(text.categories, vocabulary.index, protocol)
    if len(analogies.questions):
        return analogies, None
    total = int(analogies.total.sum())
    never = text.impossible
    if analogies_file is not None and never.questions == never.total > 0:
        raise QwemError(
            f"None of the {total:,} questions in {printable(analogies_file)} can be asked: the tokenizer makes no word "
            f"such as {shortened(never.words[0])}; write each as one word of the text, or choose another ",
            Named("tokenizer"),
            ".",
        )
    if analogies_file is not None:
        raise QwemError(
            f"The vocabulary of {len(vocabulary):,} words covers none of the {total:,} questions in "
            f"{printable(analogies_file)}: raise ",
            Named("vocab_size"),
            ", give more text, or an analogy file in the text's language.",
        )
    return analogies, (
        f"No analogy can be asked: this text covers none of the {total:,} built-in questions; "
        "give an analogy file in its language, or a larger vocabulary."
    )


def _bytes_per_word(pairs: int) -> int:
    return 4 * (_KRYLOV_COLUMNS + _KRYLOV_COLUMNS_PER_PAIR * pairs)


def needed_bytes(size: int, pairs: int, per_cell: int) -> int:
    """Return what V x V arrays, of `per_cell` bytes together, and the Krylov space of `pairs` eigenpairs take."""
    return per_cell * size * size + _bytes_per_word(pairs) * size


def check_memory(size: int, pairs: int, per_cell: int, device: torch.device) -> None:
    """Raise QwemError where V x V arrays, of `per_cell` bytes together, and the Krylov space would not fit."""
    per_word = _bytes_per_word(pairs)
    need = needed_bytes(size, pairs, per_cell)
    free = available_bytes()
    if device.type == "cuda":
        on_device = torch.cuda.mem_get_info(device)[0]
        free = on_device if free is None else min(free, on_device)
    if free is None or need <= free:
        return
    # the V at which per_cell V^2 + per_word V is nine tenths of what is free
    half = per_word / (2 * per_cell)
    affordable = int((half * half + 0.9 * free / per_cell) ** 0.5 - half)
    rounded = affordable // 100 * 100 if affordable >= 100 else max(2, affordable)
    smaller = " or fewer dimensions" if per_word * size > per_cell * size * size else ""
    raise QwemError(
        f"A vocabulary of {size:,} words needs about {readable_bytes(need)} of memory for its V x V matrices and "
        f"{pairs:,} eigenpairs, and {readable_bytes(free)} are free: try ",
        Named("vocab_size"),
        f" {rounded} or less{smaller}.",
    )


def build_target(
    corpus: Corpus,
    window: int,
    pairs: int,
    device: torch.device,
    progress: Progress,
    kind: TargetName = "mstar",
    negative_weight: float = 1.0,
    in_float64: bool = False,
    shape: WindowShape = "dynamic",
) -> DenseTarget:
    """Return the target of a corpus on the device, in float32 where V is large, else in float64.

    float32 entries move an eigenvalue by less than 1e-7 of itself, and halve memory and time. Memory for it, for
    finding `pairs` eigenpairs and, where `in_float64`, for a second copy in float64 is checked before any is taken.
    Raises QwemError where it does not suffice, or where no two words share a document.
    """
    counts = counted(corpus, window, shape, pairs, device, progress, in_float64)
    return target_of(counts, corpus, device, progress, kind, negative_weight)


def bytes_per_cell(wide_counts: bool, in_float64: bool) -> int:
    """Return the bytes for each of the V x V cells at the peak; counts may be in int64, the target in float64 too."""
    return max(
        _BYTES_PER_CELL,
        _BYTES_PER_CELL_OF_WIDE_COUNTS if wide_counts else 0,
        _BYTES_PER_CELL_IN_FLOAT64 if in_float64 else 0,
    )


def counted(
    corpus: Corpus,
    window: int,
    shape: WindowShape,
    pairs: int,
    device: torch.device,
    progress: Progress,
    in_float64: bool = False,
) -> NDArray[np.integer]:
    """Return the counts C (V, V) of a corpus; memory and errors as for `build_target`."""
    size = len(corpus.vocabulary)
    check_memory(size, min(pairs, size), bytes_per_cell(needs_wide_counts(len(corpus.ids), window), in_float64), device)
    counts = cooccurrence_counts(corpus, window, progress, shape)
    if not counts.any():
        raise QwemError(NO_PAIRS)
    return counts


def target_of(
    counts: NDArray[np.integer],
    corpus: Corpus,
    device: torch.device,
    progress: Progress,
    kind: TargetName = "mstar",
    negative_weight: float = 1.0,
) -> DenseTarget:
    """Return the target that `counts` (V, V) of `corpus` make, on the device; `counts` stay as they are."""
    size = len(corpus.vocabulary)
    progress.stage("building the target", float(size))
    dtype = torch.float64 if size <= DENSE_UP_TO else torch.float32
    target = target_matrix(counts, corpus.vocabulary.counts, kind, negative_weight, dtype, progress=progress)
    return target.to(device, dtype)
