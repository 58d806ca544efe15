"""The check of an analogy file as JSON (`qwem-analogies-check/1`), as CSV and as a table."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import IO

from rich.console import Console, ConsoleOptions, RenderResult

from qwem_tui.analogies.files import contents_sentence
from qwem_tui.base.printable import shortened
from qwem_tui.formats.tables import plain_table, shown_text, shown_word
from qwem_tui.formats.values import csv_cells
from qwem_tui.study.analogy_check import CategoryCheck, FileCheck, FormProblem
from qwem_tui.theory.enough_pairs import WORTH_TELLING

SCHEMA = "qwem-analogies-check/1"
_CSV_COLUMNS = (
    "category", "pairs", "covered_pairs", "questions", "attempted", "tells_from", "more_pairs", "rare", "absent",
    "impossible", "unanswerable",
)  # fmt: skip
#: So many words and lines of a kind are shown in the table; JSON has all.
_SHOWN = 12


def _problem(problem: FormProblem) -> dict[str, object]:
    row, other = problem.row, problem.other
    return {
        "kind": problem.kind,
        "file": row.file,
        "line": row.line,
        "category": row.section,
        "words": list(row.words),
        "other_line": None if other is None else other.line,
    }


def check_json(check: FileCheck) -> dict[str, object]:
    """Return the check as what `json.dumps` takes; what is about a text is null without one.

    `tells_from` is the least peak accuracy in [0, 1] that could be told from chance, `more_pairs` how many pairs more
    tell one of 20%.
    """
    file = check.file
    return {
        "schema": SCHEMA,
        "file": {
            "name": file.name,
            "formats": list(file.layouts),
            "files": file.files,
            "passed_over": list(file.passed_over),
        },
        "vocab_size": check.vocab_size,
        "categories": [
            {
                "name": each.name,
                "pairs": each.pairs,
                "covered_pairs": each.covered_pairs,
                "questions": each.questions,
                "attempted": each.attempted,
                "tells_from": each.tells_from,
                "more_pairs": each.more_pairs,
                "rare": [{"word": word, "count": count} for word, count in each.rare],
                "absent": list(each.absent),
                "impossible": list(each.impossible),
                "unanswerable": each.unanswerable,
            }
            for each in check.categories
        ],
        "misfits": [{"file": misfit.file, "line": misfit.line, "problem": misfit.problem} for misfit in file.misfits],
        "problems": [_problem(problem) for problem in check.problems],
        "warnings": list(check.notes),
    }


def write_check_csv(check: FileCheck, stream: IO[str]) -> None:
    """Write the check to `stream` as CSV (RFC 4180), a row a category; words are counted, not listed."""
    writer = csv.writer(stream)
    writer.writerow(_CSV_COLUMNS)
    for each in check.categories:
        lists = (len(each.rare), len(each.absent), len(each.impossible))
        numbers = (each.pairs, each.covered_pairs, each.questions, each.attempted, each.tells_from, each.more_pairs)
        writer.writerow(csv_cells([each.name, *numbers, *lists, each.unanswerable]))


def _listed(words: Sequence[str], separator: str = " ") -> str:
    more = len(words) - _SHOWN
    return separator.join(words[:_SHOWN]) + (f" and {more:,} more" if more > 0 else "")


def _problem_lines(check: FileCheck) -> Iterator[str]:
    first, *others = check.file.misfits or [None]
    if first is not None:
        yield f"{len(check.file.misfits):,} line(s) do not fit: {shortened_line(str(first))}"
    if others:
        places = [f"{shortened(misfit.file)} {misfit.line}" for misfit in others if misfit is not None]
        yield f"The others, in file and line: {_listed(places, ', ')}."
    what = {
        "equal words": "pairs of a word with itself",
        "repeated": "lines that stand there twice",
        "reversed pair": "pairs that are there reversed",
    }
    for kind, name in what.items():
        own = [problem for problem in check.problems if problem.kind == kind]
        if own:
            lines = [
                f"{shortened(problem.row.file)} {problem.row.line}"
                + ("" if problem.other is None else f" (as {problem.other.line})")
                for problem in own
            ]
            yield f"{len(own):,} {name}, in file and line: {_listed(lines, ', ')}."
    lost = sum(each.unanswerable for each in check.categories)
    if lost:
        yield f"{lost:,} questions have no right answer but one of the three words asked, and count as wrong."


def shortened_line(text: str) -> str:
    """Return a sentence about a line, cut to what can be read."""
    return text if len(text) <= 160 else text[:158] + ".."


class CheckReport:
    """The check as a Rich renderable."""

    def __init__(self, check: FileCheck, ascii_only: bool = False) -> None:
        """Show `check`."""
        self._check, self._ascii = check, ascii_only

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        check = self._check
        yield shown_text(contents_sentence(check.file), self._ascii)
        yield shown_text("", self._ascii)
        table = plain_table(self._ascii, gap=1)
        covered = check.vocab_size is not None
        names = ("pairs", "asked", "tells", "more", "rare", "absent") if covered else ("pairs", "questions")
        for number, name in enumerate(("category", *names, "never")):
            table.add_column(name, justify="left" if number == 0 else "right", no_wrap=True)
        for each in check.categories:
            table.add_row(*(shown_text(cell, self._ascii) for cell in self._cells(each)))
        yield table
        yield shown_text("", self._ascii)
        for line in (*check.notes, *self._word_lines(), *_problem_lines(check)):
            yield shown_text(line, self._ascii)
        if check.vocab_size is None:
            if any(each.impossible for each in check.categories):
                yield shown_text("Words under never are none to the tokenizer: no text has them.", self._ascii)
        else:
            yield shown_text("", self._ascii)
            note = (
                f"Of the {check.vocab_size:,} most frequent words. Tells: the least peak accuracy that could be told "
                f"from chance; more: the pairs that a peak of {WORTH_TELLING:.0%} would take. Rare words are in "
                "the text, and would be covered by a larger --vocab-size; absent ones occur less than twice; "
                "those under never are none to the tokenizer."
            )
            yield shown_text(note, self._ascii)

    def _cells(self, each: CategoryCheck) -> list[str]:
        name, impossible = shown_word(each.name), f"{len(each.impossible):,}"
        if each.covered_pairs is None or each.attempted is None:
            return [name, f"{each.pairs:,}", f"{each.questions:,}", impossible]
        return [
            name,
            f"{each.covered_pairs:,}/{each.pairs:,}",
            f"{each.attempted:,}/{each.questions:,}",
            "–" if each.tells_from is None else f"{each.tells_from:.0%}",
            "–" if each.more_pairs is None else f"{each.more_pairs:,}",
            f"{len(each.rare):,}",
            f"{len(each.absent):,}",
            impossible,
        ]

    def _word_lines(self) -> Iterator[str]:
        for each in self._check.categories:
            kinds = {
                "rare": [f"{shown_word(word)} ({count:,})" for word, count in each.rare],
                "absent": [shown_word(word) for word in each.absent],
                "never": [shown_word(word) for word in each.impossible],
            }
            for kind, words in kinds.items():
                if words:
                    yield f"{shown_word(each.name)}, {kind}: {_listed(words)}"
