"""Which abilities a text can teach, with how much of it and how large a model: predictions on nested parts (*ours*)."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Literal

import torch

from qwem_tui.analogies.coverage import impossible, makes
from qwem_tui.analogies.files import Category
from qwem_tui.analogies.protocols import Analogies, attempt
from qwem_tui.base.errors import Named, QwemError, SettingError, UsageError
from qwem_tui.base.progress import Progress
from qwem_tui.corpus.cooccurrence import wide_sums
from qwem_tui.corpus.documents import STDIN
from qwem_tui.corpus.vocabulary import Corpus, Vocabulary, cut
from qwem_tui.corpus.word_settings import WordSettings
from qwem_tui.study.config import StudyConfig, check_sizes
from qwem_tui.study.plan.costs import Cost, StepTiming, Timer, cost
from qwem_tui.study.plan.curve_fitting import learning_curves
from qwem_tui.study.plan.domain import Domain, compare
from qwem_tui.study.plan.learning_curve import LearningCurve, MeasuredPart
from qwem_tui.study.plan.measure import ClosedForm, CombinedProgress, Measure, measured
from qwem_tui.study.plan.requirements import Answer, Need, answers, check_needs
from qwem_tui.study.plan.stages import Stage, stages
from qwem_tui.study.plan.subsamples import BLOCKS, REPEATS, Partition, live_sums, partitioned
from qwem_tui.study.plan.verdict import Coverage, Verdict, verdict
from qwem_tui.study.prediction import LARGEST_DIM
from qwem_tui.study.target_from_text import asked_file, check_memory, read_text
from qwem_tui.theory.critical_size import DRAWS, FRACTION

TrainedBy = Literal["gd", "sgd"]


@dataclass(frozen=True)
class PlanConfig:
    """What is asked. `study` says how the corpus is read; its `dim` is the size of the user's model, None: none.

    `repeats` disjoint parts of each size, a power of two, are measured; `appear` categories are to be seen in the small
    trial, None: half. `trained_by` is the trainer that is timed. Another device is `speedup` times as fast as this one.
    `domain` are the sources of one's own text, which is set beside the corpus; none: there is none.

    Making one raises UsageError where a setting makes no sense on any corpus.
    """

    study: StudyConfig
    largest_dim: int = LARGEST_DIM
    fraction: float = FRACTION
    draws: int = DRAWS
    repeats: int = REPEATS
    needs: tuple[Need, ...] = ()
    appear: int | None = None
    trained_by: TrainedBy = "gd"
    speedup: float | None = None
    domain: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raise UsageError where a setting makes no sense on any corpus."""
        check_sizes(self.largest_dim, self.fraction, self.draws)
        if self.repeats not in (powers := [2**n for n in range(BLOCKS.bit_length())]):
            raise SettingError("repeats", f"{self.repeats}", f"give one of {', '.join(map(str, powers))}.")
        if self.appear is not None and self.appear < 1:
            raise SettingError("appear", f"{self.appear}", "give 1 category or more.")
        if self.speedup is not None and not 0 < self.speedup < math.inf:
            raise SettingError("speedup", f"{self.speedup:g}", "give a number above 0, such as 20.")
        if self.trained_by == "sgd" and self.study.window_shape != "dynamic":
            needed, problem = "sgd draws its pairs dynamically.", ("is for ", Named("calibrate"), " gd")
            raise SettingError("window_shape", self.study.window_shape, needed, problem)
        if STDIN in self.domain and STDIN in self.study.sources:
            own = ("Standard input (-) cannot be both the corpus and ", Named("domain"))
            raise UsageError(*own, ": give a file for one of them.")

    @property
    def largest(self) -> int:
        """Return the largest size evaluated: that of the user's model is among them."""
        return max(self.largest_dim, self.study.dim or 0)


@dataclass(frozen=True)
class Plan:
    """The answer: `learning_curves`, `verdicts` and `coverage` are by category, in the file's order; `overall` is that
    of all questions.

    `words` are all words read, `words_in_vocab` those of the vocabulary, `vocab_size` of which are modelled. `parts`
    are all that was measured, the whole text last; where documents were `cut`, they are of pieces of consecutive words.
    `stages` with their `costs` are none where `no_stages` says why; `step_timings` are the steps that were timed.
    `domain` is one's own text beside the corpus, where asked for. `seconds` is how long all took.
    """

    config: PlanConfig
    documents: int
    words: int
    words_in_vocab: int
    vocab_size: int
    blocks: int
    cut: bool
    parts: tuple[MeasuredPart, ...]
    learning_curves: tuple[LearningCurve, ...]
    overall: LearningCurve
    coverage: tuple[Coverage, ...]
    verdicts: tuple[Verdict, ...]
    answers: tuple[Answer, ...]
    stages: tuple[Stage, ...]
    no_stages: str | None
    costs: tuple[Cost, ...]
    step_timings: tuple[StepTiming, ...]
    domain: Domain | None
    warnings: tuple[str, ...]
    seconds: float


