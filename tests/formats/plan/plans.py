"""Plans from parts whose figures are chosen."""

from __future__ import annotations

import io
from dataclasses import replace
from functools import cache

from rich.console import Console

from qwem_tui.formats.plan.table import PlanReport
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.plan.costs import Cost, StepTiming
from qwem_tui.study.plan.curve_fitting import learning_curves
from qwem_tui.study.plan.domain import Domain, SpaceOverlap, Usage, carried
from qwem_tui.study.plan.planner import Plan, PlanConfig
from qwem_tui.study.plan.requirements import Need, answers
from qwem_tui.study.plan.stages import stages
from qwem_tui.study.plan.verdict import Coverage, verdict
from tests.study.plan.planned import COVERED, levels, measured_parts, size

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
    parts = measured_parts(
        {
            LONGEST: levels(LONGEST, [1.0, 0.9, 0.75, 0.6, 0.3, 0.1], 8, 0.01),
            EVIL: late,
            lost[0][0].name: lost,
            rare[0][0].name: rare,
        }
    )
    curves = learning_curves(parts)
    by_category = curves.categories
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
        overall=curves.overall,
        coverage=coverage,
        verdicts=verdicts,
        answers=found,
        stages=planned,
        no_stages=reason,
        costs=costs,
        step_timings=(StepTiming("sgd", 10_000, 48, 0.25, (0.2, 0.6), 4, 2_000_000, 0.001),),
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
        unstable=2209,
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
