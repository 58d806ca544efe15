"""Charts of a plan as SVG: a category's peak accuracy, and its critical size, against words of text.

Colours are classes of the page's style sheet, and nothing refers to anything outside the element. What is measured is
solid; what is extrapolated dashed and hatched, behind a dashed line, and named.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from qwem_tui.base.units import percent
from qwem_tui.formats.plan.html.svg import Element, element, number
from qwem_tui.formats.plan.html.wording import plain_name
from qwem_tui.formats.plan.quantities import accuracy, may_be_larger, share, size
from qwem_tui.study.plan.learning_curve import Extrapolation, Interval, LearningCurve, Point
from qwem_tui.study.plan.planner import Plan
from qwem_tui.study.plan.verdict import between

_WIDTH, _LEFT, _RIGHT, _TOP, _BOTTOM = 360.0, 38.0, 10.0, 26.0, 36.0
_PEAK_HEIGHT, _SIZE_HEIGHT = 222.0, 194.0
_MOST_TICKS = 6
_TITLE = 13.0
#: Logarithmic axes go beyond what they hold by this factor.
_MARGIN = 1.3
_CAP, _DOT, _EXTRAPOLATION_WIDTH, _HATCH = 4.0, 3.5, 16.0, 5.0


@dataclass(frozen=True)
class LogAxis:
    """Values from `low` to `high` go from `start` to `stop` in the units of the drawing, by logarithm if `log`."""

    low: float
    high: float
    start: float
    stop: float
    log: bool

    def at(self, value: float) -> float:
        """Return where `value` is; what is beyond an end is at that end."""
        value = min(self.high, max(self.low, value))
        part = (value - self.low) / (self.high - self.low)
        if self.log:
            part = math.log(value / self.low) / math.log(self.high / self.low)
        return self.start + part * (self.stop - self.start)


def log_ticks(low: float, high: float) -> tuple[float, ...]:
    """Return at most six round values in [low, high]: as many of 1, 2, 5 in each decade as there is room for."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found: list[float] = []
    for steps in ((1, 2, 5), (1, 3), (1,)):
        found = [step * 10.0**decade for decade in decades for step in steps]
        found = [value for value in found if low <= value <= high]
        if len(found) <= _MOST_TICKS:
            return tuple(found)
    return tuple(found[:: math.ceil(len(found) / _MOST_TICKS)])


def _count(value: float) -> str:
    """Return a round number in short: 300k, 1M."""
    for unit, scale in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if value >= scale:
            return f"{value / scale:.3g}{unit}"
    return f"{value:.3g}"


@dataclass(frozen=True)
class PlotArea:
    """What all charts of a plan share, so that they can be compared: axes of words and of sizes, and the model's size.

    `whole` are the words of the whole text; what is beyond is extrapolated.
    """

    words: tuple[float, float]
    sizes: tuple[float, float]
    whole: int
    dim: int | None


def plot_area(plan: Plan) -> PlotArea:
    """Return the plot area of all charts of `plan`."""
    learning_curves = (*plan.learning_curves, plan.overall)
    words = [max(1, point.words) for point in plan.overall.points]
    words += [each.words for learning_curve in learning_curves for each in learning_curve.extrapolations]
    sizes = [learning_curve.dims[-1] for learning_curve in learning_curves if learning_curve.dims]
    sizes += [plan.config.study.dim or 1]
    for learning_curve in learning_curves:
        sizes += [
            math.ceil(ends[1]) for point in learning_curve.points if (ends := point.critical_interval) is not None
        ]
    return PlotArea(
        (min(words) / _MARGIN, max(words) * _MARGIN),
        (1 / _MARGIN, max(sizes) * _MARGIN),
        plan.overall.last.words,
        plan.config.study.dim,
    )


def _label(x: float, y: float, text: str, anchor: str = "start", kind: str = "soft") -> Element:
    return element("text", kind, [text], x=x, y=y, text_anchor=anchor)


def _interval(x: float, top: float, bottom: float) -> Element:
    caps = "".join(f"M{number(x - _CAP)} {number(y)}h{number(2 * _CAP)}" for y in (top, bottom))
    return element("path", "bar", d=f"M{number(x)} {number(top)}V{number(bottom)}{caps}")


