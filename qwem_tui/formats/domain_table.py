"""One's own text beside a general corpus, as sentences and tables for a terminal of 80 columns or more."""

from __future__ import annotations

import math
from collections.abc import Iterator

from rich import box
from rich.table import Table
from rich.text import Text

from qwem_tui.base.inert import inert
from qwem_tui.base.plain import to_ascii
from qwem_tui.formats.explanation import shown_word
from qwem_tui.study.domain import NEIGHBOURS, Carried, Domain, Usage
from qwem_tui.study.verdict import percent, sizes_between

_WORD_CELLS = 16
_SHOWN_USAGES, _SHOWN_WORDS, _SHOWN_NEIGHBOURS = 12, 20, 4


def _size(each: Carried) -> str:
    if each.own.critical_size is None or each.own.interval is None:
        return "–"
    ends = (float(each.own.interval[0]), float(each.own.interval[1]))
    return f"{each.own.critical_size} ({sizes_between(ends)})"


def _general_size(each: Carried) -> str:
    return ", ".join("–" if size.critical_size is None else str(size.critical_size) for size in each.general)


def _shift(each: Carried) -> str:
    if each.shift is None:
        return "–"
    low, middle, high = each.shift
    return f"{middle:.1f} ({low:.1f}–{high:.1f})"


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
                shown_word(each.name, name_cells), _size(each), _general_size(each), _shift(each)
            )  # fmt: skip
            table.add_row(*(Text(to_ascii(cell) if ascii_only else cell) for cell in cells))
    return table


def _neighbours(words: tuple[str, ...]) -> str:
    return " ".join(shown_word(word, _WORD_CELLS) for word in words[:_SHOWN_NEIGHBOURS])


def _usage(each: Usage) -> str:
    return (
        f"  {shown_word(each.word, _WORD_CELLS)} ({percent(each.shared)} shared, {percent(each.usual)} between two "
        f"general texts): {_neighbours(each.own)} / general: {_neighbours(each.general)}"
    )


def domain_parts(domain: Domain, ascii_only: bool, name_cells: int) -> Iterator[str | Table]:
    """Yield the paragraphs and tables, in order; names of categories have so many cells in tables."""
    yield ""
    yield (
        f"Your text: {domain.documents:,} documents, {domain.words:,} words; the general vocabulary has "
        f"{percent(domain.known_share)} of those that occur twice or more. Compared with two disjoint general texts of "
        f"the same length, {domain.compared:,} words of the vocabulary each, over the {domain.shared:,} words that all "
        "three have at least twice: what differs between the two general ones is chance."
    )
    if domain.pieces:
        yield "One has too few documents: its texts are made of pieces, which are more alike than documents are."
    yield _carried(domain, ascii_only, name_cells)
    yield "Critical sizes d*; shift: yours in that of the general texts."
    for each in domain.carried:
        if each.own.attempted:
            yield f"  {inert(each.name)}: {each.word}: {each.sentence}."
    unasked = [inert(each.name) for each in domain.carried if not each.own.attempted]
    if unasked:
        yield f"No question can be asked of both for: {', '.join(unasked)}."
    if domain.unknown:
        named = ", ".join(f"{inert(word)} ({count:,})" for word, count in domain.unknown[:_SHOWN_WORDS])
        yield f"Most frequent words of yours that the general vocabulary lacks: {named}."
    if domain.lacking:
        named = ", ".join(inert(word) for word in domain.lacking[:_SHOWN_WORDS])
        yield f"Most frequent general words that yours lacks: {named}."
    if math.isnan(domain.usual_neighbours):
        yield "Texts of this length give no word stable neighbours: nothing can be said of how words are used."
        return
    yield (
        f"Of the {NEIGHBOURS} nearest neighbours of a word (d = {domain.dim}), yours and a general text share "
        f"{percent(domain.shared_neighbours)}, two general texts {percent(domain.usual_neighbours)}; {domain.untold:,} "
        "words are left out, whose neighbours are not stable in texts of this length. Used most differently:"
    )
    for usage in domain.usages[:_SHOWN_USAGES]:
        yield _usage(usage)
    spaces = ", ".join(f"{percent(each.own)} ({percent(each.usual)}) at d = {each.dim}" for each in domain.spaces)
    yield f"Overlap of the top eigen-spaces, in brackets that of two general texts: {spaces}."
