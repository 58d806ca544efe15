"""Needs: parsed, refused, and answered by what the figures support."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qwem_tui.base.errors import UsageError
from qwem_tui.study.plan.learning_curve import LearningCurve
from qwem_tui.study.plan.requirements import Answer, Need, answer, check_needs, parse_need
from qwem_tui.study.plan.verdict import (
    Coverage,
    verdict,
)
from tests.study.plan.planned import (
    COVERED,
    DIMS,
    FLAT,
    RISING,
    UNCOVERED,
    WORDS,
    curve_of,
    grown,
    lost,
    size,
)


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


def test_a_need_is_not_called_impossible_while_accuracy_may_rise_with_size_or_text() -> None:
    rising = replace(grown(FLAT, wobble=0.01), whole=replace(grown(FLAT, wobble=0.01).whole, rising=True))
    found = told(rising, 0.9)
    assert found.word == "cannot tell"
    assert found.sentence.endswith(f"accuracy may still rise beyond the largest size evaluated, {DIMS[-1]}")
    # the trend of a peak that is called saturated may still reach it
    flat = grown(FLAT, wobble=0.01)
    ends = flat.range_at(3)
    assert ends is not None
    assert told(flat, ends[1] - 0.01).word == "cannot tell"
    assert told(flat, ends[1] + 0.01).word == "impossible"