def check_named_needs(config: PlanConfig) -> None:
    """Raise UsageError where a need is of a category that the questions do not have, before any text is read.

    Raises QwemError where the questions cannot be read. Those that come from a pipe are not: it can be read only once.
    """
    given = config.study.analogies
    if config.needs and (given is None or Path(given).is_file() or Path(given).is_dir()):
        check_needs(config.needs, [category.name for category in asked_file(config.study).categories])


def _affordable_repeats(config: PlanConfig, corpus: Corpus, blocks: int, device: torch.device) -> int:
    """Return how many disjoint parts of a size memory allows, up to those asked for; raises QwemError where none."""
    per_sum = 8 if wide_sums(corpus, config.study.window) else 4
    repeats = config.repeats
    while True:
        # the sums, one more made symmetric, the target in float32, and what numbers of small parts take
        per_cell = (live_sums(blocks, repeats) + 1) * per_sum + 4 + 1
        try:
            check_memory(len(corpus.vocabulary), min(config.largest, len(corpus.vocabulary)), per_cell, device)
        except QwemError:
            if repeats == 1:
                raise
            repeats //= 2
            continue
        return repeats


def _coverage(
    categories: tuple[Category, ...], words: WordSettings, every: Vocabulary, analogies: Analogies, vocab_size: int
) -> tuple[Coverage, ...]:
    """Return the coverage of each category by the first `vocab_size` words of `every`, and by more of them.

    By the settings `words` some can never be made.
    """
    can_be = makes(words)
    larger = []
    size = 2 * vocab_size
    while size < len(every):
        larger.append(size)
        size *= 2
    if len(every) > vocab_size:
        larger.append(len(every))
    # asked anew at each: a question may have several right answers, of which one is enough
    attempts = [
        attempt(categories, {word: row for word, row in every.index.items() if row < size}, analogies.protocol)
        for size in larger
    ]
    found = []
    for number, missing in enumerate(analogies.missing):
        never = tuple(word for word in missing if not can_be(word))
        found.append(
            Coverage(
                int(analogies.attempted[number]),
                int(analogies.total[number]),
                tuple(word for word in missing if word in every.index),
                tuple(word for word in missing if word not in every.index and word not in never),
                tuple((size, int(asked.attempted[number])) for size, asked in zip(larger, attempts, strict=True)),
                never,
                impossible([categories[number]], words, analogies.protocol).questions if never else 0,
            )
        )
    return tuple(found)


def _uncovered(coverage: tuple[Coverage, ...], vocab_size: int) -> str:
    """Return that no question is covered, and what would cover some."""
    none = "No analogy can be asked: no question is covered"
    larger = zip(*(each.wider for each in coverage), strict=True)
    sums = ((sizes[0][0], sum(asked for _, asked in sizes)) for sizes in larger)
    for size, asked in sums:
        if asked:
            return f"{none} by the {vocab_size:,} words of the vocabulary: {size} words would cover {asked:,}."
    return f"{none}; give an analogy file in the text's language."


def _notes(
    config: PlanConfig, partition: Partition, repeats: int, coverage: tuple[Coverage, ...], covered: int
) -> Iterable[str]:
    # what no text could cover is said by `asked_notes`
    if not covered and any(each.lost < each.total for each in coverage):
        yield _uncovered(coverage, len(partition.corpus.vocabulary))
    if partition.cut and partition.blocks > 1:
        yield (
            f"The text has too few documents to be divided ({partition.corpus.documents:,}): its parts are pieces of "
            "consecutive words, which are more alike than documents are, so that intervals are too narrow for other "
            "texts."
        )
    if partition.blocks == 1:
        yield "The text is too short to be divided: nothing can be said of more or less of it."
    elif partition.blocks < BLOCKS:
        least = f"1/{partition.blocks}"
        yield f"The smallest part is {least} of the text: it cannot be divided into more parts of equal size."
    if repeats < min(config.repeats, partition.blocks):
        yield f"Memory allows {repeats} disjoint part(s) of each size instead of {config.repeats}."


