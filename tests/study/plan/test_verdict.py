"""Verdicts, needs and stages, on parts whose figures are chosen: each says what they support and no more."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from qwem_tui.base.errors import UsageError
from qwem_tui.base.units import about_words
from qwem_tui.study.plan.curve_fitting import learning_curves
from qwem_tui.study.plan.learning_curve import LearningCurve, MeasuredPart
from qwem_tui.study.plan.requirements import Answer, Need, answer, answers, check_needs, parse_need
from qwem_tui.study.plan.stages import Stage, separated, stages
from qwem_tui.study.plan.verdict import (
    Coverage,
    Finding,
    coverage_sentence,
    limit_of,
    model_finding,
    text_finding,
    verdict,
)
from qwem_tui.theory.critical_size import CriticalSize
from tests.study.plan.planned import COVERED, DIMS, WORDS, curve_of, grown, levels, samples, size

RISING = [0.6, 0.45, 0.3, 0.15]
FLAT = [0.5, 0.5, 0.45, 0.3]
UNCOVERED = Coverage(7, 4524, ("oslo",), ("athens", "greece", "rome"), ((2000, 7), (4000, 11)))


def lost(name: str = "one") -> LearningCurve:
    return curve_of([[size(name, 0.3, None, (7, 4524))], [size(name, 0.3, None, (3, 4524))]], name)


# --- the text


def test_more_text_helps_where_the_peak_surely_rises() -> None:
    found = text_finding(grown(RISING), COVERED)
    assert found.word == "more text helps"
    assert found.sentence.startswith(
        "peak 60%, still rising at full size: the last doubling of the text changed it by "
    )
    assert "+15 points (+12 to +18)" in found.sentence


def test_saturated_where_the_last_doubling_surely_adds_little() -> None:
    found = text_finding(grown(FLAT, wobble=0.01), COVERED)
    assert found.word == "saturated"
    assert found.sentence == "peak 50%: the last doubling of the text changed it by 0 points (−1 to +1)"
    assert text_finding(grown([1.0, 0.8, 0.5]), COVERED).sentence == "peak 100%: nothing is left to gain"


def test_nobody_can_tell_where_parts_of_a_size_differ_by_more_than_they_grow() -> None:
    found = text_finding(grown([0.5, 0.46, 0.43, 0.4], wobble=0.1), COVERED)
    assert found.word == "cannot tell"
    assert found.sentence.startswith("peak 50%: the last doubling of the text changed it by +4 points (−")


def test_a_peak_that_surely_falls() -> None:
    found = text_finding(grown([0.4, 0.5, 0.55, 0.5]), COVERED)
    assert found.word == "more text does not help"
    assert "falling" in found.sentence


def test_what_is_not_in_the_text_is_named_with_its_words() -> None:
    found = text_finding(lost(), UNCOVERED)
    assert found.word == "not in this text"
    assert found.sentence == (
        "7 of 4,524 questions covered; missing words: athens, greece, rome, oslo; a larger vocabulary would not cover "
        "enough, other text may"
    )
    wider = replace(UNCOVERED, wider=((2000, 11), (4000, 90), (8000, 91)))
    assert coverage_sentence(wider).endswith("1 of them occurs in the text: --vocab-size 4000 would cover 90")
    # sizes are round, and hold at least as many; the last of them holds all words of the text
    odd = replace(UNCOVERED, wider=((3928, 11), (7856, 90), (31263, 91)))
    assert coverage_sentence(odd).endswith("--vocab-size 7900 would cover at least 90")
    last = replace(UNCOVERED, wider=((15712, 11), (31263, 12)))
    assert coverage_sentence(last).endswith("--vocab-size 32000 would cover 12")
    many = replace(UNCOVERED, rare=(), absent=tuple(f"w{number}" for number in range(1000)))
    assert "w4, w5 and 994 more" in coverage_sentence(many)
    assert coverage_sentence(COVERED) == "1,320 of 1,320 questions covered"


def test_words_of_the_text_cannot_act_on_a_terminal() -> None:
    assert "\x1b" not in coverage_sentence(replace(UNCOVERED, absent=("\x1b[2J",)))


def test_a_peak_that_may_be_chance_supports_nothing() -> None:
    by_level = [[size("one", 0.03, None)], [size("one", 0.02, None)] * 2, [size("one", 0.01, None)] * 4]
    learning_curve = curve_of(by_level)
    found = text_finding(learning_curve, COVERED)
    assert (found.word, found.sentence) == ("cannot tell", "peak 3% on 12 word pairs may be chance")


def test_a_text_that_cannot_be_divided_says_nothing_of_more_text() -> None:
    assert text_finding(grown([0.5]), COVERED).sentence == "the text has no two parts to compare"


# --- the model


@pytest.mark.parametrize(
    ("dim", "word", "said"),
    [
        (32, "a larger model helps", "critical size 48 (40–60), your model has 32: at 32 accuracy is 17%"),
        (50, "cannot tell", "critical size 48 (40–60), your model has 50, which is within: at 50 accuracy is"),
        (64, "large enough", "critical size 48 (40–60), your model has 64: at 64 accuracy is"),
    ],
)
def test_a_model_is_judged_by_the_interval_of_the_critical_size(dim: int, word: str, said: str) -> None:
    found = model_finding(size("one", 0.5, 48), (40.0, 60.0), (0.4, 0.6), dim, DIMS)
    assert found.word == word
    assert found.sentence.startswith(said)
    assert found.sentence.endswith("the peak 50% comes at 96")


def fallen(*accuracy: float) -> CriticalSize:
    """Return a category with its peak 0.5 at 8, critical from 4 on, and these accuracies at the largest sizes."""
    curve = np.interp(DIMS, [1, 4, 8], [0.0, 0.25, 0.5])
    curve[-len(accuracy) :] = accuracy
    return replace(size("one", 0.5, 4), accuracy=curve, peak=0.5, peak_dim=8)


def test_a_model_that_is_past_the_peak_is_not_called_large_enough() -> None:
    far, near = fallen(0.2, 0.2), fallen(0.42, 0.42)
    last = DIMS[-1]
    found = model_finding(far, (3.0, 5.0), (0.4, 0.6), last, DIMS)
    assert (found.word, found.sentence) == (
        "a smaller model helps",
        f"critical size 4 (3–5), your model has {last}: at {last} accuracy is 20%, it has fallen from the peak 50% at "
        "8",
    )
    unsure = model_finding(near, (3.0, 5.0), (0.4, 0.6), last, DIMS)
    assert unsure.word == "cannot tell"
    assert unsure.sentence.endswith("it has fallen from the peak 50% at 8, though not surely")
    assert model_finding(fallen(0.47, 0.47), (3.0, 5.0), (0.4, 0.6), last, DIMS).word == "large enough"
    assert limit_of(Finding("saturated", ""), found, COVERED) == "model"
    assert limit_of(Finding("more text helps", ""), found, COVERED) == "text and model"
    assert limit_of(Finding("saturated", ""), unsure, COVERED) == "not known"


def test_a_need_is_not_called_impossible_while_accuracy_may_rise_with_size_or_text() -> None:
    rising = replace(grown(FLAT, wobble=0.01), whole=replace(grown(FLAT, wobble=0.01).whole, rising=True))
    found = told(rising, 0.9)
    assert found.word == "cannot tell"
    assert found.sentence.endswith(f"accuracy may still rise beyond the largest size looked at, {DIMS[-1]}")
    # the trend of a peak that is called saturated may still reach it
    flat = grown(FLAT, wobble=0.01)
    ends = flat.range_at(3)
    assert ends is not None
    assert told(flat, ends[1] - 0.01).word == "cannot tell"
    assert told(flat, ends[1] + 0.01).word == "impossible"


def test_a_model_cannot_be_called_large_enough_while_accuracy_still_rises() -> None:
    rising = replace(size("one", 0.5, 48), rising=True)
    found = model_finding(rising, (40.0, 60.0), (0.4, 0.6), 64, DIMS)
    assert found.word == "cannot tell"
    assert found.sentence.startswith("accuracy may still rise beyond the largest size looked at, 100")
    # but that it is too small stands
    assert model_finding(rising, (40.0, 60.0), (0.4, 0.6), 32, DIMS).word == "a larger model helps"
    assert model_finding(size("one", 0.03, None), None, None, 32, DIMS).word == "cannot tell"


@pytest.mark.parametrize(
    ("peaks", "dim", "limit"),
    [
        (RISING, None, "text"), (RISING, 4, "text and model"), (RISING, 64, "text"), (FLAT, 4, "model"),
        (FLAT, 64, "neither"), (FLAT, 10, "not known"), (FLAT, None, "neither"),
    ],
)  # fmt: skip
def test_what_holds_a_category_back(peaks: list[float], dim: int | None, limit: str) -> None:
    found = verdict(grown(peaks, wobble=0.01), COVERED, dim, DIMS)
    assert found.limit == limit
    assert (found.model is None) == (dim is None)


def test_a_vocabulary_holds_back_what_the_text_has_the_words_for() -> None:
    text = text_finding(lost(), UNCOVERED)
    assert limit_of(text, None, UNCOVERED) == "text"
    wider = replace(UNCOVERED, wider=((9000, 50),))
    text = text_finding(lost(), wider)
    assert (text.word, limit_of(text, None, wider)) == ("outside the vocabulary", "vocabulary")
    need = answer(Need("one", 0.5), lost(), verdict(lost(), wider, None, DIMS))
    assert need.word == "impossible"
    assert need.sentence.startswith("impossible with this vocabulary: 7 of 4,524 questions covered")


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (950, "950"), (8477, "8,500"), (549_999, "550,000"), (5_497_276, "5.5 million"), (21_989_104, "22 million"),
        (999_999, "1 million"), (1_260_000_000, "1.3 billion"),
    ],
)  # fmt: skip
def test_numbers_of_words_that_are_estimates_have_two_digits(count: int, said: str) -> None:
    assert about_words(count) == said


# --- needs


def test_needs_are_parsed_and_refused() -> None:
    assert parse_need("plurals:0.6") == Need("plurals", 0.6)
    assert parse_need("a: b:60%") == Need("a: b", 0.6)
    for wrong in ("plurals", "plurals:", ":0.5", "plurals:0", "plurals:1.2", "plurals:60", "plurals:much", "p:nan"):
        with pytest.raises(UsageError, match=r"--need .*: give CATEGORY:ACCURACY"):
            parse_need(wrong)
    check_needs([Need("overall", 0.5), Need("a", 1.0)], ["a", "b"])
    with pytest.raises(UsageError, match="--need z: there is no such category; choose from a, b, overall"):
        check_needs([Need("z", 0.5)], ["a", "b"])
    names = ["capital-common-countries", "capital-world", "gram8-plural", "gram9-plural-verbs", "family-gender"]
    for asked, meant in {
        "famly": "is it family-gender?",
        "plural": "is it gram8-plural or gram9-plural-verbs?",
        "Capital-Wurld": "is it capital-world?",
    }.items():
        with pytest.raises(UsageError) as caught:
            check_needs([Need("family-gender", 0.5), Need(asked, 0.5)], names)
        assert str(caught.value) == f"--need {asked}: there is no such category; {meant}"


def told(learning_curve: LearningCurve, accuracy: float, coverage: Coverage = COVERED) -> Answer:
    return answer(Need(learning_curve.name, accuracy), learning_curve, verdict(learning_curve, coverage, None, DIMS))


def test_a_need_that_is_met_says_from_which_text_and_size_on() -> None:
    found = told(grown(RISING), 0.4)
    assert (found.word, found.words, found.dim) == ("met", (WORDS // 2, None), 14)
    assert found.sentence == (
        "met: peak 60% (49–70%); from 500,000 words on its peak reaches 40%; with all of this text d = 14 to 100 do"
    )
    close = told(grown(RISING), 0.58)
    assert (close.word, close.words, close.dim) == ("met, not surely", (WORDS, None), 20)
    assert told(grown(RISING), 0.6).word == "met, not surely"


def test_a_need_beyond_the_text_names_a_range_of_words_as_extrapolated() -> None:
    found = told(grown(RISING), 0.75)
    assert found.word == "needs more text"
    assert found.words is not None
    assert WORDS < found.words[0] < 2 * WORDS
    assert "by the trend 75% takes about 1." in found.sentence
    assert f"{found.words[0]:,}" not in found.sentence
    assert found.sentence.endswith("(extrapolated)")


@pytest.mark.parametrize(
    ("learning_curve", "coverage", "accuracy", "said"),
    [
        (lost(), UNCOVERED, 0.5, "impossible with this text: 7 of 4,524 questions covered; missing words: athens"),
        (grown(FLAT, wobble=0.01), COVERED, 0.9, "impossible with up to 8 times text of this kind: peak 50%"),
        (
            grown([0.10, 0.09, 0.08, 0.07], wobble=0.001),
            COVERED,
            0.9,
            "impossible with up to 8 times text of this kind: peak 10%",
        ),
    ],
)
def test_an_impossible_need_is_named_as_such_with_the_reason(
    learning_curve: LearningCurve, coverage: Coverage, accuracy: float, said: str
) -> None:
    found = told(learning_curve, accuracy, coverage)
    assert found.word == "impossible"
    assert found.sentence.startswith(said)


def test_of_a_need_nobody_can_tell_nothing_is_promised() -> None:
    assert told(grown([0.5, 0.46, 0.43, 0.4], wobble=0.1), 0.6).word == "cannot tell"
    small = told(grown([0.5, 0.3]), 0.6)
    assert small.word == "cannot tell"
    assert "no trend is known to go by" in small.sentence
    by_level = [[size("one", 0.03, None)], [size("one", 0.02, None)] * 2, [size("one", 0.01, None)] * 4]
    assert told(curve_of(by_level), 0.6).sentence.startswith("cannot tell: peak 3%")


# --- stages

#: Three categories: one appears in every part, one from a quarter on, one in the whole alone.
EARLY = levels("early", [0.9, 0.9, 0.8, 0.7], 5)
MIDDLE = [*levels("middle", [0.6, 0.5, 0.4], 20), [size("middle", 0.02, None)] * 4]
LATE = [[size("late", 0.3, 45)], *([size("late", 0.02, None)] * count for count in (2, 4, 4))]
PARTS = samples({"late": LATE, "early": EARLY, "middle": MIDDLE})


#: with one that no text of the kind teaches any better
STUCK = samples({"late": LATE, "early": EARLY, "middle": MIDDLE, "stuck": levels("stuck", [0.2, 0.2, 0.2, 0.2], 5)})


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
    parts = samples({"early": EARLY, "middle": MIDDLE})
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
    same = samples({"early": EARLY, "twin": levels("twin", [0.9, 0.9, 0.8, 0.7], 5)})
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
    parts = samples(
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
    parts = samples({"early": EARLY[:3], **low}, pair_spread=0.2)
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
    parts = samples(low, pair_spread=0.2)
    trial_stage, _, last = stages(learning_curves(parts), parts, (), None)[0]
    assert (trial_stage.stop, last.stop) == (None, None)


def test_nothing_can_have_grown_where_the_check_is_on_the_text_of_the_trial() -> None:
    parts = samples({"late": LATE})
    trial, check, _ = stages(learning_curves(parts), parts, (), None)[0]
    assert (trial.level, check.level) == (0, 0)
    assert check.stop == "this ability does not reach the low end of its range"


def test_what_still_rises_with_size_is_said_in_production() -> None:
    rising = [[replace(LATE[0][0], rising=True)], *LATE[1:]]
    parts = samples({"late": rising, "early": EARLY})
    choice = stages(learning_curves(parts), parts, (), None)[0][2].choice
    assert "accuracy of late may still rise beyond the largest size looked at" in choice


def test_without_an_ability_there_is_no_stage() -> None:
    parts = samples({"one": [[size("one", 0.02, None)], [size("one", 0.02, None)] * 2]})
    found, reason = stages(learning_curves(parts), parts, (), None)
    assert found == ()
    assert reason == "no stage can be planned: no category can be measured on the whole text"
    # a text of one part has one stage three times over
    whole = samples({"one": [[size("one", 0.5)]]})
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
    production = produced(samples({"early": falling("early", 5, 28, 0.5), "late": late}))
    assert production.dim == 26
    assert production.abilities[0].accuracy == pytest.approx(0.6)
    assert production.choice.endswith("; not rounded up to 32, where accuracy of early is lower")
    # a little less is no reason, unless more is needed
    parts = samples({"early": falling("early", 5, 28, 0.58), "late": late})
    assert produced(parts).dim == 32
    assert produced(parts, Need("early", 0.59), Need("late", 0.3)).dim == 26


def test_where_the_upper_end_of_an_interval_is_too_large_the_nearest_size_that_holds_is_taken() -> None:
    # 10 (7 to 13), and up to 11 accuracy rises
    assert produced(samples({"one": falling("one", 10, 11, 0.3)}), Need("one", 0.28)).dim == 16
    production = produced(samples({"one": falling("one", 10, 11, 0.2)}), Need("one", 0.28))
    assert production.dim == 11
    assert production.abilities[0].accuracy == pytest.approx(0.33)
    assert production.choice.endswith("; 11 instead of 14, where accuracy of one is below what is needed")
    # what one needs the other has no more
    parts = samples({"one": falling("one", 10, 11, 0.2), "two": levels("two", [0.6, 0.5, 0.4], 10)})
    production = produced(parts, Need("one", 0.3), Need("two", 0.6))
    assert production.dim == 27
    assert production.choice.endswith("; accuracy of one is below what is needed there, as no size holds all")
