"""What options of the tokenizer would change, measured on a sample of the text while it is read (*ours*)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from qwem_tui.corpus.tokenizers import tokenizer_of
from qwem_tui.corpus.unspaced import Unspaced, unspaced
from qwem_tui.corpus.word_settings import SEGMENTERS, WordSettings

#: Of this many characters are the pieces of a sample, and there are at most so many.
_PIECE, _MOST_PIECES = 1_000, 256
#: Effects on a smaller share of the tokens are not worth a word.
_LEAST_SHARE = 0.001
_SHOWN = 3


@dataclass(frozen=True)
class OptionEffect:
    """A setting in which `settings` differ from those that a text is read with would change `share` of its tokens.

    `words` are the most frequent of these.
    """

    settings: WordSettings
    share: float
    words: tuple[str, ...]


class WordSample:
    """Pieces of the documents of a text, spread evenly over it: the same for the same text."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._pieces: list[str] = []
        self._every = 1
        # pieces of the text so far, and of those the first that is not looked at yet
        self._passed = self._next = 0

    def of(self, texts: Iterable[tuple[str, bool]]) -> Iterator[tuple[str, bool]]:
        """Yield `texts`, documents or pieces of them and whether one ends there, sampling them."""
        for document, ends in texts:
            count = -(-len(document) // _PIECE)
            while self._next < self._passed + count:
                at = (self._next - self._passed) * _PIECE
                self._pieces.append(document[at : at + _PIECE])
                if len(self._pieces) > _MOST_PIECES:
                    self._pieces = self._pieces[::2]
                    self._every *= 2
                self._next = len(self._pieces) * self._every
            self._passed += count
            yield document, ends

    def effects(self, settings: WordSettings) -> tuple[OptionEffect, ...]:
        """Return what other settings would change in more than a thousandth of the tokens, read by `settings`.

        Upper case is not asked about: to keep it changes every text, and is a choice that its reader makes.
        """
        if all(piece.isascii() for piece in self._pieces):
            return ()
        tokens = self._counted(settings)
        found = []
        for other in self._others(settings, _LEAST_SHARE * tokens.total()):
            changed = tokens - self._counted(other)
            share = changed.total() / max(tokens.total(), 1)
            if share > _LEAST_SHARE:
                words = tuple(word for word, _ in changed.most_common(_SHOWN))
                found.append(OptionEffect(other, share, words))
        return tuple(found)

    def unspaced(self, settings: WordSettings) -> Unspaced | None:
        """Return the language whose clauses the tokenizer takes for words; None where there is none."""
        if settings.tokenizer in SEGMENTERS or all(piece.isascii() for piece in self._pieces):
            return None
        return unspaced(self._counted(settings))

    def _others(self, settings: WordSettings, least: float) -> Iterator[WordSettings]:
        if settings.normalize != "nfkc":
            yield replace(settings, normalize="nfkc")
        if not settings.strip_marks:
            yield replace(settings, strip_marks=True)
        # every English I would be another letter by Turkish rules, so that they are for text that has it
        if settings.language is None and not settings.keep_case and self._count("\u0131") > least:
            yield replace(settings, language="az" if self._count("\u0259") > least else "tr")

    def _count(self, character: str) -> int:
        return sum(piece.count(character) for piece in self._pieces)

    def _counted(self, settings: WordSettings) -> Counter[str]:
        tokenizer = tokenizer_of(settings)
        return Counter(token for piece in self._pieces for token in tokenizer(piece))
