"""Analogy files: `: section` lines, then questions of four words a line (the format of questions-words.txt)."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from pathlib import Path

from qwem_tui.base.errors import QwemError, UsageError
from qwem_tui.base.printable import printable

Question = tuple[str, str, str, str]


@dataclass(frozen=True)
class Category:
    """A section of an analogy file: its name and its questions a : b :: a' : b', in lower case."""

    name: str
    questions: tuple[Question, ...]


def parse_analogies(text: str, source: str) -> tuple[Category, ...]:
    """Return the categories of `text` in order of first appearance; sections of one name are joined.

    Raises QwemError with the number of the first malformed line; `source` names the file in it.
    """
    sections: dict[str, list[Question]] = {}
    current: list[Question] | None = None
    for number, line in enumerate(unicodedata.normalize("NFC", text).splitlines(), start=1):
        words = line.lower().split()
        if not words:
            continue
        where = f"{source}, line {number}"
        if line.lstrip().startswith(":"):
            name = line.strip()[1:].strip()
            if not name:
                raise QwemError(f"{where}: a section has no name; write ': name'.")
            current = sections.setdefault(printable(name), [])
            continue
        if current is None:
            raise QwemError(f"{where}: a question stands before the first section; begin the file with ': name'.")
        if len(words) != 4:
            raise QwemError(
                f"{where}: {len(words)} word(s) instead of four; write a question as 'a b c d' "
                "(a is to b as c is to d), or a section as ': name'."
            )
        a, b, a2, b2 = words
        current.append((a, b, a2, b2))
    categories = tuple(Category(name, tuple(questions)) for name, questions in sections.items() if questions)
    if not categories:
        raise QwemError(f"{source} holds no analogy question; write ': name' lines, each followed by lines 'a b c d'.")
    return categories


def read_analogies(path: Path) -> tuple[Category, ...]:
    """Return the categories of the analogy file at `path` (UTF-8).

    Raises UsageError where it cannot be opened, QwemError where it is not an analogy file.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise QwemError(
            f"{printable(str(path))} is not UTF-8 text (byte {error.start}): give an analogy file in UTF-8."
        ) from error
    except OSError as error:
        raise UsageError(f"Cannot read the analogy file {printable(str(path))}: {error.strerror}.") from error
    return parse_analogies(text, printable(path.name))
