"""One's own text beside a general corpus, as a section of the page of a plan. It says what `domain_table` says."""

from __future__ import annotations

import math
from collections.abc import Iterator

from qwem_tui.formats.plan_html_parts import (
    UNKNOWN,
    items,
    named,
    note,
    paragraph,
    plain_name,
    said,
    section,
    size,
    table,
)
from qwem_tui.study.domain import NEIGHBOURS, Carried, Domain
from qwem_tui.study.verdict import percent

_SHOWN_USAGES, _SHOWN_WORDS, _SHOWN_NEIGHBOURS = 12, 20, 4


def _own_size(each: Carried) -> str:
    ends = each.own.interval
    return size(each.own.critical_size, None if ends is None else (float(ends[0]), float(ends[1])))


def _shift(each: Carried) -> str:
    if each.shift is None:
        return UNKNOWN
    low, middle, high = each.shift
    return f"{middle:.1f} ({low:.1f}–{high:.1f})"


def _carried(domain: Domain) -> str:
    rows = [
        (
            named(each.name),
            f"{each.own.attempted:,} of {each.total:,}",
            _own_size(each),
            ", ".join(UNKNOWN if other.critical_size is None else f"{other.critical_size}" for other in each.general),
            _shift(each),
            f"<b>{said(each.word)}</b>: {said(each.sentence)}.",
        )
        for each in domain.carried
        if each.own.attempted
    ]
    if not rows:
        return paragraph("No question can be asked of both texts.")
    headings = (
        "Ability", "Questions asked of all", "Critical size d*, your text (95%)", "The two general texts",
        "Shift (95%)", "What carries over",
    )  # fmt: skip
    return table("Shift: the critical size of your text in that of the general texts; 1 is no change.", headings, rows)


def _words(domain: Domain) -> Iterator[str]:
    unasked = [said(plain_name(each.name)) for each in domain.carried if not each.own.attempted]
    if unasked:
        yield f"No question can be asked of both for: {', '.join(unasked)}."
    if domain.unknown:
        words = ", ".join(f"{said(word)} ({count:,})" for word, count in domain.unknown[:_SHOWN_WORDS])
        yield f"Most frequent words of yours that the general vocabulary lacks, and how often they occur: {words}."
    if domain.lacking:
        words = ", ".join(map(said, domain.lacking[:_SHOWN_WORDS]))
        yield f"Most frequent general words that yours lacks: {words}."


def _usages(domain: Domain) -> Iterator[str]:
    yield "<h3>Words used differently</h3>"
    if math.isnan(domain.usual_neighbours):
        yield paragraph(
            "Texts of this length give no word stable neighbours: nothing can be said of how words are used."
        )
        return
    yield paragraph(
        f"Of the {NEIGHBOURS} nearest neighbours of a word (d = {domain.dim}), yours and a general text share "
        f"{percent(domain.shared_neighbours)}, two general texts {percent(domain.usual_neighbours)}; {domain.untold:,} "
        "words are left out, whose neighbours are not stable in texts of this length."
    )
    if domain.usages:
        yield table(
            "Used most differently, most so first; the two shares are of the nearest neighbours.",
            ("Word", "Shared", "Between two general texts", "Neighbours in yours", "In general text"),
            [
                (
                    f"<b>{said(each.word)}</b>",
                    percent(each.shared),
                    percent(each.usual),
                    " ".join(map(said, each.own[:_SHOWN_NEIGHBOURS])),
                    " ".join(map(said, each.general[:_SHOWN_NEIGHBOURS])),
                )
                for each in domain.usages[:_SHOWN_USAGES]
            ],
        )
    if domain.spaces:
        spaces = ", ".join(f"{percent(each.own)} ({percent(each.usual)}) at d = {each.dim}" for each in domain.spaces)
        yield paragraph(f"Overlap of the top eigen-spaces, in brackets that of two general texts: {spaces}.")


def domain_section(domain: Domain) -> str:
    """Return the section as HTML."""
    return section(
        "domain",
        "Your own text beside the general one",
        paragraph(
            f"Your text: {domain.documents:,} documents, {domain.words:,} words; the general vocabulary has "
            f"{percent(domain.known_share)} of those that occur twice or more. It is compared with two disjoint "
            f"general texts of the same length, {domain.compared:,} words of the vocabulary each, over the "
            f"{domain.shared:,} words that all three have at least twice."
        ),
        note("What differs between the two general texts is chance; only what goes beyond says anything of yours."),
        paragraph(
            "One has too few documents: its texts are made of pieces, which are more alike than documents are.", "warn"
        )
        if domain.pieces
        else "",
        _carried(domain),
        items(_words(domain)),
        *_usages(domain),
    )
