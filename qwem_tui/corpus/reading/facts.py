"""What was found while reading, as data."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

#: Why a file of a folder or an archive was passed over. `json`: JSON that is not lines; `field`: without the field
#: that was asked for.
Reason = Literal[
    "binary", "encoding", "unreadable", "broken link", "same twice", "no file", "json", "field",
]  # fmt: skip
Container = Literal["JSON lines", "Parquet", "Arrow", "CSV", "WikiExtractor"]


@dataclass(frozen=True)
class PassedOver:
    """`count` files were passed over for one reason, the `first` of them by its name."""

    reason: Reason
    count: int
    first: str


@dataclass(frozen=True)
class Markup:
    """The share of the words sampled, in [0, 1], that are in tags, entities and web addresses, and one of these."""

    share: float
    example: str


@dataclass(frozen=True)
class ReadingFacts:
    """What was found while reading.

    `containers` are the kinds of container found and how many files were such, `fields` those of their records that
    were read without having been asked for; `without_text` records had none there. `likely_encoding` is that of the
    first file passed over for its encoding. `utf8` files are UTF-8 though another encoding was asked for, and were read
    as that; `tables` were read as prose though their names say CSV, the first of each by its name. `by_lines`: some
    text was taken a line a document without that having been asked for.
    """

    passed_over: tuple[PassedOver, ...] = ()
    likely_encoding: str | None = None
    containers: tuple[tuple[Container, int], ...] = ()
    fields: tuple[str, ...] = ()
    without_text: int = 0
    utf8: str | None = None
    tables: str | None = None
    by_lines: bool = False
    markup: Markup | None = None


class Findings:
    """Collects what is found while reading."""

    def __init__(self) -> None:
        """Begin with nothing found."""
        self._passed_over: Counter[Reason] = Counter()
        self._first: dict[Reason, str] = {}
        self._containers: Counter[Container] = Counter()
        self._fields: dict[str, None] = {}
        self.likely_encoding: str | None = None
        self.without_text = 0
        self.utf8: str | None = None
        self.tables: str | None = None
        self.by_lines = False

    def pass_over(self, reason: Reason, name: str) -> None:
        """Note that the file `name` was passed over."""
        self._passed_over[reason] += 1
        self._first.setdefault(reason, name)

    def container(self, kind: Container) -> None:
        """Note that a file is a container."""
        self._containers[kind] += 1

    def field(self, field: str) -> None:
        """Note which field of records was chosen by looking."""
        self._fields[field] = None

    @property
    def passed_over(self) -> tuple[PassedOver, ...]:
        """Return what was passed over so far, the most frequent reason first."""
        return tuple(
            PassedOver(reason, count, self._first[reason]) for reason, count in self._passed_over.most_common()
        )

    def facts(self, markup: Markup | None) -> ReadingFacts:
        """Return what was found so far."""
        return ReadingFacts(
            self.passed_over,
            self.likely_encoding,
            tuple(self._containers.items()),
            tuple(self._fields),
            self.without_text,
            self.utf8,
            self.tables,
            self.by_lines,
            markup,
        )
