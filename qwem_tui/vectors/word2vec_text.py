r"""The text format of word2vec, as gensim and others read it.

White space within a word would break every reader. It is written as `\u` and the character's four hexadecimal digits
(a space: `\u0020`); so is a backslash that stands before what would read as such an escape. Words without white space
are as they were, but for those; each escape read back gives the word in every case.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import BinaryIO

from qwem_tui.base.atomic import atomic_output
from qwem_tui.vectors.table import WordVectors

# every white space character of Unicode has a code of four digits
_TO_ESCAPE = re.compile(r"\s|\\(?=u[0-9a-f]{4})")


def escape(word: str) -> str:
    """Return `word` without white space, as the format needs it; see the module for how."""
    return _TO_ESCAPE.sub(lambda match: f"\\u{ord(match[0]):04x}", word)


def write_word2vec_text(table: WordVectors, target: Path | BinaryIO) -> None:
    r"""Write a table to `target`, a path or a binary stream, as UTF-8 text.

    The header is `V D\n`, each row `word v1 ... vD\n`, by descending frequency; a number is the shortest text that
    gives the same float32 again. Raises QwemError where the file cannot be written.
    """
    size, dim = table.vectors.shape
    with atomic_output(target) as stream:
        stream.write(f"{size} {dim}\n".encode())
        for word, row in zip(table.words, table.vectors, strict=True):
            # str of a NumPy float32, unlike that of a Python float, is the shortest for 32 bits
            stream.write(f"{escape(word)} {' '.join(map(str, row))}\n".encode())
