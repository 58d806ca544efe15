"""Which words of an analogy file a tokenizer can never make, whatever the text and the size of the vocabulary."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from qwem_tui.analogies.files import Category
from qwem_tui.analogies.protocols import Protocol, attempt
from qwem_tui.corpus.tokenizers import Tokenizer


@dataclass(frozen=True)
class Impossible:
    """Words that the tokenizer does not make (underscores, digits, several words), and `questions` lost by them.

    `total` are all questions.
    """

    words: tuple[str, ...]
    questions: int
    total: int


NOTHING_LOST = Impossible((), 0, 0)


def words_of(category: Category) -> dict[str, None]:
    """Return the distinct words of a category's questions, further right answers too, in order of first appearance."""
    words = {word: None for question in category.questions for word in question}
    words.update((word, None) for _, _, others in category.several for word in others)
    return words


def impossible(categories: Iterable[Category], tokenizer: Tokenizer, protocol: Protocol = "questions") -> Impossible:
    """Return which words of `categories` are not one word to `tokenizer`, sorted, and what that costs."""
    categories = tuple(categories)
    words = {word: None for category in categories for word in words_of(category)}
    made = {word: row for row, word in enumerate(words) if tokenizer(word) == [word]}
    if len(made) == len(words):
        return NOTHING_LOST
    possible = attempt(categories, made, protocol)
    total = int(possible.total.sum())
    return Impossible(tuple(sorted(words.keys() - made.keys())), total - int(possible.attempted.sum()), total)
