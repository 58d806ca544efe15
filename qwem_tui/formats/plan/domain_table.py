"""One's own text beside a general corpus, as sentences and tables for a terminal of 80 columns or more."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table

from qwem_tui.base.printable import printable
from qwem_tui.base.units import percent
from qwem_tui.formats.plan import quantities, sentences
from qwem_tui.formats.tables import plain_table, shown_text, shown_word
from qwem_tui.study.plan.domain import Domain, Usage

_WORD_CELLS = 16


def _carried(domain: Domain, ascii_only: bool, name_cells: int) -> Table:
    table = plain_table(ascii_only)
    table.add_column("category", no_wrap=True)
    for name in ("your d*", "general", "shift (95%)"):
        table.add_column(name, justify="right", no_wrap=True)
    for each in domain.carried:
        if each.own.attempted:
            cells = (
                shown_word(each.name, name_cells),
                quantities.own_size(each),
                quantities.general_sizes(each),
                quantities.shift(each.shift),
            )
            table.add_row(*(shown_text(cell, ascii_only) for cell in cells))
    return table


def _neighbours(words: tuple[str, ...]) -> str:
    return " ".join(shown_word(word, _WORD_CELLS) for word in words[: sentences.SHOWN_NEIGHBOURS])


def _usage(each: Usage) -> str:
    return (
        f"  {shown_word(each.word, _WORD_CELLS)} ({percent(each.shared)} shared, {percent(each.usual)} between two "
        f"general texts): {_neighbours(each.own)} / general: {_neighbours(each.general)}"
    )


def domain_parts(domain: Domain, ascii_only: bool, name_cells: int) -> Iterator[str | Table]:
    """Yield the paragraphs and tables, in order; names of categories have at most `name_cells` in tables."""
    yield ""
    yield sentences.compared(domain)
    if domain.pieces:
        yield sentences.TOO_FEW_DOCUMENTS
    yield _carried(domain, ascii_only, name_cells)
    yield "Critical sizes d*; shift: yours in that of the general texts."
    for each in domain.carried:
        if each.own.attempted:
            yield f"  {printable(each.name)}: {each.word}: {each.sentence}."
    yield from map(printable, sentences.domain_words(domain, str))
    if sentences.unstable(domain):
        yield sentences.UNSTABLE
        return
    yield f"{sentences.neighbours(domain)} Used most differently:"
    yield from map(_usage, domain.usages[: sentences.SHOWN_USAGES])
    if spaces := sentences.spaces(domain):
        yield spaces
