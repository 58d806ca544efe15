"""What of an analogy file a text covers, how much that can tell, and what is wrong with its form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from qwem_tui.analogies.coverage import makes, words_of
from qwem_tui.analogies.files import AnalogyFile, Category, Row, divided
from qwem_tui.analogies.protocols import attempt
from qwem_tui.corpus.vocabulary import Vocabulary
from qwem_tui.corpus.word_settings import WordSettings
from qwem_tui.theory.critical_size import chance
from qwem_tui.theory.enough_pairs import WORTH_TELLING, least_peak, pairs_needed

Kind = Literal["equal words", "repeated", "reversed pair"]


@dataclass(frozen=True)
class FormProblem:
    """A line that fits and is wrong all the same: its words, and the `line` that it repeats or reverses."""

    kind: Kind
    row: Row
    other: Row | None = None


@dataclass(frozen=True)
class CategoryCheck:
    """What is known of a category.

    `pairs` are its distinct word pairs, `questions` its questions, `unanswerable` those whose only right answers are
    among the three words asked. `impossible` are the words that the tokenizer never makes. The rest is about a text,
    and None without one: how many `covered_pairs` and `attempted` questions; the words that are `rare`, with their
    counts: in the text, and not among the V most frequent; the `absent` ones, which occur less than twice; the least
    peak accuracy `tells_from` that could be told from chance, None also where none could; and how many `more_pairs` it
    takes for a peak of 20%, none where they suffice.
    """

    name: str
    pairs: int
    questions: int
    unanswerable: int
    impossible: tuple[str, ...]
    covered_pairs: int | None = None
    attempted: int | None = None
    rare: tuple[tuple[str, int], ...] = ()
    absent: tuple[str, ...] = ()
    tells_from: float | None = None
    more_pairs: int | None = None


@dataclass(frozen=True)
class FileCheck:
    """The check of a whole file; `vocab_size` is None without a text, on which `notes` are sentences."""

    file: AnalogyFile
    vocab_size: int | None
    categories: tuple[CategoryCheck, ...]
    problems: tuple[FormProblem, ...]
    notes: tuple[str, ...] = ()


def form_problems(rows: tuple[Row, ...]) -> Iterator[FormProblem]:
    """Yield what is wrong with the form of `rows`: a pair of equal words, a row twice, a pair reversed, in a section.

    Each pair is reported once.
    """
    seen: dict[tuple[str, tuple[str, ...]], Row] = {}
    pairs: dict[tuple[str, str, str], Row] = {}
    for row in rows:
        before = seen.setdefault((row.section, row.words), row)
        if before is not row:
            yield FormProblem("repeated", row, before)
        for a, answers in zip(row.words[::2], row.words[1::2], strict=True):
            for b in divided(answers):
                if (row.section, a, b) in pairs:
                    continue
                pairs[row.section, a, b] = row
                if a == b:
                    yield FormProblem("equal words", row)
                elif (reverse := pairs.get((row.section, b, a))) is not None:
                    yield FormProblem("reversed pair", row, reverse)


def _unanswerable(category: Category) -> int:
    others = {(a, b): more for a, b, more in category.several}
    return sum({b2, *others.get((a2, b2), ())} <= {a, b, a2} for a, b, a2, b2 in category.questions)


def check_file(
    file: AnalogyFile,
    words: WordSettings,
    every: Vocabulary | None = None,
    vocab_size: int = 0,
    notes: tuple[str, ...] = (),
) -> FileCheck:
    """Return the check of `file`, read to be checked, its words being those that the settings `words` make.

    By a text, which has the words `every`, `vocab_size` of which are modelled; `notes` are those on it.
    """
    can_be = makes(words)
    problems = tuple(form_problems(file.rows))
    alone = []
    for category in file.categories:
        pairs = {pair for a, b, a2, b2 in category.questions for pair in ((a, b), (a2, b2))}
        never = tuple(sorted(word for word in words_of(category) if not can_be(word)))
        alone.append(CategoryCheck(category.name, len(pairs), len(category.questions), _unanswerable(category), never))
    if every is None:
        return FileCheck(file, None, tuple(alone), problems, notes)
    size = min(vocab_size, len(every))
    index = {word: row for row, word in enumerate(every.words[:size])}
    found = attempt(file.categories, index, "questions")
    by_chance = chance(size)
    needed = pairs_needed(WORTH_TELLING, by_chance)
    checks = []
    for number, check in enumerate(alone):
        mine = found.pairs[found.category == number]
        covered, attempted = len(np.unique(mine)), int(found.attempted[number])
        missing = [word for word in found.missing[number] if word not in check.impossible]
        checks.append(
            CategoryCheck(
                check.name,
                check.pairs,
                check.questions,
                check.unanswerable,
                check.impossible,
                covered,
                attempted,
                tuple((word, int(every.counts[every.index[word]])) for word in missing if word in every.index),
                tuple(word for word in missing if word not in every.index),
                least_peak(covered, attempted, by_chance),
                None if needed is None else max(0, needed - covered),
            )
        )
    return FileCheck(file, size, tuple(checks), problems, notes)
