from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import Any

import pytest

from qwem_tui.base.codec import builtin, decode, encode
from qwem_tui.base.errors import QwemError
from qwem_tui.formats.sweep.data import (
    ResultJson,
    result_json,
    result_of_json,
    sweep_json,
    write_cells_csv,
    write_effects_csv,
)
from qwem_tui.study.sweep.grid import CellResult, Factor, Sweep, TrainedAbility, TrainedRun
from qwem_tui.theory.by_category import ByCategory
from tests.study.sweep.sweeps import PEAK, UNCOVERED, ability, made, result, unasked

FACTORS = [Factor("window", (4, 8)), Factor("negative-weight", (0.5, 2.0))]

#: The contract of `qwem-sweep/1`, written out.
KEYS = ["schema", "corpus", "protocol", "factors", "cells", "effects", "warnings"]
RESULT_KEYS = [
    "documents", "tokens_in_vocab", "vocab_size", "lambda_1", "run", "trained", "seconds", "categories", "overall",
]  # fmt: skip
ABILITY_KEYS = [
    "name", "attempted", "total", "peak_accuracy", "peak_dim", "critical_size", "critical_size_interval", "bound",
    "onset", "reason", "critical_step", "critical_t", "critical_modes", "step_reason", "trained",
]  # fmt: skip
EFFECT_KEYS = [
    "response", "category", "factor", "scale", "levels", "range", "range_spread", "highest", "agree", "complete",
    "combinations", "bounded", "reason",
]  # fmt: skip


def trained_result() -> CellResult:
    shown = replace(ability("capitals"), bound="at least", trained=TrainedAbility(0.4, 70, 0.35, None))
    below = replace(ability("overall"), trained=TrainedAbility(0.1, None, None, "not reached"))
    return result([shown, unasked("kings"), below], TrainedRun(310, 0.21, None, 5.5, "done"))


@pytest.mark.parametrize("found", [trained_result(), result([ability("capitals"), ability("overall")])])
def test_a_result_comes_back_from_json_as_it_was(found: CellResult) -> None:
    text = encode(result_json(found))
    assert list(json.loads(text)) == RESULT_KEYS
    assert result_of_json(decode(ResultJson, text, "cell")) == found


def test_what_is_not_known_is_null_with_a_reason() -> None:
    described: Any = builtin(result_json(trained_result()))
    kings = described["categories"][1]
    assert list(kings) == ABILITY_KEYS
    for key in ("peak_accuracy", "peak_dim", "critical_size", "critical_size_interval", "critical_step", "critical_t"):
        assert kings[key] is None
    assert (kings["reason"], kings["trained"]) == (UNCOVERED, None)
    assert described["overall"]["trained"] == {"peak_accuracy": 0.1, "step": None, "t": None, "reason": "not reached"}


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ({"run": None}, "cell, run: expected an object, got null."),
        ({"categories": [{}]}, "cell, categories[0]: object missing required field name."),
        ({"lambda_1": "much"}, "cell, lambda_1: expected a number, got a text."),
        ({"seconds": -1}, "cell, seconds: expected a number >= 0.0."),
        ({"overall": {"bound": "perhaps"}}, "cell, overall.bound: invalid enum value 'perhaps'."),
        ({"overall": {"peak_accuracy": 1.5}}, "cell, overall.peak_accuracy: expected a number <= 1.0."),
        (
            {"overall": {"critical_size_interval": [1]}},
            "cell, overall.critical_size_interval: expected a list of length 2.",
        ),
        ({"documents": 10**400}, "cell, documents: expected a whole number <= 9007199254740992."),
    ],
)
def test_a_damaged_result_is_refused_by_its_field(damage: dict[str, Any], said: str) -> None:
    stored: Any = builtin(result_json(trained_result()))
    for key, value in damage.items():
        stored[key] = {**stored[key], **value} if isinstance(value, dict) else value
    with pytest.raises(QwemError) as refused:
        decode(ResultJson, json.dumps(stored), "cell")
    assert str(refused.value) == said


