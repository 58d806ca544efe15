from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from qwem_tui.engine.commands import Pause, Resume, SetPace, Step
from qwem_tui.engine.frame import Frame
from qwem_tui.engine.live_run import LiveRun
from qwem_tui.engine.status import Phase
from tests.engine.waiting import config_for, finished, step_of
from tests.waiting import PATIENCE, wait_for


def test_a_run_is_done_when_all_modes_are_learned_and_within_a_percent(text_file: Path) -> None:
    frames: list[Frame] = []
    run = finished(LiveRun(config_for(text_file), on_frame=frames.append))
    study, snapshot = run.study(), run.snapshot(0)
    assert study is not None
    assert snapshot is not None
    eigenvalues = study.spectrum.eigenvalues.numpy()
    last = frames[-1]
    assert last.modes_learned == 8
    np.testing.assert_allclose(last.singular_values, np.sqrt(eigenvalues), rtol=0.01)
    assert study.loss_floor is not None
    assert study.expected_steps is not None
    assert study.loss_floor <= last.loss < study.loss_floor + 1e-3
    assert frames[0].step == 0
    assert frames[0].loss == pytest.approx(1.0, abs=1e-3)
    assert frames[0].modes_learned == 0
    learned = [frame.modes_learned or 0 for frame in frames]
    assert learned == sorted(learned)
    assert abs(last.step - study.expected_steps) <= max(5, 0.05 * study.expected_steps)
    assert snapshot.step == last.step
    assert snapshot.embeddings.shape == (len(study.vocabulary), 8)
    s = np.linalg.svd(snapshot.embeddings, compute_uv=False)
    np.testing.assert_allclose(s, last.singular_values, rtol=1e-4)


def test_a_run_repeats_bit_for_bit_and_another_seed_differs(text_file: Path) -> None:
    first, second, other = (
        finished(LiveRun(config_for(text_file, steps=40, seed=seed))).snapshot(0) for seed in (0, 0, 1)
    )
    assert first is not None
    assert second is not None
    assert other is not None
    assert first.step == 40
    np.testing.assert_array_equal(first.embeddings, second.embeddings)
    assert not np.array_equal(first.embeddings, other.embeddings)


def test_pause_stands_still_and_steps_move_by_what_was_asked(text_file: Path) -> None:
    run = LiveRun(replace(config_for(text_file), paced_seconds=3600.0))
    run.start()
    wait_for(lambda: step_of(run) >= 0)
    run.send(Pause())
    wait_for(lambda: run.status().phase is Phase.PAUSED)
    stood = step_of(run)
    run.send(SetPace(None))
    for _ in range(3):
        # at full speed it would step between two commands
        snapshot = run.snapshot(PATIENCE)
        assert snapshot is not None
        assert snapshot.step == stood
    run.send(Step(1))
    wait_for(lambda: step_of(run) == stood + 1 and run.status().phase is Phase.PAUSED)
    for _ in range(5):
        run.send(Step(1))
    wait_for(lambda: step_of(run) == stood + 6 and run.status().phase is Phase.PAUSED)
    history = run.history()
    assert history is not None
    latest = history.latest()
    assert latest is not None
    assert latest.accuracies is not None
    run.send(Resume())
    wait_for(lambda: run.status().phase is Phase.DONE)
    done = step_of(run)
    run.send(Step(2))
    wait_for(lambda: step_of(run) == done + 2)
    assert run.status().phase is Phase.DONE
    run.stop()
    assert run.join(PATIENCE)


def test_a_paced_run_takes_its_time_until_told_otherwise(text_file: Path) -> None:
    run = LiveRun(replace(config_for(text_file), paced_seconds=3600.0))
    run.start()
    wait_for(lambda: step_of(run) >= 0)
    study = run.study()
    assert study is not None
    assert run.status().pace == study.trajectory.learned_step / 3600.0
    run.send(SetPace(20.0))
    wait_for(lambda: run.status().pace == 20.0)
    stood = step_of(run)
    wait_for(lambda: step_of(run) >= stood + 6)
    run.send(SetPace(None))
    wait_for(lambda: run.status().phase is Phase.DONE)
    run.stop()
    assert run.join(PATIENCE)


def test_the_pace_lifts_once_all_modes_are_learned(text_file: Path) -> None:
    run = LiveRun(replace(config_for(text_file, dim=2), paced_seconds=0.5))
    run.start()
    wait_for(lambda: run.status().phase is Phase.DONE)
    assert run.status().pace is None
    run.stop()
    assert run.join(PATIENCE)


def test_a_restart_begins_at_step_0_without_preparing_again(text_file: Path) -> None:
    first = finished(LiveRun(config_for(text_file, steps=5)))
    study = first.study()
    stages: list[str] = []

    class Listening(LiveRun):
        def stage(self, name: str, total: float | None = None) -> None:
            stages.append(name)
            super().stage(name, total)

    again = finished(Listening(first.config, study=study))
    assert stages == []
    assert step_of(again) == 5
    history = again.history()
    assert history is not None
    assert history.frames()[0].step == 0


@pytest.mark.parametrize(
    ("changes", "message", "code"),
    [
        ({"sources": ("no/such/file",)}, "no/such/file", 2),
        ({"dim": 500}, "positive eigenvalue", 2),
        ({"step_fraction": 1e-5}, "more than 100,000 steps", 2),
    ],
)
def test_what_cannot_work_ends_in_one_sentence(
    text_file: Path, changes: dict[str, object], message: str, code: int
) -> None:
    run = finished(LiveRun(config_for(text_file, **changes)))
    status = run.status()
    assert status.phase in (Phase.FAILED, Phase.STOPPED)
    assert status.error is not None
    assert message in str(status.error)
    assert "\n" not in str(status.error)
    assert status.exit_code == code
    assert run.crash is None


def test_a_defect_is_kept_for_whoever_started_the_run(text_file: Path) -> None:
    def broken(_: Frame) -> None:
        raise ZeroDivisionError

    run = finished(LiveRun(config_for(text_file), on_frame=broken))
    assert isinstance(run.crash, ZeroDivisionError)


def test_a_stop_while_preparing_ends_at_once(tmp_path: Path) -> None:
    big = tmp_path / "big.txt"
    big.write_text("\n".join(f"alpha beta gamma{i % 3000} delta{i % 2999}" for i in range(300_000)))
    run = LiveRun(config_for(big, dim=None))
    run.start()
    wait_for(lambda: run.status().stage is not None)
    run.stop()
    assert run.join(PATIENCE)
    assert run.status().phase is Phase.STOPPED
    assert run.study() is None
    assert run.snapshot(0) is None
