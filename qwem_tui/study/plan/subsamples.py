"""A corpus in nested parts of 1/32, 1/16, ... 1 of its words, each block of which is counted once (*ours*)."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qwem_tui.base.names import WindowShape
from qwem_tui.base.progress import Progress
from qwem_tui.corpus.cooccurrence import RunningCounts
from qwem_tui.corpus.vocabulary import BORDER, MIN_COUNT, Corpus

#: The smallest part is one of this many blocks.
BLOCKS = 32
#: Disjoint parts of one size, where there are as many.
REPEATS = 4
#: With fewer blocks of whole documents there are too few sizes to see a trend, and documents are cut.
_FEWEST_BLOCKS = 4
#: A block of documents may hold so much less than its share.
_LEAST_SHARE = 0.5
#: Documents are cut into this many pieces for each block, but into none shorter than this.
_PIECES_A_BLOCK, _LEAST_PIECE = 8, 100
_TOKENS_AT_ONCE = 500_000


@dataclass(frozen=True)
class Partition:
    """A corpus partitioned at random into `blocks`, a power of two, of nearly as many words each.

    What is partitioned are documents, or (`cut`) pieces of consecutive words: `spans` (n, 2) are where each starts and
    stops in `corpus.ids`, `block` (n,) whose it is. `unigrams` (blocks, V) count the words of each block, `documents`
    (blocks,) how many it holds.
    """

    corpus: Corpus
    blocks: int
    cut: bool
    spans: NDArray[np.int64]
    block: NDArray[np.int64]
    unigrams: NDArray[np.int64]
    documents: NDArray[np.int64]


@dataclass(frozen=True)
class Part:
    """The blocks `first` up to `stop` of a corpus: 1 / 2^`level` of it, the disjoint part number `repeat` of its size.

    `documents` (or pieces) hold `words`, tokens of the vocabulary; `unigram` (V,) counts them, and `modelled` (V,)
    marks the words that are modelled in the part: those of the whole vocabulary that occur in it at least twice.
    """

    level: int
    repeat: int
    first: int
    stop: int
    documents: int
    words: int
    unigram: NDArray[np.int64]

    @property
    def modelled(self) -> NDArray[np.bool_]:
        """Return which words of the whole vocabulary occur at least twice (V,)."""
        return self.unigram >= MIN_COUNT


def _assigned_blocks(lengths: NDArray[np.int64], blocks: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return a block for each of `lengths` (n,): each goes to the one that has least by then, long ones first.

    Those between two powers of two in length come in random order.
    """
    order = rng.permutation(len(lengths))
    order = order[np.argsort(-np.log2(np.maximum(1, lengths[order])).astype(np.int64), kind="stable")]
    block = np.empty(len(lengths), np.int64)
    emptiest = [(0, number) for number in range(blocks)]
    for number in order.tolist():
        load, into = emptiest[0]
        block[number] = into
        heapq.heapreplace(emptiest, (load + int(lengths[number]), into))
    return block


