"""Pieces of the page of a plan: text made safe, names in plain words, tables, and what is said in several places.

Everything that comes from outside (names of categories, words, paths, sentences that hold them) goes through `said`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from qwem_tui.base.printable import printable
from qwem_tui.base.units import percent
from qwem_tui.formats.plan.sentences import UNKNOWN
from qwem_tui.study.plan.learning_curve import Interval
from qwem_tui.study.plan.verdict import between, sizes_between

TOGETHER = "all questions together"
#: Questions in the format of word2vec number their grammatical sections.
_NUMBER = re.compile(r"gram\d+[-_ ]")
_CODE = re.compile(r"`([^`]*)`")
CUT = (
    "The parts are pieces of consecutive words, for want of documents: they are more alike than documents are, so that "
    "these intervals are too narrow for other texts."
)


def said(text: str) -> str:
    """Return `text` as inert HTML, fit for elements and for attributes in double quotes."""
    return escape(printable(text), quote=True)


def with_code(text: str) -> str:
    """Return a sentence as HTML, what is in backticks as code."""
    return _CODE.sub(r"<code>\1</code>", said(text))


def plain_name(name: str) -> str:
    """Return the name of a category in plain words: without its number, hyphens and underscores as blanks."""
    plain = _NUMBER.sub("", name, count=1) if _NUMBER.match(name) else name
    return " ".join(plain.replace("-", " ").replace("_", " ").split()) or name


def named(name: str) -> str:
    """Return the plain name of a category as HTML, with the file's own name where more than hyphens differ."""
    plain = plain_name(name)
    own = "" if plain == name.replace("-", " ") else f' <span class="own">{said(name)}</span>'
    return f"<b>{said(plain)}</b>{own}"


def accuracy(value: float | None, ends: Interval | None) -> str:
    """Return an accuracy with its interval: 48% (45–51%)."""
    return UNKNOWN if value is None or ends is None else f"{percent(value)} ({between(ends)})"


def size(value: float | None, ends: Interval | None, rising: bool = False) -> str:
    """Return a size with its interval: 14 (10–20); `rising`: it may be larger."""
    mark = "≥" if rising else ""
    return UNKNOWN if value is None or ends is None else f"{mark}{value:.0f} ({sizes_between(ends)})"


def paragraph(markup: str, kind: str = "") -> str:
    """Return a paragraph of HTML, of a class of the style sheet."""
    return f'<p class="{kind}">{markup}</p>' if kind else f"<p>{markup}</p>"


def note(markup: str) -> str:
    """Return what qualifies the figures that it stands beside."""
    return paragraph(markup, "note")


def items(entries: Iterable[str]) -> str:
    """Return a list of pieces of HTML."""
    return "<ul>" + "".join(f"<li>{entry}</li>" for entry in entries) + "</ul>"


def pairs(entries: Iterable[tuple[str, str]]) -> str:
    """Return terms, each with what is said of it, both HTML."""
    return "<dl>" + "".join(f"<div><dt>{term}</dt><dd>{about}</dd></div>" for term, about in entries) + "</dl>"


def section(name: str, title: str, *parts: str) -> str:
    """Return a section of the page; `name` is its id, `title` and `parts` are HTML."""
    body = "\n".join(part for part in parts if part)
    return (
        f'<section id="{name}" aria-labelledby="{name}-title">\n<h2 id="{name}-title">{title}</h2>\n{body}\n</section>'
    )


def table(caption: str, headings: Sequence[str], rows: Iterable[Sequence[str]], kind: str = "") -> str:
    """Return a table; caption, headings and cells are HTML. The first cell of a row is its heading.

    On narrow screens each row is a block, in which a cell says its column by its `data-label`.
    """
    head = "".join(f'<th scope="col">{heading}</th>' for heading in headings)
    body = []
    for first, *others in rows:
        cells = "".join(
            f'<td data-label="{heading}">{cell}</td>' for heading, cell in zip(headings[1:], others, strict=True)
        )
        body.append(f'<tr><th scope="row">{first}</th>{cells}</tr>')
    return (
        f'<table class="{kind}"><caption>{caption}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n'
        + "\n".join(body)
        + "\n</tbody></table>"
    )
