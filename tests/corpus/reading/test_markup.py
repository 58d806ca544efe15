from __future__ import annotations

import pytest

from qwem_tui.corpus.reading.facts import Markup
from qwem_tui.corpus.reading.markup import MarkupSampler


def sampled(*texts: str) -> Markup | None:
    sampler = MarkupSampler()
    for text in texts:
        sampler.look(text)
    return sampler.markup


@pytest.mark.parametrize(
    ("text", "share", "example"),
    [
        ("one <b>two</b> three", 2 / 5, "<b>"),
        ("a &amp; b", 1 / 3, "&amp;"),
        ("see https://example.org/a now", 4 / 6, "https://example.org/a"),
        ("<!-- not\nshown --> words", 2 / 3, "<!-- not shown -->"),
        (f'<a href="{"x" * 60}">y</a>', 4 / 5, f'<a href="{"x" * 31}...'),
    ],
)
def test_the_share_of_words_in_markup(text: str, share: float, example: str) -> None:
    found = sampled(text)
    assert found is not None
    assert found.share == pytest.approx(share)
    assert found.example == example


@pytest.mark.parametrize("text", ["", "plain words", "1 < 2 and 3 > 2", "AT&T; R&D", "a && b", "x <3 you"])
def test_signs_that_are_no_markup(text: str) -> None:
    assert sampled(text) is None or text.startswith("AT&T")


def test_markup_far_inside_is_seen_whatever_the_pieces() -> None:
    plain, marked = "plain words " * 100_000, "<p>marked</p> words " * 100_000
    whole = sampled(plain + marked)
    pieces = sampled(*(text for part in (plain, marked) for text in (part[:-7], part[-7:])))
    assert whole is not None
    assert pieces is not None
    assert 0.05 < whole.share < 0.6
    assert 0.05 < pieces.share < 0.6
