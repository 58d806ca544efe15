"""The three stages of a plan, on parts whose figures are chosen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from qwem_tui.study.plan.curve_fitting import learning_curves
from qwem_tui.study.plan.learning_curve import MeasuredPart
from qwem_tui.study.plan.requirements import Answer, Need, answers
from qwem_tui.study.plan.stages import Stage, separated, stages
from qwem_tui.study.plan.verdict import (
    verdict,
)
from qwem_tui.theory.critical_size import CriticalSize
from tests.study.plan.planned import COVERED, DIMS, WORDS, levels, measured_parts, size

#: Three categories: one appears in every part, one from a quarter on, one in the whole alone.
EARLY = levels("early", [0.9, 0.9, 0.8, 0.7], 5)
MIDDLE = [*levels("middle", [0.6, 0.5, 0.4], 20), [size("middle", 0.02, None)] * 4]
LATE = [[size("late", 0.3, 45)], *([size("late", 0.02, None)] * count for count in (2, 4, 4))]
PARTS = measured_parts({"late": LATE, "early": EARLY, "middle": MIDDLE})
#: with one that no text of the kind teaches any better
STUCK = measured_parts(
    {"late": LATE, "early": EARLY, "middle": MIDDLE, "stuck": levels("stuck", [0.2, 0.2, 0.2, 0.2], 5)}
)


def needed(*needs: Need, parts: tuple[MeasuredPart, ...] = PARTS) -> tuple[Answer, ...]:
    found = learning_curves(parts)
    verdicts = {learning_curve.name: verdict(learning_curve, COVERED, None, DIMS) for learning_curve in found.every}
    return answers(needs, {learning_curve.name: learning_curve for learning_curve in found.every}, verdicts)


def test_three_stages_grow_in_text_and_size() -> None:
    (trial, check, production), reason = stages(learning_curves(PARTS), PARTS, (), None)
    assert reason is None
    # two of three appear in every quarter
    assert (trial.name, trial.level, trial.words, trial.vocab_size) == ("small trial", 2, WORDS // 4, 900)
    assert [each.name for each in trial.abilities] == ["early", "middle"]
    assert trial.dim == 32  # 20 (15 to 26), in multiples of eight
    assert "at least 2 of 3 abilities are required in every part, and 2 appear; d covers" in trial.choice
    assert trial.stop is not None
    assert trial.stop.startswith("fewer than half of these abilities")
    assert (check.name, check.level) == ("wider check", 0)
    assert (production.name, production.level, production.dim) == ("production", 0, 64)
    assert [each.name for each in production.abilities] == ["early", "middle", "late"]
    for stage in (trial, check, production):
        for each in stage.abilities:
            assert each.range[0] <= each.accuracy <= each.range[1]


def test_the_trial_is_as_small_as_the_categories_asked_for_allow() -> None:
    trial, check, _ = stages(learning_curves(PARTS), PARTS, (), 1)[0]
    assert (trial.level, trial.dim) == (3, 8)
    assert [each.name for each in trial.abilities] == ["early"]
    # 5 (3 to 6) is apart from 20 (15 to 26) in a quarter; 45 is in the whole alone
    assert check.level == 0
    assert "critical sizes separate as in the whole" in check.choice
    trial = stages(learning_curves(PARTS), PARTS, (), 3)[0][0]
    assert trial.level == 0
    assert "no part of it shows as many" in trial.choice
    assert stages(learning_curves(PARTS), PARTS, (), 99)[0][0].level == 0


def test_where_intervals_separate_decides_on_the_wider_check() -> None:
    parts = measured_parts({"early": EARLY, "middle": MIDDLE})
    found = learning_curves(parts)
    assert [separated(found.categories, at) for at in range(4)] == [("early",), *[("early", "middle")] * 3]
    trial, check, _ = stages(found, parts, (), 1)[0]
    assert (trial.level, check.level) == (3, 2)
    assert check.choice.startswith("the least text at which critical sizes separate as in the whole: early, middle")
    # middle was not seen in the trial: nobody can tell whether it has grown since
    assert check.stop == "fewer than half of these abilities reach the low end of their range"
    seen = stages(found, parts, (), 2)[0]
    assert [stage.level for stage in seen] == [2, 1, 0]
    assert seen[1].stop is not None
    assert ", or middle has not grown since the trial" in seen[1].stop
    same = measured_parts({"early": EARLY, "twin": levels("twin", [0.9, 0.9, 0.8, 0.7], 5)})
    check = stages(learning_curves(same), same, (), 1)[0][1]
    assert check.level == 1
    assert "do not separate" in check.choice


def test_stages_are_for_the_categories_needed() -> None:
    found = needed(Need("middle", 0.55), Need("stuck", 0.99), parts=STUCK)
    assert [each.word for each in found] == ["met, not surely", "impossible"]
    trial, _, production = stages(learning_curves(STUCK), STUCK, found, None)[0]
    assert [each.name for each in trial.abilities] == ["middle"]
    assert trial.level == 2
    # accuracy 0.55 is reached at 38, and the critical size 20 (15 to 26) has a margin of 1.3
    assert production.dim == 56
    assert [each.name for each in production.abilities] == ["middle"]


def test_a_need_for_more_text_than_there_is_is_said_in_production() -> None:
    found = needed(Need("middle", 0.7))
    assert found[0].word == "needs more text"
    assert stages(learning_curves(PARTS), PARTS, found, None)[0][2].choice.endswith(
        "middle may need more text than there is"
    )


def test_a_need_is_measured_by_its_own_accuracy_where_all_of_the_text_is_there() -> None:
    trial, check, production = stages(learning_curves(PARTS), PARTS, needed(Need("middle", 0.9)), None)[0]
    assert trial.needed == ()
    for stage in (check, production):
        if stage.level:
            continue
        (found,) = stage.needed
        assert (found.accuracy, found.expected, found.in_reach) == (0.9, stage.abilities[0], False)
        assert stage.stop is not None
        assert stage.stop.startswith("middle is below the 90% needed")
        assert "low end" not in stage.stop
    assert production.stop == (
        "middle is below the 90% needed at the end of the steps forecast: training for longer lifts nothing"
    )
    (reached,) = stages(learning_curves(PARTS), PARTS, needed(Need("middle", 0.55)), None)[0][2].needed
    assert reached.in_reach
    # what is impossible has no stage
    assert stages(learning_curves(STUCK), STUCK, needed(Need("stuck", 0.99), parts=STUCK), None)[0][2].needed == ()


def test_more_may_appear_than_is_required_of_the_trial() -> None:
    parts = measured_parts(
        {name: levels(name, [0.9, 0.9, 0.8], critical) for name, critical in (("a", 5), ("b", 9), ("c", 20))}
    )
    trial = stages(learning_curves(parts), parts, (), 2)[0][0]
    assert [each.name for each in trial.abilities] == ["a", "b"]
    assert trial.choice.startswith(
        "the least text that shows enough: at least 2 of 3 abilities are required in every part, and 3 appear, the 2 "
        "of the smallest critical sizes being those to look at; d covers the intervals of their critical sizes"
    )
    one = stages(learning_curves(parts), parts, (), 1)[0][0]
    assert "is required in every part, and 3 appear, the one of the smallest critical size being that to" in one.choice


def test_an_ability_whose_range_begins_at_chance_stops_nothing() -> None:
    low = {name: levels(name, [0.05, 0.04, 0.03], 5) for name in ("a", "b")}
    parts = measured_parts({"early": EARLY[:3], **low}, pair_spread=0.2)
    found = stages(learning_curves(parts), parts, (), 3)[0]
    for stage in found:
        assert [each.range[0] < 0.01 for each in stage.abilities] == [False, True, True]
    trial, check, production = (stage.stop or "" for stage in found)
    silent = " (a, b do not count: the low end of their range is not above chance)"
    assert trial == (
        f"early does not reach the low end of its range{silent}: then the text does not teach what its counts promise"
    )
    assert check.startswith(f"early does not reach the low end of its range{silent}")
    assert production.startswith(f"early does not reach the low end of its range{silent} at the end of")
    parts = measured_parts(low, pair_spread=0.2)
    trial_stage, _, last = stages(learning_curves(parts), parts, (), None)[0]
    assert (trial_stage.stop, last.stop) == (None, None)


def test_nothing_can_have_grown_where_the_check_is_on_the_text_of_the_trial() -> None:
    parts = measured_parts({"late": LATE})
    trial, check, _ = stages(learning_curves(parts), parts, (), None)[0]
    assert (trial.level, check.level) == (0, 0)
    assert check.stop == "this ability does not reach the low end of its range"


def test_what_still_rises_with_size_is_said_in_production() -> None:
    rising = [[replace(LATE[0][0], rising=True)], *LATE[1:]]
    parts = measured_parts({"late": rising, "early": EARLY})
    choice = stages(learning_curves(parts), parts, (), None)[0][2].choice
    assert "accuracy of late may still rise beyond the largest size evaluated" in choice


def test_without_an_ability_there_is_no_stage() -> None:
    parts = measured_parts({"one": [[size("one", 0.02, None)], [size("one", 0.02, None)] * 2]})
    found, reason = stages(learning_curves(parts), parts, (), None)
    assert found == ()
    assert reason == "no stage can be planned: no category can be measured on the whole text"
    # a text of one part has one stage three times over
    whole = measured_parts({"one": [[size("one", 0.5)]]})
    assert [stage.level for stage in stages(learning_curves(whole), whole, (), None)[0]] == [0, 0, 0]


def falling(name: str, critical: int, until: int, after: float) -> list[list[CriticalSize]]:
    """A category whose peak of 60% goes on to size `until`, and beyond which accuracy is `after`."""
    found = levels(name, [0.6, 0.5, 0.4], critical)
    return [
        [replace(each, accuracy=np.where(np.array(DIMS) > until, after, each.accuracy)) for each in level]
        for level in found
    ]


def produced(parts: tuple[MeasuredPart, ...], *needs: Need) -> Stage:
    found = learning_curves(parts)
    verdicts = {learning_curve.name: verdict(learning_curve, COVERED, None, DIMS) for learning_curve in found.every}
    given = answers(needs, {learning_curve.name: learning_curve for learning_curve in found.every}, verdicts)
    return stages(found, parts, given, None)[0][2]


def test_a_size_is_not_rounded_up_to_where_accuracy_has_fallen_again() -> None:
    late = levels("late", [0.6, 0.5, 0.4], 20)
    # 20 (15 to 26), and 32 is beyond
    production = produced(measured_parts({"early": falling("early", 5, 28, 0.5), "late": late}))
    assert production.dim == 26
    assert production.abilities[0].accuracy == pytest.approx(0.6)
    assert production.choice.endswith("; not rounded up to 32, where accuracy of early is lower")
    # a little less is no reason, unless more is needed
    parts = measured_parts({"early": falling("early", 5, 28, 0.58), "late": late})
    assert produced(parts).dim == 32
    assert produced(parts, Need("early", 0.59), Need("late", 0.3)).dim == 26


def test_where_the_upper_end_of_an_interval_is_too_large_the_nearest_size_that_holds_is_taken() -> None:
    # 10 (7 to 13), and up to 11 accuracy rises
    assert produced(measured_parts({"one": falling("one", 10, 11, 0.3)}), Need("one", 0.28)).dim == 16
    production = produced(measured_parts({"one": falling("one", 10, 11, 0.2)}), Need("one", 0.28))
    assert production.dim == 11
    assert production.abilities[0].accuracy == pytest.approx(0.33)
    assert production.choice.endswith("; 11 instead of 14, where accuracy of one is below what is needed")
    # what one needs the other has no more
    parts = measured_parts({"one": falling("one", 10, 11, 0.2), "two": levels("two", [0.6, 0.5, 0.4], 10)})
    production = produced(parts, Need("one", 0.3), Need("two", 0.6))
    assert production.dim == 27
    assert production.choice.endswith("; accuracy of one is below what is needed there, as no size holds all")
