"""A prediction for the terminal."""

from __future__ import annotations

import io
import math
from dataclasses import replace

import numpy as np
import pytest
from rich.cells import cell_len
from rich.console import Console

from qwem_tui.analogies.files import parse_analogies
from qwem_tui.formats.prediction.table import PredictionReport, answer, order_sentence, shown_dims, sparkline
from qwem_tui.study.prediction import Ability, Prediction
from qwem_tui.theory.reason import reason_of
from qwem_tui.theory.trajectory import Crossing
from tests.formats.prediction.predictions import (
    DIMS,
    MIXED,
    NO_RUN,
    halved,
    made,
    reached,
    size,
    unasked,
    unsure,
)


def shown(prediction: Prediction, width: int, ascii_only: bool = False, missing: bool = False) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False, markup=False, emoji=False)
    console.print(PredictionReport(prediction, ascii_only, missing))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("kind", ["mixed", "halves", "pmi", "none"])
def test_nothing_is_cut_and_no_line_is_too_long(kind: str, ascii_only: bool) -> None:
    prediction = {
        "mixed": made(MIXED, warnings=("A sentence that the user should read. " * 5,)),
        "halves": halved(),
        "pmi": without_a_run(),
        "none": made([unsure("comparatives"), unasked("x")], overall=unsure("overall")),
    }[kind]
    for width in (80, 100, 159, 160, 250):
        text = shown(prediction, width, ascii_only, missing=True)
        assert max(map(len, text.splitlines())) <= width
        assert "…" not in text
        assert text.isascii() == ascii_only
        for ability in prediction.abilities:
            assert ability.size.name in text
        assert ("d* (95%)" in text) == (kind != "none" or width >= 160)
        assert ("1.1 MiB" in text) == (kind != "none")
        assert (
            ("half 1" in text) == ("950,000,000 and 950,000,001 words" in " ".join(text.split())) == (kind == "halves")
        )
        assert ("Step: where" in text) == (kind != "pmi")


def without_a_run() -> Prediction:
    """The mixed prediction for a target that no run is forecast for."""
    config = replace(made(MIXED).config, target="pmi")
    abilities = tuple(
        replace(ability, t=None, crossing=Crossing(None, None, reason_of(NO_RUN)))
        for ability in (*MIXED, made(MIXED).overall)
    )
    return made(
        MIXED,
        config=config,
        abilities=abilities[:-1],
        overall=abilities[-1],
        expected_steps=None,
        step_size=None,
        dim=None,
    )


def line_of(text: str, name: str, nth: int = 0) -> list[str]:
    """Return the cells, blanks apart, of the `nth` table row that begins with `name`."""
    tables = text.partition("\ncategory ")[2]
    return [line for line in tables.splitlines() if line.startswith(f"{name} ")][nth].split()


def test_a_wide_table_says_all_in_one_row() -> None:
    text = shown(made(MIXED), 160)
    cells = line_of(text, "country-nationality")
    assert cells[1] == "120/132"
    row = " ".join(cells)
    assert "30 (24–36) 27 300 k 1.1 MiB 321 (280–412) 17" in row
    assert "≥99 (82–≥200) 96 990 k 3.8 MiB – –" in " ".join(line_of(text, "family-gender"))
    assert " ".join(line_of(text, "comparatives")).endswith("4% at 1 – – – – – –")
    # what nothing is known of has no row
    assert not any(line.startswith("cardinal-ordinal") for line in text.splitlines())
    assert "of (questions): cardinal-ordinal (56)." in text
    # one table, and three where there is less room
    assert text.count("d* (95%)") == 1
    narrow = shown(made(MIXED), 100)
    assert line_of(narrow, "country-nationality", 1)[1:] == ["30", "(24–36)", "27", "300", "k", "1.1", "MiB"]
    assert line_of(narrow, "country-nationality", 2)[1:] == ["321", "(280–412)", "17"]
    # a step that a run may miss is marked, and a sentence says why
    assert line_of(narrow, "present-participles", 2)[1:] == ["1,018?", "(914–1,353)", "0"]
    assert (
        "present-participles: a run may miss step 1,018, for the threshold is reached for a moment only, for longer at "
        "step 1,353 in this run." in " ".join(narrow.split())
    )
    assert "120/132" in line_of(narrow, "country-nationality", 0)


