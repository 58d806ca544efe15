from __future__ import annotations

import pytest

from qwem_tui.theory.dynamics import LEAST_SHARE, decay, decayed


@pytest.mark.parametrize("steps", [1, 7, 100, 12_345])
def test_the_time_is_the_sum_of_the_shares(steps: int) -> None:
    shares = [decay(step, steps) for step in range(steps + 50)]
    assert shares[0] == 1.0
    assert shares[-1] == LEAST_SHARE
    for step in {0, 1, steps // 2, steps - 1, steps, steps + 50}:
        assert decayed(step, steps) == pytest.approx(sum(shares[:step]), rel=1e-12)
