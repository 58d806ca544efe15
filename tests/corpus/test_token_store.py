"""Numbers of tokens in bounded memory."""

from __future__ import annotations

import numpy as np
import pytest

from qwem_tui.base.errors import QwemError
from qwem_tui.corpus import token_store
from qwem_tui.corpus.token_store import TokenStore
from qwem_tui.corpus.tokenizers import letters
from qwem_tui.corpus.vocabulary import BORDER, CorpusBuilder, build_corpus


@pytest.fixture
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_store, "_BLOCK", 10)
    monkeypatch.setattr(token_store, "_AT_ONCE", 4)


@pytest.mark.usefixtures("_small_blocks")
@pytest.mark.parametrize("sizes", [[], [0], [10], [3, 7, 1], [25], [1] * 31])
def test_what_is_put_in_comes_out_in_order(sizes: list[int]) -> None:
    generator = np.random.default_rng(0)
    pieces = [generator.integers(BORDER, 5, size).astype(np.int32) for size in sizes]
    whole = np.concatenate([np.empty(0, np.int32), *pieces])
    store = TokenStore()
    for piece in pieces:
        store.add(piece)
    assert store.counts(BORDER, 5).tolist() == [int((whole == number).sum()) for number in range(5)]
    even = whole[whole % 2 == 0]
    assert store.taken(lambda part: part[part % 2 == 0], len(even)).tolist() == even.tolist()
    assert store.counts(BORDER, 5).tolist() == [0] * 5


@pytest.mark.usefixtures("_small_blocks")
def test_pieces_of_a_document_make_the_corpus_that_it_makes() -> None:
    texts = ["the cat sat on the mat", "the mat the cat", "on and on"]
    builder = CorpusBuilder(letters)
    for text in texts:
        *begin, last = text.split()
        for word in begin:
            builder.add(word, ends=False)
        builder.add(last)
    corpus, expected = builder.corpus(100), build_corpus(texts, letters, 100)
    assert corpus.ids.tolist() == expected.ids.tolist()
    assert corpus.vocabulary.words == expected.vocabulary.words
    assert (corpus.documents, corpus.tokens) == (expected.documents, expected.tokens) == (3, 13)


@pytest.mark.usefixtures("_small_blocks")
@pytest.mark.parametrize(("limit", "mend"), [(None, "free some memory"), (10**9, "raise --memory")])
def test_what_does_not_fit_is_refused(limit: int | None, mend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    left = [token_store._RESERVE, token_store._RESERVE - 1]
    monkeypatch.setattr(token_store, "available_bytes", lambda: left.pop(0))
    monkeypatch.setattr(token_store, "memory_limit", lambda: limit)
    store = TokenStore()
    store.add(np.zeros(6, np.int32))
    with pytest.raises(QwemError) as caught:
        store.add(np.zeros(5, np.int32))
    assert str(caught.value) == (
        f"The text does not fit in memory: 48.0 MiB are left after 8 words, which take 32 B: give less text, or {mend}."
    )
