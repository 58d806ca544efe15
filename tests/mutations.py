"""JSON with one thing in it made wrong."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from qwem_tui.base.errors import QwemError

_HOLE = "@@hole@@"
_TOKENS = (
    "null", "true", "-1", "0", "0.5", "1e300", "1e999", "NaN", "-Infinity", "9" * 400, "-" + "9" * 5000, '"text"',
    '"\\ud800"', '"\\u0000"', "[]", "{}", "[1, 2, 3]", '["a", null]', "[" * 3000 + "]" * 3000, "[" * 3000,
)  # fmt: skip


def _places(value: Any, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all parts of `value`, of itself last."""
    keys: list[Any] = []
    if isinstance(value, dict):
        keys = list(value)
    elif isinstance(value, list):
        # long lists are alike all along
        keys = sorted({0, len(value) - 1}) if value else []
    return [place for key in keys for place in _places(value[key], (*above, key))] + [above]


@st.composite
def mutated(draw: st.DrawFn, text: str) -> bytes:
    """Return the JSON `text` cut off, or with a part of it replaced or left out; all places are equally likely."""
    changed = json.loads(text)
    place = draw(st.sampled_from(_places(changed)))
    what = draw(st.sampled_from((*_TOKENS, "left out", "cut off")))
    if what == "cut off":
        data = text.encode()
        return data[: draw(st.integers(0, len(data) - 1))]
    if not place:
        return (what if what in _TOKENS else "").encode()
    parent = changed = copy.deepcopy(changed)
    for key in place[:-1]:
        parent = parent[key]
    if what == "left out":
        del parent[place[-1]]
        return json.dumps(changed).encode()
    parent[place[-1]] = _HOLE
    return json.dumps(changed).replace(f'"{_HOLE}"', what).encode()


def refusal(read: Callable[[], object]) -> str | None:
    """Return the sentence with which `read` refuses, one short line; None where it takes what it reads."""
    try:
        read()
    except QwemError as error:
        sentence = str(error)
    else:
        return None
    assert sentence
    assert sentence.isprintable()
    assert len(sentence) < 1000
    return sentence
