"""The questions of one category, one by one: right or wrong, since when, what is answered instead. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from rich.cells import cell_len
from rich.text import Text

from qwem_tui.analogies.answers import Answers
from qwem_tui.analogies.protocols import Analogies
from qwem_tui.base.ascii import to_ascii
from qwem_tui.base.printable import printable
from qwem_tui.engine.question_log import QuestionState
from qwem_tui.tui.charts.canvas import crop
from qwem_tui.tui.rendering.palette import Palette

Order = Literal["file order", "wrong first", "least margin first", "latest change first"]
Which = Literal["all", "wrong", "right"]
ORDERS: tuple[Order, ...] = get_args(Order)
WHICH: tuple[Which, ...] = get_args(Which)
#: Columns of cells between two columns of the table, and the least that a word is cut to.
_GAP, _LEAST_WORD = 2, 2
#: Columns of cells between two blocks.
_BETWEEN = 4
_HEADS = ("", "question", "since", "margin", "answered instead")


@dataclass(frozen=True)
class Evaluation:
    """What the embeddings of `step` answer to the questions of one category.

    `made_of` says in words what they are where the time cursor chose them; empty for the latest.
    """

    step: int
    answers: Answers
    made_of: str = ""


@dataclass(frozen=True)
class QuestionRow:
    """A question: its words a, b, a' and b', and what is known of it; words are printable.

    `right` is None where it was never evaluated. `since` is the step since which it is right, or wrong, in figures:
    with ≤ where it was so when the questions were first evaluated, with > where that changed after the step, empty
    where it is not known; `changed` is the same as a number, for sorting. `rival` is the best word that is no right
    answer, which a wrong question is answered with, empty where there is none; `margin` as in `Answers`.
    """

    words: tuple[str, str, str, str]
    right: bool | None
    since: str
    changed: int
    rival: str
    margin: float | None


def question_rows(
    analogies: Analogies,
    words: Sequence[str],
    category: int,
    state: QuestionState | None,
    began: int | None,
    evaluation: Evaluation | None,
) -> tuple[QuestionRow, ...]:
    """Return a row for each question of `category` (by number) that can be asked, in the order of the file.

    `words` (V,) are those of the vocabulary. `state` is that of all questions at the last evaluated step up to that of
    `evaluation`, or (None) up to now; `began` is the first evaluated step. Where there is an evaluation it says what is
    right.
    """
    mine = np.flatnonzero(analogies.category == category)
    rows = []
    for place, number in enumerate(mine.tolist()):
        a, b, a2, b2 = (printable(words[row]) for row in analogies.questions[number].tolist())
        right = None if state is None else bool(state.correct[number])
        rival, margin = "", None
        if evaluation is not None:
            at, margin = int(evaluation.answers.rival[place]), float(evaluation.answers.margin[place])
            right, rival = margin > 0, "" if at < 0 else printable(words[at])
        since, changed = _since(number, right, state, began)
        rows.append(QuestionRow((a, b, a2, b2), right, since, changed, rival, margin))
    return tuple(rows)


def _since(number: int, right: bool | None, state: QuestionState | None, began: int | None) -> tuple[str, int]:
    if state is None:
        return "", -1
    if bool(state.correct[number]) != right:
        return f">{state.step:,}", state.step + 1
    step = int(state.since[number])
    # before the first evaluation nobody looked; before step 0 there was nothing
    return f"{'≤' if step == began and step > 0 else ''}{step:,}", step


def chosen(rows: Sequence[QuestionRow], which: Which, containing: str, order: Order) -> tuple[QuestionRow, ...]:
    """Return the rows that are right or wrong, as `which` says, with a word that holds `containing`, in `order`."""
    wanted = containing.casefold()
    kept = [
        row
        for row in rows
        if (which == "all" or row.right is (which == "right"))
        and any(wanted in word.casefold() for word in (*row.words, row.rival))
    ]
    if order == "wrong first":
        kept.sort(key=lambda row: row.right is not False)
    elif order == "least margin first":
        kept.sort(key=lambda row: np.inf if row.margin is None or np.isnan(row.margin) else row.margin)
    elif order == "latest change first":
        kept.sort(key=lambda row: -row.changed)
    return tuple(kept)


@dataclass(frozen=True)
class Columns:
    """How many cells each column of the table takes; `ascii`: all is drawn in ASCII.

    Where there is room the table goes on beside itself, in so many `blocks`.
    """

    question: int
    since: int
    margin: int
    rival: int
    ascii: bool
    blocks: int = 1


def columns_for(rows: Sequence[QuestionRow], width: int, ascii: bool) -> Columns:
    """Return the columns of a table of `rows` that takes at most `width` cells: as wide as they need, if that fits."""
    since = max([len(_HEADS[2]), *(cell_len(_plain(row.since, ascii)) for row in rows)])
    margin = len(_HEADS[3])
    room = width - 1 - since - margin - 4 * _GAP
    question = max([len(_HEADS[1]), *(cell_len(_question(row, None, ascii)) for row in rows)])
    rival = max([len("answered"), *(cell_len(_plain(f"({row.rival})", ascii)) for row in rows)])
    if question + rival > room:
        # two thirds go to four words, if they need them
        rival = max(room - question, room // 3)
        question = room - rival
    # the heading may take what the words leave
    rival = max(rival, min(len(_HEADS[4]), room - question))
    taken = width - room + question + rival + _BETWEEN
    return Columns(max(question, 0), since, margin, max(rival, 0), ascii, max(1, (width + _BETWEEN) // taken))


def _plain(text: str, ascii: bool) -> str:
    return to_ascii(text) if ascii else text


def _cut(text: str, cells: int, ascii: bool) -> str:
    return crop(text, cells, "~" if ascii else "…")


def _question(row: QuestionRow, cells: int | None, ascii: bool) -> str:
    """Return `a : b :: a' : b'` in at most `cells` cells: the longest words are cut first."""
    words = [_plain(word, ascii) for word in row.words]
    if cells is not None:
        lengths = [cell_len(word) for word in words]
        room = cells - len(" :  ::  : ")
        most = max(lengths)
        while most > _LEAST_WORD and sum(min(length, most) for length in lengths) > room:
            most -= 1
        words = [_cut(word, most, ascii) for word in words]
    return "{} : {} :: {} : {}".format(*words)


def _margin(margin: float | None) -> str:
    """Return a margin in at most 6 cells; early in a run they are tiny."""
    if margin is None or not np.isfinite(margin):
        return ""
    return f"{margin:+.3f}" if abs(margin) >= 0.001 else f"{margin:+.0e}" if margin else "0"


def _padded(cells: Sequence[str], columns: Columns) -> list[str]:
    """Return the cells of a line, each as wide as its column; figures stand on the right."""
    widths = (1, columns.question, -columns.since, -columns.margin, columns.rival)
    padded = []
    for text, width in zip(cells, widths, strict=True):
        text = _cut(text, abs(width), columns.ascii)
        blank = " " * (abs(width) - cell_len(text))
        padded.append(blank + text if width < 0 else text + blank)
    return padded


def head_line(columns: Columns) -> str:
    """Return the headings of the table."""
    return (" " * _BETWEEN).join(columns.blocks * [(" " * _GAP).join(_padded(_HEADS, columns))])


def height(rows: Sequence[QuestionRow], columns: Columns) -> int:
    """Return how many lines the table of `rows` has."""
    return -(-len(rows) // columns.blocks)


def table_line(rows: Sequence[QuestionRow], at: int, columns: Columns, colors: Palette) -> Text:
    """Return line `at`, counted from 0, of the table of `rows`; it is no markup."""
    blocks = rows[at :: height(rows, columns)]
    return Text(" " * _BETWEEN).join(_question_line(row, columns, colors) for row in blocks)


def _question_line(row: QuestionRow, columns: Columns, colors: Palette) -> Text:
    mark = {True: "✓", False: "✗", None: "?"}[row.right]
    rival = f"({row.rival})" if row.right and row.rival else row.rival
    cells = (mark, _question(row, columns.question, columns.ascii), row.since, _margin(row.margin), rival)
    mark_style = "" if row.right is None else colors.line(2) if row.right else colors.line(3)
    styles = (mark_style, "", "", "", "dim" if row.right else "")
    padded = _padded([_plain(cell, columns.ascii) for cell in cells], columns)
    return Text(" " * _GAP).join(Text(text, style) for text, style in zip(padded, styles, strict=True))


@dataclass(frozen=True)
class Standing:
    """What the table is of.

    `evaluated` is the step whose embeddings were evaluated here, `recorded` the last one that the run evaluated by
    itself, `now` the one where the run is; None where there is none.

    `recording` says whether the run keeps since when a question is right, `asking` whether embeddings are awaited,
    `refused` whether none came, `follows` whether the table follows the run by itself. `made_of` says what the
    embeddings at the time cursor are, empty where the latest are shown, and `remark` how far forecasts are prepared.
    """

    evaluated: int | None
    recorded: int | None
    now: int | None
    recording: bool
    asking: bool
    refused: bool
    follows: bool
    made_of: str = ""
    remark: str = ""


def counts_text(rows: Sequence[QuestionRow], shown: int, standing: Standing) -> str:
    """Return how many of all `rows` are right, when, and how many are `shown`, in a few short sentences."""
    if not rows:
        return "None of its questions can be asked: each has a word outside the vocabulary."
    step = standing.recorded if standing.evaluated is None else standing.evaluated
    if step is None:
        said = f"{len(rows):,} questions, not evaluated yet"
    else:
        said = f"{sum(row.right is True for row in rows):,} of {len(rows):,} right at step {step:,}"
    if standing.made_of and standing.evaluated is not None:
        said = f"{sum(row.right is True for row in rows):,} of {len(rows):,} right, {standing.made_of}"
        if standing.remark and standing.evaluated != standing.now:
            said += f"; {standing.remark}"
    elif standing.evaluated is None:
        if step is not None:
            said += ", the last one evaluated"
        if standing.asking:
            said += "; margins are being worked out ..."
        elif standing.refused:
            said += "; the run did not answer: r asks again"
    elif standing.evaluated == standing.now or standing.follows:
        said += ", evaluated from the run as it is now"
    elif standing.asking:
        said += "; being evaluated again ..."
    else:
        said += f"; the run is at step {standing.now or 0:,}: r evaluates again"
    said += f"; {shown:,} shown." if shown < len(rows) else "" if said.endswith("...") else "."
    return said if standing.recording else f"{said} Since when is not recorded."