def plan(
    config: PlanConfig, device: torch.device, timer: Timer, progress: Progress, stdin: BinaryIO | None = None
) -> Plan:
    """Return the plan of a corpus: predictions on nested parts of it, verdicts, needs, stages and what they cost.

    The words modelled in a part are those of the whole text's vocabulary that occur in it at least twice, so that
    figures of all parts are about the same words; a word that occurs once is dropped after counting. `timer` times the
    steps. Raises QwemError or UsageError with one sentence for the user; whatever `progress` raises goes through.
    """
    began = time.perf_counter()
    check_named_needs(config)
    study = config.study
    all_words = replace(study, vocab_size=sys.maxsize)
    text = read_text(all_words, progress, stdin)
    check_needs(config.needs, [category.name for category in text.categories])
    corpus = cut(text.corpus, study.vocab_size)
    reading = time.perf_counter() - began
    analogies = attempt(text.categories, corpus.vocabulary.index, study.protocol)
    coverage = _coverage(text.categories, study.words, text.corpus.vocabulary, analogies, len(corpus.vocabulary))
    categories, notes = text.categories, text.notes
    del text
    own = None
    if config.domain:
        own = read_text(replace(all_words, sources=config.domain), progress, stdin)
        notes = (*notes, *own.notes)
    partition = partitioned(corpus, study.seed)
    repeats = _affordable_repeats(config, corpus, partition.blocks, device)
    warnings = (*notes, *_notes(config, partition, repeats, coverage, len(analogies.questions)))
    measure = Measure(
        categories=categories,
        protocol=study.protocol,
        largest_dim=config.largest,
        fraction=config.fraction,
        draws=config.draws,
        seed=study.seed,
        window=study.window,
        window_shape=study.window_shape,
        negative_weight=study.negative_weight,
    )
    parts, whole = measured(partition, repeats, measure, reading, device, progress)
    positive = len(parts[-1].eigenvalues)
    if study.dim is not None and 0 < positive < study.dim:
        warnings += (
            f"Your model has {study.dim:,} dimensions and the text's target {positive:,} positive eigenvalue(s): in "
            "the others nothing is learned.",
        )
    curves = learning_curves(parts)
    verdicts = tuple(
        verdict(learning_curve, covers, study.dim, learning_curve.dims)
        for learning_curve, covers in zip(curves.categories, coverage, strict=True)
    )
    found = answers(
        config.needs,
        {learning_curve.name: learning_curve for learning_curve in curves.every},
        {each.name: each for each in (*verdicts, _overall_verdict(curves.overall, coverage, study.dim))},
    )
    planned, no_stages = stages(curves, parts, found, config.appear)
    costs, step_timings = _costs(config, planned, parts, whole, corpus, timer, progress)
    del whole
    domain = None
    if own is not None:
        inner = CombinedProgress(progress, "comparing with your text", 3)
        domain = compare(corpus, own.corpus, curves.categories, measure, study.dim, device, inner)
    return Plan(
        config=config,
        documents=corpus.documents,
        words=corpus.tokens,
        words_in_vocab=corpus.tokens_in_vocab,
        vocab_size=len(corpus.vocabulary),
        blocks=partition.blocks,
        cut=partition.cut,
        parts=parts,
        learning_curves=curves.categories,
        overall=curves.overall,
        coverage=coverage,
        verdicts=verdicts,
        answers=found,
        stages=planned,
        no_stages=no_stages,
        costs=costs,
        step_timings=step_timings,
        domain=domain,
        warnings=warnings,
        seconds=time.perf_counter() - began,
    )


def _overall_verdict(overall: LearningCurve, coverage: tuple[Coverage, ...], dim: int | None) -> Verdict:
    asked, total = sum(each.attempted for each in coverage), sum(each.total for each in coverage)
    never = tuple(dict.fromkeys(word for each in coverage for word in each.never))
    covers = Coverage(asked, total, (), (), (), never, sum(each.lost for each in coverage))
    return verdict(overall, covers, dim, overall.dims)


class _Within:
    """A `Progress` of what is a moment's work at the end of a stage: it may end that, and tells nothing."""

    def __init__(self, outer: Progress, done: float) -> None:
        self._outer, self._done = outer, done

    def stage(self, name: str, total: float | None = None) -> None:
        """Stay where the outer stage is."""
        self._outer.advance(self._done)

    def advance(self, done: float) -> None:
        """Stay where the outer stage is."""
        self._outer.advance(self._done)


def _costs(
    config: PlanConfig,
    planned: tuple[Stage, ...],
    parts: tuple[MeasuredPart, ...],
    whole: ClosedForm,
    corpus: Corpus,
    timer: Timer,
    progress: Progress,
) -> tuple[tuple[Cost, ...], tuple[StepTiming, ...]]:
    """Return what each stage costs, and the steps that were timed, one size after another."""
    study = config.study
    if not planned:
        return (), ()
    target = whole.target.to(whole.spectrum.vectors.device, study.dtype)
    dims = sorted({stage.dim for stage in planned})
    progress.stage("timing steps", float(len(dims)))
    step_timings = {}
    for number, dim in enumerate(dims):
        progress.advance(number)
        step_timings[dim] = timer(target, whole.spectrum, corpus, dim)
    within = _Within(progress, float(len(dims)))
    costs = tuple(
        cost(stage, [each for each in parts if each.level == stage.level], step_timings[stage.dim], study, within)
        for stage in planned
    )
    return costs, tuple(step_timings.values())