def test_the_json_of_a_sweep_is_complete() -> None:
    sweep = made(FACTORS, [0.1, 0.2, 0.4, None], PEAK)
    described: Any = json.loads(json.dumps(sweep_json(sweep), allow_nan=False))
    assert list(described) == KEYS
    assert described["schema"] == "qwem-sweep/1"
    assert described["corpus"] == {"documents": 120, "digest": "sha256:d1e5"}
    assert described["factors"] == [
        {"name": "window", "levels": [4, 8]},
        {"name": "negative-weight", "levels": [0.5, 2.0]},
    ]
    cells = described["cells"]
    assert [cell["levels"] for cell in cells] == [
        {"window": w, "negative-weight": k} for w in (4, 8) for k in (0.5, 2.0)
    ]
    assert [cell["problem"] for cell in cells] == [None, None, None, "There was no memory for this one."]
    assert cells[3]["result"] is None
    assert cells[2]["result"]["overall"]["peak_accuracy"] == 0.4
    assert cells[2]["settings"]["window"] == 8
    assert cells[2]["settings"]["trained"] is False
    assert "sources" not in cells[2]["settings"]
    # 4 responses, 2 factors, a category and overall
    effects = described["effects"]
    assert len(effects) == 16
    assert all(list(each) == EFFECT_KEYS for each in effects)
    window = next(each for each in effects if each["response"] == "peak_accuracy" and each["factor"] == "window")
    assert window["levels"] == [
        {"level": 4, "cells": 2, "mean": 0.1, "spread": None}, {"level": 8, "cells": 1, "mean": 0.4, "spread": None},
    ]  # fmt: skip
    assert (window["range"], window["highest"], window["complete"], window["combinations"]) == (
        pytest.approx(0.3), 8, 1, 2,
    )  # fmt: skip
    assert (window["scale"], window["reason"]) == ("difference", None)


def rows(sweep: Sweep, write: Any) -> list[dict[str, str]]:
    stream = io.StringIO()
    write(sweep, stream)
    return list(csv.DictReader(io.StringIO(stream.getvalue())))


def test_csv_has_a_row_a_cell_and_category() -> None:
    sweep = made(FACTORS, [0.1, 0.2, 0.4, None], PEAK, names=('cap, "itals"', "overall"))
    found = rows(sweep, write_cells_csv)
    assert len(found) == 7
    first, failed = found[0], found[-1]
    assert (first["window"], first["negative-weight"], first["category"]) == ("4", "0.5", 'cap, "itals"')
    assert (first["peak_accuracy"], first["critical_size"], first["critical_size_high"]) == ("0.1", "12", "20")
    assert first["reason"] == ""
    assert (failed["window"], failed["negative-weight"], failed["category"]) == ("8", "2.0", "")
    assert failed["reason"] == "There was no memory for this one."
    assert "trained_step" not in first


def test_csv_of_trained_cells_has_what_training_showed() -> None:
    (first, _) = rows(made([Factor("window", (4,))], [0.25], "trained-peak"), write_cells_csv)
    assert (first["trained_peak_accuracy"], first["trained_step"], first["trained_t"]) == ("0.25", "80", "0.4")


def test_csv_of_effects_has_a_row_a_level() -> None:
    found = rows(made(FACTORS, [0.1, 0.2, 0.4, 0.5], PEAK), write_effects_csv)
    assert len(found) == 4 * 2 * 2 * 2
    mine = [
        row
        for row in found
        if (row["response"], row["factor"], row["category"]) == ("peak_accuracy", "window", "overall")
    ]
    assert [(row["level"], row["cells"]) for row in mine] == [("4", "2"), ("8", "2")]
    assert [float(row["mean"]) for row in mine] == pytest.approx([0.15, 0.45])
    assert {row["agree"] + "/" + row["complete"] for row in mine} == {"2/2"}


def test_a_reason_in_csv_says_whether_it_is_of_the_text_or_of_a_run() -> None:
    sweep = made(FACTORS, [0.1, 0.2, 0.4, 0.3], PEAK, names=("capitals", "overall"))
    first, *others = sweep.cells
    assert first.result is not None
    capitals, overall = first.result.abilities.every
    mixed = replace(
        capitals,
        reason="too unsure to mark: a",
        step_reason="not reached",
        trained=TrainedAbility(0.1, None, None, "b"),
    )
    alone = replace(overall, step_reason="not reached")
    result = replace(first.result, abilities=ByCategory((mixed,), alone))
    found = rows(replace(sweep, cells=(replace(first, result=result), *others)), write_cells_csv)
    assert found[0]["reason"] == "too unsure to mark: a; of a run at d = 6: not reached; of the run trained: b"
    assert found[1]["reason"] == "of a run at d = 6: not reached"
    # one that stands for all is said once
    same = replace(capitals, reason=UNCOVERED, step_reason=UNCOVERED)
    result = replace(first.result, abilities=ByCategory((same,), alone))
    found = rows(replace(sweep, cells=(replace(first, result=result), *others)), write_cells_csv)
    assert found[0]["reason"] == UNCOVERED
