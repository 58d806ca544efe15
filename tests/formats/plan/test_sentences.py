"""Sentences of a plan that the terminal and the page share."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace

from typer.main import get_command

from qwem_tui.cli import app
from qwem_tui.formats.plan.html.page import plan_html
from qwem_tui.formats.plan.sentences import command, limits
from tests.formats.plan.plans import flat, made, shown


def test_the_headline_parts_the_categories_once() -> None:
    # every category is counted once: those that can be measured by what holds them back, the others by why not
    plan = made(dim=None)
    counted = [int(number) for number in re.findall(r"(\d+) (?:held|outside|not in|with|where)", limits(plan))]
    assert sum(counted) == len(plan.learning_curves)
    assert "known to work" not in shown(plan)


def test_times_of_a_quiet_machine_are_not_said_to_be_of_a_busy_one() -> None:
    quiet = replace(made().step_timings[0], range=(0.2, 0.3))
    assert "The machine was busy" not in flat(shown(replace(made(), step_timings=(quiet,))))
    slow_all_along = replace(quiet, waited=0.4)
    assert "something else: steps waited for a processor 40% of their time; preparing may have been" in flat(
        shown(replace(made(), step_timings=(replace(quiet, waited=0.01), slow_all_along)))
    )
    still = replace(quiet, range=(0.25, 0.25))
    assert "d = 48: 0.25 s each." in flat(shown(replace(made(), step_timings=(still,))))


def test_intervals_without_a_spread_between_texts_say_so() -> None:
    plan = made()
    assert plan.overall.spread is not None
    assert "resamples of the word pairs, and the spread over disjoint parts of the text, in quadrature." in flat(
        shown(plan)
    )
    alone = flat(shown(replace(plan, overall=replace(plan.overall, spread=None))))
    assert "resamples of the word pairs alone: no size has two parts" in alone
    assert "in quadrature" not in alone


def test_the_command_of_a_stage_has_the_settings_of_the_plan_and_is_made_safe() -> None:
    plan = made()
    odd = replace(
        plan.config.study, sources=("my text\x1b.txt", "b.gz"), window=4, tokenizer="whitespace",
        analogies="a b.txt", sigma=1e-3, seed=2, step_fraction=0.25, negative_weight=5.0, vocab_size=500,
        protocol="pairs", strip_marks=True, language="az",
    )  # fmt: skip
    changed = replace(plan, config=replace(plan.config, study=odd, trained_by="gd"))
    assert command(changed, plan.stages[-1]) == (
        "qwem-tui train 'my text\\x1b.txt' b.gz --dim 64 --vocab-size 500 --window 4 --negative-weight "
        "5.0 --tokenizer whitespace --analogies 'a b.txt' --protocol pairs --sigma 0.001 --seed 2 "
        "--strip-marks --language az --step-size 0.25"
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
