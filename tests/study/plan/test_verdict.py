"""Verdicts, on parts whose figures are chosen: each supports what they do and no more."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from qwem_tui.base.units import about_words
from qwem_tui.study.plan.requirements import Need, answer
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
from tests.study.plan.planned import (
    COVERED,
    DIMS,
    FLAT,
    RISING,
    UNCOVERED,
    curve_of,
    grown,
    lost,
    size,
)

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
    assert coverage_sentence(wider).endswith("1 of them occurs in the text: a vocabulary of 4000 words would cover 90")
    # sizes are round, and hold at least as many; the last of them holds all words of the text
    odd = replace(UNCOVERED, wider=((3928, 11), (7856, 90), (31263, 91)))
    assert coverage_sentence(odd).endswith("a vocabulary of 7900 words would cover at least 90")
    last = replace(UNCOVERED, wider=((15712, 11), (31263, 12)))
    assert coverage_sentence(last).endswith("a vocabulary of 32000 words would cover 12")
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
    assert limit_of(Finding("saturated", ""), found) == "model"
    assert limit_of(Finding("more text helps", ""), found) == "text and model"
    assert limit_of(Finding("saturated", ""), unsure) == "not known"


def test_a_model_cannot_be_called_large_enough_while_accuracy_still_rises() -> None:
    rising = replace(size("one", 0.5, 48), rising=True)
    found = model_finding(rising, (40.0, 60.0), (0.4, 0.6), 64, DIMS)
    assert found.word == "cannot tell"
    assert found.sentence.startswith("accuracy may still rise beyond the largest size evaluated, 100")
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
    assert limit_of(text, None) == "text"
    wider = replace(UNCOVERED, wider=((9000, 50),))
    text = text_finding(lost(), wider)
    assert (text.word, limit_of(text, None)) == ("outside the vocabulary", "vocabulary")
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


def test_no_larger_vocabulary_is_advised_for_words_that_cannot_occur() -> None:
    never = Coverage(0, 20, (), (), (), ("new_york", "1990"), 20)
    found = text_finding(lost(), never)
    assert (found.word, found.sentence) == (
        "cannot occur",
        "0 of 20 questions covered; words that cannot occur, as the tokenizer makes none such: new_york, 1990",
    )
    assert limit_of(found, None) == "neither"
    some = replace(never, total=30, absent=("athens",))
    assert text_finding(lost(), some).word == "cannot occur"
    assert coverage_sentence(some).endswith(
        "new_york, 1990; missing words: athens; neither a larger vocabulary nor other text would cover enough"
    )
    most = replace(some, total=40)
    assert text_finding(lost(), most).word == "not in this text"
    assert coverage_sentence(most).endswith("athens; a larger vocabulary would not cover enough, other text may")
