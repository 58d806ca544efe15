"""A plan as JSON (`qwem-plan/1`) and as CSV.

`qwem-plan/1`: accuracies run from 0 to 1, `bytes` and `memory` are in bytes, times in seconds on this machine; what is
not known is null, and a `reason` or a sentence beside it says why. Intervals are of 95%.

- `corpus`: `documents`, `words` (all that were read), `words_in_vocab`; `blocks`: into how many equal blocks
  it was partitioned, and `pieces`: whether these are pieces of consecutive words, for want of documents.
- `vocab_size`, `window`, `negative_weight`, `protocol`; `settings`: `window_shape`, `max_dim`, `fraction`, `bootstrap`,
  `repeats`, `seed`, `dim` (the user's model), `sigma`, `trained_by`, `speedup`, and of how the text is
  read (`text_field`, `encoding`, `lines`, `paragraphs`) and of the tokenizer what is not as by default.
- `parts`: what was measured: `share` of the text (1 / 2^level), `repeat`, `documents`, `words`, `vocab_size`,
  `max_dim`, `seconds`, `overall_peak`.
- `categories`, and `overall` with the same fields: `name`, `attempted`, `total`, `points` (a size of text each, the
  whole last: `words`, `share`, `parts`, `attempted`, `peak_accuracy`, `peak_interval`, `critical_size`,
  `critical_size_interval`, `onset`, `onset_interval`, `known_in`: in how many of the parts a critical size is known),
  `peak_dim`, `spread` (standard deviation of arcsin(sqrt(accuracy)) between texts), `gain` of the last doubling (`low`,
  `estimate`, `high`), `extrapolated` (`times`, `words`, `low`, `high`: beyond the text, by its trend), `reason`.
- of a category also `verdict`: `text`, `text_sentence`, `model`, `model_sentence`, `limit`; `missing_words`: `rare` (in
  the text, beyond the vocabulary), `absent`, `impossible` (to the tokenizer) if any; `wider_vocabularies`:
  `vocab_size`, `attempted`.
- `needs`: `category`, `accuracy`, `word`, `sentence`, `words` (fewest, most), `dim`.
- `stages`: `name`, `share`, `words`, `vocab_size`, `dim`, `choice`, `abilities` (`name`, `accuracy`, `range`), `stop`,
  `parameters`, `bytes`, `memory`, `prepare_seconds`, `steps`, `step_seconds`, `train_seconds`, `elsewhere_seconds`
  (training and preparing at `speedup`), `reason`, `train_seconds_range` (at the fastest steps timed, accuracies not
  measured, and at the slowest, with them; `train_seconds` holds the measuring of accuracies too),
  `needed`: on all of the text the needs that the stages are for (`category`, `needed`, `accuracy` and `range` expected,
  `expected_to_reach`); `stop` is null where no figure of the stage can; `no_stages` says why there are none.
- `calibration`: steps timed: `trainer`, `vocab_size`, `dim`, `step_seconds`, `steps_timed`, `pairs`, `step_size`,
  `step_seconds_range` (the fastest and the slowest burst), `waited`: the share of the time in which threads waited for
  a processor (null: not known), `busy`: whether either of the two says that the machine did other things meanwhile.
- `domain`, null unless asked for: see `_domain`. `warnings`, `caveats`: sentences. `seconds`: the plan itself.
"""

from __future__ import annotations

import csv
from typing import IO

from qwem_tui.formats.plan.sentences import seconds_elsewhere
from qwem_tui.formats.values import csv_cells, estimated, listed, number
from qwem_tui.study.plan.costs import Cost
from qwem_tui.study.plan.domain import Domain
from qwem_tui.study.plan.learning_curve import LearningCurve, Point
from qwem_tui.study.plan.planner import Plan
from qwem_tui.study.plan.stages import Stage
from qwem_tui.study.plan.verdict import Coverage, Verdict
from qwem_tui.theory.critical_size import CriticalSize
from qwem_tui.theory.reason import text_of

SCHEMA = "qwem-plan/1"
CAVEATS = (
    "The model is linear and static, one vector a word: the figures bound a design, and say nothing of a network that "
    "reads words in context.",
    "Intervals hold what other word pairs and another text of the same kind and size would change, not text of another "
    "kind.",
    "What is said of more text than there is extrapolates a trend. Check every stage on your own data before the next.",
)
_CSV_COLUMNS = (
    "category", "kind", "share", "words", "parts", "attempted", "total", "peak_accuracy", "peak_low", "peak_high",
    "critical_size", "critical_size_low", "critical_size_high", "onset", "onset_low", "onset_high", "text", "model",
    "limit",
)  # fmt: skip


