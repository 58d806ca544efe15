"""What was passed over, in words."""

from __future__ import annotations

from collections.abc import Iterable

from qwem_tui.corpus.reading.facts import PassedOver, Reason

_WORDS: dict[Reason, str] = {
    "binary": "binary",
    "encoding": "in another encoding",
    "unreadable": "not readable",
    "broken link": "broken link(s)",
    "same twice": "the same as another",
    "no file": "no regular file(s)",
    "json": "JSON that is not a record a line",
    "field": "without the field that holds texts",
}


def in_words(passed_over: Iterable[PassedOver]) -> str:
    """Return how many files were passed over and why, as one clause; empty where none were."""
    counts = [(each.count, _WORDS[each.reason]) for each in passed_over]
    if not counts:
        return ""
    listed = ", ".join(f"{count:,} {word}" for count, word in counts)
    return f"{sum(count for count, _ in counts):,} file(s) were passed over: {listed}"
