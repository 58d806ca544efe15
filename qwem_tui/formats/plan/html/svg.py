"""Elements of SVG as data. `macros.html.j2` writes them, and escapes what they hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Element:
    """An element with its attributes, in order, and what it holds."""

    tag: str
    attributes: tuple[tuple[str, str], ...]
    children: tuple[Element | str, ...]


def number(value: float) -> str:
    """Return a coordinate with at most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def element(tag: str, kind: str = "", children: Iterable[Element | str] = (), **attributes: str | float) -> Element:
    """Return an element of the class `kind`; underscores in the names of `attributes` stand for hyphens."""
    named = {"class": kind} if kind else {}
    named |= {
        name.replace("_", "-"): value if isinstance(value, str) else number(value) for name, value in attributes.items()
    }
    return Element(tag, tuple(named.items()), tuple(children))
