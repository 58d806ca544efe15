from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from rich.cells import cell_len

from qwem_tui.analogies.answers import Answers
from qwem_tui.analogies.files import Category
from qwem_tui.analogies.protocols import attempt
from qwem_tui.engine.question_log import QuestionLog
from qwem_tui.tui.rendering.palette import DARK
from qwem_tui.tui.rendering.questions import (
    ORDERS,
    Evaluation,
    QuestionRow,
    Standing,
    chosen,
    columns_for,
    counts_text,
    head_line,
    height,
    question_rows,
    table_line,
)

WORDS = ("paris", "france", "東京", "日本", "[bold]x[/bold]", "bad\x1b[31mword", "rome", "italy")
ASKED = attempt(
    [
        Category("other", (("rome", "italy", "paris", "france"),)),
        Category("capitals", (("paris", "france", "東京", "日本"), ("paris", "france", WORDS[4], WORDS[5]))),
    ],
    {word: row for row, word in enumerate(WORDS)},
    "questions",
)
ROW = QuestionRow(("paris", "france", "rome", "italy"), True, "120", 120, "spain", 0.25)


def rows(evaluation: Evaluation | None = None, up_to: int = 100) -> tuple[QuestionRow, ...]:
    """Those of capitals after evaluations at 10, 20 and 30, in which the last question turned right at 20."""
    log = QuestionLog(3)
    for step, correct in ((10, [0, 0, 0]), (20, [1, 0, 1]), (30, [1, 0, 1])):
        log.append(step, np.array(correct, np.bool_))
    outcomes = log.outcomes()
    return question_rows(ASKED, WORDS, 1, outcomes.state_at(up_to), outcomes.began, evaluation)


def test_rows_say_since_when_as_far_as_that_is_known() -> None:
    assert [(row.right, row.since, row.margin) for row in rows()] == [(False, "≤10", None), (True, "20", None)]
    assert rows()[1].words == ("paris", "france", "[bold]x[/bold]", "bad\\x1b[31mword")
    # evaluated here at step 35, where both are not what they were at step 30
    found = rows(Evaluation(35, Answers(np.array([6, -1]), np.array([0.5, -0.25]))))
    assert [(row.right, row.since, row.rival, row.margin) for row in found] == [
        (True, ">30", "rome", 0.5),
        (False, ">30", "", -0.25),
    ]
    nothing = question_rows(ASKED, WORDS, 1, None, None, None)
    assert [(row.right, row.since) for row in nothing] == [(None, ""), (None, "")]


def test_order_and_choice() -> None:
    right, wrong = ROW, replace(ROW, right=False, margin=-0.5, changed=200, words=("oslo", "norway", "rome", "italy"))
    unknown = replace(ROW, right=None, margin=None, changed=-1, rival="")
    nan = replace(ROW, right=False, margin=float("nan"), changed=0, rival="Oslo")
    every = (right, wrong, unknown, nan)
    assert chosen(every, "all", "", "file order") == every
    assert chosen(every, "all", "", "wrong first") == (wrong, nan, right, unknown)
    assert chosen(every, "all", "", "least margin first") == (wrong, right, unknown, nan)
    assert chosen(every, "all", "", "latest change first") == (wrong, right, nan, unknown)
    assert chosen(every, "wrong", "", "file order") == (wrong, nan)
    assert chosen(every, "right", "", "file order") == (right,)
    # any of its words, and what is answered instead
    assert chosen(every, "all", "OSLO", "file order") == (wrong, nan)
    assert len(ORDERS) == 4


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("width", [30, 58, 76, 100, 156])
def test_lines_are_straight_and_no_wider_than_there_is_room(width: int, ascii: bool) -> None:
    long = replace(ROW, words=("x" * 50, "y", "東京" * 20, "z" * 9), rival="w" * 90, right=False, margin=-1.25)
    every = (ROW, long, *rows(), replace(ROW, margin=float("inf"), rival=""))
    columns = columns_for(every, width, ascii)
    lines = [table_line((row,), 0, columns, DARK) for row in every]
    assert columns.blocks == 1
    assert {cell_len(line.plain) for line in lines} == {cell_len(head_line(columns))}
    if width >= 58:
        assert cell_len(head_line(columns)) <= width
        for line in lines:
            assert all(mark in line.plain for mark in (" : ", " :: "))
        # the short words of a question stay whole as long as they can
        assert " y :: " in lines[1].plain
    assert not ascii or all(line.plain.isascii() for line in lines)
    assert all("\x1b" not in line.plain for line in lines)


def test_a_right_answer_has_its_rival_in_brackets_and_a_wrong_one_what_was_answered() -> None:
    columns = columns_for((ROW,), 100, False)
    assert table_line((ROW,), 0, columns, DARK).plain.split() == [
        "✓", "paris", ":", "france", "::", "rome", ":", "italy", "120", "+0.250", "(spain)",
    ]  # fmt: skip
    wrong = table_line((replace(ROW, right=False, margin=-0.25),), 0, columns, DARK)
    assert wrong.plain.split()[-2:] == ["-0.250", "spain"]
    # a tie is wrong, and what is tiny is no tie
    for margin, text in ((0.0, "0"), (3e-5, "+3e-05"), (-0.0004, "-4e-04"), (-2.0, "-2.000")):
        assert table_line((replace(ROW, margin=margin),), 0, columns, DARK).plain.split()[-2] == text
    assert head_line(columns).split()[:4] == ["question", "since", "margin", "answered"]


def test_where_there_is_room_the_table_goes_on_beside_itself() -> None:
    every = tuple(replace(ROW, since=str(number)) for number in range(7))
    columns = columns_for(every, 156, False)
    assert (columns.blocks, height(every, columns)) == (2, 4)
    lines = [table_line(every, at, columns, DARK) for at in range(4)]
    assert [[word for word in line.plain.split() if word.isdigit()] for line in lines] == [
        ["0", "4"], ["1", "5"], ["2", "6"], ["3"],
    ]  # fmt: skip
    assert head_line(columns).count("question") == 2
    assert cell_len(lines[0].plain) == cell_len(head_line(columns)) <= 156


@pytest.mark.parametrize(
    ("standing", "text"),
    [
        (
            Standing(120, 100, 120, True, False, False, True),
            "1 of 2 right at step 120, evaluated from the run as it is now; 1 shown.",
        ),
        (
            Standing(120, 100, 300, True, False, False, False),
            "1 of 2 right at step 120; the run is at step 300: r evaluates again; 1 shown.",
        ),
        (
            Standing(None, 100, 120, True, True, False, True),
            "1 of 2 right at step 100, the last one evaluated; margins are being worked out ...; 1 shown.",
        ),
        (
            Standing(90, 100, 90, True, False, False, True, "forecast of step 90"),
            "1 of 2 right, forecast of step 90; 1 shown.",
        ),
        (
            Standing(80, 100, 90, True, False, False, True, "checkpoint of step 80", "preparing forecasts 40% ..."),
            "1 of 2 right, checkpoint of step 80; preparing forecasts 40% ...; 1 shown.",
        ),
        (
            Standing(None, None, 120, False, False, True, False),
            "2 questions, not evaluated yet; the run did not answer: r asks again; 1 shown. "
            "Since when is not recorded.",
        ),
    ],
)
def test_counts(standing: Standing, text: str) -> None:
    assert counts_text((ROW, replace(ROW, right=False)), 1, standing) == text


def test_a_category_without_questions() -> None:
    assert "None of its questions can be asked" in counts_text((), 0, Standing(*3 * (None,), *4 * (False,)))
