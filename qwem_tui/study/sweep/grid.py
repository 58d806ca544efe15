"""A sweep: a grid of settings, a cell for each combination, and what is found in each. Pure functions (*ours*)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Literal, get_args

from qwem_tui.analogies.files import AnalogyFile
from qwem_tui.base.errors import Named, QwemError, SettingError, UsageError
from qwem_tui.base.names import TRAINERS, WINDOW_SHAPES
from qwem_tui.base.printable import printable
from qwem_tui.corpus.word_settings import TokenizerName, WordSettings
from qwem_tui.study.config import StudyConfig, check_sizes
from qwem_tui.study.prediction import LARGEST_DIM
from qwem_tui.study.target_from_text import asked_file
from qwem_tui.theory.by_category import ByCategory
from qwem_tui.theory.critical_size import OVERALL

MOST_CELLS = 10_000
Level = int | float | str
#: What is asked of the words that each tokenizer makes; the names of the categories are the same.
Questions = dict[WordSettings, AnalogyFile]
#: Whether the sizes evaluated bound a critical size from one side only: it may be larger, smaller, or either.
Bound = Literal["at least", "at most", "neither"]


@dataclass(frozen=True)
class Factor:
    """A setting that is varied, by the name of its option without the dashes, and its `levels`, no two alike."""

    name: str
    levels: tuple[Level, ...]


@dataclass(frozen=True)
class SweepConfig:
    """What is asked: `study` is the base that `factors` change, sizes up to `largest_dim` are evaluated.

    A cell is forecast: closed-form sizes and the run of gradient descent forecast, nothing trained. `trained` cells
    train that run as well; a sweep over trainers always does.

    Making one raises UsageError where a sweep cannot be made, whatever the corpus.
    """

    study: StudyConfig
    factors: tuple[Factor, ...]
    largest_dim: int = LARGEST_DIM
    trained: bool = False

    def __post_init__(self) -> None:
        """Raise UsageError where a sweep cannot be made, whatever the corpus."""
        if not self.factors:
            raise UsageError("Nothing is varied: give ", Named("over"), " FACTOR=LEVEL,LEVEL,... at least once.")
        names = [factor.name for factor in self.factors]
        doubled = next((name for at, name in enumerate(names) if name in names[:at]), None)
        if doubled is not None:
            raise SettingError(
                "over", doubled, ("give all of its levels in one ", Named("over"), "."), "is given twice"
            )
        count = math.prod(len(factor.levels) for factor in self.factors)
        if count > MOST_CELLS:
            most = f"leave levels out, down to {MOST_CELLS:,} at most."
            raise UsageError(f"This sweep would have {count:,} cells: {most}")
        check_sizes(self.largest_dim)
        if not self.trains and self.study.trainer != "gd":
            needed = ("add ", Named("train"), ", which trains each cell.")
            raise SettingError("trainer", self.study.trainer, needed, "is not forecast, gd is")

    @property
    def trains(self) -> bool:
        """Return whether cells are trained: where that is asked for, or trainers are compared."""
        return self.trained or any(factor.name == "trainer" for factor in self.factors)


@dataclass(frozen=True)
class CellSettings:
    """One combination of `levels`, a level a factor: `study` on the share `text` of the documents."""

    levels: tuple[Level, ...]
    study: StudyConfig
    text: float
    largest_dim: int
    trained: bool


@dataclass(frozen=True)
class TrainedAbility:
    """A category in a run that was trained: the best accuracy measured, and where it first crossed its threshold.

    The threshold is that forecast for the run of gradient descent (half of its peak), whatever the trainer. What is not
    known is None, and `reason` says why.
    """

    peak: float | None
    step: int | None
    t: float | None
    reason: str | None


@dataclass(frozen=True)
class CellAbility:
    """A category in one cell, or overall: accuracies in [0, 1], what is not known None.

    `peak`, `critical_size`, its 95% `interval`, `bound` and `onset` are those of the closed form, `reason` says why
    there is no size; `step`, `t` and `modes` are where the run forecast crosses, `step_reason` why it does not.
    """

    name: str
    attempted: int
    total: int
    peak: float | None
    peak_dim: int | None
    critical_size: int | None
    interval: tuple[int, int] | None
    bound: Bound | None
    onset: int | None
    reason: str | None
    step: int | None
    t: float | None
    modes: int | None
    step_reason: str | None
    trained: TrainedAbility | None = None


@dataclass(frozen=True)
class TrainedRun:
    """A run that was trained to its end: steps taken, last normalised loss (or word2vec's own), and why it ended."""

    steps: int
    loss: float
    modes_learned: int | None
    effective_rank: float
    note: str


@dataclass(frozen=True)
class CellResult:
    """What was found in a cell.

    `dim`, `step_size` (eta) and `expected_steps` are those of the run forecast; None where `no_run` says why there is
    none. `seconds` is how long the cell took, without what it shares with others.
    """

    documents: int
    tokens_in_vocab: int
    vocab_size: int
    lambda_1: float
    dim: int | None
    step_size: float | None
    expected_steps: int | None
    no_run: str | None
    abilities: ByCategory[CellAbility]
    trained: TrainedRun | None
    seconds: float


@dataclass(frozen=True)
class Cell:
    """A cell of the grid: its result, or the `problem` that kept it from having one."""

    settings: CellSettings
    result: CellResult | None
    problem: QwemError | None


@dataclass(frozen=True)
class Sweep:
    """A whole sweep: `cells` in the order of `grid`; `digest` is the SHA-256 of the documents.

    `categories` are their names, in the order of the analogy file.
    """

    config: SweepConfig
    digest: str
    documents: int
    categories: tuple[str, ...]
    cells: tuple[Cell, ...]
    warnings: tuple[str, ...]

    @property
    def names(self) -> ByCategory[str]:
        """Return the names of all that has effects."""
        return ByCategory(self.categories, OVERALL)

    @property
    def numbers(self) -> tuple[int | None, ...]:
        """Return the categories by number, then None, which is overall: the rows of a table."""
        return (*range(len(self.categories)), None)

    @property
    def done(self) -> int:
        """Return how many cells have a result."""
        return sum(cell.result is not None for cell in self.cells)


def _whole(text: str) -> int:
    return int(text)


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError
    return value


def _share(text: str) -> float:
    """Return a share such as 0.25 or 1/4."""
    above, _, below = text.partition("/")
    value = float(above) / float(below) if below else float(above)
    if not 0 < value <= 1:
        raise ValueError
    return value


def _one_of(choices: Sequence[str]) -> Callable[[str], str]:
    def chosen(text: str) -> str:
        if text not in choices:
            raise ValueError
        return text

    return chosen


@dataclass(frozen=True)
class _Kind:
    """How the levels of a factor are read, what they are, and the field of `StudyConfig` that they set (None: text)."""

    field: str | None
    read: Callable[[str], Level]
    what: str
    example: str


_KINDS = {
    "vocab-size": _Kind("vocab_size", _whole, "whole numbers", "3000,10000"),
    "window": _Kind("window", _whole, "whole numbers", "4,8,16"),
    "window-shape": _Kind("window_shape", _one_of(WINDOW_SHAPES), "dynamic and flat", "dynamic,flat"),
    "negative-weight": _Kind("negative_weight", _number, "numbers", "1,2,5"),
    "tokenizer": _Kind(
        "tokenizer", _one_of(get_args(TokenizerName)), ", ".join(get_args(TokenizerName)), "letters,whitespace"
    ),
    "text": _Kind(None, _share, "shares above 0 and up to 1", "0.25,0.5,1"),
    "seed": _Kind("seed", _whole, "whole numbers", "0,1,2"),
    "sigma": _Kind("sigma", _number, "numbers", "1e-2,1e-4,1e-8"),
    "step-size": _Kind("step_fraction", _number, "numbers", "0.25,0.5"),
    "dim": _Kind("dim", _whole, "whole numbers", "32,64"),
    "trainer": _Kind("trainer", _one_of(TRAINERS), f"some of {', '.join(TRAINERS)}", "gd,word2vec"),
}
FACTORS = tuple(_KINDS)


def parse_factor(text: str) -> Factor:
    """Return the factor that `text` names, such as `window=4,8,16`; raises UsageError where it does not."""
    name, _, levels = text.partition("=")
    kind = _KINDS.get(name)
    if kind is None:
        known = f"there is no factor {printable(name)!r}; give one of {', '.join(FACTORS)}, such as "
        raise SettingError("over", printable(text), (known, Named("over"), " window=4,8,16."), problem="")
    try:
        found = tuple(kind.read(part.strip()) for part in levels.split(","))
    except (ValueError, ZeroDivisionError):
        needed = (f"give {kind.what}, such as ", Named("over"), f" {name}={kind.example}.")
        raise SettingError("over", printable(text), needed, problem="") from None
    doubled = next((level for at, level in enumerate(found) if level in found[:at]), None)
    if doubled is not None:
        raise SettingError("over", name, "give each level once.", f"has the level {level_text(doubled)} twice")
    return Factor(name, found)


def level_text(level: Level) -> str:
    """Return a level as it is shown."""
    if isinstance(level, float):
        return f"{level:g}".replace("e-0", "e-").replace("e+0", "e+")
    return f"{level:,}" if isinstance(level, int) else level


def cell_name(factors: Sequence[Factor], cell: CellSettings) -> str:
    """Return the levels of a cell with the names of their factors, such as `window 8, sigma 0.01`."""
    levels = zip(factors, cell.levels, strict=True)
    return ", ".join(f"{factor.name} {level_text(level)}" for factor, level in levels)


def grid(config: SweepConfig) -> tuple[CellSettings, ...]:
    """Return the settings of all cells, the last factor varying fastest; raises UsageError where one makes no sense."""
    cells = []
    for levels in product(*(factor.levels for factor in config.factors)):
        # `parse_factor` has seen to it that each level suits its field
        changes: dict[str, Any] = {}
        text = 1.0
        for factor, level in zip(config.factors, levels, strict=True):
            field = _KINDS[factor.name].field
            if field is None:
                text = float(level)
            else:
                changes[field] = level
        study = replace(config.study, **changes)
        cells.append(CellSettings(levels, study, text, config.largest_dim, config.trains))
    return tuple(cells)


def questions_of(cells: Sequence[CellSettings]) -> Questions:
    """Return what is asked of `cells`, each word in the form of those of the text.

    Raises UsageError where the tokenizers are for several languages and no analogies are given, and what reading them
    does.
    """
    asked: Questions = {}
    for cell in cells:
        if cell.study.words not in asked:
            asked[cell.study.words] = asked_file(cell.study)
    names = {tuple(category.name for category in file.categories) for file in asked.values()}
    if len(names) > 1:
        tokenizers = " and ".join(dict.fromkeys(words.tokenizer for words in asked))
        raise UsageError(
            f"The built-in analogies of {tokenizers} are not the same ones: give ", Named("analogies"), " for all."
        )
    return asked


def _shares_counts(cell: CellSettings) -> tuple[object, ...]:
    """Return what cells must agree in to have the same counts; the seed chooses the documents of a share."""
    study = cell.study
    seed = study.seed if cell.text < 1 else None
    return study.words, cell.text, seed, study.vocab_size, study.window, study.window_shape


def batches(cells: Mapping[int, CellSettings], at_least: int) -> list[tuple[int, ...]]:
    """Return the numbers of `cells` in batches: those of a batch share their counts, and are worked on by one process.

    Cells of one negative weight, which share their target too, stand side by side. Where there are fewer batches than
    `at_least` the longest are halved, between two targets if possible: counting again costs less than idle cores.
    """
    found: dict[tuple[object, ...], list[int]] = {}
    for number, cell in cells.items():
        found.setdefault(_shares_counts(cell), []).append(number)
    parts = [sorted(numbers, key=lambda n: (cells[n].study.negative_weight, n)) for numbers in found.values()]
    while len(parts) < at_least and (longest := max(parts, key=len, default=[])) and len(longest) > 1:
        weights = [cells[number].study.negative_weight for number in longest]
        borders = [at for at in range(1, len(weights)) if weights[at] != weights[at - 1]]
        middle = min(borders or [len(longest) // 2], key=lambda at: abs(at - len(longest) / 2))
        at = parts.index(longest)
        parts[at : at + 1] = [longest[:middle], longest[middle:]]
    return [tuple(numbers) for numbers in parts]
