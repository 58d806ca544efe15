"""Documents in pieces are the documents whole, whatever blocks they come in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwem_tui.corpus.reading import cutting
from qwem_tui.corpus.reading.cutting import DocumentCutter, word_border
from qwem_tui.corpus.tokenizers import Tokenizer, letters, whitespace
from tests.corpus.sources import joined

LIMIT = 12
TEXTS = st.text(st.sampled_from("ab \n\u3000。é"), max_size=80)
WRAPPED = st.text(st.sampled_from("a \n\u00ad漢。"), max_size=80)


@pytest.fixture(autouse=True, scope="module")
def _small_pieces() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(cutting, "LIMIT", LIMIT)
        yield


def blocks(text: str, size: int) -> Iterator[tuple[str, bool]]:
    """Return a text in blocks, its end in one of its own."""
    yield from ((text[at : at + size], False) for at in range(0, len(text), size))
    yield "", True


def digest(documents: list[str]) -> str:
    return hashlib.sha256("".join(f"{document}\n" for document in documents).encode()).hexdigest()


@given(st.lists(TEXTS, max_size=3), st.integers(1, 30))
def test_whole_texts(texts: list[str], size: int) -> None:
    expected = [text.rstrip("\n").replace("\n", " ") for text in texts if text.strip()]
    cutter = DocumentCutter()
    pieces = list(cutter.whole(part for text in texts for part in blocks(text, size)))
    assert joined(pieces) == expected or [document.split() for document in joined(pieces)] == [
        document.split() for document in expected
    ]
    assert all(len(text) <= LIMIT + 1 for text, _ in pieces)
    assert (cutter.documents, cutter.digest) == (len(expected), digest(expected))


@given(TEXTS, st.integers(1, 30))
def test_lines(text: str, size: int) -> None:
    expected = [line for line in text.split("\n") if line.strip()]
    cutter = DocumentCutter()
    pieces = list(cutter.lines(blocks(text, size)))
    assert [document.split() for document in joined(pieces)] == [document.split() for document in expected]
    assert all(len(text) <= LIMIT for text, _ in pieces)
    assert (cutter.documents, cutter.digest) == (len(expected), digest(expected))


@given(TEXTS, st.integers(1, 30))
def test_paragraphs_are_the_same_whatever_the_blocks(text: str, size: int) -> None:
    paragraphs: list[list[str]] = [[]]
    for line in text.split("\n"):
        paragraphs[-1].append(line)
        if not line.strip():
            paragraphs.append([])
    expected = [" ".join(lines).split() for lines in paragraphs if "".join(lines).strip()]
    cutter, at_once = DocumentCutter(), DocumentCutter()
    assert [document.split() for document in joined(cutter.paragraphs(blocks(text, size)))] == expected
    list(at_once.paragraphs(blocks(text, 1000)))
    assert cutter.digest == at_once.digest


@given(WRAPPED, st.integers(1, 30))
def test_wrapped_text_is_the_same_whatever_the_blocks(text: str, size: int) -> None:
    for mode in (DocumentCutter.paragraphs, DocumentCutter.whole):
        cutter, at_once = DocumentCutter(), DocumentCutter()
        found = joined(mode(cutter, blocks(text, size)))
        assert [each.split() for each in found] == [each.split() for each in joined(mode(at_once, blocks(text, 1000)))]
        assert cutter.digest == at_once.digest


def test_a_hyphen_at_the_end_of_a_line_stays() -> None:
    assert joined(DocumentCutter().paragraphs(blocks("ab-\nba\n\nc\n", 100))) == ["ab- ba", "c"]


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_what_was_wrapped_is_joined_without_a_blank(size: int) -> None:
    text = "日本\n語の文。\n次カ\nナ\n\n漢\nab\n字\nไทย\nไทย\n\nexam\u00ad\nple\u00ad\n\nx\u00ad\n1\n"
    cutter = DocumentCutter()
    assert [document.split() for document in joined(cutter.paragraphs(blocks(text, size)))] == [
        ["日本語の文。", "次カナ"],
        ["漢", "ab", "字ไทยไทย"],
        ["example\u00ad"],
        ["x\u00ad", "1"],
    ]
    # in a whole file a line may be a paragraph, but a soft hyphen is one all the same
    [whole] = joined(DocumentCutter().whole(blocks("日本\n語\nexam\u00ad\nple\n", size)))
    assert whole.split() == ["日本", "語", "example"]


@pytest.mark.parametrize("tokenizer", [letters, whitespace])
@pytest.mark.parametrize(
    "text",
    [
        "the cat sat on the mat and was seen by none",
        "ＡＢ\u3000東京、 大阪、\u3000名古屋、札幌、 福岡、仙台、 京都",
        "ΟΔΟΣ ΟΔΟΣ ΟΔΟΣ ΟΔΟΣ",
        "cafe\u0301 cafe\u0301 cafe\u0301 cafe\u0301",
    ],
)
def test_no_word_is_cut_where_there_is_a_place_to_cut(text: str, tokenizer: Tokenizer) -> None:
    pieces = [piece for piece, _ in DocumentCutter().whole(blocks(text, 1000))]
    assert len(pieces) > 1
    assert [word for piece in pieces for word in tokenizer(piece)] == tokenizer(text)


def test_without_any_place_no_character_is_cut_from_its_marks() -> None:
    # Hangul by its letters composes, as do e and its accent
    for unit in ("\u1112\u1161\u11ab", "e\u0301", "か\u3099", "ab"):
        text = unit * 20
        at = word_border(text, LIMIT)
        assert LIMIT // 2 <= at <= LIMIT
        assert at % len(unit) == 0 or unit == "ab"


def test_a_long_blank_document_is_none() -> None:
    cutter = DocumentCutter()
    assert list(cutter.whole(blocks(" \n" * 500, 7))) == []
    assert (cutter.documents, cutter.digest) == (0, digest([]))
