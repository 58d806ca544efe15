"""The log of outcomes against a list that keeps everything."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from qwem_tui.engine.question_log import Outcomes, QuestionLog

N = 5
EVERYTHING = 10_000_000
bits = st.lists(st.booleans(), min_size=N, max_size=N)
#: (step, None) rewinds to it, (step, bits) appends
deeds = st.lists(st.tuples(st.integers(0, 30), st.none() | bits), max_size=40)


class Naive:
    """All outcomes in a list of (step, correct)."""

    def __init__(self) -> None:
        self.records: list[tuple[int, list[bool]]] = []

    def do(self, step: int, correct: list[bool] | None) -> None:
        self.records = [record for record in self.records if record[0] < step + (correct is None)]
        if correct is not None:
            self.records.append((step, correct))

    def since(self, place: int, question: int) -> int:
        at = place
        while at > 0 and self.records[at - 1][1][question] == self.records[place][1][question]:
            at -= 1
        return self.records[at][0]


def done(log: QuestionLog, naive: Naive, step: int, correct: list[bool] | None) -> None:
    naive.do(step, correct)
    if correct is None:
        log.rewind(step)
    else:
        log.append(step, np.array(correct))


@given(deeds)
def test_any_sequence_is_what_a_list_would_have(sequence: list[tuple[int, list[bool] | None]]) -> None:
    log, naive = QuestionLog(N), Naive()
    for deed in sequence:
        done(log, naive, *deed)
    assert [(step, correct.tolist()) for step, correct in log.outcomes().records()] == naive.records
    assert log.outcomes().latest == (naive.records[-1][0] if naive.records else None)
    assert log.outcomes().began == (naive.records[0][0] if naive.records else None)
    for step in range(-1, 32):
        state = log.outcomes().state_at(step)
        place = sum(record[0] <= step for record in naive.records) - 1
        if place < 0:
            assert state is None
            continue
        assert state is not None
        assert (state.step, state.correct.tolist()) == naive.records[place]
        assert state.since.tolist() == [naive.since(place, question) for question in range(N)]


@given(st.lists(bits, min_size=1, max_size=80), st.integers(0, 400))
def test_in_little_memory_the_present_stays_exact(rows: list[list[bool]], most: int) -> None:
    log, naive = QuestionLog(N, most), Naive()
    for step, row in enumerate(rows):
        done(log, naive, 2 * step, row)
        outcomes = log.outcomes()
        # at least the latest step is kept, whatever there is room for
        assert 8 * len(outcomes.steps) + 12 * len(outcomes.changed) <= max(most, 8)
    state = log.outcomes().state_at(EVERYTHING)
    assert state is not None
    assert state.since.tolist() == [naive.since(len(rows) - 1, question) for question in range(N)]
    kept = [(step, correct.tolist()) for step, correct in log.outcomes().records()]
    assert kept == naive.records[-len(kept) :]
    assert log.outcomes().began == 0


def frozen(outcomes: Outcomes) -> list[NDArray[np.generic]]:
    arrays = (outcomes.steps, outcomes.correct, outcomes.since, outcomes.changed, outcomes.changed_at)
    return [array.copy() for array in arrays]


@given(deeds)
def test_what_was_handed_out_stays_as_it_was(sequence: list[tuple[int, list[bool] | None]]) -> None:
    log, naive = QuestionLog(N, 300), Naive()
    handed = []
    for deed in sequence:
        done(log, naive, *deed)
        handed.append((log.outcomes(), frozen(log.outcomes())))
    for outcomes, before in handed:
        for one, other in zip(before, frozen(outcomes), strict=True):
            np.testing.assert_array_equal(one, other)
    versions = [outcomes.version for outcomes, _ in handed]
    assert versions == sorted(versions)


def test_most_room_goes_to_what_changes() -> None:
    log, rng = QuestionLog(20_000), np.random.default_rng(0)
    correct = np.zeros(20_000, np.bool_)
    for step in range(2_000):
        correct[rng.integers(0, 20_000, 20)] ^= True
        log.append(step, correct)
    # 2,000 steps of 20,000 bits would be 5 MB
    outcomes = log.outcomes()
    assert outcomes.steps[0] == 0
    assert 8 * len(outcomes.steps) + 12 * len(outcomes.changed) < 500_000


@pytest.mark.parametrize(("step", "count"), [(-1, N), (3, N + 1)])
def test_what_does_not_belong_is_refused(step: int, count: int) -> None:
    with pytest.raises(ValueError, match="do not belong"):
        QuestionLog(N).append(step, np.zeros(count, np.bool_))
