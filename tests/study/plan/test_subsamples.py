"""Parts of a corpus, and their counts merged, against counting each part by itself."""

from __future__ import annotations

import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from qwem_tui.base.errors import Cancelled
from qwem_tui.base.names import WindowShape
from qwem_tui.base.progress import Silent
from qwem_tui.corpus import cooccurrence
from qwem_tui.corpus.cooccurrence import RunningCounts, cooccurrence_counts
from qwem_tui.corpus.vocabulary import BORDER, Corpus, Vocabulary
from qwem_tui.study.plan import subsamples
from qwem_tui.study.plan.subsamples import Partition, live_sums, merged, partitioned, parts
from tests.conftest import little_text
from tests.training.small import corpus_of_lines

WINDOW = 5


@pytest.fixture(scope="module")
def little() -> Corpus:
    return corpus_of_lines(little_text())


def ids_of(partition: Partition, first: int, stop: int) -> NDArray[np.int32]:
    """Return what blocks hold as a corpus's ids, each span a document."""
    mine = (partition.block >= first) & (partition.block < stop)
    pieces = [[*partition.corpus.ids[start:end], BORDER] for start, end in partition.spans[mine].tolist()]
    return np.array([number for piece in pieces for number in piece], np.int32)


def test_every_document_is_in_one_block_and_blocks_are_of_equal_size(little: Corpus) -> None:
    partition = partitioned(little, 0)
    assert (partition.blocks, partition.cut) == (32, False)
    assert len(partition.spans) == 120
    words = (partition.spans[:, 1] - partition.spans[:, 0]).sum()
    assert words == little.tokens_in_vocab == partition.unigrams.sum()
    np.testing.assert_array_equal(partition.unigrams.sum(axis=0), little.vocabulary.counts)
    np.testing.assert_array_equal(partition.documents, np.bincount(partition.block, minlength=32))
    sizes = partition.unigrams.sum(axis=1)
    assert sizes.min() >= 0.5 * sizes.mean()
    # a matter of chance, and the same chance each time
    assert np.array_equal(partition.block, partitioned(little, 0).block)
    assert not np.array_equal(partition.block, partitioned(little, 1).block)


def test_documents_of_very_different_lengths_make_equal_blocks() -> None:
    random = np.random.default_rng(2)
    lines = [" ".join(random.choice(list("abcdefgh"), length)) for length in [2000] * 7 + [300] * 60 + [10] * 400]
    sizes = partitioned(corpus_of_lines("\n".join(lines)), 0, 16).unigrams.sum(axis=1)
    assert sizes.max() < 1.05 * sizes.min()


@pytest.mark.parametrize(("documents", "blocks"), [(120, 32), (31, 16), (9, 8), (5, 4)])
def test_with_few_documents_there_are_fewer_blocks(documents: int, blocks: int) -> None:
    partition = partitioned(corpus_of_lines(little_text(documents=documents)), 0)
    assert (partition.blocks, partition.cut) == (blocks, False)
    assert max(part.level for part in parts(partition, 4)) == blocks.bit_length() - 1


@pytest.mark.parametrize("lines", [1, 3])
def test_too_few_documents_are_cut_into_pieces_without_changing_the_whole(lines: int) -> None:
    joined = np.array_split(little_text().split(), lines)
    corpus = corpus_of_lines("\n".join(" ".join(words) for words in joined))
    partition = partitioned(corpus, 0)
    assert (partition.blocks, partition.cut) == (32, True)
    assert len(partition.spans) == 72
    *_, (whole, counts) = merged(partition, WINDOW, 2, Silent())
    assert whole.words == corpus.tokens_in_vocab
    np.testing.assert_array_equal(counts.symmetric(whole.modelled), cooccurrence_counts(corpus, WINDOW, Silent()))


def test_a_text_too_short_to_cut_is_one_part() -> None:
    partition = partitioned(corpus_of_lines("a b a b c c"), 0)
    assert (partition.blocks, [(part.level, part.words) for part in parts(partition, 4)]) == (1, [(0, 6)])


@pytest.mark.parametrize(("repeats", "shape"), [(1, "dynamic"), (2, "flat"), (4, "dynamic"), (32, "dynamic")])
def test_merged_counts_are_those_of_each_part_counted_by_itself(
    little: Corpus, repeats: int, shape: WindowShape
) -> None:
    partition = partitioned(little, 3, 16)
    found = list(parts(partition, repeats))
    for part, (same, counts) in zip(found, merged(partition, WINDOW, repeats, Silent(), shape), strict=True):
        assert (part.first, part.stop) == (same.first, same.stop)
        alone = Corpus(little.vocabulary, ids_of(partition, part.first, part.stop), 0, 0)
        keep = part.modelled
        expected = cooccurrence_counts(alone, WINDOW, Silent(), shape)[np.ix_(keep, keep)]
        np.testing.assert_array_equal(counts.symmetric(keep), expected)
        np.testing.assert_array_equal(part.unigram, np.bincount(alone.ids[alone.ids >= 0], minlength=len(keep)))
        assert part.words == part.unigram.sum()
        assert keep.sum() == (part.unigram >= 2).sum()
    assert found[-1].level == 0
    assert counts.symmetric(found[-1].modelled).shape == (65, 65)
    # the smallest parts lack words
    assert min(part.modelled.sum() for part in found) < 65


