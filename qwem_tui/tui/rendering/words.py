"""What the words pane says of a query, as lines of text: pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

from rich.cells import cell_len, set_cell_size

from qwem_tui.base.printable import printable
from qwem_tui.engine.frame import Snapshot
from qwem_tui.study.word_query import (
    Analogy,
    Answers,
    Ends,
    Found,
    Nearest,
    NearestTo,
    NoSuchMode,
    Query,
    RightFrom,
    Unknown,
    query_text,
)
from qwem_tui.vectors.queries import Scored

#: Columns of a score behind a word, with the place before it, and room between.
_SCORE, _PLACE, _BETWEEN = 8, 4, 2
#: Names of words are cut at this many columns where many are in a row.
_WIDEST = 24


@dataclass(frozen=True)
class FirstRight:
    """From when on an analogy is answered right.

    By the closed form by `size`, of those up to `sizes`; by the forecast by `step`, None where nothing is forecast.
    """

    size: RightFrom
    sizes: int
    step: RightFrom | None


_MADE_OF = {"measured": "step", "checkpoint": "checkpoint of step", "forecast": "forecast of step"}


def moment_text(snapshot: Snapshot) -> str:
    """Return in words which moment `snapshot` is of, and what it is made of."""
    return f"{_MADE_OF[snapshot.made_of]} {snapshot.step:,}"


def fit(text: str, width: int) -> str:
    """Return `text`, printable, in exactly `width` cells, cut with an ellipsis where it is longer."""
    text = printable(text)
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(text, max(0, width - 1)) + "…" if width else ""


def _heading(query: Query) -> str:
    match query:
        case NearestTo(word):
            return f"nearest to {word}"
        case Analogy(a, b, a2, answer):
            return f"{a} : {b} :: {a2} : {answer or '?'}"
        case _:
            return query_text(query)


def _rows(scored: Sequence[Scored], words: Sequence[str], width: int, mark: str | None = None) -> list[str]:
    """Return a line for each word, numbered, `mark` pointed out."""
    room = max(4, min(40, width - _PLACE - _SCORE - _BETWEEN))
    lines = []
    for place, each in enumerate(scored, 1):
        word = words[each.row]
        lines.append(f"{place:>{_PLACE - 1}} {fit(word, room)}{each.score:>{_SCORE}.3f}{' ◀' if word == mark else ''}")
    return lines


def _sides(found: Ends, words: Sequence[str], width: int) -> list[str]:
    """Return the two ends side by side, the positive one left."""
    half = max(8, min(40, (width - _BETWEEN) // 2))
    room = half - _SCORE
    lines = [f"{fit('positive end', half)}  {fit('negative end', half).rstrip()}"]
    for at in range(max(len(found.high), len(found.low))):
        sides = [
            f"{fit(words[end[at].row], room)}{end[at].score:>{_SCORE}.3f}" if at < len(end) else " " * half
            for end in (found.high, found.low)
        ]
        lines.append("  ".join(sides).rstrip())
    return lines


def _share(place: int, count: int) -> str:
    return f"place {place:,} of {count:,}"


def found_lines(
    found: Found, words: Sequence[str], width: int, first: FirstRight | None = None, seen_right: int | None = None
) -> list[str]:
    """Return what was found, a heading first, in lines of `width` cells; row i of a score belongs to `words[i]`.

    `first` is when an analogy is first answered right, None while that is not known; `seen_right` the step since which
    it was seen to be.
    """
    heading = fit(_heading(found.query), width).rstrip()
    match found:
        case Unknown(_, word, spellings):
            lines = [heading, f"{printable(word)} is not in the vocabulary."]
            return [*lines, "Like it: " + ", ".join(map(printable, spellings))] if spellings else lines
        case NoSuchMode(query, modes):
            return [heading, f"There is no mode {query.k:,}: this run has {modes:,}."]
        case Nearest():
            return [heading, *_rows(found.words, words, width)]
        case Ends():
            return [f"{heading}   lambda {found.eigenvalue:.4g}", *_sides(found, words, width)]
        case Answers(query):
            more = [*_verdict(found, len(words), seen_right), *_first_lines(query, first)]
            rows = _rows(found.words, words, width, query.answer)
            return [heading, *rows, *(line for each in more for line in wrap(each, width, subsequent_indent="  "))]


def _verdict(found: Answers, count: int, seen_right: int | None) -> list[str]:
    answer = found.query.answer
    if answer is None:
        return ["A fourth word is taken as the right answer."]
    word = printable(answer)
    if found.place is None:
        return [f"{word} is one of the words asked with: never an answer."]
    if found.place == 1:
        since = "" if seen_right is None else f", since step {seen_right:,}"
        return [f"right: {word} comes first{since}"]
    return [f"wrong: {word} is at {_share(found.place, count - 3)} ({found.score:.3f})"]


def _first_lines(query: Analogy, first: FirstRight | None) -> list[str]:
    if query.answer is None:
        return []
    if first is None:
        return ["closed form: ..."]
    lines = [f"closed form: {_right_from(first.size, 'size', f'at any size to {first.sizes}')}"]
    if first.step is not None:
        lines.append(f"forecast: {_right_from(first.step, 'step', 'in this run')}")
    return lines


def _right_from(found: RightFrom, what: str, nowhere: str) -> str:
    """Return in words from which size or step on an analogy is right."""
    if found.first is None:
        return f"not right {nowhere}"
    if found.lasting == found.first:
        return f"right from {what} {found.first:,}"
    return f"first at {what} {found.first:,}, " + (
        "not for good" if found.lasting is None else f"for good from {found.lasting:,}"
    )


def watch_line(found: Found, words: Sequence[str], width: int) -> str:
    """Return a watched query and what was found in one line of at most `width` cells."""
    match found:
        case Nearest(query, near):
            return _cut(f"{query.word}:", [words[each.row] for each in near], width)
        case Answers(query, best, place):
            mark = "" if place is None else "✓ " if place == 1 else f"✗ {place:,} "
            return _cut(f"{mark}{_heading(query)} =", [words[each.row] for each in best[:3]], width)
        case Ends(query, _, high, low):
            sides = [[words[each.row] for each in end[:3]] for end in (high, low)]
            return _cut(f"{query_text(query)}:", [*sides[0], "/", *sides[1]], width)
        case Unknown(query, word):
            return fit(f"{query_text(query)}: {word} is not in the vocabulary", width).rstrip()
        case NoSuchMode(query):
            return fit(f"{query_text(query)}: there is none", width).rstrip()


def _cut(head: str, names: Sequence[str], width: int) -> str:
    return fit(
        " ".join([head, *(fit(name, min(_WIDEST, cell_len(printable(name)))) for name in names)]), width
    ).rstrip()


EMPTY = (
    "Type a word: its nearest neighbours.",
    "man king woman: what answers the analogy;",
    "  a fourth word is the right answer.",
    ":mode 7: the words at both ends of mode 7.",
    "",
    "/ or i types here, esc leaves the line,",
    "tab completes a word, up and down recall.",
    "W keeps what is asked in view (watch list).",
)
