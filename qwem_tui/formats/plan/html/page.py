"""A plan as one HTML page for a reader outside the field: no script, no network, nothing beside the file.

It has the content of `formats.plan.table`, with charts, a glossary, and what qualifies a figure beside it. Here is what
the sections need beside the plan; `templates/` has their words and their order.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from qwem_tui import __version__
from qwem_tui.base.units import duration, readable_bytes
from qwem_tui.formats.plan import sentences
from qwem_tui.formats.plan.data import CAVEATS
from qwem_tui.formats.plan.html.charts import peak_chart, plot_area, size_chart
from qwem_tui.formats.plan.html.rendering import render
from qwem_tui.formats.plan.html.svg import Element
from qwem_tui.formats.plan.html.wording import OVERALL_NAME, plain_name
from qwem_tui.formats.plan.quantities import UNKNOWN, accuracy, critical, onset, share
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.plan.costs import Cost
from qwem_tui.study.plan.learning_curve import LearningCurve
from qwem_tui.study.plan.planner import Plan, PlanConfig
from qwem_tui.study.plan.verdict import LimitWord, between

#: What it means that something holds an ability back.
_LIMITS: dict[LimitWord, str] = {
    "text": "more text still helps, or the text lacks words of the questions",
    "model": "a model larger than yours helps",
    "text and model": "more text helps, and so does a model larger than yours",
    "vocabulary": "the text has enough of the words, but too rarely for them to be among the V modelled",
    "neither": "more text adds little or nothing, and no larger model is known to be needed",
    "not known": "the figures do not decide it",
}


@dataclass(frozen=True)
class Figure:
    """The charts of a category, peak accuracy and critical size, each None where nothing is known to draw."""

    learning_curve: LearningCurve
    peaks: Element | None
    sizes: Element | None


def headline(plan: Plan) -> str:
    """Return the answer in two sentences, as text."""
    return " ".join(filter(None, (sentences.taught(plan, "abilities"), sentences.begin(plan, plain_name))))


def _figures(plan: Plan) -> Iterator[Figure]:
    """Yield the figure of each category, and last the overall one."""
    area = plot_area(plan)
    for learning_curve in (*plan.learning_curves, plan.overall):
        name = OVERALL_NAME if learning_curve is plan.overall else learning_curve.name
        needed = [need.accuracy for need in plan.config.needs if need.category == learning_curve.name]
        peaks = peak_chart(learning_curve, name, area, needed)
        yield Figure(learning_curve, peaks, size_chart(learning_curve, name, area))


def _figure_rows(plan: Plan) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the table of all figures of the charts."""
    for learning_curve in (*plan.learning_curves, plan.overall):
        name = OVERALL_NAME if learning_curve is plan.overall else plain_name(learning_curve.name)
        for point in learning_curve.points:
            if point.attempted:
                some = f", in {point.known} of {point.repeats} parts" if 0 < point.known < point.repeats else ""
                yield (
                    name, f"{point.words:,}", share(point.level), f"{point.repeats}",
                    f"{point.attempted:,.0f}", accuracy(point.peak, point.peak_interval),
                    critical(learning_curve, point) + some, onset(point),
                )  # fmt: skip
        for each in learning_curve.extrapolations:
            ends = f"extrapolated: {between((each.low, each.high))}"
            yield name, f"{each.words:,}", f"{each.times} times", *(UNKNOWN,) * 2, ends, *(UNKNOWN,) * 2


def _training(cost: Cost) -> str:
    if cost.train_seconds is None or cost.steps is None:
        return cost.reason or UNKNOWN
    return f"{sentences.training_time(cost)}, about {cost.steps:,} steps"


