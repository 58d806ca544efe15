"""What a file is, found by looking at how it begins."""

from __future__ import annotations

import re
import tarfile
from typing import Literal

from qwem_tui.corpus.reading.records import is_record

Binary = Literal["tar", "Parquet", "Arrow", "Arrow stream"]
Textual = Literal["plain", "JSON lines", "JSON", "WikiExtractor", "MediaWiki"]

_MEDIAWIKI = re.compile(r"\s*(<\?xml[^>]*\?>\s*)?<mediawiki[\s>]")
_WIKIEXTRACTOR = re.compile(r'\s*<doc id="[^"\n]*" (revid="[^"\n]*" )?url="[^\n]*>\n')
_JSON_ARRAY = re.compile(r'\s*\[\s*\{\s*("|\})')
#: The first line of an object that goes over several.
_JSON_OPENED = re.compile(r'\s*\{\s*("(?:[^"\\]|\\.)*"\s*:.*[,\[{]\s*)?\n\s*"')
#: A record that is longer than what was looked at.
_JSON_RECORD = re.compile(r'\s*\{\s*"(?:[^"\\\n]|\\.)*"\s*:\s*["\[{\dtfn-]')


def binary_kind(head: bytes) -> Binary | None:
    """Return what a file that begins with `head` is, of what is no text of its own; None: none of these."""
    if head.startswith(b"PAR1"):
        return "Parquet"
    if head.startswith(b"ARROW1\0\0"):
        return "Arrow"
    # a message without its file around it: how Hugging Face keeps its data sets
    if head.startswith(b"\xff\xff\xff\xff") and 0 < int.from_bytes(head[4:8], "little") < 1 << 28:
        return "Arrow stream"
    return "tar" if _is_tar(head) else None


def _is_tar(head: bytes) -> bool:
    if head[257:262] == b"ustar":
        return True
    # older ones have nothing but a checksum
    try:
        tarfile.TarInfo.frombuf(head[:512], "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True


def text_kind(head: str, suffix: str) -> Textual:
    """Return what text that begins with `head` is; `suffix` is that of its file, unpacked."""
    start = head.lstrip()
    if start.startswith("<"):
        if _MEDIAWIKI.match(head):
            return "MediaWiki"
        return "WikiExtractor" if _WIKIEXTRACTOR.match(head) else "plain"
    if suffix.lower() in (".jsonl", ".ndjson"):
        return "JSON lines"
    if start.startswith("["):
        return "JSON" if _JSON_ARRAY.match(head) else "plain"
    if start.startswith("{"):
        line, end, _ = start.partition("\n")
        if is_record(line) or (not end and _JSON_RECORD.match(line)):
            return "JSON lines"
        return "JSON" if _JSON_OPENED.match(head) else "plain"
    return "plain"