def test_names_with_markup_or_escapes_are_shown_and_do_nothing() -> None:
    (category,) = parse_analogies(": [red]\x1b]0;\x07\u202e:+1:\na b c d\n", "f")
    hostile = made([reached(category.name, 30, (24, 36)), unsure("[/nothing]")], missing=(("\x1b[31mred", "[b]"), ()))
    for width in (80, 160):
        # a console that takes markup for what it is
        console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
        console.print(PredictionReport(hostile, missing=True))
        assert isinstance(console.file, io.StringIO)
        text = console.file.getvalue()
        assert text.count("[red]\\x1b]0;\\x07\\u202e") >= 2
        assert "[/nothing]" in text
        assert "words not in the vocabulary: \\x1b[31mred [b]" in " ".join(text.split())
        assert not any(ord(character) < 32 and character != "\n" for character in text)
        assert "\u202e" not in text


@pytest.mark.parametrize(
    ("curve", "width", "blocks", "ascii_blocks"),
    [
        ([0.0, 0.125, 0.25, 0.5, 0.75, 1.0], 10, " ▁▂▄▆█", " .:=*@"),
        # anything above zero shows, and full height is one alone
        ([1e-4, 0.126, 0.874, 0.876], 4, "▁▂▇█", ".:#@"),
        # a character shows the largest of the points it stands for
        ([0.0, 1.0, 0.0, 0.0, 0.25, 0.0], 3, "█ ▂", "@ :"),
        ([0.0, 0.0, 0.0, 0.5, 0.0], 2, " ▄", " ="),
        ([math.nan, math.nan], 5, "", ""),
        ([], 5, "", ""),
    ],
)
def test_a_curve_as_blocks(curve: list[float], width: int, blocks: str, ascii_blocks: str) -> None:
    assert sparkline(np.array(curve), width) == blocks
    assert sparkline(np.array(curve), width, ascii_only=True) == ascii_blocks


@pytest.mark.parametrize(
    ("dims", "count", "expected"),
    [
        (DIMS, 3, (51, 99, 200)),
        (DIMS, 6, (6, 13, 25, 51, 99, 200)),
        ((8, 16, 32), 6, (8, 16, 32)),
        ((8, 16, 32), 2, (16, 32)),
        ((5,), 3, (5,)),
        ((3, 100), 8, (3, 100)),
        ((3, 100), 3, (100,)),
    ],
)
def test_sizes_given_as_numbers_are_the_largest_and_its_halves(
    dims: tuple[int, ...], count: int, expected: tuple[int, ...]
) -> None:
    assert shown_dims(dims, count) == expected


OVERALL_SENTENCE = "All questions together do best at d = 90 (50%); at d = 200 it is 22%."


def test_the_answer_where_all_work() -> None:
    two = made([reached("a", 30, (24, 36), at=62, peak=0.8), reached("b", 7, (3, 51), at=14, peak=0.56)])
    assert answer(two) == (
        "2 of 2 categories work by d = 30 (95% intervals reach to d = 51).",
        "By d = 30 each has reached half of its own "
        f"peak accuracy; at 30 accuracy is {0.56 * 14 / 30:.0%} to {0.8 * 30 / 62:.0%}, at the peaks 56% to 80%. "
        + OVERALL_SENTENCE,
    )
    other = replace(two, config=replace(two.config, fraction=0.9))
    assert "each has reached 90% of its own peak" in answer(other)[1]
    one = made([reached("a", 30, (24, 36), at=62, peak=0.8)])
    assert answer(one) == (
        "1 of 1 category works by d = 30 (95% intervals reach to d = 36).",
        "By d = 30 it has reached half of its own peak "
        f"accuracy; at 30 accuracy is {0.8 * 30 / 62:.0%}, at the peaks 80%.",
    )


