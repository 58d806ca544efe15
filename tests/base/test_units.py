from __future__ import annotations

import pytest

from qwem_tui.base.units import duration, parsed_bytes


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.0042, "0.0042 s"), (4.25, "4.2 s"), (42.4, "42 s"), (150, "2.5 min"), (3600, "60 min"), (9000, "2.5 h"),
     (200_000, "2.3 days")],
)  # fmt: skip
def test_durations(seconds: float, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("text", "count"),
    [("8GB", 8 * 10**9), ("1.5 g", 1_500_000_000), ("500MB", 500_000_000), ("2GiB", 2 << 30), ("64k", 64_000),
     ("1TiB", 1 << 40), ("8", None), ("GB", None), ("-1GB", None), ("1e3MB", None), ("", None)],
)  # fmt: skip
def test_sizes(text: str, count: int | None) -> None:
    assert parsed_bytes(text) == count
