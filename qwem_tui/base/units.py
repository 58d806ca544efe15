"""Numbers with their units, as text."""

from __future__ import annotations

import re

_SIZE = re.compile(r"\s*(\d{1,15}(?:\.\d{1,9})?)\s*([kmgt])(i?)b?\s*", re.IGNORECASE)


def parsed_bytes(text: str) -> int | None:
    """Return how many bytes a size such as 8GB (thousands), 500M or 2GiB (1024s) is; None where `text` is none."""
    found = _SIZE.fullmatch(text)
    if found is None:
        return None
    power = "kmgt".index(found[2].lower()) + 1
    unit: int = (1024 if found[3] else 1000) ** power
    return round(float(found[1]) * unit)


def readable_bytes(count: float) -> str:
    """Return `count` bytes as text with a binary unit: 1.5 GiB."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 100 else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TiB"


def duration(seconds: float) -> str:
    """Return a time in words: 0.2 s, 42 s, 12 min, 3.5 h, 12 days."""
    if seconds < 10:
        return f"{seconds:.2g} s"
    for unit, size in (("days", 172_800.0), ("h", 7200.0), ("min", 120.0)):
        if seconds >= size:
            scaled = seconds / {"days": 86_400.0, "h": 3600.0, "min": 60.0}[unit]
            return f"{scaled:.1f} {unit}" if scaled < 10 else f"{scaled:.0f} {unit}"
    return f"{seconds:.0f} s"


def percent(accuracy: float) -> str:
    """Return an accuracy in [0, 1] as a whole percentage."""
    return f"{accuracy:.0%}"


def about_words(count: float) -> str:
    """Return a number of words of text, two digits of it: 950, 8,500, 550,000, 5.5 million, 22 million, 1.3 billion."""
    whole = float(f"{count:.1e}")
    for unit, size in (("billion", 1e9), ("million", 1e6)):
        if whole >= size:
            scaled = whole / size
            return f"{scaled:.1f} {unit}" if scaled < 10 and scaled % 1 else f"{scaled:.0f} {unit}"
    return f"{whole:,.0f}"
