"""A sweep as JSON (`qwem-sweep/1`) and as CSV; a cell's result as JSON, and back."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import IO, Any, cast, get_args

from qwem_tui.study.sweep.effects import Effect, effects, in_ratios
from qwem_tui.study.sweep.grid import (
    Bound,
    Cell,
    CellAbility,
    CellResult,
    CellSettings,
    Sweep,
    TrainedAbility,
    TrainedRun,
)
from qwem_tui.theory.by_category import ByCategory

SCHEMA = "qwem-sweep/1"
_CELL_COLUMNS = (
    "category", "attempted", "total", "peak_accuracy", "peak_dim", "critical_size", "critical_size_low",
    "critical_size_high", "bound", "onset", "critical_step", "critical_t", "critical_modes",
)  # fmt: skip
_TRAINED_COLUMNS = ("trained_peak_accuracy", "trained_step", "trained_t")
_EFFECT_COLUMNS = (
    "response", "category", "factor", "level", "cells", "mean", "spread", "range", "range_spread", "highest",
    "agree", "complete", "combinations", "bounded", "reason",
)  # fmt: skip
#: The names that responses have in files.
FIELDS = {
    "peak": "peak_accuracy", "size": "critical_size", "step": "critical_step", "t": "critical_t",
    "trained-peak": "trained_peak_accuracy", "trained-step": "trained_step", "trained-t": "trained_t",
}  # fmt: skip


def settings_json(cell: CellSettings) -> dict[str, object]:
    """Return all that made a cell what it is beside the text, its questions and this program."""
    settings = asdict(cell.study)
    # where the text and the questions came from: what they hold is what counts
    del settings["sources"], settings["analogies"]
    return {**settings, "text": cell.text, "largest_dim": cell.largest_dim, "trained": cell.trained}


def _ability_json(ability: CellAbility) -> dict[str, object]:
    trained = ability.trained
    return {
        "name": ability.name,
        "attempted": ability.attempted,
        "total": ability.total,
        "peak_accuracy": ability.peak,
        "peak_dim": ability.peak_dim,
        "critical_size": ability.critical_size,
        "critical_size_interval": None if ability.interval is None else list(ability.interval),
        "bound": ability.bound,
        "onset": ability.onset,
        "reason": ability.reason,
        "critical_step": ability.step,
        "critical_t": ability.t,
        "critical_modes": ability.modes,
        "step_reason": ability.step_reason,
        "trained": None
        if trained is None
        else {"peak_accuracy": trained.peak, "step": trained.step, "t": trained.t, "reason": trained.reason},
    }


def result_json(result: CellResult) -> dict[str, object]:
    """Return the result of a cell as what `json.dumps` takes; what is not known is null, and a reason says why."""
    trained = result.trained
    return {
        "documents": result.documents,
        "tokens_in_vocab": result.tokens_in_vocab,
        "vocab_size": result.vocab_size,
        "lambda_1": result.lambda_1,
        "run": {
            "dim": result.dim,
            "step_size": result.step_size,
            "expected_steps": result.expected_steps,
            "reason": result.no_run,
        },
        "trained": None
        if trained is None
        else {
            "steps": trained.steps,
            "loss": trained.loss if math.isfinite(trained.loss) else None,
            "modes_learned": trained.modes_learned,
            "effective_rank": trained.effective_rank,
            "note": trained.note,
        },
        "seconds": result.seconds,
        "categories": [_ability_json(ability) for ability in result.abilities.categories],
        "overall": _ability_json(result.abilities.overall),
    }


def _bound(text: object) -> Bound | None:
    if text is not None and text not in get_args(Bound):
        raise ValueError(f"bound is {text!r}")
    return cast("Bound | None", text)


def _known(kind: type, value: Any) -> Any:
    return None if value is None else kind(value)


def _ability(stored: Mapping[str, Any]) -> CellAbility:
    trained, ends = stored["trained"], stored["critical_size_interval"]
    return CellAbility(
        name=str(stored["name"]),
        attempted=int(stored["attempted"]),
        total=int(stored["total"]),
        peak=_known(float, stored["peak_accuracy"]),
        peak_dim=_known(int, stored["peak_dim"]),
        critical_size=_known(int, stored["critical_size"]),
        interval=None if ends is None else (int(ends[0]), int(ends[1])),
        bound=_bound(stored["bound"]),
        onset=_known(int, stored["onset"]),
        reason=_known(str, stored["reason"]),
        step=_known(int, stored["critical_step"]),
        t=_known(float, stored["critical_t"]),
        modes=_known(int, stored["critical_modes"]),
        step_reason=_known(str, stored["step_reason"]),
        trained=None
        if trained is None
        else TrainedAbility(
            _known(float, trained["peak_accuracy"]),
            _known(int, trained["step"]),
            _known(float, trained["t"]),
            _known(str, trained["reason"]),
        ),
    )


def result_of_json(stored: Mapping[str, Any]) -> CellResult:
    """Return what `result_json` was made from; raises ValueError, KeyError or TypeError where it is damaged."""
    run, trained = stored["run"], stored["trained"]
    return CellResult(
        documents=int(stored["documents"]),
        tokens_in_vocab=int(stored["tokens_in_vocab"]),
        vocab_size=int(stored["vocab_size"]),
        lambda_1=float(stored["lambda_1"]),
        dim=_known(int, run["dim"]),
        step_size=_known(float, run["step_size"]),
        expected_steps=_known(int, run["expected_steps"]),
        no_run=_known(str, run["reason"]),
        abilities=ByCategory(tuple(map(_ability, stored["categories"])), _ability(stored["overall"])),
        trained=None
        if trained is None
        else TrainedRun(
            int(trained["steps"]),
            math.nan if trained["loss"] is None else float(trained["loss"]),
            _known(int, trained["modes_learned"]),
            float(trained["effective_rank"]),
            str(trained["note"]),
        ),
        seconds=float(stored["seconds"]),
    )


def _cell_json(sweep: Sweep, cell: Cell) -> dict[str, object]:
    names = (factor.name for factor in sweep.config.factors)
    return {
        "levels": dict(zip(names, cell.settings.levels, strict=True)),
        "settings": settings_json(cell.settings),
        "problem": cell.problem,
        "result": None if cell.result is None else result_json(cell.result),
    }


def _effect_json(effect: Effect) -> dict[str, object]:
    return {
        "response": FIELDS[effect.response],
        "category": effect.category,
        "factor": effect.factor.name,
        "scale": "ratio" if in_ratios(effect.response) else "difference",
        "levels": [
            {"level": level.level, "cells": level.cells, "mean": level.mean, "spread": level.spread}
            for level in effect.levels
        ],
        "range": effect.range,
        "range_spread": effect.range_spread,
        "highest": effect.highest,
        "agree": effect.agree,
        "complete": effect.complete,
        "combinations": effect.combinations,
        "bounded": effect.bounded,
        "reason": effect.reason,
    }


def sweep_json(sweep: Sweep) -> dict[str, object]:
    """Return the sweep as what `json.dumps` takes: schema `qwem-sweep/1`.

    Accuracies are in [0, 1], `critical_t` is t = n eta. `effects` are what `study.effects.Effect` says, the ranges and
    spreads of sizes and times being ratios. What is not known is null, and a `reason` or `problem` says why.
    """
    return {
        "schema": SCHEMA,
        "corpus": {"documents": sweep.documents, "digest": f"sha256:{sweep.digest}"},
        "protocol": sweep.config.study.protocol,
        "factors": [{"name": factor.name, "levels": list(factor.levels)} for factor in sweep.config.factors],
        "cells": [_cell_json(sweep, cell) for cell in sweep.cells],
        "effects": [_effect_json(effect) for effect in effects(sweep)],
        "warnings": list(sweep.warnings),
    }


def _cells(values: Iterable[object]) -> list[object]:
    return ["" if value is None else value for value in values]


def _reasons(ability: CellAbility, dim: int | None) -> str | None:
    """Return why something of a category is not known; those of the run say so, where the text is not the reason."""
    told = [] if ability.reason is None else [ability.reason]
    if ability.step_reason is not None and ability.step_reason != ability.reason:
        run = "of the run" if dim is None else f"of a run at d = {dim}"
        told.append(f"{run}: {ability.step_reason}")
    trained = None if ability.trained is None else ability.trained.reason
    if trained is not None and trained not in (ability.reason, ability.step_reason):
        told.append(f"of the run trained: {trained}")
    return "; ".join(told) or None


def write_cells_csv(sweep: Sweep, stream: IO[str]) -> None:
    """Write the cells to `stream` as CSV (RFC 4180): a row a cell and category, all together last.

    A column for each factor comes first. A cell without a result has one row with the reason; what is not known is
    empty.
    """
    trained = any(cell.settings.trained for cell in sweep.cells)
    columns = (*_CELL_COLUMNS, *(_TRAINED_COLUMNS if trained else ()))
    rows = csv.writer(stream)
    rows.writerow([*(factor.name for factor in sweep.config.factors), *columns, "reason"])
    for cell in sweep.cells:
        levels = cell.settings.levels
        if cell.result is None:
            rows.writerow([*levels, *[""] * len(columns), cell.problem])
            continue
        for ability in cell.result.abilities.every:
            found = ability.trained
            low, high = ability.interval or (None, None)
            row = [
                ability.name, ability.attempted, ability.total, ability.peak, ability.peak_dim, ability.critical_size,
                low, high, ability.bound, ability.onset, ability.step, ability.t, ability.modes,
            ]  # fmt: skip
            if trained:
                row += (None, None, None) if found is None else (found.peak, found.step, found.t)
            rows.writerow(_cells([*levels, *row, _reasons(ability, cell.result.dim)]))


def write_effects_csv(sweep: Sweep, stream: IO[str]) -> None:
    """Write the effects to `stream` as CSV (RFC 4180): a row a response, category, factor and level."""
    rows = csv.writer(stream)
    rows.writerow(_EFFECT_COLUMNS)
    for effect in effects(sweep):
        for level in effect.levels:
            rows.writerow(
                _cells(
                    [
                        FIELDS[effect.response], effect.category, effect.factor.name, level.level, level.cells,
                        level.mean, level.spread, effect.range, effect.range_spread, effect.highest, effect.agree,
                        effect.complete, effect.combinations, effect.bounded, effect.reason,
                    ]
                )
            )  # fmt: skip
