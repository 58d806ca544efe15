"""A prediction as tables and sentences for a terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from qwem_tui.base.printable import printable
from qwem_tui.base.units import readable_bytes
from qwem_tui.formats.prediction.data import for_a_moment
from qwem_tui.formats.tables import plain_table, shown_text, shown_word
from qwem_tui.study.prediction import Ability, Prediction
from qwem_tui.theory.critical_size import FEWEST_QUESTIONS, CriticalSize, supported_order
from qwem_tui.theory.dynamics import DEFAULT_STEP_FRACTION
from qwem_tui.theory.trajectory import Crossing

#: On this many cells and more, one table holds everything; below, three share it.
_WIDE = 160
_BLOCKS, _ASCII_BLOCKS = " ▁▂▃▄▅▆▇█", " .:-=+*#@"
_SHOWN_REASONS = 3
_LONGEST_NAME, _NARROW_NAME = 28, 24


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


def _bound(size: CriticalSize) -> str:
    if size.at_first and size.rising:
        return "~"
    return "≤" if size.at_first else "≥" if size.rising else ""


def _interval(size: CriticalSize, first: int = 1) -> str:
    """Return a critical size with its interval, marked where the sizes evaluated bound either from one side only.

    `first` is the smallest of them.
    """
    if size.critical_size is None or size.interval is None:
        return "–"
    low, high = size.interval
    below, above = "≤" if size.at_first or low == first > 1 else "", "≥" if size.rising else ""
    return f"{_bound(size)}{size.critical_size} ({below}{low}–{above}{high})"


def _or_dash(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def _step(crossing: Crossing) -> str:
    """Return a step forecast with its interval, marked where a run may miss it."""
    interval = "" if crossing.interval is None else f" ({crossing.interval[0]:,}–{crossing.interval[1]:,})"
    return f"{_or_dash(crossing.step)}{crossing.mark}{interval}"


def _parameters(count: int | None) -> str:
    if count is None:
        return "–"
    return f"{count / 1e6:.2f} M" if count >= 999_500 else f"{count / 1e3:.3g} k" if count >= 1e3 else str(count)


def _share(fraction: float) -> str:
    return "half" if fraction == 0.5 else f"{100 * fraction:.3g}%"


def _name(size: CriticalSize) -> str:
    return shown_word(size.name, _LONGEST_NAME)


def _range(shares: Sequence[float]) -> str:
    low, high = f"{min(shares):.0%}", f"{max(shares):.0%}"
    return high if low == high else f"{low} to {high}"


def _unreached(size: CriticalSize) -> str:
    if size.attempted < FEWEST_QUESTIONS:
        return f"{_name(size)} is not known: {size.attempted:,} of {size.total:,} questions could be attempted"
    return f"{_name(size)} is not reached: {'' if size.reason is None else size.reason.details}"


def answer(prediction: Prediction) -> tuple[str, str]:
    """Return the answer in a sentence, and what there is to say beside it.

    How many categories work by which size, how sure that is, and which of the others is asked about most.

    A category works from where it reaches its share of its own peak; one too few of whose questions could be asked is
    neither counted as working nor as not reached.
    """
    sizes = [ability.size for ability in prediction.abilities]
    reached = [size for size in sizes if size.critical_size is not None]
    too_few = [size for size in sizes if 0 < size.attempted < FEWEST_QUESTIONS]
    weak = [size for size in sizes if size.attempted >= FEWEST_QUESTIONS and size.critical_size is None]
    unasked = sum(not size.attempted for size in sizes)
    total = f"{len(sizes)} categories" if len(sizes) != 1 else "1 category"
    sentences = []
    if reached:
        largest = max(size.critical_size or 0 for size in reached)
        at = prediction.dims.index(largest)
        high = max(size.interval[1] for size in reached if size.interval is not None)
        verb, each = ("works", "it") if len(reached) == 1 else ("work", "each")
        beyond = " or beyond" if any(size.rising for size in reached) else ""
        headline = f"{len(reached)} of {total} {verb} by d = {largest} (95% intervals reach to d = {high}{beyond})"
        sentences.append(
            f"By d = {largest} {each} "
            f"has reached {_share(prediction.config.fraction)} of its own peak accuracy; at {largest} accuracy is "
            f"{_range([float(size.accuracy[at]) for size in reached])}, at the peaks "
            f"{_range([size.peak for size in reached])}."
        )
        if rising := sum(size.rising for size in reached):
            last = prediction.dims[-1]
            may = f"{rising} of them may need more: accuracy may still rise beyond the largest size, {last}."
            sentences.append(may)
    else:
        headline = f"None of {total} is known to work at a size up to d = {prediction.dims[-1]} on this corpus"
    overall = prediction.overall.size
    if len(sizes) > 1 and overall.attempted and overall.peak_dim < prediction.dims[-1]:
        sentences.append(
            f"All questions together do best at d = {overall.peak_dim} ({overall.peak:.0%}); at d = "
            f"{prediction.dims[-1]} it is {overall.accuracy[-1]:.0%}."
        )
    unreached = [*too_few, *weak]
    if unreached:
        # the one that the file asks most about
        first = max(unreached, key=lambda size: size.total)
        headline += f"; {_unreached(first)}"
        too_few, weak = [s for s in too_few if s is not first], [s for s in weak if s is not first]
    sentences += [f"{_unreached(size)}." for size in weak[:_SHOWN_REASONS]]
    # those that the text covers best are what a reader misses first
    too_few.sort(key=lambda size: (-size.attempted, -size.total))
    sentences += [f"{_unreached(size)}." for size in too_few[:_SHOWN_REASONS]]
    rest = len(weak[_SHOWN_REASONS:]) + len(too_few[_SHOWN_REASONS:])
    if rest:
        sentences.append(f"{rest} more {'is' if rest == 1 else 'are'} listed below.")
    if unasked:
        sentences.append(f"Of {unasked} no question could be attempted.")
    return headline + ".", " ".join(sentences)


def order_sentence(prediction: Prediction) -> str | None:
    """Return which order of the categories the intervals support, or None where fewer than two have a critical size."""
    sizes = [ability.size for ability in prediction.abilities]
    if sum(size.critical_size is not None for size in sizes) < 2:
        return None
    chain = supported_order(sizes)
    if len(chain) < 2:
        return "Order: all intervals overlap, so these word pairs support no order of the categories."
    names = " before ".join(shown_word(name, _LONGEST_NAME) for name in chain)
    return (
        f"Order that the intervals support: {names}. Each other category overlaps one of these; of two whose intervals "
        "overlap, either may come first."
    )


def _setting_lines(prediction: Prediction) -> list[str]:
    config, study = prediction.config, prediction.config.study
    target = {"mstar": "M*", "ppmi": "PPMI", "pmi": "PMI (0 where a pair is never seen)"}[config.target]
    eigenvalues = prediction.eigenvalues
    last = len(eigenvalues)
    floor = prediction.loss_floor[-1]
    shape = "" if study.window_shape == "dynamic" else f"{study.window_shape} "
    return [
        f"Corpus: {prediction.documents:,} documents, {prediction.tokens:,} words, {prediction.tokens_in_vocab:,} of "
        f"them in the vocabulary of {prediction.vocab_size:,}; {shape}window {study.window}, negative weight "
        f"{study.negative_weight:g}.",
        f"Target {target}: {prediction.pairs_seen:,} ordered pairs seen, squared norm {prediction.frobenius_sq:.4g}. "
        f"Eigenvalues: lambda_1 {eigenvalues[0]:.4g}, lambda_{last} {eigenvalues[-1]:.4g}, lambda_min "
        f"{prediction.lambda_min:.4g} (residual {prediction.residual:.0e} of the largest |lambda|). Least normalised "
        f"loss at d = {prediction.dims[-1]}: {floor:.3f}.",
    ]


def _notes(prediction: Prediction) -> list[str]:
    config, study = prediction.config, prediction.config.study
    share = _share(config.fraction)
    abilities = (*prediction.abilities, prediction.overall)
    marks = {_bound(size) for ability in abilities for size in (ability.size, *ability.halves)}
    meanings = {
        "≥": "≥: with other word pairs accuracy may be best at the largest size evaluated, so that the peak may lie "
        "beyond, and d* be larger",
        "≤": "≤: it is the smallest size evaluated, and may be smaller",
        "~": "~: the sizes evaluated bound it from neither side",
    }
    notes = [
        f"d*, the critical size: the first of the sizes evaluated ({prediction.dims[0]} to {prediction.dims[-1]}) at "
        f"which accuracy reaches {share} of its own peak, with a 95% interval ({config.draws:,} resamples of its word "
        "pairs). Onset: from there on it stays above zero. Accuracy can fall again beyond the peak.",
        *(
            ["Only the sizes asked for were evaluated: d* may be as small as one more than the size before it."]
            if config.dims is not None
            else []
        ),
        *(f"{meaning}." for mark, meaning in meanings.items() if mark in marks),
        f"Asked under the {study.protocol} protocol; a question with a word outside the vocabulary is skipped, not "
        "wrong.",
    ]
    if prediction.expected_steps is not None:
        notes.append(
            f"Step: where gradient descent at d = {prediction.dim} from sigma = {study.sigma:g}, steps of "
            f"{study.step_fraction or DEFAULT_STEP_FRACTION:g} of the stability limit, is forecast to cross {share} of "
            f"the peak of that run, which may be lower than over all sizes up to {prediction.dims[-1]}, and the modes "
            "learned there: mostly fewer than d*, for that reason and since half-grown modes help already. Its "
            "interval tells what other word pairs would give, as that of d* does; ?: it is reached for a moment only. "
            f"The whole run takes about {prediction.expected_steps:,} steps."
        )
    unasked = []
    for ability in abilities:
        size = ability.size
        if not size.attempted:
            if ability is not prediction.overall:
                unasked.append(f"{_name(size)} ({size.total:,})")
        elif size.reason is not None:
            notes.append(f"{_name(size)}: {size.reason}.")
        elif size.onset is None:
            notes.append(f"{_name(size)}: no onset, accuracy is zero again at the largest size evaluated.")
        crossing = ability.crossing
        if size.reason is None and crossing.reason is not None and prediction.expected_steps is not None:
            notes.append(f"{_name(size)}: no step in a run of d = {prediction.dim}, {crossing.reason}.")
        if crossing.fleeting:
            notes.append(f"{_name(size)}: a run may miss step {crossing.step:,}, for {for_a_moment(crossing)}.")
    for half, size in enumerate(prediction.overall.halves, start=1):
        if size.reason is not None:
            notes.append(f"Half {half}: {size.reason}.")
    if unasked:
        notes.append(
            "No question could be attempted, for words outside the vocabulary, of (questions): "
            + ", ".join(unasked)
            + "."
        )
    return notes


class PredictionReport:
    """The prediction as a Rich renderable: the answer, the settings, tables as wide as the terminal, and notes."""

    def __init__(self, prediction: Prediction, ascii_only: bool = False, missing: bool = False) -> None:
        """Show `prediction`; with `missing` also the words that the corpus lacks, by category."""
        self._prediction, self._ascii, self._missing = prediction, ascii_only, missing

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for paragraph in [
            *filter(None, answer(self._prediction)),
            *self._prediction.warnings,
            *_setting_lines(self._prediction),
        ]:
            yield self._text(paragraph)
        if self._prediction.overall.size.attempted:
            yield from self._tables(wide=options.max_width >= _WIDE)
        if self._prediction.half_tokens:
            yield Text()
            sizes = " and ".join(f"{tokens:,}" for tokens in self._prediction.half_tokens)
            yield self._text(f"Critical sizes on two halves of the documents, of {sizes} words:")
            yield self._halves()
        yield Text()
        order = order_sentence(self._prediction)
        for paragraph in [*([order] if order else []), *_notes(self._prediction)]:
            yield self._text(paragraph)
        if self._missing:
            yield Text()
            for ability, words in zip(self._prediction.abilities, self._prediction.missing, strict=True):
                never = self._prediction.impossible
                listed = " ".join(printable(word) for word in words if word not in never) or "none"
                yield self._text(f"{_name(ability.size)}, words not in the vocabulary: {listed}")
                if lost := ", ".join(printable(word) for word in words if word in never):
                    yield self._text(f"{_name(ability.size)}, no words to this tokenizer: {lost}")

    def _tables(self, wide: bool) -> RenderResult:
        yield Text()
        if wide:
            yield self._abilities(_LONGEST_NAME, 5, 14, critical=True, forecast=True)
        else:
            yield self._abilities(_NARROW_NAME, 3, 12)
            if any(ability.size.critical_size is not None for ability in self._rows()):
                yield Text()
                yield self._abilities(_NARROW_NAME, critical=True)
            if any(ability.crossing.step is not None for ability in self._rows()):
                yield Text()
                yield self._abilities(_NARROW_NAME, forecast=True)

    def _text(self, line: str) -> Text:
        return shown_text(line, self._ascii)

    def _rows(self) -> tuple[Ability, ...]:
        return (*self._prediction.abilities, self._prediction.overall)

    def _abilities(
        self, name_cells: int, numbers: int = 0, spark: int = 0, critical: bool = False, forecast: bool = False
    ) -> Table:
        """Return a table of accuracy by size where `spark` cells are given to it, of critical sizes, and of steps."""
        prediction, curve = self._prediction, spark > 0
        forecast = forecast and prediction.expected_steps is not None
        dims = shown_dims(prediction.dims, numbers) if curve else ()
        at = [prediction.dims.index(d) for d in dims]
        table = plain_table(self._ascii, gap=1 if name_cells > _NARROW_NAME or not curve else 0)
        table.add_column("category", no_wrap=True)
        if curve:
            table.add_column("asked", justify="right", no_wrap=True)
            for d in dims:
                table.add_column(f"d={d}", justify="right", no_wrap=True)
            table.add_column(f"d={prediction.dims[0]}..{prediction.dims[-1]}", no_wrap=True)
            table.add_column("peak", justify="right", no_wrap=True)
        if critical:
            table.add_column("d* (95%)", justify="right", no_wrap=True)
            for name in ("onset", "params", "bytes"):
                table.add_column(name, justify="right", no_wrap=True)
        if forecast:
            table.add_column("step (95%)", justify="right", no_wrap=True)
            table.add_column("modes", justify="right", no_wrap=True)
        for ability in self._rows():
            size = ability.size
            shown = (curve, critical and size.critical_size is not None, forecast and ability.crossing.step is not None)
            if not size.attempted or not any(shown):
                continue
            cells = [shown_word(size.name, name_cells)]
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
                    _interval(size, prediction.dims[0]),
                    _or_dash(size.onset),
                    _parameters(prediction.parameters(ability)),
                    "–" if needed is None else readable_bytes(needed),
                ]
            if forecast:
                cells += [_step(ability.crossing), _or_dash(ability.crossing.modes)]
            table.add_row(*map(self._text, cells), end_section=ability is self._prediction.abilities[-1])
        return table

    def _halves(self) -> Table:
        table = plain_table(self._ascii, gap=1)
        table.add_column("category", no_wrap=True)
        table.add_column("whole", justify="right", no_wrap=True)
        for half in range(1, 1 + len(self._prediction.half_tokens)):
            table.add_column(f"half {half}", justify="right", no_wrap=True)
        for ability in self._rows():
            sizes = (ability.size, *ability.halves)
            if all(size.critical_size is None for size in sizes):
                continue
            cells = [
                shown_word(ability.size.name, _NARROW_NAME),
                *(_interval(size, self._prediction.dims[0]) for size in sizes),
            ]
            table.add_row(*map(self._text, cells), end_section=ability is self._prediction.abilities[-1])
        return table
