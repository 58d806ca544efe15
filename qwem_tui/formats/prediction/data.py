"""A prediction as JSON (`qwem-predict/1`) and as CSV."""

from __future__ import annotations

import csv
from typing import IO

from qwem_tui.formats.values import csv_cells, listed, number
from qwem_tui.study.prediction import Ability, Prediction
from qwem_tui.theory.critical_size import CriticalSize
from qwem_tui.theory.trajectory import Crossing

SCHEMA = "qwem-predict/1"
_CSV_COLUMNS = (
    "category", "attempted", "total", "protocol", "peak_accuracy", "peak_dim", "critical_size", "critical_size_low",
    "critical_size_high", "onset", "critical_step", "critical_step_low",
    "critical_step_high", "critical_t", "parameters", "bytes", "reason",
)  # fmt: skip


def reason(ability: Ability) -> str | None:
    """Return why something of an ability is missing or bounded from one side only, or None where nothing is."""
    reasons = [_size_reason(ability.size)]
    crossing = ability.crossing
    if ability.size.reason is None and crossing.reason is not None:
        reasons.append(f"no critical step: {crossing.reason}")
    if crossing.fleeting:
        reasons.append(f"a run may miss the critical step: {for_a_moment(crossing)}")
    return "; ".join(filter(None, reasons)) or None


def for_a_moment(crossing: Crossing) -> str:
    """Return what is forecast of a fleeting crossing."""
    longer = "never for longer" if crossing.lasting is None else f"for longer at step {crossing.lasting:,}"
    return f"the threshold is reached for a moment only, {longer} in this run"


def _size_reason(size: CriticalSize) -> str | None:
    """Return what `reason` says of the critical size."""
    if size.reason is not None:
        return str(size.reason)
    reasons = []
    if size.rising:
        reasons.append("the critical size may be larger: accuracy may still rise beyond the largest size evaluated")
    if size.at_first:
        reasons.append("the critical size may be smaller: it is the smallest size evaluated")
    if size.onset is None:
        reasons.append("no onset: accuracy is zero again at the largest size evaluated")
    return "; ".join(reasons) or None


def _ability(prediction: Prediction, ability: Ability) -> dict[str, object]:
    size = ability.size
    described: dict[str, object] = {
        "name": size.name,
        "attempted": size.attempted,
        "total": size.total,
        "accuracy": [number(value) for value in size.accuracy],
        "peak_accuracy": number(size.peak),
        "peak_dim": size.peak_dim if size.attempted else None,
        "critical_size": size.critical_size,
        "critical_size_interval": listed(size.interval),
        "onset": size.onset,
        "critical_step": ability.crossing.step,
        "critical_t": ability.t,
        "parameters": prediction.parameters(ability),
        "bytes": prediction.bytes(ability),
        "reason": reason(ability),
    }
    if ability.halves:
        described["halves"] = [
            {
                "attempted": half.attempted,
                "accuracy": [number(value) for value in half.accuracy],
                "peak_accuracy": number(half.peak),
                "peak_dim": half.peak_dim if half.attempted and len(half.accuracy) else None,
                "critical_size": half.critical_size,
                "critical_size_interval": listed(half.interval),
                "onset": half.onset,
                "reason": _size_reason(half),
            }
            for half in ability.halves
        ]
    return described


def prediction_json(prediction: Prediction, missing: bool = False) -> dict[str, object]:
    """Return the prediction as what `json.dumps` takes: schema `qwem-predict/1`.

    Accuracies are in [0, 1], `step_size` is eta (t = n eta), `bytes` at float32; what is not reached is null and
    `reason` says why; it also says which size is a bound, and which step a run may miss. `critical_size` is where the
    closed form reaches the fraction of its peak over `dims`, `critical_step` where the run of size `settings.dim`
    reaches that of its own peak: they may differ. `halves` stand in each category where they were asked for,
    `missing_words`, by category, and those of them that the tokenizer never makes, `impossible_words`, where `missing`
    says so, `warnings` (sentences) where there are any. `settings` has `window_shape` where it is not dynamic, and of
    how the text is read (`text_field`, `encoding`, `lines`, `paragraphs`) and of the tokenizer's settings those that
    are not as by default.
    """
    config, study = prediction.config, prediction.config.study
    described: dict[str, object] = {
        "schema": SCHEMA,
        "corpus": {
            "documents": prediction.documents,
            "tokens": prediction.tokens,
            "tokens_in_vocab": prediction.tokens_in_vocab,
        },
        "vocab_size": prediction.vocab_size,
        "window": study.window,
        "negative_weight": study.negative_weight,
        "settings": {
            "target": config.target,
            "fraction": config.fraction,
            "bootstrap": config.draws,
            "seed": study.seed,
            "sigma": study.sigma,
            "step_size": prediction.step_size,
            "dim": prediction.dim,
            **({} if study.window_shape == "dynamic" else {"window_shape": study.window_shape}),
            **study.words.chosen(),
            **study.reading.given,
        },
        "target": {"frobenius_sq": prediction.frobenius_sq, "pairs_seen": prediction.pairs_seen},
        "eigenvalues": prediction.eigenvalues.tolist(),
        "lambda_min": prediction.lambda_min,
        "dims": list(prediction.dims),
        "protocol": study.protocol,
        "categories": [_ability(prediction, ability) for ability in prediction.abilities],
        "overall": _ability(prediction, prediction.overall),
    }
    if prediction.warnings:
        described["warnings"] = list(prediction.warnings)
    if missing:
        names = (ability.size.name for ability in prediction.abilities)
        described["missing_words"] = {name: list(words) for name, words in zip(names, prediction.missing, strict=True)}
        described["impossible_words"] = {
            ability.size.name: [word for word in words if word in prediction.impossible]
            for ability, words in zip(prediction.abilities, prediction.missing, strict=True)
        }
    return described


def write_prediction_csv(prediction: Prediction, stream: IO[str]) -> None:
    """Write the prediction to `stream` as CSV (RFC 4180): a row a category, the last one overall.

    After the columns of the JSON come `accuracy[d]`, one for each size. A cell is empty where there is no value.
    """
    rows = csv.writer(stream)
    halves = range(1, 1 + len(prediction.overall.halves))
    by_half = [f"half_{half}_{what}" for half in halves for what in ("critical_size", "low", "high")]
    rows.writerow([*_CSV_COLUMNS, *by_half, *(f"accuracy[{d}]" for d in prediction.dims)])
    for ability in (*prediction.abilities, prediction.overall):
        size = ability.size
        low, high = size.interval or (None, None)
        of_halves = [
            value for half in ability.halves for value in (half.critical_size, *(half.interval or (None, None)))
        ]
        rows.writerow(
            csv_cells(
                [
                    size.name, size.attempted, size.total, prediction.config.study.protocol, float(size.peak),
                    size.peak_dim if size.attempted else None, size.critical_size, low, high, size.onset,
                    ability.crossing.step, *(ability.crossing.interval or (None, None)), ability.t,
                    prediction.parameters(ability), prediction.bytes(ability), reason(ability),
                    *of_halves, *size.accuracy.tolist(),
                ]
            )
        )  # fmt: skip
