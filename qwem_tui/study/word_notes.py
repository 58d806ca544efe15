"""Sentences about the words of a text that its reader should know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from qwem_tui.base.printable import printable
from qwem_tui.corpus.numbering import LONGEST_WORD
from qwem_tui.corpus.unspaced import Language, Unspaced
from qwem_tui.corpus.word_sample import OptionEffect
from qwem_tui.corpus.word_settings import TokenizerName, WordSettings

#: Characters of a word that are shown.
_SHOWN = 30
#: The tokenizer of a language, and the extra with its packages.
_TOKENIZERS: dict[Language, tuple[TokenizerName, str]] = {"Japanese": ("mecab", "ja"), "Chinese": ("jieba", "zh")}


def word_notes(
    settings: WordSettings, effects: Sequence[OptionEffect], too_long: int, clauses: Unspaced | None = None
) -> tuple[str, ...]:
    """Return what other options than `settings` would change, and how many tokens were too long for a word.

    Where clauses stand for words, another tokenizer is named, and nothing else that would change.
    """
    notes = [_clauses(clauses)] if clauses else [_effect(settings, effect) for effect in effects]
    if too_long:
        notes.append(f"{too_long:,} token(s) of more than {LONGEST_WORD:,} characters are no words and were left out.")
    return tuple(notes)


def _effect(settings: WordSettings, effect: OptionEffect) -> str:
    before = asdict(settings)
    changed = {name: value for name, value in asdict(effect.settings).items() if value != before[name]}
    option = " ".join(WordSettings(**changed).options())
    words = ", ".join(printable(word[:_SHOWN]) for word in effect.words)
    return f"{100 * effect.share:.1f}% of the words change under {option}: {words}."


def _clauses(clauses: Unspaced) -> str:
    found = (
        f"{100 * clauses.share:.0f}% of the letters are in runs of more than {clauses.usual} {clauses.language} ones"
    )
    tokenizer = _TOKENIZERS.get(clauses.language)
    if tokenizer is None:
        return (
            f"{found}: clauses count as words; cut the text into words first, and read it with --tokenizer whitespace."
        )
    name, extra = tokenizer
    return f'{found}: clauses count as words; give --tokenizer {name} (pip install "qwem-tui[{extra}]").'