def _dot(x: float, y: float, about: str, hollow: bool = False) -> Element:
    return element("circle", "dot hollow" if hollow else "dot", [element("title", "", [about])], cx=x, cy=y, r=_DOT)


def _line(places: Sequence[tuple[float, float]]) -> Iterator[Element]:
    if len(places) > 1:
        yield element("polyline", "line", points=" ".join(f"{number(x)},{number(y)}" for x, y in places))


def _hatched(x: float, top: float, bottom: float, about: str) -> Element:
    """Return a dashed box with slanted lines in it, `about` being its title. Not a pattern: that would need a URL."""
    left, right = x - _EXTRAPOLATION_WIDTH / 2, x + _EXTRAPOLATION_WIDTH / 2
    lines, rise = [], _HATCH
    while rise < bottom - top + _EXTRAPOLATION_WIDTH:
        # from the left edge or the bottom up to the right, to the right edge or the top
        low, high = max(0.0, rise - (bottom - top)), min(_EXTRAPOLATION_WIDTH, rise)
        start, end = (left + low, top + rise - low), (left + high, top + rise - high)
        lines.append(f"M{number(start[0])} {number(start[1])}L{number(end[0])} {number(end[1])}")
        rise += _HATCH
    box = element("rect", "extrapolation", x=left, y=top, width=right - left, height=bottom - top)
    return element("g", "", [element("title", "", [about]), box, element("path", "hatch", d="".join(lines))])


def _surround(
    words: LogAxis, values: LogAxis, ticks: Sequence[tuple[float, str]], area: PlotArea, extrapolated: bool
) -> Iterator[Element]:
    """Yield grid, ticks, area, and the stretch beyond the text, which holds extrapolated ranges or nothing."""
    bottom, top = values.start, values.stop
    if area.whole * _MARGIN < words.high * 0.999:
        edge = words.at(area.whole * math.sqrt(_MARGIN))
        kind = "beyond" if extrapolated else "blank"
        yield element("rect", kind, x=edge, y=top, width=words.stop - edge, height=bottom - top)
        yield element("path", "edge", d=f"M{number(edge)} {number(top)}V{number(bottom)}")
        name = "extrapolated" if extrapolated else "not extrapolated"
        yield _label(words.stop, _TITLE, name, "end", "extrapolation-name" if extrapolated else "soft")
    for value, text in ticks:
        y = values.at(value)
        yield element("path", "grid", d=f"M{number(words.start)} {number(y)}H{number(words.stop)}")
        yield _label(words.start - 5, y + 4, text, "end")
    for value in log_ticks(words.low, words.high) or (float(area.whole),):
        x = words.at(value)
        yield element("path", "grid", d=f"M{number(x)} {number(bottom)}v4")
        yield _label(x, bottom + 16, _count(value), "middle", "soft tick")
    yield element("rect", "frame", x=words.start, y=top, width=words.stop - words.start, height=bottom - top)
    yield _label((words.start + words.stop) / 2, bottom + 31, "words of text", "middle")


def _svg(height: float, title: str, description: str, parts: Iterable[Element]) -> Element:
    described = element("title", "", [title]), element("desc", "", [description])
    return element(
        "svg", "", [*described, *parts], role="img", aria_label=title, viewBox=f"0 0 {number(_WIDTH)} {number(height)}"
    )


def _words_axis(area: PlotArea) -> LogAxis:
    return LogAxis(*area.words, _LEFT, _WIDTH - _RIGHT, True)


def _of_text(point: Point) -> str:
    return f"{point.words:,} words ({share(point.level)} of the text)"


def _extrapolation_text(extrapolation: Extrapolation) -> str:
    found = between((extrapolation.low, extrapolation.high))
    return f"{extrapolation.words:,} words ({extrapolation.times} times the text), extrapolated: {found}"


