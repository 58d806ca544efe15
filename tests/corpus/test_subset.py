from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qwem_tui.base.errors import QwemError
from qwem_tui.corpus.memory_mapped import save_corpus, saved_corpus
from qwem_tui.corpus.subset import chosen_documents, shared
from qwem_tui.corpus.tokenizers import letters, whitespace
from qwem_tui.corpus.vocabulary import BORDER, Corpus, CorpusBuilder, build_corpus
from tests.conftest import little_text


def whole() -> Corpus:
    return build_corpus(little_text().splitlines(), letters, 1000)


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5, 0.9])
def test_a_share_holds_so_much_of_the_words(share: float) -> None:
    corpus = whole()
    part = shared(corpus, share, seed=3)
    # all documents are of one length: the nearest number of them is taken
    assert part.documents == round(share * corpus.documents)
    assert part.tokens_in_vocab == pytest.approx(share * corpus.tokens_in_vocab, abs=60)
    assert len(part.ids) == part.tokens_in_vocab + part.documents


def test_shares_of_one_seed_are_nested_and_those_of_two_are_not() -> None:
    corpus = whole()
    small, large = (chosen_documents(corpus, share, 1) for share in (0.25, 0.5))
    assert small.sum() > 0
    assert not (small & ~large).any()
    assert (small != chosen_documents(corpus, 0.25, 2)).any()
    assert shared(corpus, 1.0, 1) is corpus


def test_a_share_is_what_its_documents_make_alone() -> None:
    texts = little_text().splitlines()
    corpus = build_corpus(texts, letters, 1000)
    chosen = chosen_documents(corpus, 0.3, 4)
    alone = build_corpus([text for text, taken in zip(texts, chosen, strict=True) if taken], letters, 1000)
    part = shared(corpus, 0.3, 4)
    # ties go to the word that comes first in these documents
    assert part.vocabulary.words == alone.vocabulary.words
    np.testing.assert_array_equal(part.ids, alone.ids)
    np.testing.assert_array_equal(part.vocabulary.counts, alone.vocabulary.counts)
    with pytest.raises(QwemError, match="fewer than two words"):
        shared(build_corpus(["a b", "a c", "d b", "d c"], letters, 9), 0.25, 0)


def test_documents_of_uneven_length_come_as_near_as_they_can() -> None:
    text = ["a b " * 100, *["a b " * 5] * 20]
    corpus = build_corpus(text, letters, 10)
    for seed in range(5):
        held = shared(corpus, 0.5, seed).tokens_in_vocab / corpus.tokens_in_vocab
        assert 0.25 <= held <= 0.75


def test_a_share_of_one_document_cannot_be_made() -> None:
    corpus = build_corpus(["a b a b c c"], letters, 10)
    with pytest.raises(QwemError, match=r"share of 0\.25 cannot be made of 1 whole document"):
        shared(corpus, 0.25, 0)


def test_a_kept_corpus_is_what_it_was(tmp_path: Path) -> None:
    corpus = build_corpus(["naïve 東京 b, naïve b, 東京", "b x\u00a0x y"], whitespace, 10)
    save_corpus(corpus, tmp_path / "kept")
    again = saved_corpus(tmp_path / "kept")
    assert again.vocabulary.words == corpus.vocabulary.words
    assert (again.documents, again.tokens) == (corpus.documents, corpus.tokens)
    np.testing.assert_array_equal(again.ids, corpus.ids)
    np.testing.assert_array_equal(again.vocabulary.counts, corpus.vocabulary.counts)


def test_one_reading_gives_the_corpora_of_two_tokenizers() -> None:
    texts = ["It's here; it's there.", "Here, there and there"]
    builders = {name: CorpusBuilder(name) for name in (letters, whitespace)}
    for text in texts:
        for builder in builders.values():
            builder.add(text)
    for tokenizer, builder in builders.items():
        expected = build_corpus(texts, tokenizer, 1000)
        assert builder.corpus(None).vocabulary.words == expected.vocabulary.words


@st.composite
def corpora(draw: st.DrawFn) -> Corpus:
    """Return a corpus over all of its words, of documents of any length, of which some words occur once."""
    word = st.integers(0, 9).map(lambda number: f"w{'abcdefghij'[number]}")
    documents = draw(st.lists(st.lists(word, min_size=1, max_size=8), min_size=4, max_size=30))
    builder = CorpusBuilder(letters)
    for document in [["wa", "wb"], *documents, ["wa", "wb"]]:
        builder.add(" ".join(document))
    return builder.corpus(None)


@settings(deadline=None)
@given(corpus=corpora(), shares=st.tuples(*[st.floats(0.05, 1.0)] * 2), seed=st.integers(0, 2**32))
def test_a_smaller_share_is_inside_a_larger_one_and_neither_is_far_from_what_was_asked(
    corpus: Corpus, shares: tuple[float, float], seed: int
) -> None:
    words = np.diff(np.flatnonzero(corpus.ids == BORDER), prepend=-1) - 1
    found = []
    for share in sorted(shares):
        try:
            found.append(chosen_documents(corpus, share, seed))
        except QwemError:
            # refused only where the nearest that whole documents come is beyond a factor of two
            held = np.cumsum(words[np.random.default_rng(seed).permutation(corpus.documents)]) / words.sum()
            nearest = held[np.abs(held - share).argmin()]
            assert not share / 2 <= nearest <= share * 2
            continue
        assert share / 2 <= words[found[-1]].sum() / words.sum() <= share * 2
    if len(found) == 2:
        assert not (found[0] & ~found[1]).any()
