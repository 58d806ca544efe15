from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from rich.cells import cell_len
from rich.console import Console

from qwem_tui.analogies.files import parse_analogies
from qwem_tui.formats.prediction.data import prediction_json, reason, write_prediction_csv
from qwem_tui.formats.prediction.table import PredictionReport, answer, order_sentence, shown_dims, sparkline
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.prediction import Ability, PredictConfig, Prediction
from qwem_tui.theory.critical_size import CriticalSize, size_grid
from qwem_tui.theory.trajectory import Crossing

DIMS = size_grid(200)
UNSURE = "too unsure to mark: peak 4% on 14 word pairs may be chance"
UNASKED = "not in vocabulary: no question is covered"
NO_RUN = "no run is forecast for this target"

#: The contract of `qwem-predict/1`, written out.
KEYS = [
    "schema", "corpus", "vocab_size", "window", "negative_weight", "settings", "target", "eigenvalues", "lambda_min",
    "dims", "protocol", "categories", "overall",
]  # fmt: skip
ABILITY_KEYS = [
    "name", "attempted", "total", "accuracy", "peak_accuracy", "peak_dim", "critical_size", "critical_size_interval",
    "onset", "critical_step", "critical_t", "parameters", "bytes", "reason",
]  # fmt: skip


def rising(at: int, peak: float = 1.0) -> list[float]:
    """A curve that reaches its peak at size `at`, half of it half-way there, and falls afterwards."""
    return [peak * min(d / at, 1.0) if d <= at else peak * at / d for d in DIMS]


def size(
    name: str,
    accuracy: Sequence[float],
    critical: int | None = None,
    interval: tuple[int, int] | None = None,
    why: str | None = None,
    asked: tuple[int, int] = (120, 132),
) -> CriticalSize:
    curve = np.array(accuracy)
    at = 0 if np.isnan(curve).any() else int(curve.argmax())
    onset = None if critical is None else max(1, critical - 3)
    return CriticalSize(name, *asked, curve, float(curve[at]), DIMS[at], critical, interval, onset, why)


def unasked(name: str) -> Ability:
    return Ability(size(name, [math.nan] * len(DIMS), why=UNASKED, asked=(0, 56)), Crossing(None, None, UNASKED), None)


def reached(name: str, critical: int, interval: tuple[int, int], at: int = 60, peak: float = 0.8) -> Ability:
    return Ability(size(name, rising(at, peak), critical, interval), Crossing(321, 17, None, (280, 412)), 321 * 0.002)


def unsure(name: str) -> Ability:
    return Ability(size(name, [0.04] * len(DIMS), why=UNSURE), Crossing(None, None, UNSURE), None)


def made(of: Sequence[Ability], **changes: object) -> Prediction:
    found = Prediction(
        config=PredictConfig(StudyConfig(("text.txt",), window=8, negative_weight=2.0, seed=7)),
        documents=123_456,
        tokens=2_000_000_000,
        tokens_in_vocab=1_900_000_000,
        vocab_size=10_000,
        frobenius_sq=1.7e8,
        pairs_seen=12_345_678,
        eigenvalues=np.linspace(900.0, 20.0, 200),
        lambda_min=-12_345.6,
        residual=1.5e-6,
        loss_floor=np.linspace(0.99, 0.7, len(DIMS)),
        dims=DIMS,
        dim=64,
        step_size=0.002,
        expected_steps=12_345,
        abilities=tuple(of),
        overall=Ability(
            size("overall", rising(90, 0.5), 45, (38, 51), asked=(8869, 19544)),
            Crossing(400, 20, None, (390, 433)),
            0.8,
        ),
        missing=tuple((f"word{number}",) for number in range(len(of))),
        half_tokens=(),
        warnings=(),
        explanation=None,
    )
    return replace(found, **changes)  # type: ignore[arg-type]


#: A crossing that a run may miss.
FLEETING = Crossing(1018, 0, None, (914, 1353), True, 1353, 4)
#: One of each kind, with the longest names of the built-in file.
LATE = reached("family-gender", 99, (82, 200), at=200)
MIXED = (
    reached("country-nationality", 30, (24, 36)),
    replace(reached("present-participles", 7, (3, 12), at=14), crossing=FLEETING),
    unsure("comparatives"),
    unasked("cardinal-ordinal"),
    replace(
        LATE, size=replace(LATE.size, rising=True), t=None,
        crossing=Crossing(None, None, "after the run's end: at step 12,400"),
    ),
)  # fmt: skip


def halved() -> Prediction:
    """The mixed prediction with halves; the second half of the first category has no critical size."""
    mine = size("country-nationality", rising(50), 26, (20, 31), asked=(90, 132))
    lost = size("country-nationality", [0.0] * len(DIMS), why=UNSURE, asked=(80, 132))
    with_halves = tuple(
        replace(ability, halves=(replace(mine, name=ability.size.name), replace(lost, name=ability.size.name)))
        for ability in (*MIXED, made(MIXED).overall)
    )
    return made(MIXED, abilities=with_halves[:-1], overall=with_halves[-1], half_tokens=(950_000_000, 950_000_001))


