"""What there is of each category, and of all questions, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

Each = TypeVar("Each")
First = TypeVar("First")
Second = TypeVar("Second")
Result = TypeVar("Result")


@dataclass(frozen=True)
class ByCategory(Generic[Each]):
    """One of each of the `categories`, in the order of the analogy file, and the `overall` one, of all questions."""

    categories: tuple[Each, ...]
    overall: Each

    @property
    def every(self) -> tuple[Each, ...]:
        """Return those of the categories, then the overall one: the rows of a table."""
        return (*self.categories, self.overall)

    def at(self, number: int | None) -> Each:
        """Return that of category `number`, or (None) the overall one."""
        return self.overall if number is None else self.categories[number]

    def map(self, make: Callable[[Each], Result]) -> ByCategory[Result]:
        """Return what `make` makes of each."""
        return ByCategory(tuple(map(make, self.categories)), make(self.overall))


def paired(
    make: Callable[[First, Second], Result], first: ByCategory[First], second: ByCategory[Second]
) -> ByCategory[Result]:
    """Return what `make` makes of each two that belong to one category; raises ValueError where lengths differ."""
    pairs = zip(first.categories, second.categories, strict=True)
    return ByCategory(tuple(make(*pair) for pair in pairs), make(first.overall, second.overall))
