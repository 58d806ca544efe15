"""A plan as JSON, CSV and for the terminal, from parts whose figures are chosen."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
from dataclasses import replace
from functools import cache

import pytest
from rich.cells import cell_len
from rich.console import Console
from typer.main import get_command

from qwem_tui.base.printable import printable
from qwem_tui.base.units import duration
from qwem_tui.cli import app
from qwem_tui.formats.plan.data import CAVEATS, plan_json, write_plan_csv
from qwem_tui.formats.plan.html.page import plan_html
from qwem_tui.formats.plan.sentences import command, limits
from qwem_tui.formats.plan.table import PlanReport, answer, words_in_short
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.plan.costs import Cost, StepTiming
from qwem_tui.study.plan.curve_fitting import learning_curves
from qwem_tui.study.plan.domain import Domain, SpaceOverlap, Usage, carried
from qwem_tui.study.plan.planner import Plan, PlanConfig
from qwem_tui.study.plan.requirements import Need, answers
from qwem_tui.study.plan.stages import stages
from qwem_tui.study.plan.verdict import Coverage, verdict
from tests.study.plan.planned import COVERED, levels, samples, size

#: The contract of `qwem-plan/1`, written out.
KEYS = [
    "schema", "corpus", "vocab_size", "window", "negative_weight", "protocol", "settings", "parts", "categories",
    "overall", "needs", "stages", "no_stages", "calibration", "domain", "warnings", "caveats", "seconds",
]  # fmt: skip
GROWTH_KEYS = [
    "name", "attempted", "total", "points", "peak_dim", "spread", "gain", "extrapolated", "reason",
]  # fmt: skip
CATEGORY_KEYS = [*GROWTH_KEYS, "verdict", "missing_words", "wider_vocabularies"]
POINT_KEYS = [
    "words", "share", "parts", "attempted", "peak_accuracy", "peak_interval", "critical_size",
    "critical_size_interval", "onset", "onset_interval", "known_in",
]  # fmt: skip
STAGE_KEYS = [
    "name", "share", "words", "vocab_size", "dim", "choice", "abilities", "stop", "parameters", "bytes", "memory",
    "prepare_seconds", "steps", "step_seconds", "train_seconds", "elsewhere_seconds", "reason",
    "train_seconds_range", "needed",
]  # fmt: skip

LONGEST = "gram6-nationality-adjective"
NONE = Coverage(0, 4524, (), ("athens", "\x1b[2J"), ())
RARE = Coverage(7, 992, ("apparent", "calmly"), (), ((2000, 700), (4000, 992)))
EVIL = "[bold]: =1+1\x1b"


@cache
def made(dim: int | None = 16, needs: tuple[Need, ...] = (), speedup: float | None = None, appear: int = 1) -> Plan:
    lost = [[size("capital-common-countries", 0.0, None, (0, 4524))] * count for count in (1, 2, 4, 4, 4, 4)]
    rare = [[size("gram1-adjective-to-adverb", 0.3, None, (7, 992))] * count for count in (1, 2, 4, 4, 4, 4)]
    late = [[size(EVIL, 0.3, 45)], *([size(EVIL, 0.02, None)] * count for count in (2, 4, 4, 4, 4))]
    late[0] = [replace(late[0][0], rising=True)]
    parts = samples(
        {
            LONGEST: levels(LONGEST, [1.0, 0.9, 0.75, 0.6, 0.3, 0.1], 8, 0.01),
            EVIL: late,
            lost[0][0].name: lost,
            rare[0][0].name: rare,
        }
    )
    curves = learning_curves(parts)
    by_category, overall = curves.categories, curves.overall
    coverage = (COVERED, COVERED, NONE, RARE)
    verdicts = tuple(
        verdict(learning_curve, covers, dim, learning_curve.dims)
        for learning_curve, covers in zip(by_category, coverage, strict=True)
    )
    found = answers(needs, {each.name: each for each in by_category}, {each.name: each for each in verdicts})
    planned, reason = stages(curves, parts, found, appear)
    costs = tuple(
        Cost(stage.vocab_size * stage.dim, 4 * stage.vocab_size * stage.dim, 9 * stage.vocab_size**2, 4.2, 768, 0.25,
             192.0, (153.6, 460.8), None)
        for stage in planned
    )  # fmt: skip
    study = StudyConfig(("text.txt",), window=8, negative_weight=2.0, seed=7, dim=dim)
    return Plan(
        config=PlanConfig(study, needs=needs, speedup=speedup, appear=appear),
        documents=123_456,
        words=2_000_000_000,
        words_in_vocab=1_900_000_000,
        vocab_size=10_000,
        blocks=32,
        cut=False,
        parts=parts,
        learning_curves=by_category,
        overall=overall,
        coverage=coverage,
        verdicts=verdicts,
        answers=found,
        stages=planned,
        no_stages=reason,
        costs=costs,
        paces=(StepTiming("sgd", 10_000, 48, 0.25, (0.2, 0.6), 4, 2_000_000, 0.001),),
        domain=None,
        warnings=("A warning.",),
        seconds=75.0,
    )


def with_domain() -> Plan:
    own, general = size(LONGEST, 0.5, 40), (size(LONGEST, 0.5, 20), size(LONGEST, 0.6, 22))
    lost = size("capital-common-countries", 0.0, None, (0, 4524))
    domain = Domain(
        documents=263,
        words=956_200,
        compared=593_275,
        shared=2378,
        known_share=0.63,
        unknown=(("gdp", 6193), ("\x1b[2J", 12)),
        lacking=("thy", "aunt"),
        carried=(carried(own, general, 0.05, 0.1), carried(lost, (lost, lost), 0.05, None)),
        dim=64,
        usages=(Usage("letter", 0.05, 0.6, ("weight", "odd"), ("wrote", "\x1b]"), (12, 34)),),
        untold=2209,
        shared_neighbours=0.12,
        usual_neighbours=0.38,
        spaces=(SpaceOverlap(8, 0.14, 0.34),),
        pieces=True,
    )
    return replace(made(), domain=domain)


def shown(plan: Plan, width: int = 80, ascii_only: bool = False) -> str:
    console = Console(width=width, file=io.StringIO(), highlight=False, markup=False, emoji=False)
    console.print(PlanReport(plan, ascii_only))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def flat(text: str) -> str:
    return " ".join(text.split())


def test_json_has_the_keys_of_the_contract_and_no_others() -> None:
    described = json.loads(json.dumps(plan_json(made(needs=(Need(LONGEST, 0.5),), speedup=20.0)), allow_nan=False))
    assert list(described) == KEYS
    assert described["schema"] == "qwem-plan/1"
    assert described["corpus"] == {
        "documents": 123_456, "words": 2_000_000_000, "words_in_vocab": 1_900_000_000, "blocks": 32, "pieces": False,
    }  # fmt: skip
    assert described["settings"] == {
        "window_shape": "dynamic", "max_dim": 200, "fraction": 0.5, "bootstrap": 200, "repeats": 4, "seed": 7,
        "dim": 16, "sigma": 1e-4, "trained_by": "gd", "speedup": 20.0,
    }  # fmt: skip
    assert len(described["parts"]) == 19
    assert [list(category) for category in described["categories"]] == [CATEGORY_KEYS] * 4
    assert list(described["overall"]) == GROWTH_KEYS
    rising = described["categories"][0]
    assert [list(point) for point in rising["points"]] == [POINT_KEYS] * 6
    assert [point["share"] for point in rising["points"]] == [1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1]
    assert rising["points"][-1]["peak_accuracy"] == 1.0
    assert [each["times"] for each in rising["extrapolated"]] == [2, 4]
    assert set(rising["gain"]) == {"low", "estimate", "high"}
    assert [list(stage) for stage in described["stages"]] == [STAGE_KEYS] * 3
    for stage in described["stages"]:
        assert stage["elsewhere_seconds"] == pytest.approx((4.2 + 192) / 20)
    assert described["needs"][0]["word"] == "met"
    assert described["caveats"] == list(CAVEATS)
    assert described["calibration"] == [
        {
            "trainer": "sgd", "vocab_size": 10_000, "dim": 48, "step_seconds": 0.25, "steps_timed": 4,
            "pairs": 2_000_000, "step_size": 0.001, "step_seconds_range": [0.2, 0.6], "waited": None,
            "busy": True,
        }
    ]  # fmt: skip


def test_what_is_not_known_is_null_and_the_reason_beside_it() -> None:
    described = json.loads(json.dumps(plan_json(made(dim=None)), allow_nan=False))
    lost = described["categories"][2]
    assert (lost["attempted"], lost["peak_dim"], lost["gain"], lost["extrapolated"]) == (0, None, None, [])
    assert lost["reason"] == "too few to tell: 0 of 4524 questions covered"
    assert lost["points"][-1]["peak_accuracy"] is None
    assert lost["points"][-1]["critical_size_interval"] is None
    assert lost["verdict"]["text"] == "not in this text"
    assert (lost["verdict"]["model"], lost["verdict"]["model_sentence"]) == (None, None)
    assert lost["missing_words"] == {"rare": [], "absent": ["athens", "\x1b[2J"]}
    assert described["categories"][3]["wider_vocabularies"] == [
        {"vocab_size": 2000, "attempted": 700}, {"vocab_size": 4000, "attempted": 992},
    ]  # fmt: skip
    assert described["domain"] is None
    assert described["stages"][0]["elsewhere_seconds"] is None


def test_the_domain_in_json() -> None:
    described = json.loads(json.dumps(plan_json(with_domain()), allow_nan=False))["domain"]
    assert (described["words"], described["compared"], described["shared_words"]) == (956_200, 593_275, 2378)
    first, second = described["categories"]
    assert first["shift"]["low"] < first["shift"]["estimate"] < first["shift"]["high"]
    assert second["shift"] is None
    assert described["used_differently"][0]["own_neighbours"] == ["weight", "odd"]
    assert described["spaces"] == [{"dim": 8, "own": 0.14, "usual": 0.34}]


def test_csv_has_a_row_a_category_and_size_of_text() -> None:
    stream = io.StringIO(newline="")
    write_plan_csv(made(), stream)
    header, *rows = csv.reader(io.StringIO(stream.getvalue(), newline=""))
    assert all(len(row) == len(header) for row in rows)
    by_name = [dict(zip(header, row, strict=True)) for row in rows]
    measured = [row for row in by_name if row["kind"] == "measured"]
    assert [row["category"] for row in measured[::6]] == [
        LONGEST, EVIL, "capital-common-countries", "gram1-adjective-to-adverb", "overall",
    ]  # fmt: skip
    whole = measured[5]
    assert (whole["share"], float(whole["peak_accuracy"]), whole["text"], whole["model"]) == (
        "1.0", 1.0, "saturated", "large enough",
    )  # fmt: skip
    assert float(whole["critical_size_low"]) < 8 < float(whole["critical_size_high"])
    assert measured[12]["peak_accuracy"] == measured[12]["onset"] == ""
    ahead = [row for row in by_name if row["kind"] == "extrapolated" and row["category"] == LONGEST]
    assert [(row["share"], row["words"]) for row in ahead] == [("2", "2000000"), ("4", "4000000")]
    assert all(row["peak_accuracy"] == "" and float(row["peak_low"]) <= float(row["peak_high"]) for row in ahead)


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
        "Not in this text, none of their questions (so many) being covered: capital-common-countries (4,524)." in said
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


def test_the_headline_parts_the_categories_once() -> None:
    # every category is counted once: those that can be measured by what holds them back, the others by why not
    plan = made(dim=None)
    counted = [int(number) for number in re.findall(r"(\d+) (?:held|outside|not in|with|where)", limits(plan))]
    assert sum(counted) == len(plan.learning_curves)
    assert "known to work" not in shown(plan)


def test_intervals_without_a_spread_between_texts_say_so() -> None:
    plan = made()
    assert plan.overall.spread is not None
    assert "resamples of the word pairs, and the spread over disjoint parts of the text, in quadrature." in flat(
        shown(plan)
    )
    alone = flat(shown(replace(plan, overall=replace(plan.overall, spread=None))))
    assert "resamples of the word pairs alone: no size has two parts" in alone
    assert "in quadrature" not in alone


def test_times_of_a_quiet_machine_are_not_said_to_be_of_a_busy_one() -> None:
    quiet = replace(made().paces[0], range=(0.2, 0.3))
    assert "The machine was busy" not in flat(shown(replace(made(), paces=(quiet,))))
    slow_all_along = replace(quiet, waited=0.4)
    assert "something else: steps waited for a processor 40% of their time; preparing may have been" in flat(
        shown(replace(made(), paces=(replace(quiet, waited=0.01), slow_all_along)))
    )
    still = replace(quiet, range=(0.25, 0.25))
    assert "d = 48: 0.25 s each." in flat(shown(replace(made(), paces=(still,))))


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
    told = "Unsure: the interval of the onset spans about all sizes looked at, and tells nothing."
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


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.0042, "0.0042 s"), (4.25, "4.2 s"), (42.4, "42 s"), (150, "2.5 min"), (3600, "60 min"), (9000, "2.5 h"),
     (200_000, "2.3 days")],
)  # fmt: skip
def test_durations(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_the_command_of_a_stage_has_the_settings_of_the_plan_and_is_made_safe() -> None:
    plan = made()
    odd = replace(
        plan.config.study, sources=("my text\x1b.txt", "b.gz"), window=4, tokenizer="whitespace",
        analogies="a b.txt", sigma=1e-3, seed=2, step_fraction=0.25, negative_weight=5.0, vocab_size=500,
        protocol="pairs",
    )  # fmt: skip
    changed = replace(plan, config=replace(plan.config, study=odd, trained_by="gd"))
    assert command(changed, plan.stages[-1]) == (
        "qwem-tui train 'my text\\x1b.txt' b.gz --dim 64 --vocab-size 500 --window 4 --negative-weight "
        "5.0 --tokenizer whitespace --analogies 'a b.txt' --protocol pairs --sigma 0.001 --seed 2 "
        "--step-size 0.25"
    )
    flat_window = replace(plan, config=replace(plan.config, study=replace(odd, window_shape="flat"), trained_by="gd"))
    for each, stage, name in (
        (changed, plan.stages[-1], "train"), (flat_window, plan.stages[-1], "sweep"),
        (flat_window, plan.stages[0], "sweep"), (plan, plan.stages[-1], "train"), (plan, plan.stages[0], "sweep"),
    ):  # fmt: skip
        words = shlex.split(command(each, stage) or "")
        assert words[:2] == ["qwem-tui", name]
        parser = get_command(app).commands[name]  # type: ignore[attr-defined]
        known = {option for parameter in parser.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known
    piped = replace(plan, config=replace(plan.config, study=replace(odd, sources=("-",))))
    assert command(piped, plan.stages[0]) is None
    assert "Command" not in shown(piped)
    assert "<h4>Command</h4>" in plan_html(plan)
    assert "<h4>Command</h4>" not in plan_html(piped)