def read_back(prediction: Prediction, missing: bool = False) -> dict[str, Any]:
    read = json.loads(json.dumps(prediction_json(prediction, missing), allow_nan=False))
    assert isinstance(read, dict)
    return read


def test_json_has_the_keys_of_the_contract_and_no_others() -> None:
    described = prediction_json(made(MIXED))
    assert list(described) == KEYS
    assert described["schema"] == "qwem-predict/1"
    assert described["corpus"] == {
        "documents": 123_456, "tokens": 2_000_000_000, "tokens_in_vocab": 1_900_000_000,
    }  # fmt: skip
    assert described["settings"] == {
        "target": "mstar", "fraction": 0.5, "bootstrap": 200, "seed": 7, "sigma": 1e-4, "step_size": 0.002, "dim": 64,
    }  # fmt: skip
    assert described["target"] == {"frobenius_sq": 1.7e8, "pairs_seen": 12_345_678}
    assert (described["vocab_size"], described["window"], described["negative_weight"]) == (10_000, 8, 2.0)
    assert (described["protocol"], described["lambda_min"]) == ("questions", -12_345.6)
    categories = described["categories"]
    assert isinstance(categories, list)
    for ability in [*categories, described["overall"]]:
        assert list(ability) == ABILITY_KEYS
    assert [ability["name"] for ability in categories] == [ability.size.name for ability in MIXED]


def test_json_reads_back_as_it_was_with_null_for_what_is_not_reached() -> None:
    read = read_back(made(MIXED))
    assert read["dims"] == list(DIMS)
    assert read["eigenvalues"] == np.linspace(900.0, 20.0, 200).tolist()
    first, _, weak, never, late = read["categories"]
    assert first == {
        "name": "country-nationality",
        "attempted": 120,
        "total": 132,
        "accuracy": rising(60, 0.8),
        "peak_accuracy": rising(60, 0.8)[DIMS.index(first["peak_dim"])],
        "peak_dim": first["peak_dim"],
        "critical_size": 30,
        "critical_size_interval": [24, 36],
        "onset": 27,
        "critical_step": 321,
        "critical_t": 321 * 0.002,
        "parameters": 300_000,
        "bytes": 1_200_000,
        "reason": None,
    }
    nothing = dict.fromkeys(ABILITY_KEYS[6:-1])
    assert {key: weak[key] for key in ABILITY_KEYS[6:]} == {**nothing, "reason": UNSURE}
    assert (weak["peak_accuracy"], weak["peak_dim"]) == (0.04, 1)
    assert never == {
        "name": "cardinal-ordinal", "attempted": 0, "total": 56, "accuracy": [None] * len(DIMS),
        "peak_accuracy": None, "peak_dim": None, **nothing, "reason": UNASKED,
    }  # fmt: skip
    assert (late["critical_size"], late["critical_step"], late["critical_t"]) == (99, None, None)
    assert late["reason"] == (
        "the critical size may be larger: accuracy may still rise beyond the largest size looked at; "
        "no critical step: after the run's end: at step 12,400"
    )
    assert read["overall"]["name"] == "overall"


def test_missing_words_and_halves_come_where_they_are_asked_for() -> None:
    assert "missing_words" not in read_back(made(MIXED))
    listed = read_back(made(MIXED), missing=True)
    assert list(listed) == [*KEYS, "missing_words"]
    missing = listed["missing_words"]
    assert isinstance(missing, dict)
    assert missing["comparatives"] == ["word2"]
    assert list(missing) == [ability.size.name for ability in MIXED]
    first = read_back(halved())["categories"][0]
    assert list(first) == [*ABILITY_KEYS, "halves"]
    known: dict[str, object] = {
        "attempted": 90, "critical_size": 26, "critical_size_interval": [20, 31], "peak_accuracy": max(rising(50)),
        "peak_dim": DIMS[rising(50).index(max(rising(50)))], "accuracy": rising(50), "reason": None,
    }  # fmt: skip
    unknown: dict[str, object] = {
        "attempted": 80,
        "critical_size": None,
        "critical_size_interval": None,
        "onset": None,
        "reason": UNSURE,
    }
    halves = first["halves"]
    assert isinstance(halves, list)
    for half, expected in zip(halves, (known, unknown), strict=True):
        assert {key: half[key] for key in expected} == expected