def peak_chart(learning_curve: LearningCurve, name: str, area: PlotArea, needed: Sequence[float]) -> Element | None:
    """Return the chart of a category's peak accuracy; None where none is known. `needed` are accuracies to mark."""
    known = [(point, point.peak, point.peak_interval) for point in learning_curve.points]
    points = [(point, peak, ends) for point, peak, ends in known if peak is not None and ends is not None]
    if not points:
        return None
    words, values = _words_axis(area), LogAxis(0.0, 1.0, _PEAK_HEIGHT - _BOTTOM, _TOP, False)
    about = [f"{_of_text(point)}: {accuracy(peak, ends)}" for point, peak, ends in points]
    description = "; ".join([*about, *map(_extrapolation_text, learning_curve.extrapolations)])

    def parts() -> Iterator[Element]:
        ticks = [(part / 4, f"{25 * part}%") for part in range(5)]
        yield from _surround(words, values, ticks, area, bool(learning_curve.extrapolations))
        yield _label(2, _TITLE, "peak accuracy")
        for need in needed:
            yield from _aim(words, values.at(need), f"needed: {percent(need)}", values.stop)
        yield from _line([(words.at(point.words), values.at(peak)) for point, peak, _ in points])
        for (point, peak, ends), line in zip(points, about, strict=True):
            x = words.at(point.words)
            yield _interval(x, values.at(ends[1]), values.at(ends[0]))
            yield _dot(x, values.at(peak), line)
        for each in learning_curve.extrapolations:
            x, top, bottom = words.at(each.words), values.at(each.high), values.at(each.low)
            yield _hatched(x, top, max(bottom, top + 1), _extrapolation_text(each))
            yield _label(
                x, top - 4 if top > values.stop + 14 else bottom + 13, f"×{each.times}", "middle", "extrapolation-name"
            )

    return _svg(_PEAK_HEIGHT, f"{plain_name(name)}: peak accuracy against words of text", description, parts())


def _aim(words: LogAxis, y: float, text: str, top: float) -> Iterator[Element]:
    """Yield a line across at `y` and its name, above it where there is room."""
    yield element("path", "aim", d=f"M{number(words.start)} {number(y)}H{number(words.stop)}")
    yield _label(words.start + 5, y - 4 if y > top + 14 else y + 13, text, "start", "aim-name")


def size_chart(learning_curve: LearningCurve, name: str, area: PlotArea) -> Element | None:
    """Return the chart of a category's critical size; None where none is known at any size of text.

    A size known in some of the parts only is a hollow dot; one that may be larger has an arrow up.
    """
    known = [(point, point.critical, point.critical_interval) for point in learning_curve.points]
    points = [(point, middle, ends) for point, middle, ends in known if middle is not None and ends is not None]
    if not points:
        return None
    words, values = _words_axis(area), LogAxis(*area.sizes, _SIZE_HEIGHT - _BOTTOM, _TOP, True)
    about = [_size_text(learning_curve, point, middle, ends) for point, middle, ends in points]

    def parts() -> Iterator[Element]:
        ticks = [(value, f"{value:.0f}") for value in log_ticks(1, area.sizes[1])]
        yield from _surround(words, values, ticks, area, False)
        yield _label(2, _TITLE, "critical size d*")
        if area.dim is not None:
            yield from _aim(words, values.at(area.dim), f"your model: {area.dim}", values.stop)
        yield from _line([(words.at(point.words), values.at(middle)) for point, middle, _ in points])
        for (point, middle, ends), line in zip(points, about, strict=True):
            x, y = words.at(point.words), values.at(middle)
            yield _interval(x, values.at(ends[1]), values.at(ends[0]))
            if may_be_larger(learning_curve, point):
                tip = max(values.stop + 2, values.at(ends[1]) - 12)
                yield element("path", "bar", d=f"M{number(x)} {number(y)}V{number(tip)}m-4 5l4 -5l4 5")
            yield _dot(x, y, line, point.known < point.repeats)

    return _svg(_SIZE_HEIGHT, f"{plain_name(name)}: critical size against words of text", "; ".join(about), parts())


def _size_text(learning_curve: LearningCurve, point: Point, middle: float, ends: Interval) -> str:
    text = f"{_of_text(point)}: {size(middle, ends, may_be_larger(learning_curve, point))}"
    return text if point.known == point.repeats else f"{text}, known in {point.known} of {point.repeats} parts"
