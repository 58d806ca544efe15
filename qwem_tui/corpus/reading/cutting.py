"""Where a document ends, and how a long one is cut into pieces without cutting a word."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator

from qwem_tui.corpus.unspaced import UNSPACED_LETTERS

#: Text, and whether the document ends with it.
Piece = tuple[str, bool]
#: Part of a text as it was decoded, with its line ends, and whether the text ends with it.
Part = tuple[str, bool]

#: A piece has up to this many characters.
LIMIT = 1 << 18
_BLANKS = " \n\t\u3000"
_SENTENCE_ENDS = "。！？．｡…"
#: A soft hyphen at the end of a line, in front of the rest of its word; and line ends inside text without spaces.
_HYPHENATED = "\u00ad\n(?=[^\\W\\d_])"
_hyphenated = re.compile(_HYPHENATED)
_wrapped = re.compile(f"{_HYPHENATED}|(?<=[{UNSPACED_LETTERS}])\n(?=[{UNSPACED_LETTERS}])")


def _stands_apart(before: str, character: str) -> bool:
    """Return whether `character` is not bound to what stands before it: no mark, no joiner, nothing that composes."""
    if unicodedata.category(character)[0] == "M" or unicodedata.category(character) in ("Cf", "Cs"):
        return False
    together = unicodedata.normalize("NFKC", before + character)
    return together == unicodedata.normalize("NFKC", before) + unicodedata.normalize("NFKC", character)


def word_border(text: str, limit: int) -> int:
    """Return where to cut `text` at `limit` characters or before: in front of a blank, or behind the end of a sentence.

    Without either in the second half, between two characters that no normalization joins: a word may be cut there.
    """
    least = limit // 2
    at = max(text.rfind(blank, least, limit) for blank in _BLANKS)
    if at > 0:
        return at
    at = max(text.rfind(end, least, limit) for end in _SENTENCE_ENDS) + 1
    if at > 0:
        return at
    apart = (at for at in range(limit, least, -1) if _stands_apart(text[at - 1], text[at : at + 1] or " "))
    return next(apart, limit)


def _rejoined(parts: Iterable[Part], line_ends: re.Pattern[str]) -> Iterator[Part]:
    """Yield `parts` without the `line_ends` that no blank stands for, each a character and a line end at most."""
    held = ""
    for part, ends in parts:
        text = held + part
        if text.isascii():
            held = ""
            yield text, ends
            continue
        text = line_ends.sub("", text)
        # what follows in the next part decides about a line end here
        held = "" if ends else text[-2:]
        yield text[: len(text) - len(held)], ends


class DocumentCutter:
    """Cuts texts into documents, and documents into pieces; blank documents are left out.

    A document is a line without its end, or lines joined by spaces, those at the end of the document left off. A word
    with a soft hyphen at the end of a line is joined to its rest, and so are lines of a paragraph in scripts without
    spaces. Memory holds a piece or two. After what a generator here yielded, `documents` is how many documents ended.
    """

    def __init__(self) -> None:
        """Begin with no document."""
        self.documents = 0
        self._hash = hashlib.sha256()
        self._parts: list[str] = []
        self._size = 0
        # of a document of which pieces have been cut: the hash without it, whether all is blank, line ends held back
        self._before: hashlib._Hash | None = None
        self._blank = True
        self._line_ends = 0

    @property
    def digest(self) -> str:
        """Return the SHA-256 in hex of the documents so far, each as UTF-8 with a newline after it."""
        return self._hash.hexdigest()

    def whole(self, parts: Iterable[Part]) -> Iterator[Piece]:
        """Yield the pieces of texts, each of which is a document."""
        for text, ends in _rejoined(parts, _hyphenated):
            yield from self._add(text)
            if ends:
                yield from self._end()

    def lines(self, parts: Iterable[Part]) -> Iterator[Piece]:
        """Yield the pieces of texts, each line of which is a document."""
        for text, ends in parts:
            *complete, rest = text.split("\n")
            # the first may have begun before; those of a long text may be long
            apart = len(complete) if len(text) > LIMIT else int(bool(self._parts) or self._before is not None)
            for line in complete[:apart]:
                yield from self._add(line)
                yield from self._end()
            # the others at once: each by itself costs more than reading it
            if short := [line for line in complete[apart:] if line and not line.isspace()]:
                self._hash.update("\n".join([*short, ""]).encode())
                self.documents += len(short)
                for line in short:
                    yield line, True
            yield from self._add(rest)
            if ends:
                yield from self._end()

    def paragraphs(self, parts: Iterable[Part]) -> Iterator[Piece]:
        """Yield the pieces of texts, in which the lines up to an empty one are a document."""
        # the begin of a line that is blank so far: whether it is an empty line shows at its end
        blank, line_is_empty = "", True
        for text, ends in _rejoined(parts, _wrapped):
            *complete, rest = (blank + text).split("\n")
            blank = ""
            for line in complete:
                if line_is_empty and not line.strip():
                    yield from self._end()
                else:
                    yield from self._add(f"{line}\n")
                line_is_empty = True
            if line_is_empty and len(rest) < LIMIT and not rest.strip():
                blank = rest
            else:
                line_is_empty = False
                yield from self._add(rest)
            if ends:
                yield from self._end()
                blank, line_is_empty = "", True

    def _add(self, text: str) -> Iterator[Piece]:
        """Take more of a document; yield what is sure to be a piece of it."""
        for begin in range(0, len(text), LIMIT):
            part = text[begin : begin + LIMIT]
            self._parts.append(part)
            self._size += len(part)
            while self._size > LIMIT:
                held = "".join(self._parts)
                at = word_border(held, LIMIT)
                self._parts, self._size = [held[at:]], self._size - at
                yield from self._cut(held[:at])

    def _cut(self, piece: str) -> Iterator[Piece]:
        if self._before is None:
            self._before = self._hash.copy()
        text = self._hashed(piece)
        self._blank = self._blank and (not text or text.isspace())
        if not self._blank:
            yield text, False

    def _end(self) -> Iterator[Piece]:
        """End the document; yield its last piece, unless all of it is blank."""
        held = "".join(self._parts)
        self._parts, self._size = [], 0
        if self._before is None:
            text = held.rstrip("\n").replace("\n", " ")
            blank = not text or text.isspace()
            if not blank:
                self._hash.update(text.encode())
        else:
            text = self._hashed(held)
            blank = self._blank and (not text or text.isspace())
            if blank:
                self._hash = self._before
            self._before, self._blank, self._line_ends = None, True, 0
        if not blank:
            self._hash.update(b"\n")
            self.documents += 1
            yield text, True

    def _hashed(self, piece: str) -> str:
        """Return a piece with spaces for line ends, and hash it; line ends behind it wait for what follows them."""
        text = piece.rstrip("\n")
        line_ends = len(piece) - len(text)
        if not text:
            self._line_ends += line_ends
            return ""
        gap, self._line_ends = self._line_ends, line_ends
        text = text.replace("\n", " ")
        for begin in range(0, gap, LIMIT):
            self._hash.update(b" " * min(LIMIT, gap - begin))
        self._hash.update(text.encode())
        return f" {text}" if gap else text