def test_the_answer_where_some_do_not_names_those_that_are_asked_most() -> None:
    few = Ability(
        size("few", [0.5] * len(DIMS), why="too few to tell", asked=(3, 90)), Crossing(None, None, reason_of("x")), None
    )
    fewer = replace(few, size=replace(few.size, name="fewer", attempted=2))
    rising = reached("up", 42, (30, 60), at=200)
    some = made(
        [unasked("never"), fewer, few, reached("a", 30, (24, 36)), unsure("weak"), unasked("nor"),
         replace(rising, size=replace(rising.size, rising=True))]
    )  # fmt: skip
    headline, text = answer(some)
    assert headline == (
        "2 of 7 categories work by d = 42 (95% intervals reach to d = 60 or beyond); weak is not reached: peak 4% on "
        "14 word pairs may be chance."
    )
    assert text.startswith("By d = 42 each has")
    assert text.endswith(
        " 1 of them may need more: accuracy may still rise beyond the largest size, 200. " + OVERALL_SENTENCE + " "
        "few is not known: 3 of 90 questions could be attempted. "
        "fewer is not known: 2 of 90 questions could be attempted. "
        "Of 2 no question could be attempted."
    )
    assert "; at 42 accuracy is" in text
    many = answer(made([*some.abilities, *(unsure(f"w{number}") for number in range(2, 6))]))[1]
    assert "w4 is not reached" in many
    assert "w5" not in many
    assert " 1 more is listed below. " in many
    most = answer(made([*some.abilities, *(unsure(f"w{number}") for number in range(2, 7))]))[1]
    assert " 2 more are listed below. " in most


def test_the_answer_where_none_works() -> None:
    assert answer(made([unasked("a"), unasked("b")], overall=unasked("overall"))) == (
        "None of 2 categories is known to work at a size up to d = 200 on this corpus.",
        "Of 2 no question could be attempted.",
    )


def test_only_the_order_that_intervals_support_is_told() -> None:
    a, b, c, d = (
        reached("a", 5, (4, 6)), reached("b", 9, (8, 12)), reached("c", 11, (9, 14)), reached("d", 40, (30, 60)),
    )  # fmt: skip
    told = order_sentence(made([d, c, a, unsure("no"), b]))
    assert told is not None
    assert told.startswith("Order that the intervals support: a before b before d. ")
    assert order_sentence(made([b, c, reached("e", 12, (5, 31))])) == (
        "Order: all intervals overlap, so these word pairs support no order of the categories."
    )
    assert order_sentence(made([a, unsure("no")])) is None
    assert order_sentence(made([unasked("no")])) is None


@pytest.mark.parametrize(
    ("rising", "at_first", "cell", "plain"),
    [
        (False, False, " 30 (24–36) ", " 30 (24-36) "),
        (True, False, " ≥30 (24–≥36) ", " >=30 (24->=36) "),
        (False, True, " ≤30 (≤24–36) ", " <=30 (<=24-36) "),
        (True, True, " ~30 (≤24–≥36) ", " ~30 (<=24->=36) "),
    ],
)
def test_a_size_that_the_grid_bounds_from_one_side_is_marked(
    rising: bool, at_first: bool, cell: str, plain: str
) -> None:
    one = reached("a", 30, (24, 36))
    of = made([replace(one, size=replace(one.size, rising=rising, at_first=at_first))])
    text, ascii_text = shown(of, 160), shown(of, 160, ascii_only=True)
    assert cell in " ".join(line_of(text, "a"))
    assert plain in " ".join(line_of(ascii_text.replace("|", " "), "a"))
    # a mark that is used is explained, and no other
    meant = {"≥": rising and not at_first, "≤": at_first and not rising, "~": rising and at_first}
    assert {mark: f"\n{mark}: " in text for mark in meant} == meant


def test_the_ascii_form_is_ascii_whatever_the_names() -> None:
    hard = made([reached("größe", 30, (24, 36)), unasked("首都")], warnings=("τ and ‖ and „quotes“",))
    for width in (80, 160):
        text = shown(hard, width, ascii_only=True, missing=True)
        assert text.isascii()
        assert "gr??e" in text


def test_names_that_are_long_are_cut_to_what_the_table_has_room_for() -> None:
    long = [reached("x" * 300, 30, (24, 36)), unsure("漢" * 100), unasked("y" * 300)]
    for width in (80, 100, 160):
        text = shown(made(long), width, missing=True)
        assert max(map(cell_len, text.splitlines())) <= width
        assert "…" not in text
        assert "xxxxxxxxxxxxxxxx.. " in text
