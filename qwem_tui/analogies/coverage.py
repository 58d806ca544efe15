"""Which words of an analogy file a tokenizer can never make, whatever the text and the size of the vocabulary."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from qwem_tui.analogies.files import Category
from qwem_tui.analogies.protocols import Protocol, attempt
from qwem_tui.corpus.tokenizers import tokenizer_of
from qwem_tui.corpus.word_settings import SEGMENTERS, WordSettings


@dataclass(frozen=True)
class Impossible:
    """Words that the tokenizer never makes (underscores, digits, several words), and `questions` lost by them.

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


def makes(settings: WordSettings) -> Callable[[str], bool]:
    """Return what says whether a tokenizer makes a word of a text; of one with a dictionary: whether it may.

    How that cuts depends on what stands beside the word, but a word has a letter and no blank to all of them.
    """
    if settings.tokenizer in SEGMENTERS:
        return lambda word: any(map(str.isalpha, word)) and word.split() == [word]
    tokenizer = tokenizer_of(settings)
    return lambda word: tokenizer(word) == [word]


def impossible(categories: Iterable[Category], words: WordSettings, protocol: Protocol = "questions") -> Impossible:
    """Return which words of `categories` no text can have by the settings `words`, sorted, and what that costs."""
    can_be = makes(words)
    categories = tuple(categories)
    asked = {word: None for category in categories for word in words_of(category)}
    made = {word: row for row, word in enumerate(asked) if can_be(word)}
    if len(made) == len(asked):
        return NOTHING_LOST
    possible = attempt(categories, made, protocol)
    total = int(possible.total.sum())
    return Impossible(tuple(sorted(asked.keys() - made.keys())), total - int(possible.attempted.sum()), total)
