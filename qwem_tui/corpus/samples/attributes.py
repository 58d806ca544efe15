"""The attribute world: a corpus whose co-occurrence, spectrum and analogies are known exactly.

Words are vectors of binary attributes and co-occurrence is a Kronecker product of 2 x 2 blocks, after Korchinski,
Karkada, Bahri and Wyart, "On the Emergence of Linear Analogies in Word Embeddings" (arXiv 2505.18651, section 4).
The documents that give it, its M* and what follows below are *ours*.

There are V = 2^n words; bit k - 1 of a word's number says whether it has attribute k (+1) or not (-1). A document has a
hidden subject, uniform over words; each of its words takes attribute k of the subject with probability (1 + c_k) / 2,
each attribute by itself. So for any two places of a document, whatever their distance,

    P_ij = 2^(-2n) prod_k (1 + s_k a_ik a_jk),    s_k = c_k^2, the strength of attribute k,

and every word is equally frequent. M*_ij is a function m of the exclusive or of i and j: the Walsh functions, products
over a subset A of the attributes, are its eigenvectors, and the Walsh-Hadamard transform of m its eigenvalues.

What the truth says about analogies a : b :: a' : b' that differ in attribute k alone:

- A mode without attribute k, and the mode of k alone, put b^ - a^ + a'^ where b' is. A mode of k together with others
  puts it elsewhere, unless a and a' agree on the product of those others: it does harm.
- An attribute that is in no mode yet leaves words tied by twos. So the accuracy of every category, strong attribute
  or weak, is about 2^-(attributes missing) until the last attributes come in: they emerge nearly together, with the
  weakest attribute's mode or the one before it (where half of the questions are right: a toss that noise settles).
- The category of the weakest attribute is complete one attribute early: b' is tied with a' alone, and a' is excluded.
- Strong attributes have modes of two and more attributes among the single ones. As these come in, the categories of
  the strong attributes fall and recover in part, or emerge later than the others.

With the default strengths the modes come in the order 1, 2, 3, 4, 12, 5, 6, 13, 7, 14, ... In truth, accuracy is about
a third or less below d = 7; category 7 is complete at d = 7, categories 3 to 6 are half right at d = 7 and complete at
d = 9, category 2 jumps from a quarter to complete at d = 9, and category 1 passes half of its peak (0.8 to 0.9) at
d = 14 only. A sampled text follows, except that noise settles ties and near ties: it may put categories 3 to 6 anywhere
from 6 to 9, and category 1, which hangs on near ties, at 9 or 12 (measured: three texts, two sets of questions). From
d = 10 on, the sample's accuracies in categories 2 to 7 are within 0.15 of the true ones, at most sizes within 0.05.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, permutations
from random import Random

import numpy as np
from numpy.typing import NDArray

from qwem_tui.base.errors import UsageError
from qwem_tui.base.printable import printable

#: Falling by about a quarter from one to the next.
STRENGTHS = (0.826, 0.611, 0.452, 0.335, 0.248, 0.183, 0.136)
DOCUMENTS = 7_500
DOCUMENT_WORDS = 64
PAIRS = 12
MOST_ATTRIBUTES = 12

# letter k of a word shows attribute k: without it, with it
_LETTERS = ("bt", "ai", "ms", "ou", "lk", "ea", "dn", "io", "fr", "ue", "gv", "ao")


def checked_strengths(strengths: Sequence[float]) -> tuple[float, ...]:
    """Return `strengths`, one per attribute.

    Raises UsageError unless there are 1 to `MOST_ATTRIBUTES` of them, each above 0 and below 1.
    """
    if not 1 <= len(strengths) <= MOST_ATTRIBUTES:
        raise UsageError(f"There are {len(strengths)} strengths: give 1 to {MOST_ATTRIBUTES}, one for each attribute.")
    for strength in strengths:
        if not 0.0 < strength < 1.0:
            raise UsageError(f"The strength {strength:g} is not between 0 and 1: give each attribute one that is.")
    return tuple(strengths)


def parse_strengths(text: str) -> tuple[float, ...]:
    """Return the strengths written in `text` with commas between them.

    Raises UsageError where one is not a number, and as `checked_strengths` does.
    """
    try:
        strengths = [float(part) for part in text.split(",")]
    except ValueError as error:
        raise UsageError(f"{printable(text)} is not a list of strengths: write them as 0.6,0.5,0.4.") from error
    return checked_strengths(strengths)


def _checked_attributes(attributes: int, fewest: int = 1) -> None:
    if not fewest <= attributes <= MOST_ATTRIBUTES:
        raise UsageError(f"The number of attributes is {attributes}: give {fewest} to {MOST_ATTRIBUTES}.")


def attribute_words(attributes: int) -> tuple[str, ...]:
    """Return the 2^`attributes` words by number, each of `attributes` letters: letter k is one of two by attribute k.

    The word numbered i has attribute k where bit k - 1 of i is set: of seven attributes, "bamoled" has none and
    "tisukan" has all. Raises UsageError unless `attributes` is 1 to `MOST_ATTRIBUTES`.
    """
    _checked_attributes(attributes)
    return tuple("".join(_LETTERS[k][number >> k & 1] for k in range(attributes)) for number in range(1 << attributes))


def _documents(strengths: Sequence[float], documents: int, document_words: int, seed: int) -> Iterator[str]:
    words = attribute_words(len(strengths))
    # how probable it is that a word differs from the subject in exactly the attributes of a bit mask
    differing = [1.0]
    for strength in strengths:
        agreement = (1.0 + math.sqrt(strength)) / 2.0
        differing = [p * agreement for p in differing] + [p * (1.0 - agreement) for p in differing]
    sums = list(accumulate(differing))
    # random() alone keeps its sequence from one Python version to the next
    random = Random(seed)
    for _ in range(documents):
        subject = int(random.random() * len(words))
        yield " ".join(
            words[subject ^ bisect_right(sums, random.random() * sums[-1], hi=len(words) - 1)]
            for _ in range(document_words)
        )


def generate_attributes(
    strengths: Sequence[float] = STRENGTHS,
    documents: int = DOCUMENTS,
    document_words: int = DOCUMENT_WORDS,
    seed: int = 0,
) -> Iterator[str]:
    """Return the documents of the attribute world, each a line of lower-case words without its newline.

    There are `documents` of them, of `document_words` words each. The same arguments give the same documents on every
    machine. Raises UsageError, at once, as `checked_strengths` does.
    """
    return _documents(checked_strengths(strengths), documents, document_words, seed)


def attribute_analogies(attributes: int, pairs: int = PAIRS, seed: int = 0) -> str:
    """Return the analogy file: a category `attribute-1`, ... for each attribute.

    The first word of a pair lacks the attribute and the second has it, all else equal. A category has `pairs` word
    pairs drawn by `seed` without repetition (all 2^(n-1) where that is fewer), and a line `a b a' b'` for both orders
    of each two. Raises UsageError unless `attributes` is 2 to `MOST_ATTRIBUTES`: one attribute makes one pair of
    words, which is no analogy.
    """
    _checked_attributes(attributes, fewest=2)
    words = attribute_words(attributes)
    random = Random(seed)
    lines: list[str] = []
    for k in range(attributes):
        without = [number for number in range(len(words)) if not number >> k & 1]
        drawn = [without.pop(int(random.random() * len(without))) for _ in range(min(pairs, len(without)))]
        lines.append(f": attribute-{k + 1}")
        lines.extend(
            f"{words[a]} {words[a | 1 << k]} {words[b]} {words[b | 1 << k]}" for a, b in permutations(drawn, 2)
        )
    return "\n".join(lines) + "\n"


def cooccurrence_ratio(strengths: Sequence[float]) -> NDArray[np.float64]:
    """Return P_ij / (P_i P_j) (V,), without unit, by the exclusive or of the numbers i and j.

    P_ij itself is that over V^2 (arXiv 2505.18651, section 4). Raises UsageError as `checked_strengths` does.
    """
    ratio = np.ones(1)
    for strength in checked_strengths(strengths):
        ratio = np.concatenate([ratio * (1.0 + strength), ratio * (1.0 - strength)])
    return ratio
