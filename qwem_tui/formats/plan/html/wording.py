"""Names of categories in plain words, and figures with their intervals, as the page of a plan shows them."""

from __future__ import annotations

import re

from qwem_tui.base.units import percent
from qwem_tui.formats.plan.sentences import UNKNOWN, UNSURE
from qwem_tui.study.plan.learning_curve import Interval, LearningCurve, Point
from qwem_tui.study.plan.verdict import between, sizes_between

TOGETHER = "all questions together"
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


def accuracy(value: float | None, ends: Interval | None) -> str:
    """Return an accuracy with its interval: 48% (45–51%)."""
    return UNKNOWN if value is None or ends is None else f"{percent(value)} ({between(ends)})"


def size(value: float | None, ends: Interval | None, rising: bool = False) -> str:
    """Return a size with its interval: 14 (10–20); `rising`: it may be larger."""
    mark = "≥" if rising else ""
    return UNKNOWN if value is None or ends is None else f"{mark}{value:.0f} ({sizes_between(ends)})"


def may_be_larger(learning_curve: LearningCurve, point: Point) -> bool:
    """Return whether the critical size at a point may be larger: accuracy may rise beyond the largest size measured."""
    return learning_curve.whole.rising and point.level == 0


def critical(learning_curve: LearningCurve, point: Point) -> str:
    """Return the critical size at a point with its interval, and in how many parts it is known, if not in all."""
    shown = size(point.critical, point.critical_interval, may_be_larger(learning_curve, point))
    return f"{shown}, in {point.known} of {point.repeats} parts" if 0 < point.known < point.repeats else shown


def onset(point: Point) -> str:
    """Return the onset at a point with its interval; a word where that spans about all sizes."""
    return UNSURE if point.onset_unsure else size(point.onset, point.onset_interval)


def sentence_case(text: str) -> str:
    """Return `text` with its first letter in upper case, all else as it is."""
    return text[:1].upper() + text[1:]
