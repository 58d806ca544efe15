"""What is typed into the words line, as data, and what the embeddings of one moment say to it (*ours*)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from qwem_tui.analogies.scoring import Scorer
from qwem_tui.base.errors import UsageError
from qwem_tui.base.printable import shortened
from qwem_tui.theory.spectrum import Spectrum
from qwem_tui.vectors.queries import Scored, UnitVectors, ends, near_spellings

HOW_TO_ASK = "type a word, the words of an analogy (man king woman), or :mode 7"
_MODE = re.compile(r":m(?:ode)?\s*(\d{1,9})")


@dataclass(frozen=True)
class NearestTo:
    """Which words are nearest to one."""

    word: str


@dataclass(frozen=True)
class Analogy:
    """What answers a : b :: a' : ?; `answer` is the right one, or None where none was given."""

    a: str
    b: str
    a2: str
    answer: str | None = None


@dataclass(frozen=True)
class EndsOfMode:
    """Which words stand at the ends of eigenvector `k` of M*, counted from 1."""

    k: int


Query = NearestTo | Analogy | EndsOfMode


@dataclass(frozen=True)
class Nearest:
    """The words nearest to that of the query, with cosines."""

    query: NearestTo
    words: tuple[Scored, ...]


@dataclass(frozen=True)
class Answers:
    """The best answers to an analogy, and of the right answer, where one was given, its place and its score.

    `place` is None too where the right answer is one of the words asked with, which is never an answer.
    """

    query: Analogy
    words: tuple[Scored, ...]
    place: int | None
    score: float | None


@dataclass(frozen=True)
class Ends:
    """The words at both ends of an eigenvector, with its eigenvalue; it is the same at every moment."""

    query: EndsOfMode
    eigenvalue: float
    high: tuple[Scored, ...]
    low: tuple[Scored, ...]


@dataclass(frozen=True)
class Unknown:
    """A word of the query is not in the vocabulary; `spellings` are the nearest that are."""

    query: Query
    word: str
    spellings: tuple[str, ...]


@dataclass(frozen=True)
class NoSuchMode:
    """The query is about a mode beyond the `modes` that the run has."""

    query: EndsOfMode
    modes: int


Found = Nearest | Answers | Ends | Unknown | NoSuchMode


def parse_query(text: str, form: Callable[[str], str], index: Mapping[str, int]) -> Query:
    """Return the query that `text` is; words are put into the `form` of the text's words.

    `king`; `man king woman`, with or without : and :: between them, and with the right answer as a fourth word;
    `:mode 7`. `index` tells words that hold a colon from the marks of an analogy. Raises UsageError for anything else.
    """
    mode = _MODE.fullmatch(text.strip())
    if mode is not None and int(mode[1]) >= 1:
        return EndsOfMode(int(mode[1]))
    words: list[str] = []
    for part in () if text.lstrip().startswith(":m") else text.split():
        pieces = [part] if part in index or form(part) in index else re.split("[:：]+", part)
        words += [form(piece) for piece in pieces if piece and piece != "?"]
    match [word for word in words if word]:
        case [word]:
            return NearestTo(word)
        case [a, b, a2]:
            return Analogy(a, b, a2)
        case [a, b, a2, answer]:
            return Analogy(a, b, a2, answer)
    raise UsageError(f"{shortened(text.strip()) or 'Nothing'} is no question: {HOW_TO_ASK}.")


def query_text(query: Query) -> str:
    """Return the text that `parse_query` reads as `query`."""
    match query:
        case NearestTo(word):
            return word
        case Analogy(a, b, a2, answer):
            return " ".join((a, b, a2) if answer is None else (a, b, a2, answer))
        case EndsOfMode(k):
            return f":mode {k}"


def words_of(query: Query) -> tuple[str, ...]:
    """Return the words that `query` is about."""
    match query:
        case NearestTo(word):
            return (word,)
        case Analogy(a, b, a2, answer):
            return (a, b, a2) if answer is None else (a, b, a2, answer)
        case EndsOfMode():
            return ()


