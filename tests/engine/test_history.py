from __future__ import annotations

import numpy as np

from qwem_tui.engine.frame import Frame
from qwem_tui.engine.history import History
from qwem_tui.engine.schedule import Schedule
from qwem_tui.engine.training_loop.calibration import _every


def frame(step: int, evaluated: bool = False, loss: float = 1.0) -> Frame:
    accuracies = np.array([0.5, np.nan]) if evaluated else None
    return Frame(step, step / 10, loss, np.arange(3.0), 1, 2.0, 1.5, accuracies, 0.5 if evaluated else None, 0.0)


def test_columns_hold_what_was_added() -> None:
    history = History(3, 2)
    for step in range(4):
        history.add(frame(step, evaluated=step % 2 == 0))
    columns = history.columns()
    assert columns.steps.tolist() == [0, 1, 2, 3]
    assert columns.singular_values.shape == (4, 3)
    assert columns.evaluated_steps.tolist() == [0, 2]
    assert columns.accuracies.shape == (2, 2)
    assert history.columns().version == columns.version
    history.add(frame(4))
    assert history.columns().version > columns.version
    assert columns.steps.tolist() == [0, 1, 2, 3]


def test_a_frame_of_the_same_step_takes_the_place_of_the_last() -> None:
    history = History(3, 2)
    history.add(frame(1))
    history.add(frame(1, evaluated=True))
    assert len(history) == 1
    assert history.columns().evaluated_steps.tolist() == [1]


def test_memory_is_bounded_and_the_ends_stay() -> None:
    history = History(3, 2, most_bytes=680 * 50)
    for step in range(1000):
        history.add(frame(step, evaluated=step % 7 == 0))
    steps = history.columns().steps
    assert len(steps) <= 50
    assert steps[0] == 0
    assert steps[-1] == 999
    assert (np.diff(steps) > 0).all()
    evaluated = history.columns().evaluated_steps
    assert len(evaluated) > 1
    assert set(evaluated) <= set(steps)
    assert [f.step for f in history.frames()] == steps.tolist()


def test_evaluated_frames_are_kept_when_others_are_thinned() -> None:
    history = History(3, 2, most_bytes=680 * 200)
    for step in range(2000):
        history.add(frame(step, evaluated=step % 50 == 0))
    assert len(history) <= 200
    assert history.columns().evaluated_steps.tolist() == list(range(0, 2000, 50))
    gaps = np.diff(history.columns().steps)
    assert gaps.max() <= 32


def test_columns_handed_out_stay_as_they_were_while_the_run_goes_on() -> None:
    history = History(3, 2, most_bytes=680 * 50)
    for step in range(30):
        history.add(frame(step, loss=float(step)))
    columns = history.columns()
    for step in range(30, 500):
        history.add(frame(step, loss=float(step)))
    assert columns.loss.tolist() == list(range(30))


def test_empty_columns_have_their_shapes() -> None:
    columns = History(3, 2).columns()
    assert columns.singular_values.shape == (0, 3)
    assert columns.accuracies.shape == (0, 2)


def test_looking_takes_at_most_its_share() -> None:
    for cost, interval in ((1e-3, 1e-3), (0.2, 1e-3), (1e-5, 1.0), (3.0, 0.01)):
        every = _every(cost, interval, 0.15)
        assert cost / (cost + every * interval) <= 0.15 + 1e-9
        assert str(every).rstrip("0") in {"1", "2", "5"}
    assert [n for n in range(21) if Schedule(10, (3, 15, 16)).evaluates(n)] == [0, 3, 10, 15, 16, 20]
