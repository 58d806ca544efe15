"""What an analogy file holds, found by looking at its text: sections of questions a b c d, or of word pairs."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from qwem_tui.base.errors import QwemError
from qwem_tui.base.printable import printable

Layout = Literal["questions", "word pairs", "questions with answers"]
Normal = Callable[[str], str]
#: Takes the number of a line that does not fit, and what is wrong with it.
Refuse = Callable[[int, str], None]

#: What stands between several right answers (BATS).
ALTERNATIVES = "/"
_COMMENTS = ("#", "//")
_WIDTHS: dict[int, str] = {2: "two", 4: "four"}
#: Cells of a line that is a heading, and no pair: names of columns, and of kinds of words.
_SECTION_COLUMNS = frozenset(("category", "section", "relation", "type", "group", "topic"))
_COLUMNS = frozenset(
    "a b c d a2 b2 x y word words word1 word2 word3 word4 word_1 word_2 answer answers first second source target from "
    "to left right base derived pair head tail input output key value query singular plural country capital city state "
    "currency language nationality adjective adverb noun verb positive comparative superlative infinitive participle "
    "lemma form question".split()
)


def as_today(word: str) -> str:
    """Return a word as the tokenizers make it by default: in lower case, in NFC."""
    return unicodedata.normalize("NFC", word.lower())


@dataclass
class Section:
    """A section as it is being read: `rows` are questions (a, b, a', b') or pairs (a, b) with their line numbers."""

    name: str
    rows: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)


@dataclass(frozen=True)
class Parsed:
    """The sections of one text; `heading` is the line of column names that was passed over, where there was one."""

    layout: Layout
    sections: tuple[Section, ...]
    heading: str | None = None


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that are neither blank nor comments, with their numbers."""
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if line and not line.startswith(_COMMENTS):
            yield number, line


def _separator(line: str) -> str | None:
    """Return what separates the words of a line; None: white space."""
    if "\t" in line:
        return "\t"
    # words such as 1,000 may stand in a question
    return "," if "," in line and (len(line.split()) != 4 or len(_cells(line, ",")) in _WIDTHS) else None


def _cells(line: str, separator: str | None) -> list[str]:
    if separator is None:
        return line.split()
    cells = next(csv.reader([line], skipinitialspace=True)) if separator == "," else line.split("\t")
    return [" ".join(cell.split()) for cell in cells]


def _heading(cells: Sequence[str]) -> tuple[bool, int | None]:
    """Return whether `cells` are names of columns, and which of them is that of the section."""
    names = ["_".join(cell.lower().split()) for cell in cells]
    if len(cells) < 2 or not all(name in _COLUMNS or name in _SECTION_COLUMNS for name in names):
        return False, None
    return True, next((at for at, name in enumerate(names) if name in _SECTION_COLUMNS), None)


def _misfit(cells: Sequence[str], wanted: int | None) -> str:
    """Return what is wrong with a line of `cells`, where `wanted` words make one (None: two or four)."""
    if wanted == 4:
        mend = "write a question as 'a b c d' (a is to b as c is to d), or a section as ': name'"
    elif wanted == 2:
        mend = "write a pair as 'a b', its right answers as 'b1/b2', or a section as ': name'"
    else:
        mend = "write a question as 'a b c d', a pair as 'a b', or a section as ': name'"
    return (
        f"{len(cells)} word(s) instead of {_WIDTHS[wanted] if wanted else 'four (a question) or two (a pair)'}; {mend}."
    )


def parsed(text: str, name: str, refuse: Refuse, normal: Normal = as_today) -> Parsed:
    """Return the sections of `text`, sections of one name joined; lines before the first are of one called `name`.

    The first line that is neither blank, a comment, a section nor a heading decides: with two words all lines are
    pairs, with four questions; separated by tabs, by commas or by white space. Each word goes through `normal`.
    `refuse` is called for each line that does not fit, which is left out should it return.
    """
    sections: dict[str, Section] = {}
    words: dict[str, str] = {}
    current = name
    separator: str | None = None
    width: int | None = None
    heading, section_at = None, None
    begun = False
    for number, line in _lines(text):
        if line.startswith(":"):
            current = printable(unicodedata.normalize("NFC", line[1:].strip()))
            if not current:
                refuse(number, "a section has no name; write ': name'.")
                current = name
            continue
        if not begun:
            separator, begun = _separator(line), True
            is_heading, section_at = _heading(_cells(line, separator)) if separator else (False, None)
            if is_heading:
                heading = line
                continue
        # in real files a line or two has blanks where all others have a tab
        cells = _cells(line, separator if separator and separator in line else None)
        if section_at is not None and section_at < len(cells):
            current = printable(unicodedata.normalize("NFC", cells.pop(section_at))) or name
        if width is None and len(cells) in _WIDTHS:
            width = len(cells)
        if len(cells) != width:
            refuse(number, _misfit(cells, width))
            continue
        row = tuple(words.get(cell) or words.setdefault(cell, normal(cell)) for cell in cells)
        # of a cell of what no reader sees nothing is left either
        if not all(row):
            refuse(number, "a word is missing; give one in each column.")
            continue
        sections.setdefault(current, Section(current)).rows.append((number, row))
    return Parsed("word pairs" if width == 2 else "questions", tuple(sections.values()), heading)


def is_asked_apart(text: str) -> bool:
    """Return whether `text` is questions whose answers stand in a file of their own: three words in the first line."""
    first = next((line for _, line in _lines(text)), "")
    return not first.startswith(":") and _separator(first) is None and len(first.split()) == 3


def with_answers(questions: str, answers: str, names: tuple[str, str], refuse: Refuse, normal: Normal) -> Parsed:
    """Return the questions 'a b c' of one text with the answers 'KIND d' of another, line by line; a section a kind.

    `names` are those of the two. Raises QwemError where they have not equally many lines.
    """
    asked, answered = list(_lines(questions)), list(_lines(answers))
    if len(asked) != len(answered):
        raise QwemError(
            f"{names[0]} has {len(asked):,} questions and {names[1]} {len(answered):,} answers: give files that belong "
            "together, a line a question."
        )
    sections: dict[str, Section] = {}
    for (number, question), (_, answer) in zip(asked, answered, strict=True):
        words, (*kind, last) = question.split(), answer.split()
        if len(words) != 3 or len(kind) != 1:
            refuse(
                number, f"{len(words)} and {len(kind) + 1} words; write a question as 'a b c', its answer as 'KIND d'."
            )
            continue
        section = printable(unicodedata.normalize("NFC", kind[0]))
        row = tuple(normal(word) for word in (*words, last))
        sections.setdefault(section, Section(section)).rows.append((number, row))
    return Parsed("questions with answers", tuple(sections.values()))
