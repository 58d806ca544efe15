"""A sweep as JSON (`qwem-sweep/1`) and as CSV; a cell's result as JSON, and back."""

from __future__ import annotations

import csv
import math
from dataclasses import asdict, fields
from typing import IO

from msgspec import Struct

from qwem_tui.base.codec import AtLeastOne, Count, Finite, NotNegative, Positive, Share, builtin
from qwem_tui.corpus.reading.settings import ReadingSettings
from qwem_tui.formats.values import csv_cells
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
    # where the text and the questions came from, and how they were read: what they hold is what counts
    for name in ("sources", "analogies", *(field.name for field in fields(ReadingSettings))):
        del settings[name]
    # the cells of versions that had none of these are found again
    for name in asdict(cell.study.words).keys() - {"tokenizer", *cell.study.words.chosen()}:
        del settings[name]
    return {**settings, "text": cell.text, "largest_dim": cell.largest_dim, "trained": cell.trained}


class _TrainedAbilityJson(Struct):
    peak_accuracy: Share | None
    step: Count | None
    t: NotNegative | None
    reason: str | None


class _AbilityJson(Struct):
    name: str
    attempted: Count
    total: Count
    peak_accuracy: Share | None
    peak_dim: AtLeastOne | None
    critical_size: AtLeastOne | None
    critical_size_interval: tuple[Count, Count] | None
    bound: Bound | None
    onset: AtLeastOne | None
    reason: str | None
    critical_step: Count | None
    critical_t: NotNegative | None
    critical_modes: Count | None
    step_reason: str | None
    trained: _TrainedAbilityJson | None


class _RunJson(Struct):
    dim: AtLeastOne | None
    step_size: Positive | None
    expected_steps: Count | None
    reason: str | None


class _TrainedRunJson(Struct):
    steps: Count
    loss: Finite | None
    modes_learned: Count | None
    effective_rank: NotNegative
    note: str


class ResultJson(Struct):
    """The result of a cell in JSON; what is not known is null, and a reason says why."""

    documents: Count
    tokens_in_vocab: Count
    vocab_size: Count
    lambda_1: Finite
    run: _RunJson
    trained: _TrainedRunJson | None
    seconds: NotNegative
    categories: tuple[_AbilityJson, ...]
    overall: _AbilityJson


def _ability_json(ability: CellAbility) -> _AbilityJson:
    trained = ability.trained
    return _AbilityJson(
        name=ability.name,
        attempted=ability.attempted,
        total=ability.total,
        peak_accuracy=ability.peak,
        peak_dim=ability.peak_dim,
        critical_size=ability.critical_size,
        critical_size_interval=ability.interval,
        bound=ability.bound,
        onset=ability.onset,
        reason=ability.reason,
        critical_step=ability.step,
        critical_t=ability.t,
        critical_modes=ability.modes,
        step_reason=ability.step_reason,
        trained=None if trained is None else _TrainedAbilityJson(trained.peak, trained.step, trained.t, trained.reason),
    )


def result_json(result: CellResult) -> ResultJson:
    """Return the result of a cell as it is written in JSON."""
    trained = result.trained
    return ResultJson(
        documents=result.documents,
        tokens_in_vocab=result.tokens_in_vocab,
        vocab_size=result.vocab_size,
        lambda_1=result.lambda_1,
        run=_RunJson(result.dim, result.step_size, result.expected_steps, result.no_run),
        trained=None
        if trained is None
        else _TrainedRunJson(
            trained.steps,
            trained.loss if math.isfinite(trained.loss) else None,
            trained.modes_learned,
            trained.effective_rank,
            trained.note,
        ),
        seconds=result.seconds,
        categories=tuple(map(_ability_json, result.abilities.categories)),
        overall=_ability_json(result.abilities.overall),
    )


def _ability(sent: _AbilityJson) -> CellAbility:
    trained = sent.trained
    return CellAbility(
        name=sent.name,
        attempted=sent.attempted,
        total=sent.total,
        peak=sent.peak_accuracy,
        peak_dim=sent.peak_dim,
        critical_size=sent.critical_size,
        interval=sent.critical_size_interval,
        bound=sent.bound,
        onset=sent.onset,
        reason=sent.reason,
        step=sent.critical_step,
        t=sent.critical_t,
        modes=sent.critical_modes,
        step_reason=sent.step_reason,
        trained=None
        if trained is None
        else TrainedAbility(trained.peak_accuracy, trained.step, trained.t, trained.reason),
    )


def result_of_json(sent: ResultJson) -> CellResult:
    """Return what `result_json` was made from."""
    trained = sent.trained
    return CellResult(
        documents=sent.documents,
        tokens_in_vocab=sent.tokens_in_vocab,
        vocab_size=sent.vocab_size,
        lambda_1=sent.lambda_1,
        dim=sent.run.dim,
        step_size=sent.run.step_size,
        expected_steps=sent.run.expected_steps,
        no_run=sent.run.reason,
        abilities=ByCategory(tuple(map(_ability, sent.categories)), _ability(sent.overall)),
        trained=None
        if trained is None
        else TrainedRun(
            trained.steps,
            math.nan if trained.loss is None else trained.loss,
            trained.modes_learned,
            trained.effective_rank,
            trained.note,
        ),
        seconds=sent.seconds,
    )


def _cell_json(sweep: Sweep, cell: Cell) -> dict[str, object]:
    names = (factor.name for factor in sweep.config.factors)
    return {
        "levels": dict(zip(names, cell.settings.levels, strict=True)),
        "settings": settings_json(cell.settings),
        "problem": None if cell.problem is None else str(cell.problem),
        "result": None if cell.result is None else builtin(result_json(cell.result)),
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

    Accuracies are in [0, 1], `critical_t` is t = n eta. `effects` are what `study.sweep.effects.Effect` says, the
    ranges and spreads of sizes and times being ratios. What is not known is null, and a `reason` or `problem` says why.
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


def _reasons(ability: CellAbility, dim: int | None) -> str | None:
    """Return why something of a category is not known; those of the run say so, where the text is not the reason."""
    reasons = [] if ability.reason is None else [ability.reason]
    if ability.step_reason is not None and ability.step_reason != ability.reason:
        run = "of the run" if dim is None else f"of a run at d = {dim}"
        reasons.append(f"{run}: {ability.step_reason}")
    trained = None if ability.trained is None else ability.trained.reason
    if trained is not None and trained not in (ability.reason, ability.step_reason):
        reasons.append(f"of the run trained: {trained}")
    return "; ".join(reasons) or None


def write_cells_csv(sweep: Sweep, stream: IO[str]) -> None:
    """Write the cells to `stream` as CSV (RFC 4180): a row a cell and category, overall last.

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
            rows.writerow([*levels, *[""] * len(columns), str(cell.problem)])
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
            rows.writerow(csv_cells([*levels, *row, _reasons(ability, cell.result.dim)]))


def write_effects_csv(sweep: Sweep, stream: IO[str]) -> None:
    """Write the effects to `stream` as CSV (RFC 4180): a row a response, category, factor and level."""
    rows = csv.writer(stream)
    rows.writerow(_EFFECT_COLUMNS)
    for effect in effects(sweep):
        for level in effect.levels:
            rows.writerow(
                csv_cells(
                    [
                        FIELDS[effect.response], effect.category, effect.factor.name, level.level, level.cells,
                        level.mean, level.spread, effect.range, effect.range_spread, effect.highest, effect.agree,
                        effect.complete, effect.combinations, effect.bounded, effect.reason,
                    ]
                )
            )  # fmt: skip