def _point(point: Point) -> dict[str, object]:
    return {
        "words": point.words,
        "share": 0.5**point.level,
        "parts": point.repeats,
        "attempted": point.attempted,
        "peak_accuracy": point.peak,
        "peak_interval": listed(point.peak_interval),
        "critical_size": point.critical,
        "critical_size_interval": listed(point.critical_interval),
        "onset": point.onset,
        "onset_interval": listed(point.onset_interval),
        "known_in": point.known,
    }


def _learning_curve(learning_curve: LearningCurve) -> dict[str, object]:
    whole = learning_curve.whole
    return {
        "name": learning_curve.name,
        "attempted": whole.attempted,
        "total": whole.total,
        "points": [_point(point) for point in learning_curve.points],
        "peak_dim": whole.peak_dim if whole.attempted else None,
        "spread": learning_curve.spread,
        "gain": estimated(learning_curve.gain),
        "extrapolated": [
            {"times": each.times, "words": each.words, "low": each.low, "high": each.high}
            for each in learning_curve.extrapolations
        ],
        "reason": text_of(whole.reason),
    }


def _category(learning_curve: LearningCurve, verdict: Verdict, coverage: Coverage) -> dict[str, object]:
    model = verdict.model
    return {
        **_learning_curve(learning_curve),
        "verdict": {
            "text": verdict.text.word,
            "text_sentence": verdict.text.sentence,
            "model": None if model is None else model.word,
            "model_sentence": None if model is None else model.sentence,
            "limit": verdict.limit,
        },
        "missing_words": {
            "rare": list(coverage.rare),
            "absent": list(coverage.absent),
            **({"impossible": list(coverage.never)} if coverage.never else {}),
        },
        "wider_vocabularies": [{"vocab_size": size, "attempted": asked} for size, asked in coverage.wider],
    }


def _stage(stage: Stage, cost: Cost, speedup: float | None) -> dict[str, object]:
    return {
        "name": stage.name,
        "share": 0.5**stage.level,
        "words": stage.words,
        "vocab_size": stage.vocab_size,
        "dim": stage.dim,
        "choice": stage.choice,
        "abilities": [
            {"name": each.name, "accuracy": each.accuracy, "range": list(each.range)} for each in stage.abilities
        ],
        "stop": stage.stop,
        "parameters": cost.parameters,
        "bytes": cost.bytes,
        "memory": cost.memory,
        "prepare_seconds": cost.prepare_seconds,
        "steps": cost.steps,
        "step_seconds": cost.step_seconds,
        "train_seconds": cost.train_seconds,
        "elsewhere_seconds": seconds_elsewhere(cost, speedup),
        "reason": cost.reason,
        "train_seconds_range": listed(cost.train_range),
        "needed": [
            {
                "category": each.expected.name,
                "needed": each.accuracy,
                "accuracy": each.expected.accuracy,
                "range": list(each.expected.range),
                "expected_to_reach": each.in_reach,
            }
            for each in stage.needed
        ],
    }


def _compared(size: CriticalSize) -> dict[str, object]:
    return {
        "peak_accuracy": number(size.peak),
        "critical_size": size.critical_size,
        "critical_size_interval": listed(size.interval),
        "reason": text_of(size.reason),
    }


def _domain(domain: Domain) -> dict[str, object]:
    """Return one's own text beside the corpus.

    `categories` are in the file's order, each with the `own` and two `general` texts of `compared` words; `shift` is d*
    of one's own text in that of the general one (`low`, `estimate`, `high`).
    """
    return {
        "documents": domain.documents,
        "words": domain.words,
        "compared": domain.compared,
        "shared_words": domain.shared,
        "known_share": domain.known_share,
        "unknown_words": [{"word": word, "count": count} for word, count in domain.unknown],
        "lacking_words": list(domain.lacking),
        "categories": [
            {
                "name": each.name,
                "attempted": each.attempted,
                "total": each.total,
                "own": _compared(each.own),
                "general": [_compared(size) for size in each.general],
                "shift": estimated(each.shift),
                "word": each.word,
                "sentence": each.sentence,
            }
            for each in domain.carried
        ],
        "dim": domain.dim,
        "used_differently": [
            {
                "word": each.word,
                "shared": each.shared,
                "usual": each.usual,
                "own_neighbours": list(each.own),
                "general_neighbours": list(each.general),
                "own_count": each.counts[0],
                "general_count": each.counts[1],
            }
            for each in domain.usages
        ],
        "untold_words": domain.unstable,
        "shared_neighbours": number(domain.shared_neighbours),
        "usual_neighbours": number(domain.usual_neighbours),
        "spaces": [{"dim": each.dim, "own": each.own, "usual": each.usual} for each in domain.spaces],
        "pieces": domain.pieces,
    }


