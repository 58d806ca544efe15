from __future__ import annotations

import re
from pathlib import Path

import pytest

from qwem_tui.corpus.samples.everyday import PAIRS, everyday_questions
from qwem_tui.corpus.samples.toyworld import generate_toyworld
from qwem_tui.corpus.samples.toyworld_words import FILLER, TOPICS

SAMPLE_CORPORA = Path(__file__).resolve().parents[3] / "sample_corpora"
WORD = re.compile("[a-z]+")


def surrounding_words() -> list[str]:
    lists = [
        words for topic in TOPICS for words in (*topic.rows, *topic.columns, topic.first_markers, topic.second_markers)
    ]
    return [word for words in lists for word in words] + list(FILLER)


def target_words() -> list[str]:
    return [word for topic in TOPICS for pair in topic.pairs for word in pair]


def test_the_analogy_file_is_what_the_table_gives() -> None:
    assert (SAMPLE_CORPORA / "everyday.txt").read_bytes() == everyday_questions().encode()


def test_the_corpus_file_is_what_the_generator_gives_at_seed_0() -> None:
    generated = "".join(f"{document}\n" for document in generate_toyworld())
    assert (SAMPLE_CORPORA / "toyworld.txt").read_bytes() == generated.encode()


def test_seeds_give_worlds_of_their_own() -> None:
    assert next(generate_toyworld(1)) == next(generate_toyworld(1))
    assert next(generate_toyworld(1)) != next(generate_toyworld(0))


def test_the_corpus_file_stays_small() -> None:
    assert (SAMPLE_CORPORA / "toyworld.txt").stat().st_size < 4_000_000


def test_there_are_many_everyday_categories() -> None:
    assert len(PAIRS) >= 14


@pytest.mark.parametrize("name", PAIRS)
def test_an_everyday_category_has_many_pairs_of_distinct_plain_words(name: str) -> None:
    words = [word for pair in PAIRS[name] for word in pair]
    assert len(PAIRS[name]) >= 20
    assert len(set(words)) == len(words)
    assert [word for word in words if not WORD.fullmatch(word)] == []


def test_the_analogy_file_asks_every_ordered_pair_of_pairs_under_its_section() -> None:
    sections: dict[str, list[str]] = {}
    for line in everyday_questions().splitlines():
        if line.startswith(": "):
            sections[line.removeprefix(": ")] = []
        else:
            sections[list(sections)[-1]].append(line)
    assert list(sections) == list(PAIRS)
    for name, questions in sections.items():
        asked = {(tuple(line.split()[:2]), tuple(line.split()[2:])) for line in questions}
        assert asked == {(one, other) for one in PAIRS[name] for other in PAIRS[name] if one != other}
        assert len(questions) == len(asked)


def test_the_toy_world_is_built_of_everyday_pairs() -> None:
    for topic in TOPICS:
        assert len(topic.pairs) == len(topic.rows) * len(topic.columns) == 12
        assert set(topic.pairs) <= set(PAIRS[topic.name])


def test_no_word_of_the_toy_world_stands_in_two_lists() -> None:
    words = target_words() + surrounding_words()
    assert len(set(words)) == len(words)
    assert [word for word in words if not WORD.fullmatch(word)] == []


def test_everyday_questions_attempt_exactly_the_toy_world_s_own_pairs() -> None:
    vocabulary = {word for document in generate_toyworld() for word in document.split()}
    attempted = {(name, pair) for name, pairs in PAIRS.items() for pair in pairs if vocabulary.issuperset(pair)}
    assert attempted == {(topic.name, pair) for topic in TOPICS for pair in topic.pairs}
