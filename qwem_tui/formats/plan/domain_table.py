"""One's own text beside a general corpus, as sentences and tables for a terminal of 80 columns or more."""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.table import Table
from rich.text import Text

from qwem_tui.base.ascii import to_ascii
from qwem_tui.base.printable import printable
from qwem_tui.base.units import percent
from qwem_tui.formats.plan import sentences as sentences
from qwem_tui.formats.prediction.explanation import shown_word
from qwem_tui.study.plan.domain import Carried, Domain, Usage
from qwem_tui.study.plan.verdict import sizes_between

_WORD_CELLS = 16


def _size(each: Carried) -> str:
    ends = sentences.own_interval(each.own.interval)
    if each.own.critical_size is None or ends is None:
        return sentences.UNKNOWN
    return f"{each.own.critical_size} ({sizes_between(ends)})"


def _table(ascii_only: bool, columns: tuple[tuple[str, bool], ...]) -> Table:
    style = box.ASCII2 if ascii_only else box.SIMPLE_HEAD
    table = Table(box=style, pad_edge=False, padding=0, show_edge=False, header_style="bold")
    for name, right in columns:
        table.add_column(name, justify="right" if right else "left", no_wrap=True)
    return table


def _carried(domain: Domain, ascii_only: bool, name_cells: int) -> Table:
    table = _table(
        ascii_only,
        (("category", False), ("your d*", True), ("general", True), ("shift (95%)", True)),
    )
    for each in domain.carried:
        if each.own.attempted:
            cells = (
                shown_word(each.name, name_cells),
                _size(each),
                sentences.sizes_of([size.critical_size for size in each.general]),
                sentences.shift(each.shift),
            )
            table.add_row(*(Text(to_ascii(cell) if ascii_only else cell) for cell in cells))
    return table


def _neighbours(words: tuple[str, ...]) -> str:
    return " ".join(shown_word(word, _WORD_CELLS) for word in words[: sentences.SHOWN_NEIGHBOURS])


def _usage(each: Usage) -> str:
    return (
        f"  {shown_word(each.word, _WORD_CELLS)} ({percent(each.shared)} shared, {percent(each.usual)} between two "
        f"general texts): {_neighbours(each.own)} / general: {_neighbours(each.general)}"
    )


def domain_parts(domain: Domain, ascii_only: bool, name_cells: int) -> Iterator[str | Table]:
    """Yield the paragraphs and tables, in order; names of categories have so many cells in tables."""
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
