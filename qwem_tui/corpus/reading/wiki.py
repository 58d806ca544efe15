"""The articles that WikiExtractor writes between <doc> and </doc>."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from qwem_tui.corpus.reading.cutting import Part

_BEGIN = re.compile(r'<doc id="[^"]*"[^\n]*>$')
_TITLE = re.compile(r' title="(.*)">$')
_END = "</doc>"


def articles(lines: Iterable[str]) -> Iterator[Part]:
    """Yield the articles in `lines` part by part.

    The line after <doc>, where it repeats the title, is left out: WikiExtractor's JSON has no such line either. What it
    escapes, `&lt;`, `&gt;` and `&amp;`, is put back. What stands between articles is left out.
    """
    inside, title = False, None
    for line in lines:
        if not inside and _BEGIN.match(line):
            inside = True
            found = _TITLE.search(line)
            title = found[1] if found else None
        elif inside and line == _END:
            inside = False
            yield "", True
        elif inside:
            if title is None or line != title:
                yield f"{_unescaped(line)}\n", False
            title = None
    if inside:
        yield "", True


def _unescaped(line: str) -> str:
    return line.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") if "&" in line else line
