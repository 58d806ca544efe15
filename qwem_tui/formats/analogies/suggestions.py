"""Suggested word pairs as JSON (`qwem-analogies-suggest/1`), as CSV and as a table."""

from __future__ import annotations

import csv
from typing import IO

from rich.console import Console, ConsoleOptions, RenderResult

from qwem_tui.formats.tables import plain_table, shown_text, shown_word
from qwem_tui.study.analogy_suggestions import SIDE_WEIGHT, SuggestedPairs

SCHEMA = "qwem-analogies-suggest/1"
_CSV_COLUMNS = ("category", "a", "b", "score", "count_a", "count_b")


def suggestions_json(suggestions: SuggestedPairs) -> dict[str, object]:
    """Return the suggestions as what `json.dumps` takes: candidates, the best first, none of them confirmed."""
    return {
        "schema": SCHEMA,
        "vocab_size": suggestions.vocab_size,
        "categories": [
            {
                "name": each.category,
                "known_pairs": each.known,
                "dim": each.dim,
                "candidates": [
                    {"a": found.a, "b": found.b, "score": found.score, "counts": list(found.counts)}
                    for found in each.found
                ],
            }
            for each in suggestions.categories
        ],
        "warnings": list(suggestions.notes),
    }


def write_suggestions_csv(suggestions: SuggestedPairs, stream: IO[str]) -> None:
    """Write the suggestions to `stream` as CSV (RFC 4180), a row a candidate."""
    writer = csv.writer(stream)
    writer.writerow(_CSV_COLUMNS)
    for each in suggestions.categories:
        writer.writerows([each.category, found.a, found.b, found.score, *found.counts] for found in each.found)


class SuggestionsReport:
    """The suggestions as a Rich renderable: a table a category, and how they were found."""

    def __init__(self, suggestions: SuggestedPairs, ascii_only: bool = False) -> None:
        """Show `suggestions`."""
        self._suggestions, self._ascii = suggestions, ascii_only

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for note in self._suggestions.notes:
            yield shown_text(note, self._ascii)
        if self._suggestions.notes:
            yield shown_text("", self._ascii)
        for each in self._suggestions.categories:
            head = f"{shown_word(each.category)}: {len(each.found)} candidates, by {each.known} known pairs"
            yield shown_text(head, self._ascii)
            table = plain_table(self._ascii, gap=1)
            for number, name in enumerate(("a", "b", "score", "in the text")):
                table.add_column(name, justify="left" if number < 2 else "right", no_wrap=True)
            for found in each.found:
                counts = f"{found.counts[0]:,} and {found.counts[1]:,}"
                cells = (shown_word(found.a), shown_word(found.b), f"{found.score:.2f}", counts)
                table.add_row(*(shown_text(cell, self._ascii) for cell in cells))
            yield table
            yield shown_text("", self._ascii)
        dims = max((each.dim for each in self._suggestions.categories), default=0)
        yield shown_text(
            f"Found in the closed form of size {dims}: b is the word nearest to a moved by the mean step of the known "
            f"pairs, and the other way round; {SIDE_WEIGHT:g} of how near both are to the known words is added. "
            "These are candidates: most are wrong, and a person has to confirm each.",
            self._ascii,
        )
