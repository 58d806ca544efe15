"""Charts of every category of a plan, and all their figures, as a section of its page."""

from __future__ import annotations

from qwem_tui.formats.plan.html.charts import PlotArea, peak_chart, plot_area, size_chart
from qwem_tui.formats.plan.html.components import (
    CUT,
    TOGETHER,
    accuracy,
    named,
    note,
    paragraph,
    plain_name,
    said,
    section,
    size,
    table,
)
from qwem_tui.formats.plan.sentences import UNKNOWN, UNSURE, extrapolated, share
from qwem_tui.study.plan.learning_curve import LearningCurve
from qwem_tui.study.plan.planner import Plan
from qwem_tui.study.plan.verdict import between


def _figure(learning_curve: LearningCurve, name: str, caption: str, frame: PlotArea, needed: list[float]) -> str:
    peaks = peak_chart(learning_curve, name, frame, needed)
    if not peaks:
        return ""
    told = ""
    if learning_curve.last.critical is None:
        reason = f": {learning_curve.whole.reason}" if learning_curve.whole.reason else ""
        told = paragraph(said(f"No critical size is known with all of the text{reason}."))
    sizes = size_chart(learning_curve, name, frame)
    return f"<figure><figcaption>{caption}</figcaption>\n{peaks}\n{sizes}{told}\n</figure>"


def _needed(plan: Plan, learning_curve: LearningCurve) -> list[float]:
    return [need.accuracy for need in plan.config.needs if need.category == learning_curve.name]


def _no_trend(plan: Plan) -> str:
    if plan.overall.spread is None:
        return "no size of the text has two parts to show how far texts differ"
    return "the text has too few sizes to show a trend"


def charts_section(plan: Plan) -> str:
    """Return the section as HTML."""
    frame = plot_area(plan)
    figures, blank = [], []
    for learning_curve in plan.learning_curves:
        figure = _figure(
            learning_curve, learning_curve.name, named(learning_curve.name), frame, _needed(plan, learning_curve)
        )
        if figure:
            figures.append(figure)
        else:
            blank.append(
                f"{named(learning_curve.name)} ({learning_curve.whole.attempted:,} of {learning_curve.whole.total:,} "
                "covered)"
            )
    together = _figure(plan.overall, TOGETHER, f"<b>{TOGETHER}</b>", frame, _needed(plan, plan.overall))
    figures += [together] if together else []
    ahead = any(learning_curve.extrapolations for learning_curve in (*plan.learning_curves, plan.overall))
    beyond = (
        " Dashed and hatched boxes are <i>extrapolated</i>: the range with 2 and 4 times the text."
        if ahead
        else f" Nothing is extrapolated: {_no_trend(plan)}."
    )
    return section(
        "charts",
        "Accuracy and size against words of text",
        paragraph(
            "Dots are measured, with bars for their 95% intervals; a dot left of the last is a mean over those of the "
            "disjoint parts of its size in which enough questions could be asked. "
            "The axis of words is logarithmic: each step of equal length multiplies the text (k "
            f"thousand, M million, G billion). The axis of sizes is logarithmic too.{beyond}"
        )
        if figures
        else "",
        paragraph(
            "A hollow dot: the critical size is known in some of the parts of that size only. An arrow up: it may be "
            "larger."
        )
        if figures
        else "",
        note(said(extrapolated(plan))) if ahead else "",
        note(CUT) if plan.cut and plan.blocks > 1 else "",
        f'<div class="charts">\n{"".join(figures)}\n</div>' if figures else "",
        paragraph(f"No chart, since too few of their questions could be asked: {', '.join(blank)}.") if blank else "",
        _figures(plan) if figures else "",
    )


def _figures(plan: Plan) -> str:
    """Return all figures of the charts, to be unfolded."""
    rows = []
    shown = [
        *((learning_curve, plain_name(learning_curve.name)) for learning_curve in plan.learning_curves),
        (plan.overall, TOGETHER),
    ]
    for learning_curve, name in shown:
        for point in learning_curve.points:
            if not point.attempted:
                continue
            critical = size(point.critical, point.critical_interval, learning_curve.whole.rising and point.level == 0)
            if 0 < point.known < point.repeats:
                critical += f", in {point.known} of {point.repeats} parts"
            rows.append(
                (
                    said(name), f"{point.words:,}", f"{share(point.level)}", f"{point.repeats}",
                    f"{point.attempted:,.0f}", accuracy(point.peak, point.peak_interval),
                    critical, UNSURE if point.onset_unsure else size(point.onset, point.onset_interval),
                )
            )  # fmt: skip
        for each in learning_curve.extrapolations:
            ends = f"extrapolated: {between((each.low, each.high))}"
            rows.append((said(name), f"{each.words:,}", f"{each.times} times", *(UNKNOWN,) * 2, ends, *(UNKNOWN,) * 2))
    headings = (
        "Ability", "Words", "Share of the text", "Parts", "Questions asked", "Peak accuracy", "Critical size d*",
        "Onset",
    )  # fmt: skip
    return "<details><summary>All figures of the charts</summary>\n" + table(
        "Means over the disjoint parts of a size. In brackets: 95% intervals.", headings, rows
    ) + "</details>"  # fmt: skip
