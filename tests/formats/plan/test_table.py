"""A plan for the terminal, and that the page agrees."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.cells import cell_len

from qwem_tui.base.printable import printable
from qwem_tui.formats.plan.data import CAVEATS, plan_json
from qwem_tui.formats.plan.html.page import plan_html
from qwem_tui.formats.plan.table import answer, words_in_short
from qwem_tui.study.plan.domain import carried
from qwem_tui.study.plan.planner import Plan
from qwem_tui.study.plan.requirements import Need
from tests.formats.plan.plans import EVIL, LONGEST, flat, made, shown, with_domain
from tests.study.plan.planned import size


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("plan", [made(), made(None, (Need(LONGEST, 0.5),), 20.0), with_domain()])
def test_on_eighty_columns_nothing_is_cut(plan: Plan, ascii_only: bool) -> None:
    said = shown(plan, ascii_only=ascii_only)
    assert all(cell_len(line) <= 80 for line in said.splitlines())
    assert "…" not in said
    assert ".." not in said
    assert "\x1b" not in said
    assert said.isascii() or not ascii_only
    # names in full, and what they hold is no markup
    assert f"\n{LONGEST}" in said
    assert "[bold]: =1+1\\x1b" in said
    for caveat in CAVEATS:
        assert caveat in flat(said)


def test_wide_terminals_have_room_for_longer_names() -> None:
    assert all(len(line) <= 200 for line in shown(made(), width=200).splitlines())
    long = "a" * 60
    plan = made()
    renamed = replace(plan, learning_curves=(replace(plan.learning_curves[0], name=long), *plan.learning_curves[1:]))
    assert f"\n{'a' * 25}.. " in shown(renamed)
    assert f"\n{long} " in shown(renamed, width=120)


def test_the_tables_are_by_words_of_text() -> None:
    said = shown(made())
    header = next(line for line in said.splitlines() if "whole (95%)" in line)
    assert header.split() == ["category", "31k", "62k", "125k", "250k", "500k", "whole", "(95%)", "twice"]
    row = next(line for line in said.splitlines() if line.startswith(LONGEST))
    assert row.split()[1:6] == ["10%", "30%", "60%", "75%", "90%"]
    assert "≥45 (34–58)" in said
    # what has no question is in no table
    assert not any(line.startswith("capital-common-countries  ") for line in said.splitlines())


def test_verdicts_needs_and_stages_are_sentences() -> None:
    plan = made(needs=(Need(LONGEST, 0.5), Need("capital-common-countries", 0.4)), speedup=20.0)
    said = flat(shown(plan))
    assert f"{LONGEST}: saturated: peak 100%: nothing is left to gain; large enough: critical size 8" in said
    assert (
        "Not in this text, none of their questions (in brackets) being covered: capital-common-countries (4,524)."
        in said
    )
    assert (
        "gram1-adjective-to-adverb: outside the vocabulary: 7 of 992 questions covered; missing words: apparent" in said
    )
    assert f"{LONGEST} at 50%: met: peak 100%" in said
    assert "capital-common-countries at 40%: impossible with this text: 0 of 4,524 questions covered" in said
    assert "1. Small trial: 31,250 words (1/32 of the text), V = 750, d = 16." in said
    assert "3. Production: 1,000,000 words (the whole of the text), V = 1,000, d = 16." in said
    assert (
        "16,000 parameters, 62.5 KiB; 8.6 MiB of memory; preparing 4.2 s; training about 768 steps, 3.2 min "
        "(2.6 min to 7.7 min) on this machine"
    ) in said
    assert "9.8 s in all on one 20 times as fast (your figure)" in said
    assert (
        "Timed here: 4 steps of sgd of 2,000,000 pairs at V = 10,000, d = 48: 0.25 s each, 0.2 s to 0.6 s from burst "
        "to burst. A run measures accuracies too, in about 15% of its time, in a short run more: training times hold "
        "15%. The machine was busy with something else: the slowest steps took 3.0 times as long as the fastest"
    ) in said
    assert "Stop if " in said
    assert "Command: qwem-tui sweep text.txt --dim 16 --over text=0.03125 --train" in said
    assert "Command: qwem-tui train text.txt --dim 16" in said
    assert answer(plan) == (
        "2 of 4 categories can be measured on all of the text: their accuracy is surely above chance. Of the 2: 1 held "
        "back by both text and model, 1 held back by neither. Of the other 2: 1 outside the vocabulary, 1 not in this "
        "text. Needs met: 1 of 2; not: capital-common-countries (impossible). Begin with 31,250 words at d = 16; all "
        f"1,000,000 words want d = 16, for what is needed: {LONGEST}."
    )
    assert "Needs that no stage can serve: capital-common-countries at 40% (impossible)." in said
    assert f"Needed: On this text {LONGEST} is expected to reach the 50% needed (100%, " in said


def test_a_need_that_is_out_of_reach_is_said_to_be_where_the_stages_are() -> None:
    plan = made(needs=(Need(EVIL, 0.9),))
    shown_name = "[bold]: =1+1\\x1b"
    (needed,) = plan.stages[-1].needed
    expected, low, high = (f"{100 * each:.0f}" for each in (needed.expected.accuracy, *needed.expected.range))
    told = f"On this text {shown_name} is not expected to reach the 90% needed ({expected}%, {low}–{high}%): "
    told += "get more text before production"
    said = flat(shown(plan))
    assert f"Needed: {told}." in said
    assert f"Stop if {shown_name} is below the 90% needed at the end of the steps forecast" in said
    assert printable(answer(plan)).count(told) == 1
    assert f"to go as far as it does with {shown_name}." in answer(plan)
    assert "for what is needed" not in answer(plan)
    page = plan_html(plan)
    assert page.count("is not expected to reach the 90% needed") >= 2
    described = plan_json(plan)["stages"]
    assert isinstance(described, list)
    assert described[-1]["needed"][0]["expected_to_reach"] is False
    # where nothing that is needed has a stage, the stages are for something else
    other = flat(shown(made(needs=(Need("capital-common-countries", 0.4),))))
    assert (
        "Needs that no stage can serve: capital-common-countries at 40% (impossible); the stages are for what the text "
        "teaches."
    ) in other


def test_a_stage_that_nothing_can_stop_says_so() -> None:
    plan = made()
    silent = replace(plan, stages=tuple(replace(stage, stop=None) for stage in plan.stages))
    told = "Stop: none of its figures can tell: the low end of no range is above chance."
    assert told in flat(shown(silent))
    assert "Stop if" not in shown(silent)
    assert "None of its figures can tell" in plan_html(silent)


def test_an_onset_that_may_be_anywhere_is_no_figure_but_in_json() -> None:
    plan = made()
    learning_curve = plan.learning_curves[0]
    points = [
        *learning_curve.points[:-1],
        replace(learning_curve.last, onset=2.0, onset_interval=(1.0, 100.0), onset_unsure=True),
    ]
    unsure = replace(plan, learning_curves=(replace(learning_curve, points=tuple(points)), *plan.learning_curves[1:]))
    row = [line for line in shown(unsure).splitlines() if line.startswith(LONGEST)][1]
    assert row.endswith(" unsure")
    told = "Unsure: the interval of the onset spans about all sizes evaluated, and is not shown."
    assert told in flat(shown(unsure))
    assert told not in flat(shown(plan))
    categories = plan_json(unsure)["categories"]
    assert isinstance(categories, list)
    assert (categories[0]["points"][-1]["onset"], categories[0]["points"][-1]["onset_interval"]) == (2.0, [1.0, 100.0])
    page = plan_html(unsure)
    assert page.count("onset unsure") == 1
    assert told in page


def test_without_stages_the_reason_is_said_and_a_run_without_steps_too() -> None:
    plan = replace(made(), stages=(), costs=(), no_stages="no stage can be planned: nothing works")
    assert "Stages: no stage can be planned: nothing works." in shown(plan)
    assert answer(plan).endswith("No stage can be planned: nothing works.")
    first, *others = made().costs
    stuck = replace(first, steps=None, train_seconds=None, train_range=None, reason="no run is forecast: too long")
    said = flat(shown(replace(made(), costs=(stuck, *others))))
    assert "preparing 4.2 s; no run is forecast: too long." in said


def test_the_domain_is_a_table_and_sentences() -> None:
    said = shown(with_domain())
    row = next(line for line in said.splitlines() if line.startswith(LONGEST) and "20, 22" in line)
    assert row.split()[1:] == ["40", "(30–52)", "20,", "22", "1.9", "(1.2–3.0)"]
    words = flat(said)
    assert "gdp (6,193), \\x1b[2J (12)" in words
    assert "Most frequent general words that yours lacks: thy, aunt." in words
    assert "letter (5% shared, 60% between two general texts): weight odd / general: wrote \\x1b]" in words
    assert "14% (34%) at d = 8" in words
    assert "No question can be asked of both for: capital-common-countries." in words


def test_what_can_be_asked_of_ones_own_text_is_not_said_to_be_absent() -> None:
    own, general = size(LONGEST, 0.0, None), (size(LONGEST, 0.5, 20), size(LONGEST, 0.6, 22))
    lost = carried(own, general, 0.05, 0.1)
    assert (lost.word, lost.own.attempted) == ("does not carry over", 1320)
    plan = with_domain()
    assert plan.domain is not None
    failing = replace(plan, domain=replace(plan.domain, carried=(lost,)))
    assert f"{LONGEST}: does not carry over: peak 0%, in general text" in flat(shown(failing))
    assert "does not carry over" in plan_html(failing)


@pytest.mark.parametrize(
    ("count", "said"),
    [(950, "950"), (9500, "9.5k"), (469_000, "469k"), (999_600, "1.0M"), (14_170_801, "14M"), (2e9, "2.0G")],
)
def test_words_in_short(count: float, said: str) -> None:
    assert words_in_short(count) == said
