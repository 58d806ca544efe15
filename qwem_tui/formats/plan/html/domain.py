"""One's own text beside a general corpus, as a section of the page of a plan. It says what `domain_table` says."""

from __future__ import annotations

import math
from collections.abc import Iterator

from qwem_tui.base.units import percent
from qwem_tui.formats.plan import sentences as sentences
from qwem_tui.formats.plan.html.components import items, named, paragraph, plain_name, said, section, size, table
from qwem_tui.study.plan.domain import Carried, Domain

_SHOWN_USAGES, _SHOWN_NEIGHBOURS = 12, 4


def _own_size(each: Carried) -> str:
    return size(each.own.critical_size, sentences.own_interval(each.own.interval))


def _carried(domain: Domain) -> str:
    rows = [
        (
            named(each.name),
            f"{each.own.attempted:,} of {each.total:,}",
            _own_size(each),
            sentences.sizes_of([other.critical_size for other in each.general]),
            sentences.shift(each.shift),
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


def _usages(domain: Domain) -> Iterator[str]:
    yield "<h3>Words used differently</h3>"
    if math.isnan(domain.usual_neighbours):
        yield paragraph(sentences.UNSTABLE)
        return
    yield paragraph(said(sentences.neighbours(domain)))
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
    if spaces := sentences.spaces(domain):
        yield paragraph(said(spaces))


def domain_section(domain: Domain) -> str:
    """Return the section as HTML."""
    return section(
        "domain",
        "Your own text beside the general one",
        paragraph(said(sentences.compared(domain))),
        paragraph(sentences.TOO_FEW_DOCUMENTS, "warn") if domain.pieces else "",
        _carried(domain),
        items(map(said, sentences.domain_words(domain, plain_name))),
        *_usages(domain),
    )
