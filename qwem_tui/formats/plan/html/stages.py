"""Needs and stages of a plan, with what they cost, as sections of its page."""

from __future__ import annotations

from qwem_tui.base.units import duration, percent, readable_bytes
from qwem_tui.formats.plan.html.components import (
    CUT,
    items,
    named,
    note,
    paragraph,
    plain_name,
    said,
    section,
    table,
    with_code,
)
from qwem_tui.formats.plan.sentences import (
    UNKNOWN,
    command,
    extrapolated,
    reach,
    share,
    stop,
    timed,
    training_time,
    unserved,
)
from qwem_tui.study.plan.costs import Cost
from qwem_tui.study.plan.planner import Plan
from qwem_tui.study.plan.verdict import between


def needs_section(plan: Plan) -> str:
    """Return the section as HTML; empty where nothing was asked for."""
    if not plan.answers:
        return ""
    rows = [
        (
            f"{named(each.need.category)} at {percent(each.need.accuracy)}",
            f"<b>{said(each.word)}</b>",
            f"{said(each.sentence.removeprefix(f'{each.word}: '))}.",
        )
        for each in plan.answers
    ]
    ahead = any("extrapolated" in each.sentence for each in plan.answers)
    return section(
        "needs",
        "What was asked for",
        table("The accuracies that must be reached.", ("Ability", "Answer", "Why"), rows, "needs"),
        note(said(extrapolated(plan))) if ahead else "",
    )


def _elsewhere(cost: Cost, speedup: float) -> str:
    if cost.train_seconds is None:
        return UNKNOWN
    return duration((cost.prepare_seconds + cost.train_seconds) / speedup)


def _costs(plan: Plan) -> str:
    costs, stages, speedup = plan.costs, plan.stages, plan.config.speedup
    rows = [
        ("Words of text", [f"{stage.words:,} ({share(stage.level)} of the text)" for stage in stages]),
        ("Vocabulary V", [f"{stage.vocab_size:,}" for stage in stages]),
        ("Model size d", [f"{stage.dim}" for stage in stages]),
        ("Parameters (V × d)", [f"{cost.parameters:,}, {readable_bytes(cost.bytes)}" for cost in costs]),
        ("Memory", [readable_bytes(cost.memory) for cost in costs]),
        ("Preparing, on this machine", [duration(cost.prepare_seconds) for cost in costs]),
        (
            "Training, on this machine",
            [
                said(cost.reason or UNKNOWN)
                if cost.train_seconds is None or cost.steps is None
                else f"{training_time(cost)}, about {cost.steps:,} steps"
                for cost in costs
            ],
        ),
    ]
    if speedup is not None:
        rows.append(
            (f"Both, on a device {speedup:g} times as fast (your figure)", [_elsewhere(c, speedup) for c in costs])
        )
    headings = ("Stage", *(f"{number}. {stage.name.capitalize()}" for number, stage in enumerate(stages, start=1)))
    return table("What each stage takes.", headings, [(f"<b>{name}</b>", *cells) for name, cells in rows])


def stages_section(plan: Plan) -> str:
    """Return the section as HTML."""
    title = "Three stages, and what should stop you"
    left = unserved(plan, plain_name)
    if not plan.stages:
        return section(
            "stages",
            title,
            paragraph(f"No stages: {said(plan.no_stages or 'the plan holds none')}."),
            paragraph(said(left), "warn") if left else "",
        )
    cards = []
    for number, stage in enumerate(plan.stages, start=1):
        told = stop(stage) if stage.stop else stop(stage).capitalize()
        shown = [
            f"{said(plain_name(each.name))}: {percent(each.accuracy)} ({between(each.range)})"
            for each in stage.abilities
        ]
        cards.append(
            f"<article><h3>{number}. {said(stage.name.capitalize())}</h3>\n<h4>Why this text and size</h4>"
            f"{paragraph(with_code(stage.choice[:1].upper() + stage.choice[1:]) + '.')}"
            f"<h4>Should show (accuracy, 95% range)</h4>{items(shown)}"
            + (f"<h4>What is needed</h4>{paragraph(said(needed))}" if (needed := reach(stage, plain_name)) else "")
            + f"<h4>Stop{' if' if stage.stop else ''}</h4>{paragraph(with_code(told) + '.')}"
            + (f"<h4>Command</h4>{paragraph(f'<code>{said(line)}</code>')}" if (line := command(plan, stage)) else "")
            + "</article>"
        )
    return section(
        "stages",
        title,
        paragraph(said(left), "warn") if left else "",
        _costs(plan),
        note(
            "This machine is the one on which the plan was made; the plan does not describe it. It knows no prices "
            f"either: costs are memory and time. {' '.join(map(said, timed(plan)))}"
        ),
        f'<div class="cards">\n{"".join(cards)}\n</div>',
        note("Check every stage on your own data before the next."),
        note(CUT) if plan.cut and plan.blocks > 1 else "",
    )
