"""A prediction as tables and sentences for a terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rich import box
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from qwem_tui.base.inert import inert
from qwem_tui.base.memory import readable_bytes
from qwem_tui.study.predict import Ability, Prediction
from qwem_tui.theory.critical import CriticalSize, supported_order

#: From so many cells on, one table holds everything; below, two share it.
_WIDE = 158
_BLOCKS, _ASCII_BLOCKS = " ▁▂▃▄▅▆▇█", " .:-=+*#@"
_SHOWN_REASONS = 3


def sparkline(accuracy: NDArray[np.float64], width: int, ascii_only: bool = False) -> str:
    """Return a curve in [0, 1] as at most `width` characters over its own points, full height being 1 (*ours*).

    A character shows the largest of the points it stands for; anything above zero shows.
    """
    if not len(accuracy) or np.isnan(accuracy).any():
        return ""
    blocks = _ASCII_BLOCKS if ascii_only else _BLOCKS
    parts = np.array_split(accuracy, min(width, len(accuracy)))
    return "".join(blocks[math.ceil(float(part.max()) * (len(blocks) - 1) - 1e-9)] for part in parts)


def shown_dims(dims: Sequence[int], count: int) -> tuple[int, ...]:
    """Return at most `count` of the grid to give as numbers: the largest, and those nearest to its halves."""
    halves = [dims[-1] / 2**power for power in range(count)]
    return tuple(sorted({min(dims, key=lambda d: abs(math.log(d / half))) for half in halves}))


def _percent(share: float) -> str:
    return "–" if math.isnan(share) else f"{share:.0%}"


def _interval(size: CriticalSize, dims: Sequence[int]) -> str:
    """Return a critical size with its interval, marked where the sizes looked at bound it from one side only."""
    if size.critical_size is None or size.interval is None:
        return "–"
    open_below, open_above = size.critical_size == dims[0] > 1, size.peak_dim == dims[-1]
    bound = "~" if open_below and open_above else "≤" if open_below else "≥" if open_above else ""
    return f"{bound}{size.critical_size} ({size.interval[0]}–{size.interval[1]})"


def _or_dash(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def _parameters(count: int | None) -> str:
    if count is None:
        return "–"
    return f"{count / 1e6:.2f} M" if count >= 1e6 else f"{count / 1e3:.3g} k" if count >= 1e3 else str(count)


def _names(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def answer(prediction: Prediction) -> str:
    """Return the one sentence that answers: how many categories work by which size, and which do not, with reasons."""
    reached = [ability.size for ability in prediction.abilities if ability.size.critical_size is not None]
    fraction = prediction.config.fraction
    share = "half" if fraction == 0.5 else f"{fraction:.0%}"
    count, total = len(reached), len(prediction.abilities)
    if reached:
        largest = max(size.critical_size or 0 for size in reached)
        low, high = min(size.peak for size in reached), max(size.peak for size in reached)
        peaks = f"{high:.0%}" if f"{low:.0%}" == f"{high:.0%}" else f"{low:.0%} to {high:.0%}"
        sentence = (
            f"{count} of {total} categories work by d = {largest}: by then each has reached {share} of its own peak "
            f"accuracy (peaks: {peaks})"
        )
    else:
        sentence = f"None of the {total} categories works at any size up to d = {prediction.dims[-1]} on this corpus"
    rest = [ability.size for ability in prediction.abilities if ability.size.critical_size is None]
    # those that the text covers best are what a reader misses first
    rest.sort(key=lambda size: (-size.attempted, -size.total))
    told = [f"{size.name} is not reached: {_covered(size)}" for size in rest[:_SHOWN_REASONS]]
    if len(rest) > _SHOWN_REASONS:
        more = len(rest) - _SHOWN_REASONS
        told.append(f"{more} more {'is' if more == 1 else 'are'} not reached")
    return "; ".join([sentence, *told]) + "."


def _covered(size: CriticalSize) -> str:
    if size.reason is not None and size.reason.startswith("too unsure"):
        return size.reason.partition(": ")[2]
    return f"{size.attempted:,} of {size.total:,} questions could be attempted"


def order_sentence(prediction: Prediction) -> str | None:
    """Return which order of the categories the intervals support, or None where fewer than two have a critical size."""
    groups = supported_order(ability.size for ability in prediction.abilities)
    if sum(map(len, groups)) < 2:
        return None
    if len(groups) == 1:
        return "Order: the intervals overlap, so this text supports no order of the categories."
    told = "; then ".join(_names(group) for group in groups)
    return f"Order that the intervals support (none inside a group): {told}."


def _setting_lines(prediction: Prediction) -> list[str]:
    config, study = prediction.config, prediction.config.study
    target = {"mstar": "M*", "ppmi": "PPMI", "pmi": "PMI (0 where a pair is never seen)"}[config.target]
    eigenvalues = prediction.eigenvalues
    last = len(eigenvalues)
    floor = prediction.loss_floor[-1]
    return [
        f"Corpus: {prediction.documents:,} documents, {prediction.tokens:,} words, {prediction.tokens_in_vocab:,} of "
        f"them in the vocabulary of {prediction.vocab_size:,}; window {study.window}, negative weight "
        f"{study.negative_weight:g}.",
        f"Target {target}: {prediction.pairs_seen:,} ordered pairs seen, squared norm {prediction.frobenius_sq:.4g}. "
        f"Eigenvalues: lambda_1 {eigenvalues[0]:.4g}, lambda_{last} {eigenvalues[-1]:.4g}, lambda_min "
        f"{prediction.lambda_min:.4g} (residual {prediction.residual:.0e} of the largest). Least normalised loss at "
        f"d = {prediction.dims[-1]}: {floor:.3f}.",
    ]


def _notes(prediction: Prediction) -> list[str]:
    config, study = prediction.config, prediction.config.study
    share = "half" if config.fraction == 0.5 else f"{config.fraction:.0%}"
    notes = [
        f"d*, the critical size: the first of the sizes looked at ({prediction.dims[0]} to {prediction.dims[-1]}) at "
        f"which accuracy reaches {share} of its own peak, with a 95% interval ({config.draws} resamples of its word "
        "pairs). Onset: from there on it stays above zero. Accuracy can fall again beyond the peak.",
        f"Asked under the {study.protocol} protocol; a question with a word outside the vocabulary is skipped, not "
        "wrong.",
    ]
    if prediction.expected_steps is not None:
        notes.append(
            f"Step: where gradient descent at d = {prediction.dim} from sigma = {study.sigma:g}, steps of "
            f"{study.step_fraction:g} of the stability limit, is foretold to cross {share} of the run's own peak, and "
            f"the modes learned there: mostly fewer than d*, since half-grown modes help already. The whole run takes "
            f"{prediction.expected_steps:,} steps."
        )
    absent, unasked, rising = [], [], []
    for ability in (*prediction.abilities, prediction.overall):
        size = ability.size
        if not size.attempted:
            unasked.append(size.name)
        elif size.reason is not None:
            absent.append(f"{size.name}: {size.reason}.")
        elif ability.step_reason is not None and prediction.expected_steps is not None:
            absent.append(f"{size.name}: no step, {ability.step_reason}.")
        if size.critical_size is not None and size.peak_dim == prediction.dims[-1]:
            rising.append(size.name)
    if rising:
        absent.append(
            "Peak at the largest size looked at, so a larger model may do better, and d* be larger than given: "
            f"{', '.join(rising)}."
        )
    if unasked:
        absent.append(f"Not in this text, no question is covered: {', '.join(unasked)}.")
    return [*notes, *absent]


def _table(ascii_only: bool) -> Table:
    style = box.ASCII2 if ascii_only else box.SIMPLE_HEAD
    return Table(box=style, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False, header_style="bold")


class PredictionReport:
    """The prediction as a Rich renderable: the answer, the settings, tables as wide as the terminal, and notes."""

    def __init__(self, prediction: Prediction, ascii_only: bool = False, missing: bool = False) -> None:
        """Show `prediction`; with `missing` also the words that the corpus lacks, by category."""
        self._prediction, self._ascii, self._missing = prediction, ascii_only, missing

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        reached = any(ability.size.critical_size is not None for ability in self._rows())
        wide = options.max_width >= _WIDE
        for paragraph in [answer(self._prediction), *self._prediction.warnings, *_setting_lines(self._prediction)]:
            yield self._text(paragraph)
        yield Text()
        if wide:
            yield self._abilities(6, 18, True, True)
        else:
            yield self._abilities(3, 12, True, False)
            if reached:
                yield Text()
                yield self._abilities(0, 0, False, True)
        if self._prediction.half_tokens:
            yield Text()
            yield self._halves()
        yield Text()
        order = order_sentence(self._prediction)
        for paragraph in [*([order] if order else []), *_notes(self._prediction)]:
            yield self._text(paragraph)
        if self._missing:
            yield Text()
            for ability, words in zip(self._prediction.abilities, self._prediction.missing, strict=True):
                listed = " ".join(inert(word) for word in words) or "none"
                yield self._text(f"{ability.size.name}, words not in the vocabulary: {listed}")

    def _text(self, line: str) -> Text:
        return Text(line.replace("–", "-").replace("≤", "<=").replace("≥", ">=") if self._ascii else line)

    def _rows(self) -> tuple[Ability, ...]:
        return (*self._prediction.abilities, self._prediction.overall)

    def _abilities(self, numbers: int, spark: int, curve: bool, critical: bool) -> Table:
        prediction = self._prediction
        dims = shown_dims(prediction.dims, numbers) if curve else ()
        at = [prediction.dims.index(d) for d in dims]
        table = _table(self._ascii)
        table.add_column("category", no_wrap=True)
        if curve:
            table.add_column("asked", justify="right", no_wrap=True)
            for d in dims:
                table.add_column(f"d={d}", justify="right", no_wrap=True)
            table.add_column(f"d={prediction.dims[0]}..{prediction.dims[-1]}", no_wrap=True)
            table.add_column("peak", justify="right", no_wrap=True)
        if critical:
            table.add_column("d* (95%)", justify="right", no_wrap=True)
            foretold = ("step", "modes") if prediction.expected_steps is not None else ()
            for name in ("onset", "params", "bytes", *foretold):
                table.add_column(name, justify="right", no_wrap=True)
        for ability in self._rows():
            size = ability.size
            if critical and not curve and size.critical_size is None:
                continue
            cells = [size.name]
            if curve:
                peak = f"{size.peak:.0%} at {size.peak_dim}" if size.attempted else "–"
                line = sparkline(size.accuracy, spark, self._ascii)
                cells += [
                    f"{size.attempted}/{size.total}",
                    *(_percent(float(size.accuracy[i])) for i in at),
                    line,
                    peak,
                ]
            if critical:
                needed = prediction.bytes(ability)
                cells += [
                    _interval(size, prediction.dims),
                    _or_dash(size.onset),
                    _parameters(prediction.parameters(ability)),
                    "–" if needed is None else readable_bytes(needed),
                ]
                if foretold:
                    cells += [_or_dash(ability.step), _or_dash(ability.modes)]
            table.add_row(*map(self._text, cells), end_section=ability is self._prediction.abilities[-1])
        return table

    def _halves(self) -> Table:
        table = _table(self._ascii)
        table.add_column("critical size", no_wrap=True)
        table.add_column("whole", justify="right", no_wrap=True)
        for half, tokens in enumerate(self._prediction.half_tokens, start=1):
            table.add_column(f"half {half} ({tokens / 1e6:.3g} M words)", justify="right", no_wrap=True)
        for ability in self._rows():
            sizes = (ability.size, *ability.halves)
            if all(size.critical_size is None for size in sizes):
                continue
            cells = [ability.size.name, *(_interval(size, self._prediction.dims) for size in sizes)]
            table.add_row(*map(self._text, cells), end_section=ability is self._prediction.abilities[-1])
        return table
