"""A prediction as JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import Any

import numpy as np

from qwem_tui.formats.prediction.data import prediction_json, reason, write_prediction_csv
from qwem_tui.study.prediction import Prediction
from qwem_tui.theory.reason import reason_of
from qwem_tui.theory.trajectory import Crossing
from tests.formats.prediction.predictions import (
    DIMS,
    FLEETING,
    MIXED,
    NO_RUN,
    UNASKED,
    UNSURE,
    halved,
    made,
    reached,
    rising,
    unsure,
)

#: The contract of `qwem-predict/1`, written out.
KEYS = [
    "schema", "corpus", "vocab_size", "window", "negative_weight", "settings", "target", "eigenvalues", "lambda_min",
    "dims", "protocol", "categories", "overall",
]  # fmt: skip
ABILITY_KEYS = [
    "name", "attempted", "total", "accuracy", "peak_accuracy", "peak_dim", "critical_size", "critical_size_interval",
    "onset", "critical_step", "critical_t", "parameters", "bytes", "reason",
]  # fmt: skip


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
        "the critical size may be larger: accuracy may still rise beyond the largest size evaluated; "
        "no critical step: after the run's end: at step 12,400"
    )
    assert read["overall"]["name"] == "overall"


def test_missing_words_and_halves_come_where_they_are_asked_for() -> None:
    assert "missing_words" not in read_back(made(MIXED))
    listed = read_back(made(MIXED), missing=True)
    assert list(listed) == [*KEYS, "missing_words", "impossible_words"]
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
        "the critical size may be smaller: it is the smallest size evaluated; "
        "no onset: accuracy is zero again at the largest size evaluated"
    )
    assert reason(replace(MIXED[0], crossing=Crossing(None, None, reason_of(NO_RUN)))) == f"no critical step: {NO_RUN}"
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


def test_names_and_words_from_outside_are_as_they_were() -> None:
    name = "[red]\x1b]0;\x07\u202e:+1:"
    hostile = made([reached(name, 30, (24, 36)), unsure("[/nothing]")], missing=(("\x1b[31mred", "[b]"), ()))
    assert rows_of(hostile)[0]["category"] == name
    assert read_back(hostile, missing=True)["missing_words"] == {name: ["\x1b[31mred", "[b]"], "[/nothing]": []}
