from __future__ import annotations

import json
import math
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from qwem_tui.base.codec import Count, Finite, Positive, convert, decode, encode
from qwem_tui.base.errors import QwemError, UsageError
from tests.mutations import refusal


class Part(Struct):
    size: Positive
    names: tuple[str, ...] = ()


class Whole(Struct):
    count: Count
    parts: list[Part]
    pair: tuple[Finite, Finite] | None = None

    def __post_init__(self) -> None:
        if self.count == 13:
            raise UsageError("count is 13: give another.")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "f, line 3: this is no JSON (Expecting value: line 1 column 1 (char 0))."),
        ('{"count": 1, "parts": [}', "f, line 3: this is no JSON ("),
        ("[" * 100_000, "f, line 3: expected an object, got a list."),
        ('{"count": 1, "parts": [], "more": ' + "[" * 100_000, "f, line 3: lists or objects are nested too deeply."),
        ('{"count": 1}', "f, line 3: object missing required field parts."),
        ('{"count": 1.5, "parts": []}', "f, line 3, count: expected a whole number, got a number."),
        ('{"count": true, "parts": []}', "f, line 3, count: expected a whole number, got true or false."),
        ('{"count": -1, "parts": []}', "f, line 3, count: expected a whole number >= 0."),
        ('{"count": ' + "9" * 400 + ', "parts": []}', "f, line 3, count: expected a whole number <= 9007199254740992."),
        ('{"count": ' + "9" * 5000 + ', "parts": []}', "f, line 3"),
        ('{"count": 1, "parts": [{"size": 0}]}', "f, line 3, parts[0].size: expected a number > 0.0."),
        ('{"count": 1, "parts": [{"size": 1e999}]}', "f, line 3, parts[0].size: number out of range."),
        ('{"count": 1, "parts": [{"size": NaN}]}', "f, line 3: this is no JSON (NaN is no number)."),
        ('{"count": 1, "parts": [], "pair": [1]}', "f, line 3, pair: expected a list of length 2"),
        ('{"count": 1, "parts": [{"size": 1, "names": ["a", 2]}]}', "f, line 3, parts[0].names[1]: expected a text, "),
        ('{"count": 13, "parts": []}', "f, line 3: count is 13: give another."),
        ('{"count": "\x1b[31m", "parts": []}', "f, line 3: this is no JSON ("),
    ],
)
def test_what_does_not_fit_is_refused_by_its_place_and_field(text: str, said: str) -> None:
    with pytest.raises(QwemError) as refused:
        decode(Whole, text, "f, line 3")
    assert str(refused.value).startswith(said)
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 400


def test_nan_is_null_only_where_it_may_be() -> None:
    text = '{"count": 1, "parts": [], "pair": NaN}'
    assert decode(Whole, text, "f", nan_is_null=True) == Whole(1, [])
    with pytest.raises(QwemError, match="this is no JSON"):
        decode(Whole, text, "f")


def test_a_name_that_is_not_utf_8_comes_back() -> None:
    written = Whole(1, [Part(1.0, ("caf\udce9.txt",))])
    assert decode(Whole, encode(written), "f") == written


def test_numpy_is_written_as_numbers_and_nan_as_null() -> None:
    written = {"array": np.array([1.5, np.nan]), "scalar": np.float64(0.1), "count": np.int64(3), "inf": (math.inf,)}
    assert encode(written) == '{"array": [1.5, null], "scalar": 0.1, "count": 3, "inf": [null]}'


_json: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(_json)
def test_any_value_is_taken_or_refused(value: Any) -> None:
    for kind in (Whole, Part):
        for read in (partial(convert, kind, value, "f"), partial(decode, kind, json.dumps(value), "f")):
            assert (refusal(read) or "f").startswith("f")


@given(st.integers(0, 2**53), st.lists(st.floats(min_value=1e-300, max_value=1e300), max_size=5), st.text())
def test_what_is_written_is_read_as_it_was(count: int, sizes: list[float], name: str) -> None:
    written = Whole(count if count != 13 else 14, [Part(size, (name,)) for size in sizes], (0.0, -1.5))
    assert decode(Whole, encode(written), "f") == written
    assert encode(decode(Whole, encode(written), "f"), indent=1) == encode(written, indent=1)
