from __future__ import annotations

from collections.abc import Iterator

import pytest

from qwem_tui.base.memory import available_bytes, limit_memory, memory_limit, resident_bytes


@pytest.fixture(autouse=True)
def _limit_of_the_process() -> Iterator[None]:
    before = memory_limit()
    yield
    limit_memory(before)


def test_a_limit_leaves_what_is_not_taken_yet() -> None:
    free = available_bytes()
    limit_memory(resident_bytes() + 10_000_000)
    left = available_bytes()
    assert left is not None
    assert 0 < left < 20_000_000
    limit_memory(1)
    assert available_bytes() == 0
    limit_memory(None)
    assert (available_bytes() is None) == (free is None)
