from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import qwem_tui
from qwem_tui.analogies.files import Category
from qwem_tui.base.errors import QwemError, UsageError
from qwem_tui.formats.sweep.data import result_json, result_of_json, sweep_json, write_cells_csv, write_effects_csv
from qwem_tui.study.sweep.grid import CellResult, Factor, Sweep, TrainedAbility, TrainedRun
from qwem_tui.sweep_runner.folder import SweepFolder, cell_key, check_sweep_folder, default_sweep_folder
from qwem_tui.theory.by_category import ByCategory
from tests.study.sweep.sweeps import PEAK, UNCOVERED, ability, made, result, unasked

FACTORS = [Factor("window", (4, 8)), Factor("negative-weight", (0.5, 2.0))]
QUESTIONS = (Category("capitals", (("a", "b", "c", "d"),)),)

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
    stored = json.loads(json.dumps(result_json(found), allow_nan=False))
    assert list(stored) == RESULT_KEYS
    assert result_of_json(stored) == found


def test_what_is_not_known_is_null_with_a_reason() -> None:
    described: Any = result_json(trained_result())
    kings = described["categories"][1]
    assert list(kings) == ABILITY_KEYS
    for key in ("peak_accuracy", "peak_dim", "critical_size", "critical_size_interval", "critical_step", "critical_t"):
        assert kings[key] is None
    assert (kings["reason"], kings["trained"]) == (UNCOVERED, None)
    assert described["overall"]["trained"] == {"peak_accuracy": 0.1, "step": None, "t": None, "reason": "not reached"}


@pytest.mark.parametrize(
    "damage", [{"run": None}, {"categories": [{}]}, {"lambda_1": "much"}, {"overall": {"bound": "perhaps"}}]
)
def test_a_damaged_result_is_told(damage: dict[str, Any]) -> None:
    stored: Any = json.loads(json.dumps(result_json(trained_result())))
    for key, value in damage.items():
        stored[key] = {**stored[key], **value} if isinstance(value, dict) else value
    with pytest.raises((ValueError, KeyError, TypeError)):
        result_of_json(stored)


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
    # 4 responses, 2 factors, a category and all together
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


# --- the folder


def cell(sweep: Sweep, number: int = 0) -> Any:
    return sweep.cells[number].settings


def test_a_folder_keeps_results_by_what_they_depend_on(tmp_path: Path) -> None:
    sweep = made(FACTORS, [0.1, 0.2, 0.4, 0.5], PEAK)
    found = sweep.cells[0].result
    assert found is not None
    folder = SweepFolder(tmp_path / "s", "d1e5", QUESTIONS)
    assert oct((tmp_path / "s").stat().st_mode & 0o777) == "0o700"
    assert folder.stored(cell(sweep)) is None
    folder.store(cell(sweep), found)
    assert folder.stored(cell(sweep)) == found
    assert folder.stored(cell(sweep, 1)) is None
    # wherever the text lies, it is the same text
    moved = replace(cell(sweep), study=replace(cell(sweep).study, sources=("elsewhere.txt",)))
    assert folder.stored(moved) == found
    folder.close()
    again = SweepFolder(tmp_path / "s", "d1e5", QUESTIONS)
    assert again.stored(cell(sweep)) == found
    (file,) = (tmp_path / "s" / "cells").iterdir()
    file.write_text(file.read_text(encoding="utf-8")[:-20], encoding="utf-8")
    assert again.stored(cell(sweep)) is None
    again.close()


def test_a_cell_goes_by_all_that_it_depends_on(monkeypatch: pytest.MonkeyPatch) -> None:
    first = cell(made(FACTORS, [0.1] * 4, PEAK))
    study = first.study
    others = [
        cell_key(first, "other text", "q"),
        cell_key(first, "text", "other questions"),
        *(
            cell_key(changed, "text", "q")
            for changed in (
                replace(first, text=0.5),
                replace(first, trained=True),
                replace(first, largest_dim=100),
                replace(first, study=replace(study, seed=1)),
                replace(first, study=replace(study, window_shape="flat")),
                replace(first, study=replace(study, protocol="pairs")),
            )
        ),
    ]
    assert len({cell_key(first, "text", "q"), *others}) == 1 + len(others)
    # which levels it stands for is not among it: a sweep over other factors finds it
    assert cell_key(replace(first, levels=(1,)), "text", "q") == cell_key(first, "text", "q")
    before = cell_key(first, "text", "q")
    monkeypatch.setattr(qwem_tui, "__version__", "99")
    assert cell_key(first, "text", "q") != before


def test_a_folder_of_another_text_or_another_kind_is_refused(tmp_path: Path) -> None:
    folder = SweepFolder(tmp_path / "s", "d1e5", QUESTIONS)
    with pytest.raises(QwemError, match="is being written by pid"):
        SweepFolder(tmp_path / "s", "d1e5", QUESTIONS)
    folder.close()
    with pytest.raises(UsageError, match="holds the sweep of another text"):
        SweepFolder(tmp_path / "s", "0ther", QUESTIONS)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("x", encoding="utf-8")
    with pytest.raises(UsageError, match="is not empty, and not the folder of a sweep"):
        check_sweep_folder(tmp_path / "full")
    with pytest.raises(UsageError, match="is a file"):
        check_sweep_folder(tmp_path / "full" / "thesis.txt" / "s")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="there is no such place here")
def test_a_place_that_seems_writable_and_is_not_is_refused_before_any_work() -> None:
    with pytest.raises(UsageError, match=r"/proc cannot hold a sweep: .*; give another --out"):
        check_sweep_folder(Path("/proc/x/s"))


def test_looking_whether_a_folder_can_be_written_leaves_nothing(tmp_path: Path) -> None:
    check_sweep_folder(tmp_path / "a" / "b")
    check_sweep_folder(tmp_path)
    assert list(tmp_path.iterdir()) == []


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


def test_the_answer_is_left_in_the_folder_and_scratch_is_not(tmp_path: Path) -> None:
    sweep = made(FACTORS, [0.1, 0.2, 0.4, None], PEAK)
    folder = SweepFolder(tmp_path / "s", "d1e5", QUESTIONS)
    with folder.scratch() as scratch:
        (scratch / "big").write_text("x", encoding="utf-8")
    folder.write_answer(sweep)
    folder.close()
    assert sorted(path.name for path in (tmp_path / "s").iterdir()) == [
        "cells", "cells.csv", "effects.csv", "folder.json", "lock", "sweep.json",
    ]  # fmt: skip
    assert json.loads((tmp_path / "s" / "sweep.json").read_text(encoding="utf-8"))["schema"] == "qwem-sweep/1"


def test_the_same_command_has_the_same_folder_and_another_command_another() -> None:
    config = made(FACTORS, [0.1] * 4, PEAK).config
    assert default_sweep_folder(config) == default_sweep_folder(replace(config, trained=False))
    assert default_sweep_folder(config).parent == Path("sweeps")
    assert default_sweep_folder(config).name.startswith("text-")
    assert default_sweep_folder(config) != default_sweep_folder(replace(config, trained=True))
    piped = replace(config, study=replace(config.study, sources=("-",)))
    assert default_sweep_folder(piped).name.startswith("stdin-")
