"""A plan as JSON and CSV."""

from __future__ import annotations

import csv
import io
import json

import pytest

from qwem_tui.formats.plan.data import CAVEATS, plan_json, write_plan_csv
from qwem_tui.study.plan.requirements import Need
from tests.formats.plan.plans import EVIL, LONGEST, made, with_domain

#: The contract of `qwem-plan/1`, written out.
KEYS = [
    "schema", "corpus", "vocab_size", "window", "negative_weight", "protocol", "settings", "parts", "categories",
    "overall", "needs", "stages", "no_stages", "calibration", "domain", "warnings", "caveats", "seconds",
]  # fmt: skip
GROWTH_KEYS = [
    "name", "attempted", "total", "points", "peak_dim", "spread", "gain", "extrapolated", "reason",
]  # fmt: skip
CATEGORY_KEYS = [*GROWTH_KEYS, "verdict", "missing_words", "wider_vocabularies"]
POINT_KEYS = [
    "words", "share", "parts", "attempted", "peak_accuracy", "peak_interval", "critical_size",
    "critical_size_interval", "onset", "onset_interval", "known_in",
]  # fmt: skip
STAGE_KEYS = [
    "name", "share", "words", "vocab_size", "dim", "choice", "abilities", "stop", "parameters", "bytes", "memory",
    "prepare_seconds", "steps", "step_seconds", "train_seconds", "elsewhere_seconds", "reason",
    "train_seconds_range", "needed",
]  # fmt: skip


def test_json_has_the_keys_of_the_contract_and_no_others() -> None:
    described = json.loads(json.dumps(plan_json(made(needs=(Need(LONGEST, 0.5),), speedup=20.0)), allow_nan=False))
    assert list(described) == KEYS
    assert described["schema"] == "qwem-plan/1"
    assert described["corpus"] == {
        "documents": 123_456, "words": 2_000_000_000, "words_in_vocab": 1_900_000_000, "blocks": 32, "pieces": False,
    }  # fmt: skip
    assert described["settings"] == {
        "window_shape": "dynamic", "max_dim": 200, "fraction": 0.5, "bootstrap": 200, "repeats": 4, "seed": 7,
        "dim": 16, "sigma": 1e-4, "trained_by": "gd", "speedup": 20.0,
    }  # fmt: skip
    assert len(described["parts"]) == 19
    assert [list(category) for category in described["categories"]] == [CATEGORY_KEYS] * 4
    assert list(described["overall"]) == GROWTH_KEYS
    rising = described["categories"][0]
    assert [list(point) for point in rising["points"]] == [POINT_KEYS] * 6
    assert [point["share"] for point in rising["points"]] == [1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1]
    assert rising["points"][-1]["peak_accuracy"] == 1.0
    assert [each["times"] for each in rising["extrapolated"]] == [2, 4]
    assert set(rising["gain"]) == {"low", "estimate", "high"}
    assert [list(stage) for stage in described["stages"]] == [STAGE_KEYS] * 3
    for stage in described["stages"]:
        assert stage["elsewhere_seconds"] == pytest.approx((4.2 + 192) / 20)
    assert described["needs"][0]["word"] == "met"
    assert described["caveats"] == list(CAVEATS)
    assert described["calibration"] == [
        {
            "trainer": "sgd", "vocab_size": 10_000, "dim": 48, "step_seconds": 0.25, "steps_timed": 4,
            "pairs": 2_000_000, "step_size": 0.001, "step_seconds_range": [0.2, 0.6], "waited": None,
            "busy": True,
        }
    ]  # fmt: skip


def test_what_is_not_known_is_null_and_the_reason_beside_it() -> None:
    described = json.loads(json.dumps(plan_json(made(dim=None)), allow_nan=False))
    lost = described["categories"][2]
    assert (lost["attempted"], lost["peak_dim"], lost["gain"], lost["extrapolated"]) == (0, None, None, [])
    assert lost["reason"] == "too few to tell: 0 of 4524 questions covered"
    assert lost["points"][-1]["peak_accuracy"] is None
    assert lost["points"][-1]["critical_size_interval"] is None
    assert lost["verdict"]["text"] == "not in this text"
    assert (lost["verdict"]["model"], lost["verdict"]["model_sentence"]) == (None, None)
    assert lost["missing_words"] == {"rare": [], "absent": ["athens", "\x1b[2J"]}
    assert described["categories"][3]["wider_vocabularies"] == [
        {"vocab_size": 2000, "attempted": 700}, {"vocab_size": 4000, "attempted": 992},
    ]  # fmt: skip
    assert described["domain"] is None
    assert described["stages"][0]["elsewhere_seconds"] is None


def test_the_domain_in_json() -> None:
    described = json.loads(json.dumps(plan_json(with_domain()), allow_nan=False))["domain"]
    assert (described["words"], described["compared"], described["shared_words"]) == (956_200, 593_275, 2378)
    first, second = described["categories"]
    assert first["shift"]["low"] < first["shift"]["estimate"] < first["shift"]["high"]
    assert second["shift"] is None
    assert described["used_differently"][0]["own_neighbours"] == ["weight", "odd"]
    assert described["spaces"] == [{"dim": 8, "own": 0.14, "usual": 0.34}]


def test_csv_has_a_row_a_category_and_size_of_text() -> None:
    stream = io.StringIO(newline="")
    write_plan_csv(made(), stream)
    header, *rows = csv.reader(io.StringIO(stream.getvalue(), newline=""))
    assert all(len(row) == len(header) for row in rows)
    by_name = [dict(zip(header, row, strict=True)) for row in rows]
    measured = [row for row in by_name if row["kind"] == "measured"]
    assert [row["category"] for row in measured[::6]] == [
        LONGEST, EVIL, "capital-common-countries", "gram1-adjective-to-adverb", "overall",
    ]  # fmt: skip
    whole = measured[5]
    assert (whole["share"], float(whole["peak_accuracy"]), whole["text"], whole["model"]) == (
        "1.0", 1.0, "saturated", "large enough",
    )  # fmt: skip
    assert float(whole["critical_size_low"]) < 8 < float(whole["critical_size_high"])
    assert measured[12]["peak_accuracy"] == measured[12]["onset"] == ""
    extrapolated = [row for row in by_name if row["kind"] == "extrapolated" and row["category"] == LONGEST]
    assert [(row["share"], row["words"]) for row in extrapolated] == [("2", "2000000"), ("4", "4000000")]
    assert all(row["peak_accuracy"] == "" and float(row["peak_low"]) <= float(row["peak_high"]) for row in extrapolated)