def _cost_rows(plan: Plan) -> Iterator[tuple[str, list[str]]]:
    """Yield the rows of the table of costs: what is counted, and its figure for each stage."""
    stages, costs, speedup = plan.stages, plan.costs, plan.config.speedup
    yield "Words of text", [f"{stage.words:,} ({share(stage.level)} of the text)" for stage in stages]
    yield "Vocabulary V", [f"{stage.vocab_size:,}" for stage in stages]
    yield "Model size d", [f"{stage.dim}" for stage in stages]
    yield "Parameters (V × d)", [f"{cost.parameters:,}, {readable_bytes(cost.bytes)}" for cost in costs]
    yield "Memory", [readable_bytes(cost.memory) for cost in costs]
    yield "Preparing, on this machine", [duration(cost.prepare_seconds) for cost in costs]
    yield "Training, on this machine", [_training(cost) for cost in costs]
    if speedup is not None:
        seconds = [sentences.seconds_elsewhere(cost, speedup) for cost in costs]
        yield (
            f"Both, on a device {speedup:g} times as fast (your figure)",
            [UNKNOWN if each is None else duration(each) for each in seconds],
        )


def _text_settings(study: StudyConfig) -> str:
    """Return how the text is read and its words are made, where that is not as by default; else ''."""
    tokenizer = {} if study.tokenizer == "letters" else {"tokenizer": study.tokenizer}
    given: dict[str, str | bool] = {**tokenizer, **study.words.chosen(), **study.reading.given}
    named = ((name.replace("_", " "), value) for name, value in given.items())
    return "; ".join(name if value is True else f"{name} {value}" for name, value in named)


def _command(config: PlanConfig) -> str:
    """Return the command that makes the plan, with every setting that it holds."""
    study = config.study
    options: list[tuple[str, object]] = [
        ("vocab-size", study.vocab_size),
        ("dim", study.dim),
        ("max-dim", config.largest_dim),
        ("window", study.window),
        ("window-shape", study.window_shape),
        ("tokenizer", study.tokenizer),
        ("analogies", study.analogies),
        ("protocol", study.protocol),
        ("negative-weight", study.negative_weight),
        *(("need", f"{need.category}:{need.accuracy:g}") for need in config.needs),
        ("appear", config.appear),
        *(("domain", source) for source in config.domain),
        ("repeats", config.repeats),
        ("fraction", config.fraction),
        ("bootstrap", config.draws),
        ("calibrate", config.trained_by),
        ("speedup", config.speedup),
        ("sigma", study.sigma),
        ("step-size", study.step_fraction),
        ("seed", study.seed),
    ]
    options += [(name.replace("_", "-"), value) for name, value in study.reading.given.items()]
    given = [
        f"--{name}" if value is True else f"--{name} {shlex.quote(str(value))}"
        for name, value in options
        if value is not None
    ]
    given += map(shlex.quote, study.words.options())
    return " ".join(["qwem-tui plan", *map(shlex.quote, study.sources), *given])


def plan_html(plan: Plan) -> str:
    """Return the page, complete; what the plan does not hold, it names as such."""
    extrapolated = sentences.extrapolated(plan)
    notes = [each for each in (sentences.rising(plan), sentences.unsure(plan)) if each]
    limits = {verdict.limit for verdict in plan.verdicts}
    figures = list(_figures(plan))
    return render(
        "page.html.j2",
        plan=plan,
        study=plan.config.study,
        version=__version__,
        headline=headline(plan),
        answers=[each for each in (sentences.limits(plan), sentences.needs_met(plan, plain_name)) if each],
        verdicts=list(zip(plan.learning_curves, plan.verdicts, strict=True)),
        limits=[(word, meaning) for word, meaning in _LIMITS.items() if word in limits],
        notes=notes,
        caveats=CAVEATS,
        all_caveats=[*CAVEATS, sentences.intervals(plan), *notes, *filter(None, [extrapolated]), *plan.warnings],
        cut=plan.cut and plan.blocks > 1,
        extrapolated=extrapolated,
        figures=[figure for figure in figures if figure.peaks is not None],
        without_figure=[figure.learning_curve for figure in figures[:-1] if figure.peaks is None],
        figure_rows=list(_figure_rows(plan)),
        needs_extrapolated=any(each.extrapolated for each in plan.answers),
        stage_headings=["Stage", *(f"{n}. {stage.name.capitalize()}" for n, stage in enumerate(plan.stages, start=1))],
        cost_rows=[(name, tuple(cells)) for name, cells in _cost_rows(plan)],
        command=_command(plan.config),
        text_settings=_text_settings(plan.config.study),
    )
