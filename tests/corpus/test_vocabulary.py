from __future__ import annotations

import numpy as np
import pytest

from qwem_tui.base.errors import QwemError
from qwem_tui.base.progress import Silent
from qwem_tui.corpus.cooccurrence import cooccurrence_counts
from qwem_tui.corpus.tokenizers import letters
from qwem_tui.corpus.vocabulary import BORDER, Corpus, build_corpus, cut, over, restricted

DOCUMENTS = [
    "a b c a b a once",
    "",
    "c c d b d twice",
    "a d twice e e",
    "b b c d",
]


def spelled(corpus: Corpus) -> list[list[str]]:
    """Return the kept words of each document."""
    documents: list[list[str]] = [[]]
    for number in corpus.ids:
        if number == BORDER:
            documents.append([])
        else:
            documents[-1].append(corpus.vocabulary.words[number])
    assert documents.pop() == [], "the last document has no border"
    return documents


def test_the_documents_kept_are_those_marked_and_words_go_by_frequency_there() -> None:
    whole = build_corpus(DOCUMENTS, letters, 100)
    assert whole.vocabulary.words == ("b", "a", "c", "d", "twice", "e")
    part = restricted(whole, np.array([False, True, True, False, True]))
    # b 3, c 3, d 3 in the order of the whole's; a is not there, and "twice" and "e" are less than twice
    assert part.vocabulary.words == ("b", "c", "d")
    assert part.vocabulary.counts.tolist() == [3, 3, 3]
    assert spelled(part) == [[], ["c", "c", "d", "b", "d"], ["b", "b", "c", "d"]]
    assert part.documents == 3
    # tokens that the vocabulary of the whole left out are known no more; "twice" is
    assert (part.tokens, part.tokens_in_vocab) == (10, 9)
    assert part.ids.dtype == whole.ids.dtype
    other = restricted(whole, np.array([True, False, False, True, False]))
    assert other.vocabulary.words == ("a", "b", "e")
    assert other.vocabulary.counts.tolist() == [4, 2, 2]
    assert spelled(other) == [["a", "b", "a", "b", "a"], ["a", "e", "e"]]


def test_more_frequent_there_comes_first_there() -> None:
    whole = build_corpus(["a a a a b b", "b b c c c", "d d"], letters, 10)
    assert whole.vocabulary.words == ("a", "b", "c", "d")
    part = restricted(whole, np.array([False, True, True]))
    assert part.vocabulary.words == ("c", "b", "d")
    assert part.ids.tolist() == [1, 1, 0, 0, 0, BORDER, 2, 2, BORDER]


def test_words_that_the_whole_does_not_model_do_not_come_in() -> None:
    whole = build_corpus(["a a a b b b", "a b c c"], letters, 2)
    part = restricted(whole, np.array([True, True]))
    assert part.vocabulary.words == ("a", "b")
    assert spelled(part) == [["a", "a", "a", "b", "b", "b"], ["a", "b"]]


def test_all_documents_are_the_corpus_itself() -> None:
    whole = build_corpus(DOCUMENTS, letters, 100)
    again = restricted(whole, np.full(5, True))
    assert again.vocabulary.words == whole.vocabulary.words
    assert again.vocabulary.counts.tolist() == whole.vocabulary.counts.tolist()
    np.testing.assert_array_equal(again.ids, whole.ids)
    assert (again.documents, again.tokens) == (5, whole.tokens_in_vocab)


@pytest.mark.parametrize(
    ("keep", "said"),
    [
        ([False] * 5, "0 of the 5 documents hold fewer than two words"),
        ([False, True, False, False, False], "1 of the 5 documents"),
        ([False, False, False, True, False], "1 of the 5 documents"),
    ],
)
def test_too_little_is_said_in_one_sentence(keep: list[bool], said: str) -> None:
    with pytest.raises(QwemError, match=said):
        restricted(build_corpus(DOCUMENTS, letters, 100), np.array(keep))


@pytest.mark.parametrize("window", [1, 4])
def test_the_counts_of_two_halves_add_up_to_those_of_the_whole(window: int) -> None:
    generator = np.random.default_rng(6)
    documents = [" ".join(generator.choice(list("abcdefgh"), generator.integers(0, 40))) for _ in range(30)]
    whole = build_corpus(documents, letters, 100)
    counts = cooccurrence_counts(whole, window, Silent()).astype(np.int64)
    partition = generator.permutation(30) % 2
    added, unigram = np.zeros_like(counts), np.zeros(len(whole.vocabulary), np.int64)
    for half in (0, 1):
        part = restricted(whole, partition == half)
        assert part.documents == 15
        # every word occurs often enough in both, so that no window closes over one left out
        assert len(part.vocabulary) == 8
        rows = np.array([whole.vocabulary.index[word] for word in part.vocabulary.words])
        assert rows.tolist() != list(range(8))
        added[np.ix_(rows, rows)] += cooccurrence_counts(part, window, Silent())
        unigram[rows] += part.vocabulary.counts
    np.testing.assert_array_equal(added, counts)
    np.testing.assert_array_equal(unigram, whole.vocabulary.counts)


def test_a_cut_corpus_is_the_one_built_with_so_many_words() -> None:
    every = build_corpus(DOCUMENTS, letters, 100)
    for size in range(2, 8):
        built = build_corpus(DOCUMENTS, letters, size)
        part = cut(every, size)
        assert part.vocabulary.words == built.vocabulary.words
        assert part.vocabulary.counts.tolist() == built.vocabulary.counts.tolist()
        assert part.ids.tolist() == built.ids.tolist()
        assert (part.documents, part.tokens) == (built.documents, built.tokens)


def test_a_corpus_over_the_words_of_another() -> None:
    general = build_corpus(["x e b b d x e"], letters, 100)
    own = build_corpus(DOCUMENTS, letters, 100)
    mine = over(own, general.vocabulary)
    assert mine.vocabulary.words == general.vocabulary.words == ("x", "e", "b")
    # x is not there; the other words are dropped
    assert mine.vocabulary.counts.tolist() == [0, 2, 5]
    assert spelled(mine) == [["b", "b"], [], ["b"], ["e", "e"], ["b", "b"]]
    assert (mine.documents, mine.tokens) == (own.documents, own.tokens)
