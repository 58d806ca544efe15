"""The map of words: which words are where, its limits, and the picture in cells."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from qwem_tui.engine.frame import Snapshot
from qwem_tui.tui.rendering.map import WordMap, limits_for, map_lines, modes_map, pairs_map
from qwem_tui.tui.rendering.map_picture import as_text, draw_map
from qwem_tui.tui.rendering.palette import DARK

WORDS = ("the", "man", "woman", "king", "queen", "東京", "bad\x1b[31mword", "[bold]incomprehensibilities[/bold]")
PAIRS = np.array([[1, 2], [3, 4]])


def moment(embeddings: np.ndarray) -> Snapshot:
    words = (*WORDS, *(f"w{number}" for number in range(len(WORDS), len(embeddings))))
    return Snapshot(3, 0.1, words, np.arange(len(words), 0, -1), embeddings.astype(np.float32))


def square() -> WordMap:
    """Two parallel pairs of vectors of length 1, and other words without any length."""
    W = np.zeros((len(WORDS), 3))
    W[1], W[2], W[3], W[4] = (-0.6, 0.8, 0), (0.6, 0.8, 0), (-0.6, 0, 0.8), (0.6, 0, 0.8)
    return pairs_map(moment(W), PAIRS, [5])


def noise(seed: int, words: int = 60) -> WordMap:
    return pairs_map(moment(np.random.default_rng(seed).normal(size=(words, 5))), PAIRS, [5, 6])


def picture(shown: WordMap, width: int = 60, height: int = 15, ascii: bool = True) -> list[str]:
    rows = draw_map(shown, limits_for(shown), width, height, ascii, DARK)
    return ["".join(text for text, _ in row) for row in rows]


def test_pairs_are_arrows_between_vectors_of_length_one() -> None:
    shown = square()
    assert shown.words == WORDS
    assert shown.pairs.tolist() == PAIRS.tolist()
    assert (shown.typed, shown.others) == ((5,), (0, 6, 7))
    places = shown.coordinates[[1, 2, 3, 4]]
    assert places[:, 0] == pytest.approx([-0.6, 0.6, -0.6, 0.6])
    # midpoints (0, .8, 0) and (0, 0, .8) are 0.8 sqrt(2) apart
    assert np.abs(places[:, 1]) == pytest.approx([0.8 / 2**0.5] * 4)
    assert shown.extent == pytest.approx((0.6, 0.8 / 2**0.5))
    assert map_lines(shown)[0].startswith("parallel 1.00 (unrelated: 0.71): mean cosine of 2 b - a")
    assert map_lines(shown)[1].endswith("seen: 100%")


def test_arrows_of_parallel_pairs_are_level_with_a_dot_at_one_end_and_a_head_at_the_other() -> None:
    lines = picture(square())
    arrows = [line.split() for line in lines if ">" in line]
    assert sorted(words[0] for words in arrows) == ["king", "man"]
    for start, shaft, end in arrows:
        assert (start, end) in (("man", "woman"), ("king", "queen"))
        assert shaft == "o" + "-" * (len(shaft) - 2) + ">"
    braille = [line.split() for line in picture(square(), ascii=False) if "▶" in line]
    assert sorted((line[0], line[-1]) for line in braille) == [("king", "queen"), ("man", "woman")]


@pytest.mark.parametrize("ascii", [True, False])
def test_angles_are_seen_as_they_are_whatever_the_shape_of_the_picture(ascii: bool) -> None:
    shown = square()
    for width, height in ((60, 15), (100, 15), (60, 40)):
        lines = picture(shown, width, height, ascii)
        dot, head = ("o", ">") if ascii else ("•", "▶")
        first, second = (row for row, line in enumerate(lines) if head in line)
        # 1.2 across, 1.13 up; a cell is twice as high as wide, and places are rounded to cells
        across, up = lines[first].rindex(head) - lines[first].index(f" {dot}"), (second - first) * 2
        assert across / up == pytest.approx(1.2 / (0.8 * 2**0.5), rel=0.3)


def test_words_are_harmless_short_and_of_one_kind_of_character_in_ascii() -> None:
    W = np.zeros((len(WORDS), 3))
    W[[1, 2, 3, 4]] = (0, 1, 0), (1, 1, 0), (0, 0, 1), (1, 0, 1)
    W[5], W[6], W[7] = (1, 0, 0), (-1, 0, 0), (0, -1, 0)
    shown = pairs_map(moment(W), PAIRS, [7, 6, 5])
    text = "\n".join(picture(shown, 120, 40, ascii=False))
    assert "\x1b" not in text
    assert r"bad\x1b[31mword" in text
    assert "[bold]incompreh…" in text
    assert "東京" in text
    assert "\n".join(picture(shown, 120, 40)).isascii()
    # no markup either
    assert "[bold]incompreh" in as_text(draw_map(shown, (2, 2), 120, 40, False, DARK)).plain


@given(st.integers(0, 9999), st.integers(0, 90), st.integers(0, 30), st.booleans())
def test_a_picture_fills_its_size_exactly_and_is_the_same_again(
    seed: int, width: int, height: int, ascii: bool
) -> None:
    shown = noise(seed)
    lines = picture(shown, width, height, ascii)
    assert len(lines) == height
    assert all(cell_len(line) == width for line in lines)
    assert lines == picture(noise(seed), width, height, ascii)
    if ascii:
        assert "\n".join(lines).isascii()


def test_an_arrow_whose_ends_are_outside_crosses_the_picture_and_leaves_nothing_at_its_edges() -> None:
    shown = replace(square(), coordinates=np.array([[-10, 0.9], [10, -0.9]]), pairs=np.array([[0, 1]]), others=())
    rows = draw_map(replace(shown, typed=()), (1, 1), 61, 15, False, DARK)
    lines = ["".join(text for text, _ in row) for row in rows]
    # it goes from 0.09 to -0.09 there, less than two rows
    assert all(any(line[column] != " " for line in lines[6:9]) for column in range(61))
    assert not any(line.strip() for line in lines[:6] + lines[9:])


def test_modes_are_components_of_the_embeddings_and_the_outermost_words_are_named_first() -> None:
    V = np.linalg.qr(np.random.default_rng(2).normal(size=(600, 4)))[0]
    V[500] = (3, 0, 0, 0)
    V = np.linalg.qr(V)[0]
    V *= np.sign(V[500, 0])
    W = V * np.array([3.0, 2, 1, 1])
    shown = modes_map(moment(W), V[:, [0, 1]], (1, 2), [7])
    row = shown.words.index("w500")
    assert shown.coordinates[row] == pytest.approx([3 * V[500, 0], 2 * V[500, 1]], abs=1e-5)
    assert row in shown.others[:2]
    assert shown.words[shown.typed[0]] == WORDS[7]
    assert len(shown.words) < 600
    assert not len(shown.pairs)
    assert map_lines(shown)[0] == "mode 1 and mode 2: 87% of the squared length of all words is seen"


def test_limits_move_in_coarse_jumps_and_not_for_noise() -> None:
    shown = square()
    assert limits_for(shown) == (0.8, 0.8)
    # kept while the points fill two fifths of them
    assert limits_for(shown, (1.0, 1.3)) == (1.0, 1.3)
    assert limits_for(shown, (0.5, 1.6)) == (0.8, 0.8)
    nothing = pairs_map(moment(np.zeros((8, 3))), PAIRS, [])
    assert limits_for(nothing) == (1.0, 1.0)
    assert map_lines(nothing)[0].startswith("parallel 0.00")


def test_what_is_said_fits_a_narrow_terminal() -> None:
    for shown in (square(), modes_map(moment(np.ones((9, 3))), np.ones((9, 2)), (63, 64), [])):
        assert all(cell_len(line) <= 76 for line in map_lines(shown))


def test_from_step_to_step_nothing_is_turned_over() -> None:
    drawn = np.random.default_rng(5)
    W = drawn.normal(size=(40, 6))
    before = pairs_map(moment(W), PAIRS, [])
    seen = [before]
    for _ in range(20):
        W = W + 0.01 * drawn.normal(size=W.shape)
        seen.append(pairs_map(moment(W), PAIRS, [], getattr(seen[-1].plane, "heights", None)))
    for one, other in pairwise(seen):
        assert np.abs(one.coordinates - other.coordinates).max() < 0.2
