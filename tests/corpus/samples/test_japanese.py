from __future__ import annotations

from typing import get_args

import pytest

from qwem_tui.corpus.samples.catalogue import EVERYDAY, JAPANESE, built_in_analogies
from qwem_tui.corpus.samples.japanese import PAIRS, japanese_questions
from qwem_tui.corpus.tokenizers import tokenizer_of
from qwem_tui.corpus.word_settings import TokenizerName, WordSettings


def test_the_file_is_what_the_table_gives() -> None:
    assert JAPANESE.path.read_bytes() == japanese_questions().encode()


@pytest.mark.parametrize("name", PAIRS)
def test_a_category_has_many_pairs_of_distinct_words(name: str) -> None:
    words = [word for pair in PAIRS[name] for word in pair]
    assert len(PAIRS) >= 12
    assert len(PAIRS[name]) >= 15
    assert len(set(words)) == len(words)
    assert all(map(str.isalpha, words))


@pytest.mark.parametrize(("tokenizer", "package"), [("mecab", "unidic_lite"), ("sudachi", "sudachidict_core")])
def test_words_stay_whole(tokenizer: TokenizerName, package: str) -> None:
    pytest.importorskip(package)
    cut = tokenizer_of(WordSettings(tokenizer))
    pairs = [pair for pairs in PAIRS.values() for pair in pairs]
    whole = [pair for pair in pairs if all(cut(word) == [word] for word in pair)]
    # some inflected forms are whole only where something follows
    assert len(whole) >= 0.99 * len(pairs)


def test_they_are_asked_of_japanese_text_alone() -> None:
    asked = {name: built_in_analogies(name) for name in get_args(TokenizerName)}
    assert {name for name, sample in asked.items() if sample == JAPANESE} == {"mecab", "sudachi"}
    assert set(asked.values()) == {JAPANESE, EVERYDAY}