def plan_json(plan: Plan) -> dict[str, object]:
    """Return the plan as what `json.dumps` takes: schema `qwem-plan/1`, described at the top of this file."""
    config, study = plan.config, plan.config.study
    return {
        "schema": SCHEMA,
        "corpus": {
            "documents": plan.documents,
            "words": plan.words,
            "words_in_vocab": plan.words_in_vocab,
            "blocks": plan.blocks,
            "pieces": plan.cut,
        },
        "vocab_size": plan.vocab_size,
        "window": study.window,
        "negative_weight": study.negative_weight,
        "protocol": study.protocol,
        "settings": {
            "window_shape": study.window_shape,
            "max_dim": config.largest,
            "fraction": config.fraction,
            "bootstrap": config.draws,
            "repeats": config.repeats,
            "seed": study.seed,
            "dim": study.dim,
            "sigma": study.sigma,
            "trained_by": config.trained_by,
            "speedup": config.speedup,
            **study.words.chosen(),
            **study.reading.given,
        },
        "parts": [
            {
                "share": 0.5**part.level,
                "repeat": part.repeat,
                "documents": part.documents,
                "words": part.words,
                "vocab_size": part.vocab_size,
                "max_dim": part.dims[-1] if part.dims else None,
                "seconds": part.seconds,
                "overall_peak": number(part.sizes.overall.peak),
            }
            for part in plan.parts
        ],
        "categories": [
            _category(learning_curve, verdict, coverage)
            for learning_curve, verdict, coverage in zip(
                plan.learning_curves, plan.verdicts, plan.coverage, strict=True
            )
        ],
        "overall": _learning_curve(plan.overall),
        "needs": [
            {
                "category": each.need.category,
                "accuracy": each.need.accuracy,
                "word": each.word,
                "sentence": each.sentence,
                "words": listed(each.words),
                "dim": each.dim,
            }
            for each in plan.answers
        ],
        "stages": [_stage(stage, cost, config.speedup) for stage, cost in zip(plan.stages, plan.costs, strict=True)],
        "no_stages": plan.no_stages,
        "calibration": [
            {
                "trainer": timing.trainer,
                "vocab_size": timing.vocab_size,
                "dim": timing.dim,
                "step_seconds": timing.seconds,
                "steps_timed": timing.timed,
                "pairs": timing.pairs,
                "step_size": timing.step_size,
                "step_seconds_range": list(timing.range),
                "waited": timing.waited,
                "busy": timing.busy,
            }
            for timing in plan.step_timings
        ],
        "domain": None if plan.domain is None else _domain(plan.domain),
        "warnings": list(plan.warnings),
        "caveats": list(CAVEATS),
        "seconds": plan.seconds,
    }


def write_plan_csv(plan: Plan, stream: IO[str]) -> None:
    """Write the plan to `stream` as CSV (RFC 4180): a row a category and size of text, overall last.

    `kind` is *measured*, or *extrapolated* for more text than there is, of which `peak_low` and `peak_high` alone are
    known. Shares are of the whole text. A cell is empty where there is no value.
    """
    rows = csv.writer(stream)
    rows.writerow(_CSV_COLUMNS)
    verdicts: tuple[Verdict | None, ...] = (*plan.verdicts, None)
    for learning_curve, verdict in zip((*plan.learning_curves, plan.overall), verdicts, strict=True):
        model = None if verdict is None or verdict.model is None else verdict.model.word
        found = (None, None, None) if verdict is None else (verdict.text.word, model, verdict.limit)
        none = (None, None)
        for point in learning_curve.points:
            row = (
                learning_curve.name, "measured", 0.5**point.level, point.words, point.repeats, point.attempted,
                point.total, point.peak, *(point.peak_interval or none), point.critical,
                *(point.critical_interval or none), point.onset, *(point.onset_interval or none), *found,
            )  # fmt: skip
            rows.writerow(csv_cells(row))
        for extrapolation in learning_curve.extrapolations:
            beyond = (
                learning_curve.name, "extrapolated", extrapolation.times, extrapolation.words, None, None,
                learning_curve.whole.total, None, extrapolation.low, extrapolation.high, *(None,) * 6, *found,
            )  # fmt: skip
            rows.writerow(csv_cells(beyond))
