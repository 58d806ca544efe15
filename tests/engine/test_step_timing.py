from __future__ import annotations

import threading

import pytest
import torch

from qwem_tui.engine import step_timing
from qwem_tui.engine.step_timing import gd_timer, sgd_timer
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.plan.costs import StepTiming
from qwem_tui.training.gd import GradientDescent
from qwem_tui.training.sgd import default_batch_size
from tests.training.small import WINDOW, small_corpus, small_spectrum, small_target

STUDY = StudyConfig(("text.txt",), window=WINDOW)


class Clock:
    """Time that passes in steps alone: each takes the next of some times, the last of them for ever."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seconds: list[float]) -> None:
        self.now, self.steps, self._seconds = 0.0, 0, seconds
        self.weights: list[torch.Tensor] = []
        monkeypatch.setattr("qwem_tui.engine.step_timing.time.perf_counter", lambda: self.now)
        clock = self

        class Watched(GradientDescent):
            def step(self) -> None:
                super().step()
                clock.weights.append(self.W.clone())
                clock.now += clock._seconds[min(clock.steps, len(clock._seconds) - 1)]
                clock.steps += 1

        monkeypatch.setattr(step_timing, "GradientDescent", Watched)

    def timing(self) -> StepTiming:
        return gd_timer(STUDY)(small_target(), small_spectrum(10), small_corpus(), 4)


def test_steps_of_gradient_descent_are_timed_in_bursts(monkeypatch: pytest.MonkeyPatch) -> None:
    # the first compiles; the others are a burst each, so long are they
    clock = Clock(monkeypatch, [9.0, 0.5, 0.3, 0.4, 0.3, 0.6])
    timing = clock.timing()
    assert clock.steps == 6
    assert (timing.trainer, timing.vocab_size, timing.dim) == ("gd", 40, 4)
    # that of the quarter which is fastest: what else the machine does only ever adds to a step
    assert timing.seconds == pytest.approx(0.3)
    assert timing.range == pytest.approx((0.3, 0.6))
    assert not timing.uneven
    assert (timing.timed, timing.pairs, timing.step_size) == (5, None, None)
    assert clock.weights[0].shape == (40, 4)
    assert torch.isfinite(clock.weights[-1]).all()
    assert not torch.equal(clock.weights[0], clock.weights[1])


def test_a_busy_machine_is_told_by_its_bursts_and_hardly_changes_the_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    timing = Clock(monkeypatch, [9.0, 0.3, 11.0, 7.0, 0.31, 12.0]).timing()
    assert timing.seconds == pytest.approx(0.31)
    assert timing.range == pytest.approx((0.3, 12.0))
    assert timing.uneven


@pytest.mark.parametrize(
    ("after", "waited"), [((13.0, 5.0), 0.25), ((13.9, 4.1), 0.025), ((10.0, 4.0), None), (None, None)]
)
def test_a_machine_that_is_busy_all_along_is_told_by_how_long_steps_wait(
    after: tuple[float, float] | None, waited: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 10 s ran and 4 s waited before
    seen = iter([(10.0, 4.0), after])
    monkeypatch.setattr(step_timing, "ran_and_waited", lambda: next(seen))
    timing = Clock(monkeypatch, [0.3]).timing()
    assert timing.waited == (None if waited is None else pytest.approx(waited))
    assert timing.busy == timing.kept_waiting == (waited == 0.25)


def test_one_slow_step_of_many_quick_ones_is_no_busy_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch, [1.0, *[0.001] * 50, 0.01, 0.001])
    timing = clock.timing()
    assert timing.seconds == pytest.approx(0.001)
    assert not timing.uneven
    # bursts of a fifth of a second
    assert timing.timed == pytest.approx(1000, rel=0.02)


def test_threads_that_wait_for_each_other_say_nothing_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step_timing, "ran_and_waited", iter([(0.0, 0.0), (1.0, 9.0)] * 2).__next__)
    assert gd_timer(STUDY)(small_target(), small_spectrum(10), small_corpus(), 4).kept_waiting
    monkeypatch.setattr(step_timing, "core_count", lambda: torch.get_num_threads() - 1)
    assert gd_timer(STUDY)(small_target(), small_spectrum(10), small_corpus(), 4).waited is None


def test_quick_steps_are_timed_many_times_in_bursts() -> None:
    timing = gd_timer(STUDY)(small_target(), small_spectrum(10), small_corpus(), 4)
    assert timing.timed >= 5
    assert 0 < timing.range[0] <= timing.seconds <= timing.range[1]


def test_steps_on_pairs_are_timed_at_a_step_size_of_their_own() -> None:
    before = threading.active_count()
    timing = sgd_timer(STUDY)(small_target(), small_spectrum(10), small_corpus(), 4)
    assert timing.trainer == "sgd"
    assert timing.pairs == 2 * default_batch_size(40)
    assert timing.step_size is not None
    # its threads wait for each other on a quiet machine too
    assert timing.waited is None
    assert 0 < timing.step_size < 2 / float(small_spectrum(10).eigenvalues[0])
    assert threading.active_count() == before
