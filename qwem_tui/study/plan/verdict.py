"""What the figures of a category support, and no more, as a word and a sentence (*ours*). Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from qwem_tui.base.printable import printable
from qwem_tui.base.units import percent
from qwem_tui.study.plan.learning_curve import Interval, LearningCurve
from qwem_tui.theory.critical_size import FEWEST_QUESTIONS, CriticalSize

TextWord = Literal[
    "more text helps",
    "saturated",
    "more text does not help",
    "cannot tell",
    "outside the vocabulary",
    "not in this text",
    "cannot occur",
]
ModelWord = Literal["a larger model helps", "a smaller model helps", "large enough", "cannot tell"]
LimitWord = Literal["text", "model", "text and model", "vocabulary", "neither", "not known"]
Word = TypeVar("Word", bound=str)
#: A doubling of the text that surely adds less than this to the peak accuracy adds nothing worth it; nor does a size
#: at which accuracy is lower by less.
LITTLE_GAIN = 0.05
_ALL, _SHOWN_WORDS = 0.995, 6
#: The verdicts on a category of which too few questions are covered: no peak is known, nor what a model does.
UNCOVERED: tuple[TextWord, ...] = ("outside the vocabulary", "not in this text", "cannot occur")


@dataclass(frozen=True)
class Coverage:
    """Which questions of a category the vocabulary covers, and the words that keep the others out.

    `rare` words occur in the text at least twice and are beyond the vocabulary; `absent` ones are not in the text, or
    once. `wider` are larger vocabularies, up to all words of the text, each with the questions that it would cover.
    `never` are words that the tokenizer never makes, so that no text has the `lost` questions.
    """

    attempted: int
    total: int
    rare: tuple[str, ...]
    absent: tuple[str, ...]
    wider: tuple[tuple[int, int], ...]
    never: tuple[str, ...] = ()
    lost: int = 0

    @property
    def enough_can_be(self) -> bool:
        """Return whether another text could cover more questions, and enough to tell."""
        return self.total - self.lost >= max(FEWEST_QUESTIONS, self.attempted + 1)

    @property
    def wide_enough(self) -> tuple[int, int] | None:
        """Return the first of the `wider` that covers more questions, and enough to tell; None where none does."""
        enough = max(FEWEST_QUESTIONS, self.attempted + 1)
        return next(((size, asked) for size, asked in self.wider if asked >= enough), None)


@dataclass(frozen=True)
class Finding(Generic[Word]):
    """A verdict: a word out of a few, and the sentence (without its full stop) that says why."""

    word: Word
    sentence: str


@dataclass(frozen=True)
class Verdict:
    """What is known of the `text` and of the `model` (None where the user named no size).

    The `limit` is which of them holds the category back.
    """

    name: str
    text: Finding[TextWord]
    model: Finding[ModelWord] | None
    limit: LimitWord


def between(ends: Interval) -> str:
    """Return a range of accuracies, such as 40–52%."""
    low, high = f"{ends[0] * 100:.0f}", f"{ends[1] * 100:.0f}"
    return f"{high}%" if low == high else f"{low}–{high}%"


def sizes_between(ends: Interval) -> str:
    """Return a range of sizes, such as 40–60."""
    low, high = f"{ends[0]:.0f}", f"{ends[1]:.0f}"
    return high if low == high else f"{low}–{high}"


def _points(gain: float) -> str:
    return f"{100 * gain:+.0f}".replace("-", "−") if round(100 * gain) else "0"


def listed(words: Sequence[str], shown: int = _SHOWN_WORDS) -> str:
    """Return some of `words`, and how many there are beyond."""
    more = len(words) - shown
    text = ", ".join(printable(word) for word in words[:shown])
    return f"{text} and {more:,} more" if more > 0 else text


def _rounded_up(count: int) -> int:
    """Return `count` rounded up to two digits."""
    unit = int(10 ** max(0, len(str(count)) - 2))
    return -(-count // unit) * unit


def coverage_sentence(coverage: Coverage) -> str:
    """Return how many questions are covered, which words are missing, and which larger vocabulary would help."""
    sentence = f"{coverage.attempted:,} of {coverage.total:,} questions covered"
    if coverage.never:
        sentence += f"; words that cannot occur, as the tokenizer makes none such: {listed(coverage.never)}"
    missing = (*coverage.absent, *coverage.rare)
    if missing:
        sentence += f"; missing words: {listed(missing)}"
    wider = coverage.wide_enough
    if wider is not None:
        rare = len(coverage.rare)
        size = _rounded_up(wider[0])
        # the last of the wider ones holds all words of the text: a larger one covers no more
        least = "" if size == wider[0] or wider == coverage.wider[-1] else "at least "
        sentence += (
            f"; {rare:,} of them occur{'s' if rare == 1 else ''} in the text: a vocabulary of {size} words would cover "
            f"{least}{wider[1]:,}"
        )
    elif missing and (coverage.enough_can_be or not coverage.never):
        sentence += "; a larger vocabulary would not cover enough, other text may"
    elif missing:
        sentence += "; neither a larger vocabulary nor other text would cover enough"
    return sentence


def text_finding(learning_curve: LearningCurve, coverage: Coverage) -> Finding[TextWord]:
    """Return whether more text of this kind helps: what the last doubling added to the peak, with its 95% interval."""
    whole = learning_curve.whole
    if whole.attempted < FEWEST_QUESTIONS:
        # words that a larger vocabulary would hold are in the text
        word: TextWord = "not in this text" if coverage.wide_enough is None else "outside the vocabulary"
        if coverage.never and not coverage.enough_can_be:
            word = "cannot occur"
        return Finding(word, coverage_sentence(coverage))
    if whole.reason is not None:
        return Finding("cannot tell", whole.reason.details or whole.reason.head)
    if learning_curve.gain is None or learning_curve.last.peak is None:
        return Finding("cannot tell", "the text has no two parts to compare")
    low, gain, high = learning_curve.gain
    unit = "point" if abs(round(100 * gain)) == 1 else "points"
    changed = f"the last doubling of the text changed it by {_points(gain)} {unit} ({_points(low)} to {_points(high)})"
    peak = f"peak {percent(learning_curve.last.peak)}"
    if learning_curve.last.peak >= _ALL:
        return Finding("saturated", f"{peak}: nothing is left to gain")
    if low > 0:
        return Finding("more text helps", f"{peak}, still rising at full size: {changed}")
    if high < 0:
        return Finding("more text does not help", f"{peak}, and falling: {changed}")
    if high < LITTLE_GAIN:
        return Finding("saturated", f"{peak}: {changed}")
    return Finding("cannot tell", f"{peak}: {changed}")


def model_finding(
    whole: CriticalSize, interval: Interval | None, peak_interval: Interval | None, dim: int, dims: Sequence[int]
) -> Finding[ModelWord]:
    """Return whether a model larger or smaller than `dim` helps; `dims` were evaluated.

    The intervals are those of the critical size and of the peak: accuracy at `dim` is surely lower where it is below
    what the peak may be at other words and texts of this kind.
    """
    if whole.critical_size is None or interval is None:
        return Finding("cannot tell", "no critical size is known")
    critical = f"critical size {whole.critical_size} ({sizes_between(interval)})"
    below = [number for number, size in enumerate(dims) if size <= dim]
    here = f"at {dim} accuracy is {percent(float(whole.accuracy[below[-1]]))}" if below else f"{dim} was not evaluated"
    peak = f"the peak {percent(whole.peak)} comes at {whole.peak_dim}"
    if dim < interval[0]:
        return Finding("a larger model helps", f"{critical}, your model has {dim}: {here}, {peak}")
    if whole.rising:
        # the peak may lie beyond, and the critical size with it
        return Finding("cannot tell", f"accuracy may still rise beyond the largest size evaluated, {dims[-1]}: {here}")
    if dim > interval[1] and below:
        lost = whole.peak - float(whole.accuracy[below[-1]])
        if dim > whole.peak_dim and lost >= LITTLE_GAIN:
            sure = peak_interval is not None and whole.peak - lost < peak_interval[0]
            fallen = f"{here}, it has fallen from the peak {percent(whole.peak)} at {whole.peak_dim}"
            if sure:
                return Finding("a smaller model helps", f"{critical}, your model has {dim}: {fallen}")
            return Finding("cannot tell", f"{critical}, your model has {dim}: {fallen}, though not surely")
        return Finding("large enough", f"{critical}, your model has {dim}: {here}, {peak}")
    return Finding("cannot tell", f"{critical}, your model has {dim}, which is within: {here}, {peak}")


def limit_of(text: Finding[TextWord], model: Finding[ModelWord] | None) -> LimitWord:
    """Return what holds a category back, as far as the findings say so."""
    if text.word == "outside the vocabulary":
        return "vocabulary"
    by_text = text.word in ("more text helps", "not in this text")
    by_model = model is not None and model.word in ("a larger model helps", "a smaller model helps")
    if by_text and by_model:
        return "text and model"
    if by_text or by_model:
        return "text" if by_text else "model"
    no_text = text.word in ("saturated", "more text does not help", "cannot occur")
    return "neither" if no_text and (model is None or model.word == "large enough") else "not known"


def verdict(learning_curve: LearningCurve, coverage: Coverage, dim: int | None, dims: Sequence[int]) -> Verdict:
    """Return the verdict on a category; `dim` is the size of the user's model, None where none was named."""
    text = text_finding(learning_curve, coverage)
    model = (
        None
        if dim is None
        else model_finding(
            learning_curve.whole, learning_curve.last.critical_interval, learning_curve.last.peak_interval, dim, dims
        )
    )
    return Verdict(learning_curve.name, text, model, limit_of(text, model))