def document_spans(ids: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return where each document starts and stops (n, 2), its border left out."""
    borders = np.flatnonzero(ids == BORDER)
    starts = np.concatenate([[0], borders[:-1] + 1]).astype(np.int64)
    return np.stack([starts, borders], axis=1)


def cut_up(spans: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """Return `spans` cut into pieces of about `length` (n, 2)."""
    pieces = []
    for start, stop in spans.tolist():
        count = max(1, round((stop - start) / length))
        ends = np.linspace(start, stop, count + 1).round().astype(np.int64)
        pieces.append(np.stack([ends[:-1], ends[1:]], axis=1))
    return np.concatenate(pieces)


def partitioned(corpus: Corpus, seed: int, blocks: int = BLOCKS) -> Partition:
    """Return `corpus` partitioned at random into `blocks`, or the largest power of two that its documents allow.

    They allow it where no block holds less than half of its share. Where that makes fewer than four, documents are cut
    into pieces of consecutive words, which are then partitioned; pairs of words across a cut count in the first one's
    piece, so that the whole is what it is without cuts.
    """
    spans = document_spans(corpus.ids)
    rng = np.random.default_rng(seed)
    found = _into_blocks(spans, rng, blocks)
    cut = found is None
    if found is None:
        piece = max(_LEAST_PIECE, corpus.tokens_in_vocab // (blocks * _PIECES_A_BLOCK))
        pieces = cut_up(spans, piece)
        found = _into_blocks(pieces, rng, blocks, 2)
        # where it cannot be divided at all it is one part: the whole
        spans, found = (pieces, found) if found is not None else (spans, (np.zeros(len(spans), np.int64), 1))
    block, blocks = found
    unigrams = np.zeros((blocks, len(corpus.vocabulary)), np.int64)
    for number in range(blocks):
        ids = np.concatenate([corpus.ids[start:stop] for start, stop in spans[block == number].tolist()])
        unigrams[number] = np.bincount(ids, minlength=unigrams.shape[1])
    return Partition(corpus, blocks, cut, spans, block, unigrams, np.bincount(block, minlength=blocks))


def _into_blocks(
    spans: NDArray[np.int64], rng: np.random.Generator, blocks: int, fewest: int = _FEWEST_BLOCKS
) -> tuple[NDArray[np.int64], int] | None:
    """Return the block of each span and how many blocks there are, or None where they allow fewer than `fewest`."""
    lengths = spans[:, 1] - spans[:, 0]
    while blocks >= fewest:
        if len(spans) >= blocks:
            block = _assigned_blocks(lengths, blocks, rng)
            loads = np.bincount(block, weights=lengths, minlength=blocks)
            if loads.min() >= _LEAST_SHARE * loads.mean():
                return block, blocks
        blocks //= 2
    return None


def _part(partition: Partition, first: int, stop: int) -> Part:
    size = stop - first
    level = (partition.blocks // size).bit_length() - 1
    unigram = partition.unigrams[first:stop].sum(axis=0)
    documents = int(partition.documents[first:stop].sum())
    return Part(level, 0, first, stop, documents, int(unigram.sum()), unigram)


def _walk(partition: Partition, chains: int) -> Iterator[tuple[int, int, bool]]:
    """Yield (first, stop, is_part): the blocks that are summed up, in the order in which that needs least memory."""
    length = partition.blocks // chains

    def merged(first: int, stop: int) -> Iterator[tuple[int, int, bool]]:
        if stop - first > length:
            middle = (first + stop) // 2
            yield from merged(first, middle)
            yield from merged(middle, stop)
            yield first, stop, True
        else:
            for end in range(first + 1, stop + 1):
                size = end - first
                yield first, end, size & (size - 1) == 0

    return merged(0, partition.blocks)


def parts(partition: Partition, repeats: int) -> tuple[Part, ...]:
    """Return the parts in the order of `merged`; at most `repeats` (a power of two) disjoint ones of each size.

    Each part of a size is nested in one of the next size.
    """
    found, seen = [], dict.fromkeys(range(partition.blocks.bit_length()), 0)
    for first, stop, is_part in _walk(partition, min(repeats, partition.blocks)):
        if is_part:
            part = _part(partition, first, stop)
            found.append(Part(part.level, seen[part.level], first, stop, part.documents, part.words, part.unigram))
            seen[part.level] += 1
    return tuple(found)


def live_sums(blocks: int, repeats: int) -> int:
    """Return how many V x V sums `merged` holds at once, at most."""
    return min(repeats, blocks).bit_length()


def merged(
    partition: Partition, window: int, repeats: int, progress: Progress, shape: WindowShape = "dynamic"
) -> Iterator[tuple[Part, RunningCounts]]:
    """Yield each of `parts` with its counts, which hold until the next is asked for; the whole corpus comes last.

    Parts grow block by block into the next size, and two of them are summed into one of twice their size: each block
    is counted once. At most `live_sums` V x V sums are held, all but one of them packed. `progress` gets each
    block, as a stage of its own.
    """
    known = {(part.first, part.stop): part for part in parts(partition, repeats)}
    sums: list[tuple[int, RunningCounts]] = []
    for first, stop, is_part in _walk(partition, min(repeats, partition.blocks)):
        if stop - first == 1:
            if sums:
                # it only waits to be added
                sums[-1][1].pack()
            sums.append((first, RunningCounts(partition.corpus, window, shape)))
        if len(sums) > 1 and sums[-2][0] == first:
            later = sums.pop()[1]
            later.add(sums.pop()[1])
            sums.append((first, later))
        else:
            own = partition.spans[partition.block == stop - 1].tolist()
            progress.stage("counting", float(len(own)))
            for number, (start, end) in enumerate(own):
                # a document may be the whole of a large text
                for begin in range(start, end, _TOKENS_AT_ONCE):
                    sums[-1][1].count(begin, min(end, begin + _TOKENS_AT_ONCE))
                    progress.advance(number)
        if is_part:
            yield known[first, stop], sums[-1][1]
