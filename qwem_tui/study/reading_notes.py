"""What reading a text found, as sentences that the user should read."""

from __future__ import annotations

from collections.abc import Iterator

from qwem_tui.base.printable import printable
from qwem_tui.base.units import percent
from qwem_tui.corpus.reading.facts import ReadingFacts
from qwem_tui.corpus.reading.passed_over import in_words
from qwem_tui.study.config import StudyConfig

#: The share of words in markup from which on it is said.
_MUCH_MARKUP = 0.01


def reading_notes(facts: ReadingFacts, study: StudyConfig, documents: int, words: int) -> tuple[str, ...]:
    """Return a sentence for each thing found in a text of so many documents and words that its reader should know."""
    return tuple(_notes(facts, study, documents, words))


def _notes(facts: ReadingFacts, study: StudyConfig, documents: int, words: int) -> Iterator[str]:
    if passed_over := in_words(facts.passed_over):
        yield f"{passed_over}{_encoding(facts)}."
    for kind, count in facts.containers:
        field = " or ".join(map(printable, facts.fields))
        what = f", the text of each record in {field}" if field and kind != "WikiExtractor" else ""
        yield f"{count:,} file(s) were read as {kind}{what}."
    if facts.without_text:
        yield f"{facts.without_text:,} record(s) have no text there, and were left out."
    if facts.utf8 is not None:
        yield (
            f"{facts.utf8} is UTF-8 and was read as {study.encoding}, as --encoding says: leave that out if words look "
            "wrong."
        )
    if facts.tables is not None:
        yield f"{facts.tables} is named as a table, and was read as plain text: --text-field COLUMN reads a column."
    if facts.markup is not None and facts.markup.share >= _MUCH_MARKUP:
        yield (
            f"About {percent(facts.markup.share)} of the words are in tags, entities or web addresses, such as "
            f"{printable(facts.markup.example)}: take them out of the text, or they count as words."
        )
    if words < study.window * documents:
        yield (
            f"Documents have {words / documents:.1f} words on average, fewer than the window of {study.window}"
            f"{_joined(facts, study)}."
        )


def _encoding(facts: ReadingFacts) -> str:
    first = next((each.first for each in facts.passed_over if each.reason == "encoding"), None)
    if first is None:
        return ""
    likely = facts.likely_encoding
    return f"; {first} is {f'likely {likely}, which --encoding {likely} reads' if likely else 'not in UTF-8'}"


def _joined(facts: ReadingFacts, study: StudyConfig) -> str:
    """Return how documents get longer, where an option makes them so."""
    if study.lines:
        return ": without --lines a file of a folder is one document"
    if facts.by_lines:
        return ": where lines belong together, --paragraphs joins them up to an empty line"
    return ": words of two documents never stand in one window"
