"""Names of categories in plain words, and what else the page of a plan words alone."""

from __future__ import annotations

import re

OVERALL_NAME = "all questions together"
#: Questions in the format of word2vec number their grammatical sections.
_NUMBER = re.compile(r"gram\d+[-_ ]")
_CODE = re.compile(r"`([^`]*)`")
CUT = (
    "The parts are pieces of consecutive words, for want of documents: they are more alike than documents are, so that "
    "these intervals are too narrow for other texts."
)


def code_parts(sentence: str) -> list[str]:
    """Return a sentence in parts, of which every second one stood in backticks."""
    return _CODE.split(sentence)


def plain_name(name: str) -> str:
    """Return the name of a category in plain words: without its number, hyphens and underscores as blanks."""
    plain = _NUMBER.sub("", name, count=1) if _NUMBER.match(name) else name
    return " ".join(plain.replace("-", " ").replace("_", " ").split()) or name


def own_name(name: str) -> str:
    """Return the file's own name of a category where it differs from the plain one by more than hyphens, else ''."""
    return "" if plain_name(name) == name.replace("-", " ") else name


def sentence_case(text: str) -> str:
    """Return `text` with its first letter in upper case, all else as it is."""
    return text[:1].upper() + text[1:]
