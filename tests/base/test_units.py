from __future__ import annotations

import pytest

from qwem_tui.base.units import duration


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.0042, "0.0042 s"), (4.25, "4.2 s"), (42.4, "42 s"), (150, "2.5 min"), (3600, "60 min"), (9000, "2.5 h"),
     (200_000, "2.3 days")],
)  # fmt: skip
def test_durations(seconds: float, said: str) -> None:
    assert duration(seconds) == said
