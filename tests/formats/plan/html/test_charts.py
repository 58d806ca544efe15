"""Charts of a plan: where they put things, and what they say of what is extrapolated."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest

from qwem_tui.formats.plan.html.charts import log_ticks
from qwem_tui.study.plan.requirements import Need
from tests.formats.plan.html.pages import STYLE, Node, page, rows
from tests.formats.plan.plans import LONGEST, made

PLAN = made(needs=(Need(LONGEST, 0.5),))


def along(chart: Node, value: float) -> float:
    """Return where `value` is on the axis of words, by two of its labels."""
    ticks = {node.text: node.number("x") for node in chart.all("text", "tick")}
    low, high = math.log10(30_000), math.log10(3_000_000)
    return ticks["30k"] + (math.log10(value) - low) / (high - low) * (ticks["3M"] - ticks["30k"])


def ends(bar: Node) -> tuple[float, float, float]:
    """Return where an interval bar is, its top and its bottom."""
    found = re.match(r"M([\d.]+) ([\d.]+)V([\d.]+)", bar.attributes["d"] or "")
    assert found is not None
    x, top, bottom = map(float, found.groups())
    return x, top, bottom


def test_points_bars_and_ranges_are_where_their_figures_say() -> None:
    learning_curve = PLAN.learning_curves[0]
    figure = page(PLAN).part("charts").all("figure")[0]
    peaks, sizes = figure.all("svg")
    frame = peaks.all("rect", "frame")[0]
    floor, height = frame.number("y") + frame.number("height"), frame.number("height")

    def up(accuracy: float) -> float:
        return floor - accuracy * height

    dots = peaks.all("circle")
    assert [dot.number("cx") for dot in dots] == pytest.approx(
        [along(peaks, 1e6 / 2**n) for n in range(5, -1, -1)], abs=0.02
    )
    assert [dot.number("cy") for dot in dots] == pytest.approx(
        [up(point.peak or 0) for point in learning_curve.points], abs=0.02
    )
    assert learning_curve.points[1].peak == pytest.approx(0.3, abs=0.01)
    for bar, point in zip(peaks.all("path", "bar"), learning_curve.points, strict=True):
        assert point.peak_interval is not None
        x, top, bottom = ends(bar)
        assert x == pytest.approx(along(peaks, point.words), abs=0.02)
        assert (bottom, top) == pytest.approx([up(end) for end in point.peak_interval], abs=0.02)
    ranges = peaks.all("rect", "extrapolation")
    assert [each.times for each in learning_curve.extrapolations] == [2, 4]
    for box, each in zip(ranges, learning_curve.extrapolations, strict=True):
        middle = box.number("x") + box.number("width") / 2
        assert middle == pytest.approx(along(peaks, 1e6 * each.times), abs=0.02)
        assert box.number("y") == pytest.approx(up(each.high), abs=0.02)
        assert box.number("height") == pytest.approx(max(1, up(each.low) - up(each.high)), abs=0.03)
    needed = peaks.all("path", "aim")[0].attributes["d"] or ""
    assert float(re.findall(r"[\d.]+", needed)[1]) == pytest.approx(up(0.5), abs=0.02)

    marks = {node.text: node.number("y") - 4 for node in sizes.all("text") if node.text in ("10", "100")}
    for dot, point in zip(sizes.all("circle"), learning_curve.points, strict=True):
        expected = marks["10"] + (math.log10(point.critical or 0) - 1) * (marks["100"] - marks["10"])
        assert dot.number("cy") == pytest.approx(expected, abs=0.02)
        assert dot.number("cx") == pytest.approx(along(sizes, point.words), abs=0.02)


def test_what_is_extrapolated_is_named_dashed_and_apart() -> None:
    for chart in page(PLAN).part("charts").all("svg"):
        boxes = chart.all("rect", "extrapolation")
        labels = [node.text for node in chart.all("text")]
        edge = float(re.findall(r"[\d.]+", chart.all("path", "edge")[0].attributes["d"] or "")[0])
        assert all(dot.number("cx") < edge for dot in chart.all("circle"))
        assert all(box.number("x") > edge for box in boxes)
        assert ("extrapolated" in labels, "not extrapolated" in labels) == (bool(boxes), not boxes)
        assert [label for label in labels if label.startswith("×")] == (["×2", "×4"] if boxes else [])
        groups = [group for group in chart.all("g") if group.all("rect", "extrapolation")]
        assert all("extrapolated" in group.all("title")[0].text for group in groups)
        assert len(chart.all("path", "hatch")) == len(boxes)
        assert ("extrapolated" in chart.all("desc")[0].text) == bool(boxes)
    assert re.search(r"svg \.extrapolation \{[^}]*stroke-dasharray", STYLE)
    assert not re.search(r"svg \.(line|bar|dot) \{[^}]*dash", STYLE)


def test_charts_are_named_and_each_category_has_one_or_is_said_to_have_none() -> None:
    part = page(PLAN).part("charts")
    assert [caption.text for caption in part.all("figcaption")] == [
        f"nationality adjective {LONGEST}", "[bold]: =1+1\\x1b", "all questions together",
    ]  # fmt: skip
    assert "could be asked: capital common countries (0 of 4,524 covered), adjective to adverb" in part.text
    for chart in part.all("svg"):
        assert chart.attributes["role"] == "img"
        assert chart.attributes["aria-label"] == chart.all("title")[0].text != ""
    # a size that may be larger has an arrow; it is known on the whole text alone
    evil = part.all("figure")[1].all("svg")[1]
    assert len(evil.all("circle")) == 1
    assert len(evil.all("path", "bar")) == 2
    assert "≥45 (34–58)" in evil.all("desc")[0].text
    # of a size known in some parts only the dot is hollow
    learning_curve = made().learning_curves[0]
    some = replace(learning_curve, points=(replace(learning_curve.points[0], known=3), *learning_curve.points[1:]))
    chart = page(replace(made(), learning_curves=(some, *made().learning_curves[1:]))).part("charts").all("svg")[1]
    assert [len(dot.all("circle", "hollow")) for dot in chart.all("circle")] == [1, 0, 0, 0, 0, 0]
    assert "known in 3 of 4 parts" in chart.text
    figures = rows(
        page(replace(made(), learning_curves=(some, *made().learning_curves[1:]))).part("charts").all("table")[0]
    )
    assert [row[6].endswith(", in 3 of 4 parts") for row in figures[:6]] == [True, *[False] * 5]
    assert next(row[5] for row in figures if row[2] == "2 times").startswith("extrapolated: ")


def test_a_level_where_nothing_was_read_and_a_range_of_one_accuracy_are_drawn() -> None:
    learning_curve = made().learning_curves[0]
    nothing = replace(learning_curve, points=(replace(learning_curve.points[0], words=0), *learning_curve.points[1:]))
    overall = replace(made().overall, points=nothing.points)
    chart = (
        page(replace(made(), learning_curves=(nothing, *made().learning_curves[1:]), overall=overall))
        .part("charts")
        .all("svg")[0]
    )
    assert len(chart.all("circle")) == 6


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (24_000, 5.2e6, (30_000, 100_000, 300_000, 1e6, 3e6)),
        (0.8, 260, (1, 3, 10, 30, 100)),
        (900, 2100, (1000, 2000)),
        (1.1, 1.9, ()),
        (1, 1e12, (1, 1e3, 1e6, 1e9, 1e12)),
    ],
)
def test_ticks_are_few_and_round(low: float, high: float, expected: tuple[float, ...]) -> None:
    assert log_ticks(low, high) == pytest.approx(expected)