def test_the_reason_is_that_of_the_size_before_that_of_the_step() -> None:
    assert reason(MIXED[0]) is None
    assert reason(unsure("x")) == UNSURE
    first = replace(MIXED[0], size=replace(MIXED[0].size, at_first=True, onset=None))
    assert reason(first) == (
        "the critical size may be smaller: it is the smallest size looked at; "
        "no onset: accuracy is zero again at the largest size looked at"
    )
    assert reason(replace(MIXED[0], crossing=Crossing(None, None, NO_RUN))) == f"no critical step: {NO_RUN}"
    assert reason(replace(MIXED[0], crossing=FLEETING)) == (
        "a run may miss the critical step: the threshold is reached for a moment only, for longer at step 1,353 in "
        "this run"
    )
    never = replace(MIXED[0], crossing=FLEETING._replace(lasting=None))
    assert (reason(never) or "").endswith("for a moment only, never for longer in this run")


def rows_of(prediction: Prediction) -> list[dict[str, str]]:
    stream = io.StringIO()
    write_prediction_csv(prediction, stream)
    assert stream.getvalue().endswith("\r\n")
    header, *rows = csv.reader(io.StringIO(stream.getvalue(), newline=""))
    assert len(set(header)) == len(header)
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_csv_has_a_row_a_category_and_one_for_all() -> None:
    rows = rows_of(made(MIXED))
    assert [row["category"] for row in rows] == [*(ability.size.name for ability in MIXED), "overall"]
    first, _, weak, never, late, _ = rows
    assert list(first) == [
        "category", "attempted", "total", "protocol", "peak_accuracy", "peak_dim", "critical_size",
        "critical_size_low", "critical_size_high", "onset", "critical_step", "critical_step_low",
        "critical_step_high", "critical_t", "parameters", "bytes",
        "reason", *(f"accuracy[{d}]" for d in DIMS),
    ]  # fmt: skip
    assert (first["critical_size"], first["critical_size_low"], first["critical_size_high"]) == ("30", "24", "36")
    assert (first["onset"], first["critical_step"], first["parameters"]) == ("27", "321", "300000")
    assert (first["bytes"], first["reason"], first["protocol"]) == ("1200000", "", "questions")
    assert float(first["critical_t"]) == 321 * 0.002
    assert [float(first[f"accuracy[{d}]"]) for d in DIMS] == rising(60, 0.8)
    empty = ("critical_size", "critical_size_low", "critical_size_high", "onset", "critical_step", "critical_t")
    for row in (weak, never):
        assert {row[column] for column in (*empty, "parameters", "bytes")} == {""}
    assert {never[column] for column in ("peak_accuracy", "peak_dim", *(f"accuracy[{d}]" for d in DIMS))} == {""}
    assert (weak["reason"], never["reason"]) == (UNSURE, UNASKED)
    assert (late["critical_size"], late["critical_step"], late["critical_t"]) == ("99", "", "")


def test_csv_of_halves_and_of_names_that_are_hard_to_write() -> None:
    first, *_, overall = rows_of(halved())
    assert [first[f"half_1_{what}"] for what in ("critical_size", "low", "high")] == ["26", "20", "31"]
    assert [first[f"half_2_{what}"] for what in ("critical_size", "low", "high")] == ["", "", ""]
    assert overall["half_1_critical_size"] == "26"
    assert list(first)[17:24] == [
        "half_1_critical_size", "half_1_low", "half_1_high", "half_2_critical_size", "half_2_low", "half_2_high",
        "accuracy[1]",
    ]  # fmt: skip
    hard = 'größe, "alle"; 首都'
    assert rows_of(made([reached(hard, 30, (24, 36))]))[0]["category"] == hard


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
        replace(ability, t=None, crossing=Crossing(None, None, NO_RUN)) for ability in (*MIXED, made(MIXED).overall)
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
    rows = rows_of(hostile)
    assert rows[0]["category"] == category.name
    assert read_back(hostile, missing=True)["missing_words"] == {
        category.name: ["\x1b[31mred", "[b]"],
        "[/nothing]": [],
    }


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


TOGETHER = "All questions together do best at d = 90 (50%); at d = 200 it is 22%."


def test_the_answer_where_all_work() -> None:
    two = made([reached("a", 30, (24, 36), at=62, peak=0.8), reached("b", 7, (3, 51), at=14, peak=0.56)])
    assert answer(two) == (
        "2 of 2 categories work by d = 30 (95% intervals reach to d = 51).",
        "By d = 30 each has reached half of its own "
        f"peak accuracy; at 30 accuracy is {0.56 * 14 / 30:.0%} to {0.8 * 30 / 62:.0%}, at the peaks 56% to 80%. "
        + TOGETHER,
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
    few = Ability(size("few", [0.5] * len(DIMS), why="too few to tell", asked=(3, 90)), Crossing(None, None, "x"), None)
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
        " 1 of them may need more: accuracy may still rise beyond the largest size, 200. " + TOGETHER + " "
        "few cannot be told: 3 of 90 questions could be attempted. "
        "fewer cannot be told: 2 of 90 questions could be attempted. "
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