@pytest.mark.parametrize("repeats", [1, 2, 4, 8])
def test_parts_of_a_size_are_disjoint_and_each_is_nested_in_one_of_the_next_size(little: Corpus, repeats: int) -> None:
    found = parts(partitioned(little, 0), repeats)
    for level in range(6):
        own = [part for part in found if part.level == level]
        assert len(own) == min(repeats, 2**level)
        assert [part.repeat for part in own] == list(range(len(own)))
        blocks = [block for part in own for block in range(part.first, part.stop)]
        assert len(blocks) == len(set(blocks)) == len(own) * 32 // 2**level
        for part in own:
            larger = [each for each in found if each.level == level - 1]
            inside = [each for each in larger if each.first <= part.first and part.stop <= each.stop]
            assert len(inside) == (level > 0)


@pytest.mark.parametrize(("repeats", "most"), [(1, 1), (2, 2), (4, 3), (8, 4)])
def test_no_more_sums_are_held_than_is_said(
    little: Corpus, repeats: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    alive: weakref.WeakSet[RunningCounts] = weakref.WeakSet()

    class Watched(RunningCounts):
        def __init__(self, corpus: Corpus, window: int, shape: WindowShape) -> None:
            super().__init__(corpus, window, shape)
            alive.add(self)

    monkeypatch.setattr(subsamples, "RunningCounts", Watched)
    seen = []
    for _, counts in merged(partitioned(little, 0), WINDOW, repeats, Silent()):
        del counts
        seen.append(len(alive))
    assert max(seen) == most == live_sums(32, repeats)
    assert seen[-1] == 1


def test_every_block_is_counted_once(little: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = []

    class Watched(RunningCounts):
        def count(self, start: int, stop: int) -> None:
            counted.append((start, stop))
            super().count(start, stop)

    monkeypatch.setattr(subsamples, "RunningCounts", Watched)
    partition = partitioned(little, 0)
    for _ in merged(partition, WINDOW, 4, Silent()):
        pass
    assert sorted(counted) == sorted(map(tuple, partition.spans.tolist()))


@pytest.mark.parametrize("rows", [256, 7])
def test_sums_packed_or_not_add_up_to_the_same(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cooccurrence, "_PACKED_ROWS", rows)
    # words beside few others: most pairs are never seen, so that packing is worth it
    ids = np.repeat(np.arange(40, dtype=np.int32), 20)
    ids[::10] = BORDER
    vocabulary = Vocabulary(tuple(f"w{i}" for i in range(40)), np.bincount(ids[ids >= 0], minlength=40))
    corpus = Corpus(vocabulary, ids, 1, len(ids))
    every = np.full(40, True)
    whole = RunningCounts(corpus, WINDOW)
    whole.count(0, len(ids))
    expected = whole.symmetric(every)
    first, second, none = (RunningCounts(corpus, WINDOW) for _ in range(3))
    first.count(0, 300)
    second.count(300, len(ids))
    first.pack()
    none.pack()
    assert sum(where.nbytes + values.nbytes for where, values in first._packed) < expected.nbytes / 4
    second.add(first)
    second.add(none)
    np.testing.assert_array_equal(second.symmetric(every), expected)


def test_dense_sums_are_not_packed(little: Corpus) -> None:
    first, second = RunningCounts(little, WINDOW), RunningCounts(little, WINDOW)
    first.count(0, 5000)
    second.count(5000, len(little.ids))
    first.pack()
    assert not first._packed
    second.add(first)
    np.testing.assert_array_equal(second.symmetric(np.full(65, True)), cooccurrence_counts(little, WINDOW, Silent()))


def test_wide_sums_where_a_cell_might_overflow(little: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    narrow = RunningCounts(little, WINDOW)
    monkeypatch.setattr(cooccurrence, "_UINT32_MAX", 1000)
    wide = RunningCounts(little, WINDOW)
    every = np.full(65, True)
    for counts in (narrow, wide):
        counts.count(0, len(little.ids))
    assert narrow.symmetric(every).dtype == np.uint32
    assert wide.symmetric(every).dtype == np.int64
    np.testing.assert_array_equal(narrow.symmetric(every), wide.symmetric(every))


def test_counting_ends_when_nobody_waits(little: Corpus) -> None:
    class Stop(Silent):
        def advance(self, done: float) -> None:
            raise Cancelled

    with pytest.raises(Cancelled):
        next(merged(partitioned(little, 0), WINDOW, 4, Stop()))


@settings(deadline=None)
@given(
    lengths=st.lists(st.integers(1, 300), min_size=1, max_size=60),
    seed=st.integers(0, 2**32),
    blocks=st.sampled_from([4, 32]),
)
def test_a_partition_holds_every_word_of_the_corpus_once(lengths: list[int], seed: int, blocks: int) -> None:
    random = np.random.default_rng(seed)
    numbers = [random.integers(7, size=length) for length in (*lengths, 20)]
    corpus = corpus_of_lines("\n".join(" ".join(f"w{'abcdefg'[n]}" for n in document) for document in numbers))
    partition = partitioned(corpus, seed, blocks)
    covered = np.zeros(len(corpus.ids), np.int64)
    for start, stop in partition.spans.tolist():
        covered[start:stop] += 1
    np.testing.assert_array_equal(covered, corpus.ids != BORDER)
    np.testing.assert_array_equal(partition.unigrams.sum(axis=0), corpus.vocabulary.counts)
    assert set(partition.block.tolist()) == set(range(partition.blocks))
    assert blocks % partition.blocks == 0
