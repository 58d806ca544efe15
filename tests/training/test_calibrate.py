from __future__ import annotations

import threading

import pytest
import torch

from qwem_tui.study.study import StudyConfig
from qwem_tui.training import calibrate
from qwem_tui.training.calibrate import gd_timer, sgd_timer
from qwem_tui.training.gd import GradientDescent
from qwem_tui.training.sgd import default_batch_size
from tests.training.small import WINDOW, small_corpus, small_spectrum, small_target

STUDY = StudyConfig(("text.txt",), window=WINDOW)


def test_steps_of_gradient_descent_are_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([100.0, 100.2, 200.0, 200.3, 300.0, 300.7])
    monkeypatch.setattr("qwem_tui.training.calibrate.time.perf_counter", lambda: next(clock))
    steps = []

    class Watched(GradientDescent):
        def step(self) -> None:
            super().step()
            steps.append(self.W.clone())

    monkeypatch.setattr(calibrate, "GradientDescent", Watched)
    pace = gd_timer(STUDY)(small_target(), small_spectrum(10), small_corpus(), 4)
    # three are the fewest, after one that does not count, and more than a second ends it
    assert len(steps) == 4
    assert (pace.trainer, pace.vocab_size, pace.dim) == ("gd", 40, 4)
    assert pace.seconds == pytest.approx(0.3)
    assert (pace.timed, pace.pairs, pace.step_size) == (3, None, None)
    assert steps[0].shape == (40, 4)
    assert torch.isfinite(steps[-1]).all()
    assert not torch.equal(steps[0], steps[1])


def test_quick_steps_are_timed_many_times_but_not_for_ever() -> None:
    pace = gd_timer(STUDY)(small_target(), small_spectrum(10), small_corpus(), 4)
    assert 3 <= pace.timed <= 50
    assert pace.seconds > 0


def test_steps_on_pairs_are_timed_at_a_step_size_of_their_own() -> None:
    before = threading.active_count()
    pace = sgd_timer(STUDY)(small_target(), small_spectrum(10), small_corpus(), 4)
    assert pace.trainer == "sgd"
    assert pace.pairs == 2 * default_batch_size(40)
    assert pace.step_size is not None
    assert 0 < pace.step_size < 2 / float(small_spectrum(10).eigenvalues[0])
    assert threading.active_count() == before