def answer_query(
    query: Query,
    vectors: UnitVectors,
    words: Sequence[str],
    index: Mapping[str, int],
    spectrum: Spectrum,
    count: int = 10,
) -> Found:
    """Return what `vectors`, row i of which belongs to `words[i]`, say to `query`: up to `count` words.

    `index` gives the row of each word, `spectrum` the eigenpairs of the modes.
    """
    missing = next((word for word in words_of(query) if word not in index), None)
    if missing is not None:
        return Unknown(query, missing, near_spellings(missing, words))
    match query:
        case NearestTo(word):
            return Nearest(query, vectors.nearest(index[word], count))
        case Analogy(a, b, a2, answer):
            asked = index[a], index[b], index[a2]
            placed = None if answer is None else vectors.rank(*asked, index[answer])
            place, score = (None, None) if placed is None else placed
            return Answers(query, vectors.answers(*asked, count), place, score)
        case EndsOfMode(k):
            if k > len(spectrum.eigenvalues):
                return NoSuchMode(query, len(spectrum.eigenvalues))
            high, low = ends(spectrum.vectors[:, k - 1].cpu().numpy(), count)
            return Ends(query, float(spectrum.eigenvalues[k - 1]), high, low)


def row_of(query: Analogy, index: Mapping[str, int]) -> NDArray[np.int64] | None:
    """Return the rows (1, 4) of an analogy's words; None where its answer was not given, or a word is not there."""
    words = words_of(query)
    if query.answer is None or any(word not in index for word in words):
        return None
    return np.array([[index[word] for word in words]], np.int64)


@dataclass(frozen=True)
class RightFrom:
    """The `first` size or step at which a question is answered right, and that from which it stays so to the last.

    None where it is at none that were evaluated, or is wrong again at the last.
    """

    first: int | None
    lasting: int | None


def _right_from(right: NDArray[np.bool_], at: Sequence[int], between: Callable[[int, int], int]) -> RightFrom:
    """Return from where on `right` (n,) holds, evaluated `at` (n,) ascending places.

    `between` gives the first right place, of two of which the lower is wrong and the higher right.
    """

    def begins(number: int) -> int:
        return at[0] if number == 0 else between(at[number - 1], at[number])

    if not right.any():
        return RightFrom(None, None)
    last_wrong = np.flatnonzero(~right)
    lasting = 0 if not len(last_wrong) else int(last_wrong[-1]) + 1
    return RightFrom(begins(int(right.argmax())), begins(lasting) if lasting < len(right) else None)


def right_from_size(question: NDArray[np.int64], spectrum: Spectrum) -> RightFrom:
    """Return from which size on the closed form answers `question` (1, 4) right, of those that `spectrum` holds.

    The closed form of size d is V_d diag(lambda)^(1/2) (Theorem 1).
    """
    sizes = range(1, int((spectrum.eigenvalues > 0).sum()) + 1)
    embeddings = (spectrum.vectors[:, : len(sizes)] * spectrum.eigenvalues[: len(sizes)].sqrt()).float()
    right = Scorer(question, embeddings.device).correct_by_size(embeddings, sizes)[:, 0]
    return _right_from(right, sizes, lambda low, high: high)


def right_from_step(question: NDArray[np.int64], at: Callable[[int], torch.Tensor], steps: Sequence[int]) -> RightFrom:
    """Return from which step on `question` (1, 4) is answered right; evaluated at `steps`, which ascend.

    `at` gives the embeddings (V, d) of a step. Between two steps of which the later one alone is right the step is
    found by bisection: it is taken to turn right there once.
    """
    scorer = Scorer(question, torch.device("cpu"))

    def is_right(step: int) -> bool:
        return bool(scorer.correct(at(step).cpu())[0])

    def between(low: int, high: int) -> int:
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if is_right(middle) else (middle, high)
        return high

    return _right_from(np.array([is_right(step) for step in steps]), steps, between)
