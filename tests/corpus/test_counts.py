from __future__ import annotations

import numpy as np
import pytest

from qwem_tui.base.errors import QwemError
from qwem_tui.base.progress import Silent
from qwem_tui.corpus import cooccurrence
from qwem_tui.corpus.cooccurrence import cooccurrence_counts
from qwem_tui.corpus.tokenizers import letters, whitespace
from qwem_tui.corpus.vocabulary import BORDER, build_corpus


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The cat's 3 hats_off!", ["the", "cat", "s", "hats", "off"]),
        ("Ångström naïve ÉCOLE", ["ångström", "naïve", "école"]),
        ("e\u0301cole", ["\u00e9cole"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("Привет, мир 2²", ["привет", "мир"]),
        ("x\u0301y", ["x\u0301y"]),
        ("", []),
        ("12 + 3", []),
    ],
)
def test_letters(text: str, words: list[str]) -> None:
    assert letters(text) == words


def test_whitespace_keeps_segmented_tokens_whole() -> None:
    assert whitespace("東京 は U.S.A. です") == ["東京", "は", "u.s.a.", "です"]


def test_vocabulary_is_the_most_frequent_words_ties_by_first_occurrence() -> None:
    corpus = build_corpus(["z b a b once", "a z c c c"], letters, 10)
    assert corpus.vocabulary.words == ("c", "z", "b", "a")
    assert corpus.vocabulary.counts.tolist() == [3, 2, 2, 2]
    assert (corpus.documents, corpus.tokens, corpus.tokens_in_vocab) == (2, 10, 9)
    assert build_corpus(["z b a b once", "a z c c c"], letters, 2).vocabulary.words == ("c", "z")


def test_dropped_tokens_close_the_window_and_borders_stay() -> None:
    corpus = build_corpus(["a x b", "b a"], letters, 10)
    assert corpus.ids.tolist() == [0, 1, BORDER, 1, 0, BORDER]


def test_one_word_is_no_corpus() -> None:
    with pytest.raises(QwemError, match="only 1 distinct word"):
        build_corpus(["same same same other"], letters, 10)


def by_hand(documents: list[list[int]], size: int, window: int, flat: bool) -> np.ndarray:
    counts = np.zeros((size, size), np.int64)
    for document in documents:
        for i, w in enumerate(document):
            for j in range(1, window + 1):
                if i + j < len(document):
                    counts[w, document[i + j]] += 1 if flat else window + 1 - j
                    counts[document[i + j], w] += 1 if flat else window + 1 - j
    return counts


@pytest.mark.parametrize("window", [1, 3, 16])
def test_counts_agree_with_the_definition(window: int) -> None:
    generator = np.random.default_rng(1)
    documents = [" ".join(generator.choice(list("abcdefg"), size)) for size in (50, 1, 0, 30, 2)]
    corpus = build_corpus(documents, letters, 7)
    index = corpus.vocabulary.index
    numbers = [[index[w] for w in text.split()] for text in documents]
    expected = by_hand(numbers, len(index), window, flat=False)
    np.testing.assert_array_equal(cooccurrence_counts(corpus, window, Silent()), expected)
    expected = by_hand(numbers, len(index), window, flat=True)
    np.testing.assert_array_equal(cooccurrence_counts(corpus, window, Silent(), "flat"), expected)


def test_chunks_and_overflow_do_not_change_the_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(2)
    corpus = build_corpus([" ".join(generator.choice(list("abc"), 500))], letters, 3)
    whole = cooccurrence_counts(corpus, 4, Silent())
    monkeypatch.setattr(cooccurrence, "_CHUNK", 7)
    monkeypatch.setattr(cooccurrence, "_UINT32_MAX", 2 * 10 * 20)
    pieces = cooccurrence_counts(corpus, 4, Silent())
    assert pieces.dtype == np.int64
    np.testing.assert_array_equal(pieces, whole)
