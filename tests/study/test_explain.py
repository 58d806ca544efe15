from __future__ import annotations

from dataclasses import replace

import pytest

from qwem_tui.base.errors import Cancelled, QwemError, UsageError
from qwem_tui.base.progress import Silent
from qwem_tui.formats.prediction.explanation import explanation_lines, what_answers
from qwem_tui.study.explain import category_number, check_explainable, explain
from qwem_tui.study.study import Study
from tests.study.explanations import made, of, study_in


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return study_in(tmp_path_factory.mktemp("little"))


def test_the_critical_size_is_the_one_computed_elsewhere(study: Study) -> None:
    found = of(study)
    again = explain(
        study.spectrum,
        study.analogies,
        study.vocabulary.words,
        "capitals",
        found.task.dims,
        critical=replace(found.critical, name="known"),
    )
    assert again.critical.name == "known"
    assert (again.without == found.without).all()
    with pytest.raises(ValueError, match="do not belong"):
        explain(study.spectrum, study.analogies, study.vocabulary.words, "capitals", [1, 2], critical=found.critical)


def test_a_direction_that_is_needed_is_told_from_mere_nearness() -> None:
    spectrum, analogies, words = made(6.0, 0.8, [])
    needed = explain(spectrum, analogies, words, "made", [10, 30, 40])
    assert needed.task.carriers[0].mode == 30
    assert needed.task.standing_out == (30, 40)
    assert needed.critical.accuracy[-1] > 0.9
    assert needed.without[-1] == 0
    assert "b - a is what answers there" in " ".join(what_answers(needed))
    spectrum, analogies, words = made(0.0, 0.9, [])
    near = explain(spectrum, analogies, words, "made", [10, 30, 40])
    assert near.task.standing_out is None
    assert "b - a adds little there" in what_answers(near)[0]
    half, same = (replace(near, critical=replace(near.critical, accuracy=near.without * by)) for by in (0.5, 0.9))
    assert "b - a does more harm than good there" in what_answers(half)[0]
    assert "b - a adds little there" in what_answers(same)[0]
    assert near.bulk is not None
    text = " ".join(" ".join(explanation_lines(near)).split())
    assert "no common direction is seen" in text
    assert "The 11 eigenvalues of G below the largest" in text


def test_sizes_between_those_of_the_grid_fall_on_the_smaller_one(study: Study) -> None:
    found = explain(study.spectrum, study.analogies, study.vocabulary.words, "capitals", [2, 4, 8])
    assert [found.at(d) for d in (1, 2, 3, 4, 7, 8, 99)] == [0, 0, 0, 1, 1, 2, 2]
    assert found.cusp == 5
    assert explain(study.spectrum, study.analogies, study.vocabulary.words, 0, [2, 4]).cusp is None
    assert found.carried(8) == pytest.approx(1)
    assert found.carried(found.task.half_carried()) >= 0.5


def test_a_category_is_found_by_name_and_number(study: Study) -> None:
    assert category_number(study.analogies, "CAPITALS") == 0
    assert category_number(study.analogies, 1) == 1
    with pytest.raises(UsageError, match=r"no category called nonsense: choose one of capitals\."):
        of(study, "nonsense")
    for number in (-1, 2):
        with pytest.raises(UsageError, match="from 0 to 1"):
            of(study, number)


def test_fewer_than_two_pairs_is_a_sentence(study: Study) -> None:
    with pytest.raises(QwemError, match=r"kings has 0 word pair.* share: give more text"):
        check_explainable(study.analogies, "kings", more_words=False)
    with pytest.raises(QwemError, match=r"kings has 0 word pair.* raise --vocab-size"):
        of(study, "kings")


def test_work_ends_when_nobody_waits(study: Study) -> None:
    class Stop(Silent):
        def advance(self, done: float) -> None:
            raise Cancelled

    with pytest.raises(Cancelled):
        explain(study.spectrum, study.analogies, study.vocabulary.words, 0, progress=Stop())
