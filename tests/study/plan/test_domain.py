"""One's own text beside a general one: what was changed in it is what is found."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch

from qwem_tui.analogies.files import Category
from qwem_tui.base.errors import QwemError
from qwem_tui.base.progress import Silent
from qwem_tui.corpus.vocabulary import Corpus
from qwem_tui.study.plan.curve_fitting import learning_curves
from qwem_tui.study.plan.domain import Domain, carried, compare, shift
from qwem_tui.study.plan.measure import CombinedProgress, Measure
from tests.conftest import little_text
from tests.study.plan.planned import levels, measured_parts, size
from tests.training.small import corpus_of_lines

CAPITALS = [("paris", "france"), ("rome", "italy"), ("madrid", "spain"), ("athens", "greece"), ("oslo", "norway")]
QUESTIONS = tuple((*first, *second) for first in CAPITALS for second in CAPITALS if first != second)
MEASURE = Measure(
    categories=(Category("capitals", QUESTIONS), Category("kings", (("king", "queen", "man", "woman"),))),
    protocol="questions",
    largest_dim=20,
    fraction=0.5,
    draws=40,
    seed=0,
    window=8,
    window_shape="dynamic",
    negative_weight=1.0,
)


@cache
def general() -> Corpus:
    return corpus_of_lines(little_text(documents=240))


def beside(text: str, dim: int | None = 8) -> Domain:
    torch.set_num_threads(1)
    found = learning_curves(
        measured_parts({name: levels(name, [0.9, 0.8, 0.7, 0.6]) for name in ("capitals", "kings")})
    ).categories
    progress = CombinedProgress(Silent(), "comparing", 3)
    return compare(general(), corpus_of_lines(text), found, MEASURE, dim, torch.device("cpu"), progress)


@cache
def same_kind() -> Domain:
    return beside(little_text(seed=5))


def test_text_of_the_same_kind_carries_everything_over() -> None:
    found = same_kind()
    assert (found.documents, found.words) == (120, 7200)
    assert found.compared == 7200
    assert found.shared == 65
    assert found.known_share == 1
    assert (found.unknown, found.lacking, found.pieces) == ((), (), False)
    capitals, kings = found.carried
    assert (capitals.attempted, capitals.total, capitals.word) == (20, 20, "carries over")
    assert capitals.shift is not None
    assert capitals.shift[0] < 1 < capitals.shift[2]
    assert (kings.word, kings.sentence) == ("cannot be asked", "0 of 1 questions covered by all texts")
    # three texts of one kind: none is further from another than two are from each other
    assert found.shared_neighbours == pytest.approx(found.usual_neighbours, abs=0.1)
    assert [each.dim for each in found.spaces] == [8, 16]
    for each in found.spaces:
        assert 0 < each.usual <= 1
        assert each.own == pytest.approx(each.usual, abs=0.15)


def test_words_used_differently_come_first_and_their_neighbours_say_how() -> None:
    # greek words keep the company of norwegian ones' and the other way round
    swapped = little_text(seed=5).replace("greece", "\0").replace("norway", "greece").replace("\0", "norway")
    swapped = swapped.replace("athens", "\0").replace("paris", "athens").replace("\0", "paris")
    found = beside(swapped)
    first = {usage.word for usage in found.usages[:4]}
    assert first & {"athens", "paris"}
    for usage in found.usages:
        assert usage.shared < usage.usual
        assert usage.usual >= 0.3
        assert usage.word not in (*usage.own, *usage.general)
        assert len(usage.own) == len(usage.general) == 10
        assert min(usage.counts) >= 2
    lost = [usage.usual - usage.shared for usage in found.usages]
    assert lost == sorted(lost, reverse=True)
    assert found.shared_neighbours < same_kind().shared_neighbours
    # capitals of the wrong countries answer nothing
    assert found.carried[0].own.peak < same_kind().carried[0].own.peak


def test_words_that_one_of_them_lacks_are_listed_by_frequency() -> None:
    text = re.sub(r"\bthe\b", "gizmo", little_text(seed=5)).replace("madrid", "widget")
    found = beside(text)
    assert [word for word, _ in found.unknown] == ["gizmo", "widget"]
    counted = [count for _, count in found.unknown]
    assert counted == [text.split().count("gizmo"), text.split().count("widget")]
    assert found.lacking == ("the", "madrid")
    assert found.known_share == pytest.approx(1 - sum(counted) / 7200, abs=1e-3)
    assert found.carried[0].attempted == 12


def test_the_longer_text_is_cut_to_the_length_of_the_shorter() -> None:
    assert beside(little_text(documents=30)).compared == 1800
    # two general texts are needed
    assert beside(little_text(seed=5, documents=600)).compared == 7200


def test_a_text_of_one_document_is_compared_in_pieces() -> None:
    one = " ".join(little_text(seed=5).split())
    assert beside(one).pieces


def test_texts_with_nothing_in_common_are_refused() -> None:
    with pytest.raises(QwemError, match=r"has only 0 word\(s\) in common"):
        beside(little_text().replace(" ", "ж ").replace("\n", "ж\n"))


# --- one category


GENERAL = (size("one", 0.5, 20), size("one", 0.54, 22))


@pytest.mark.parametrize(
    ("peak", "critical", "word"),
    [
        (0.5, 20, "carries over"), (0.2, 20, "weaker"), (0.85, 20, "stronger"), (0.02, None, "does not carry over"),
        (0.5, None, "cannot tell"),
    ],
)  # fmt: skip
def test_a_category_carries_over_where_its_peak_is_that_of_the_kind(
    peak: float, critical: int | None, word: str
) -> None:
    found = carried(size("one", peak, critical), GENERAL, 0.06, 0.1)
    assert found.word == word
    assert found.sentence.startswith(f"peak {peak:.0%}, in general text of this length 50–54% (text of this kind: ")
    assert carried(size("one", peak, critical), GENERAL, None, None).word == "cannot tell"


def test_a_shift_has_the_intervals_of_all_three_sizes() -> None:
    own, first, second = size("one", 0.5, 40), size("one", 0.5, 20), size("one", 0.5, 20)
    found = shift(own, (first, second), 0.0)
    assert found is not None
    low, middle, high = found
    assert middle == pytest.approx(2)
    assert own.interval == (30, 52)
    assert first.interval == (15, 26)
    assert np.log(high / 2) == pytest.approx(np.hypot(np.log(52 / 40), np.log(20 / 15)))
    assert np.log(2 / low) == pytest.approx(np.hypot(np.log(40 / 30), np.log(26 / 20)))
    wide = shift(own, (first, second), 0.2)
    assert wide is not None
    assert wide[2] > high
    assert shift(replace(own, critical_size=None, interval=None), (first, second), 0.1) is None
