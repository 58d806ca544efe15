"""From bytes to text, block by block."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

#: Bytes taken at once.
BLOCK = 1 << 18
#: The byte-order mark is taken off, wherever it comes from.
UTF8 = "utf-8-sig"
# those of UTF-32 first: one begins as that of UTF-16 does
_MARKS = (
    (codecs.BOM_UTF8, UTF8),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: Text in ISO-2022-JP, -KR or -CN switches to its characters by these; in UTF-8 it would be read as letters of ASCII.
_SHIFTS = re.compile(rb"\x1b\$(?:[@AB]|\([CD]|\)[ACEG])")
#: What is guessed from: the begin of the text, and what stands around the byte that does not fit.
_HEAD, _AROUND = 1 << 13, 1 << 12
#: What files are in that are not in UTF-8; of two that read a text alike the first is named. Of rarer ones a guess
#: from a few kilobytes is more often wrong than right.
_COMMON = (
    "cp1252", "utf_16_le", "utf_16_be", "cp932", "euc_jp", "iso2022_jp", "gb18030", "big5", "cp949", "cp1251",
    "koi8_r", "cp866", "cp1250", "iso8859_2", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258",
)  # fmt: skip


@dataclass(frozen=True)
class Undecodable:
    """A byte that does not fit: `offset` in the unpacked text; `encoding` is what was asked for (None: UTF-8).

    `mostly_utf8`: what stands around it is UTF-8, and not ASCII alone. `likely` is a guess; None: there is none.
    """

    encoding: str | None
    byte: int
    offset: int
    mostly_utf8: bool
    likely: str | None


class UndecodableError(Exception):
    """Text is not in the encoding that it was read in."""

    def __init__(self, found: Undecodable) -> None:
        """Keep what was found."""
        super().__init__(found)
        self.found = found


def is_text_encoding(name: str) -> bool:
    """Return whether Python knows an encoding of text called `name` that can be read in parts."""
    try:
        found = codecs.lookup(name)
        # codecs such as rot13 and hex are refused by this; some fail for bytes that none of theirs begins with
        b"a".decode(name, "replace")
    except (LookupError, ValueError):
        return False
    return found.incrementaldecoder is not None


def encoding_of(head: bytes, asked: str | None) -> str:
    """Return in which encoding text that begins with `head` is to be read, as codecs call it."""
    if asked is None:
        return next((encoding for mark, encoding in _MARKS if head.startswith(mark)), UTF8)
    name = codecs.lookup(asked).name
    return UTF8 if name == "utf-8" else name


def may_hold_nul(encoding: str) -> bool:
    """Return whether text in `encoding` may have NUL bytes."""
    return encoding.startswith(("utf-16", "utf-32"))


def is_utf8(data: bytes) -> bool:
    """Return whether `data`, of which the last character may be cut, is UTF-8 and not ASCII alone."""
    try:
        return not data.isascii() and bool(codecs.getincrementaldecoder("utf-8")().decode(data))
    except UnicodeDecodeError:
        return False


def shifts_in_ascii(head: bytes) -> bool:
    """Return whether `head` looks like ASCII and is text in an encoding that shifts, such as ISO-2022-JP."""
    return _SHIFTS.search(head) is not None


def shifted(head: bytes) -> Undecodable:
    """Return what does not fit in `head`, which `shifts_in_ascii`."""
    offset = head.index(b"\x1b$")
    around = head[max(0, offset - _AROUND) : offset + _AROUND]
    return Undecodable(None, head[offset], offset, False, likely_encoding(around))


def decoded_head(head: bytes, encoding: str, ended: bool) -> str | None:
    """Return the text that `head` begins with, line ends as \\n; None where it is not in `encoding`."""
    try:
        return "".join(decoded(io.BufferedReader(io.BytesIO(head)), encoding, None, ended))
    except UndecodableError:
        return None


def decoded(stream: io.BufferedReader, encoding: str, asked: str | None, ended: bool = True) -> Iterator[str]:
    """Yield the text of a stream in blocks, line ends as \\n and a byte-order mark taken off.

    Not `ended`: the last character may be cut, and is left out then. Raises UndecodableError, which names `asked`.
    """
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(), translate=True)
    head, offset, begun = b"", 0, False
    while True:
        block = stream.read1(BLOCK)
        head = head or block[:_HEAD]
        offset += len(block)
        try:
            text = decoder.decode(block, final=ended and not block)
        except UnicodeDecodeError as error:
            raise UndecodableError(_undecodable(error, head, offset, asked)) from error
        if text:
            # utf-16-le and the like leave a mark where it is
            text = text if begun else text.removeprefix("\ufeff")
            begun = True
            yield text
        if not block:
            return


def _undecodable(error: UnicodeDecodeError, head: bytes, fed: int, asked: str | None) -> Undecodable:
    data, start = error.object, error.start
    # the decoder counts from the start of what it was last given, which ends where the stream now is
    offset = fed - len(data) + start
    before = data[max(0, start - _AROUND) : start]
    sample = head[:offset] + before + data[start : start + _AROUND]
    # the first character of each may be cut
    parts = head[:offset], before, data[start + 1 : start + _AROUND]
    mostly = any(is_utf8(part.lstrip(bytes(range(0x80, 0xC0)))) for part in parts)
    return Undecodable(asked, data[start], offset, mostly, likely_encoding(sample))


def likely_encoding(sample: bytes) -> str | None:
    """Return in which encoding a few kilobytes of text probably are, as Python calls it; None where nothing fits."""
    # imported late: it takes a tenth of a second, and is wanted for what fails alone
    from charset_normalizer import from_bytes

    # much ASCII around a few other letters makes every guess alike
    lines = b"\n".join(line for line in sample.split(b"\n") if not line.isascii())
    best = from_bytes(lines or sample, cp_isolation=list(_COMMON)).best()
    if best is None:
        return None
    alike = best.could_be_from_charset
    return next((name for name in _COMMON if name in alike), best.encoding)
