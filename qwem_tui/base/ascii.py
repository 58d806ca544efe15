"""Terminals and fonts without box, braille or Greek characters."""

from __future__ import annotations

_PLAIN = str.maketrans(
    {
        "▶": ">",
        "‖": "=",
        "✓": "*",
        "✗": "x",
        "■": "#",
        "…": "...",
        "≥": ">=",
        "≤": "<=",
        "–": "-",
        "─": "-",
        "²": "^2",
        "τ": "tau_",
        "₁": "1",
        "▲": "^",
        "×": "x",
        "±": "+-",
    }
)


def to_ascii(text: str) -> str:
    """Return `text` with its symbols in ASCII; anything else that is not ASCII becomes `?`."""
    return text.translate(_PLAIN).encode("ascii", "replace").decode("ascii")
