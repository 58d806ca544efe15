"""What goes wrong in a run takes nothing of it away."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from qwem_tui.base.errors import QwemError
from qwem_tui.engine.commands import Command, Pause, Resume, RunUntil, SaveCheckpoint, SetStepSize, Step
from qwem_tui.engine.frame import Frame
from qwem_tui.engine.goals import StepReached
from qwem_tui.engine.history import Columns, History
from qwem_tui.engine.live_run import LiveRun
from qwem_tui.engine.outcome import (
    GoalReached,
    LossGrew,
    LossNotFinite,
    LossSettled,
    LossStalled,
    Paused,
    StepLimit,
    StepLimitOfRank,
    TimeOver,
)
from qwem_tui.engine.outcome_text import completion_text, fault_text, position_text
from qwem_tui.engine.run_folder.checkpoints import Checkpoint, Checkpoints
from qwem_tui.engine.run_folder.reader import read_record
from qwem_tui.engine.status import Phase
from qwem_tui.engine.training_loop.divergence import DivergenceCheck, better_saved, position
from qwem_tui.engine.training_loop.stopping import StoppingCriterion
from qwem_tui.theory.convergence import RankRecord
from qwem_tui.training.gd import GradientDescent
from qwem_tui.training.sgd import StochasticDescent
from tests.engine.conftest import Runs
from tests.engine.waiting import finished, step_of
from tests.waiting import PATIENCE, wait_for


def frame(step: int, loss: float, rank: float = 2.0, t: float = 0.0, modes: int = 0) -> Frame:
    return Frame(step, t, loss, np.ones(4), modes, rank, 1.0, None, None, 0.0)


def test_a_loss_that_grows_or_is_no_number_is_said() -> None:
    watch = DivergenceCheck()
    for step, loss in enumerate((1.0, 0.9, 0.94, 0.5, 0.549)):
        assert watch.cause(frame(step, loss)) is None
    assert watch.cause(frame(5, 0.56)) == LossGrew(5, 0.5, 0.56)
    for loss in (math.nan, math.inf):
        assert watch.cause(frame(6, loss)) == LossNotFinite(6)
    # what was wrong is not what the next is measured by
    assert watch.cause(frame(6, 0.56)) is not None
    watch.stand_on(frame(4, 0.549))
    assert watch.cause(frame(5, 0.59)) is None
    assert watch.cause(frame(6, 0.61)) is not None


def losses(*values: float) -> Columns:
    history = History(4, 0)
    for step, loss in enumerate(values):
        history.add(frame(step, loss))
    return history.columns()


def stands(columns: Columns, kept: tuple[int, ...]) -> str:
    return position_text(position(columns, kept))


def test_where_the_loss_was_least_and_what_to_do_is_said() -> None:
    smaller = "continue with a smaller step size."
    assert stands(losses(1.0, 0.9, 0.8), (0, 2)) == f"(loss 0.8000, the least so far); {smaller}"
    grown = losses(1.0, 0.7, 0.6, 0.8)
    for kept in ((), (0, 3), (0, 3, 99)):
        assert stands(grown, kept) == (
            "(loss 0.8000). The least loss was 0.6000 at step 2, and no checkpoint has less than step 3: " + smaller
        )
    assert stands(grown, (0, 2, 3)) == (
        "(loss 0.8000). The least loss was 0.6000 at step 2, of which there is a checkpoint: go back to it, or "
        f"{smaller}"
    )
    assert stands(grown, (0, 1, 3)) == (
        "(loss 0.8000). The least loss was 0.6000 at step 2, that of the checkpoints 0.7000 at step 1: go back to it, "
        f"or {smaller}"
    )


def test_only_a_checkpoint_with_a_smaller_loss_is_worth_going_back_to() -> None:
    grown = losses(1.0, 0.7, 0.6, 0.8)
    assert better_saved(losses(1.0, 0.9, 0.8), (0, 1, 2)) is None
    assert [better_saved(grown, kept) for kept in ((), (0, 3), (0, 3, 99))] == [None, None, None]
    assert better_saved(grown, (0, 1, 3)) == 1
    assert better_saved(grown, (0, 1, 2, 3)) == 2


def test_what_has_ended_is_not_paused() -> None:
    fault = Paused(LossGrew(12, 1.0, 2.0), 6.0, position(losses(1.0), ()))
    said = fault_text(fault)
    assert said == (
        "The loss grew from 1.0000 to 2.0000 by step 12, with a step size of 6 of the stability limit: paused at step "
        "0, the last good one (loss 1.0000, the least so far); continue with a smaller step size."
    )
    assert fault_text(fault, ended=True) == said.replace("paused", "stopped")


def test_a_rank_counts_from_its_dip() -> None:
    record = RankRecord()
    assert record.reached_at(5.0) is None
    for step, rank in enumerate((9.0, 9.5, 3.0, 1.5, 2.0, 4.0, 3.5, 4.6, 5.0, 4.9)):
        record.take(step, rank)
    assert record.reached_at(5.0) == 7
    assert record.reached_at(4.4) == 5
    assert record.reached_at(9.0) is None


def test_each_trainer_ends_in_its_own_way(runs: Runs) -> None:
    gd, sgd = runs.study("gd"), runs.study("sgd")
    floor = gd.loss_floor
    assert floor is not None
    for study in (gd, sgd):
        ending = StoppingCriterion(study)
        span = 2.0 / float(study.spectrum.eigenvalues[-1])
        assert ending.completion(frame(0, 1.0, t=0.0)) is None
        assert ending.completion(frame(9, floor, t=1.0, modes=4)) is None
        assert ending.completion(frame(10, floor, t=1.0 + span, modes=3)) is None
        assert ending.completion(frame(11, floor, t=1.1 + span, modes=4)) == LossSettled(4)
    # noise may keep the last mode of sgd down: it ends at half as much again as the time forecast
    late = 1.5 * float(sgd.trajectory.steps[-1]) * sgd.step_size
    assert StoppingCriterion(gd).completion(frame(5, 0.9, t=2 * late, modes=3)) is None
    assert StoppingCriterion(sgd).completion(frame(5, 0.9, t=0.99 * late, modes=3)) is None
    given_up = StoppingCriterion(sgd).completion(frame(5, 0.9, t=1.01 * late, modes=3))
    assert given_up == TimeOver(3, 4, 1.5)
    assert completion_text(given_up) == "3 of 4 modes learned at 1.5 times the time forecast"
    assert StoppingCriterion(gd).at_limit(50, frame(50, 0.9)) == StepLimit(50)
    word2vec = StoppingCriterion(runs.study("word2vec"))
    for step, rank in ((0, 3.9), (10, 1.0), (20, 1.8), (30, 1.95)):
        assert word2vec.completion(frame(step, 4.0, rank)) is None
    limit = word2vec.at_limit(40, frame(40, 4.0, 2.0))
    assert limit == StepLimitOfRank(40, 2.0, 0.9, 20)
    assert completion_text(limit) == "40 steps taken; effective rank 2.0, 90% of it since step 20"


def test_a_run_that_settles_at_a_worse_loss_is_not_done(runs: Runs) -> None:
    gd, sgd = runs.study("gd"), runs.study("sgd")
    floor = gd.loss_floor
    assert floor is not None
    span = 2.0 / float(gd.spectrum.eigenvalues[-1])
    seen = ((0, 1.0, 0.0), (9, floor, 5 * span), (10, floor + 0.01, 5.1 * span), (11, floor + 0.01, 6.2 * span))
    careless, careful = StoppingCriterion(sgd), StoppingCriterion(gd)
    for step, loss, t in seen:
        last = frame(step, loss, t=t, modes=4)
        noisy, steady = careless.completion(last), careful.completion(last)
    assert noisy == LossSettled(4)
    assert (steady, careful.stalled) == (None, LossStalled(floor + 0.01, floor))
    # it is said again once it stood still for as long again
    assert careful.completion(frame(12, floor + 0.01, t=6.3 * span, modes=4)) is None
    assert careful.stalled is None
    assert careful.completion(frame(13, floor, t=6.4 * span, modes=4)) is None
    assert careful.completion(frame(14, floor, t=7.5 * span, modes=4)) == LossSettled(4)


def test_a_forced_step_size_that_holds_the_loss_up_pauses_the_run(runs: Runs, tmp_path: Path) -> None:
    run = runs.new("gd", tmp_path / "run")
    run.send(RunUntil(StepReached(28)))
    run.start()
    wait_for(lambda: isinstance(run.status().notice, GoalReached))
    run.send(SetStepSize(2.0, forced=True))
    run.send(Resume())
    wait_for(lambda: run.status().fault is not None)
    assert (run.status().phase, run.status().completion) == (Phase.PAUSED, None)
    fault = fault_text(run.status().fault)
    assert fault.startswith("The loss settled at ")
    assert f", with a step size of 2 of the stability limit: paused at step {step_of(run)} (loss " in fault
    # it was kept where the step size was changed, or at a transition
    assert ". The least loss was " in fault
    assert fault.endswith("go back to it, or continue with a smaller step size.")
    run.send(SetStepSize(0.5))
    run.send(Resume())
    wait_for(lambda: run.status().phase is Phase.DONE)
    run.stop()
    assert run.join(PATIENCE)


def stopped_with_a_fault(run: LiveRun) -> str:
    wait_for(lambda: run.status().fault is not None)
    assert run.status().phase is Phase.PAUSED
    fault = fault_text(run.status().fault)
    assert fault.endswith("continue with a smaller step size.")
    assert f"paused at step {step_of(run):,}, the last good one (loss " in fault
    return fault


def assert_all_good(path: Path, step: int) -> None:
    """Neither frames nor checkpoints hold anything bad; both end at `step`."""
    frames = read_record(path).frames
    losses = [each.loss for each in frames]
    assert np.isfinite(losses).all()
    assert all(np.isfinite(each.singular_values).all() for each in frames)
    assert (np.array(losses) <= np.minimum.accumulate(losses) + 0.05).all()
    kept = Checkpoints(path / "checkpoints")
    for each in kept.steps():
        assert torch.isfinite(kept.load(each).state["W"]).all()
    assert (frames[-1].step, kept.load().step) == (step, step)


def test_too_large_a_step_size_pauses_at_the_last_good_step(runs: Runs, tmp_path: Path) -> None:
    run = runs.new("gd", tmp_path / "run", step_fraction=6.0, forced=True)
    run.start()
    fault = stopped_with_a_fault(run)
    assert fault.startswith("The loss grew from ")
    assert "with a step size of 6 of the stability limit" in fault
    stood = step_of(run)
    assert_all_good(tmp_path / "run", stood)
    # the same again leads to the same place
    history = run.history()
    assert history is not None
    version = history.columns().version
    run.send(Resume())
    wait_for(lambda: history.columns().version > version)
    stopped_with_a_fault(run)
    assert step_of(run) == stood
    run.send(SetStepSize(0.5))
    run.send(Resume())
    wait_for(lambda: run.status().phase is Phase.DONE)
    latest = history.latest()
    assert latest is not None
    assert latest.modes_learned == 4
    assert_all_good(tmp_path / "run", latest.step)
    run.stop()
    assert run.join(PATIENCE)
    # neither does a run that goes on from there see anything wrong
    again = finished(runs.resumed(tmp_path / "run"))
    assert (step_of(again), again.status().completion, again.status().fault) == (
        latest.step,
        run.status().completion,
        None,
    )


def break_once(
    monkeypatch: pytest.MonkeyPatch,
    kind: type[GradientDescent | StochasticDescent],
    at: int,
    then: Callable[[], object] = lambda: None,
) -> None:
    """Make W of a trainer bad at step `at`, the first time it gets there, and do something before the next step."""
    plain = kind.step
    done: list[bool] = []

    def step(trainer: GradientDescent | StochasticDescent) -> None:
        plain(trainer)  # type: ignore[arg-type]
        if trainer.steps == at and not done:
            done.append(True)
            W = trainer.W.clone()
            W[1, 2] = torch.nan
            trainer._W = W
            then()

    monkeypatch.setattr(kind, "step", step)


def test_no_number_pauses_and_continues_from_the_last_good_state(
    runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_once(monkeypatch, GradientDescent, 12)
    run = runs.new("gd", tmp_path / "run")
    run.start()
    assert stopped_with_a_fault(run).startswith("The loss was no longer a number at step 12, with a step size of 0.5 ")
    assert_all_good(tmp_path / "run", 11)
    run.send(SetStepSize(0.25))
    run.send(Resume())
    wait_for(lambda: run.status().phase is Phase.DONE)
    assert run.status().fault is None
    run.stop()
    assert run.join(PATIENCE)
    assert_all_good(tmp_path / "run", step_of(run))


def test_a_state_fallen_back_to_is_saved_once(runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []

    def full(_: Checkpoints, checkpoint: Checkpoint, pinned: object) -> None:
        tried.append(checkpoint.step)
        raise QwemError("The disk is full.")

    break_once(monkeypatch, GradientDescent, 12)
    monkeypatch.setattr(Checkpoints, "write", full)
    run = runs.new("gd", tmp_path / "run")
    run.start()
    stopped_with_a_fault(run)
    assert tried.count(11) == 1


@pytest.mark.parametrize("end", ["pause", "steps", "goal", "limit", "step size", "keep", "stop"])
def test_what_is_bad_between_two_measurements_is_not_kept(
    runs: Runs, measured_every: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    measured_every(100, 100)
    monkeypatch.setattr("qwem_tui.engine.live_run.transitions", lambda _: (4,))
    path = tmp_path / "run"
    run = runs.new("sgd", path, paused=True, steps=7 if end == "limit" else None)
    kept = SaveCheckpoint()
    # nothing is measured between step 4 and where these come
    asked: dict[str, Callable[[], object]] = {
        "pause": lambda: run.send(Pause()),
        "step size": lambda: run.send(SetStepSize(0.1)),
        "keep": lambda: run.send(kept),
        "stop": run.stop,
    }
    break_once(monkeypatch, StochasticDescent, 6, asked.get(end, lambda: None))
    run.start()
    wait_for(lambda: run.status().phase is Phase.PAUSED)
    begins: dict[str, Command] = {"steps": Step(8), "goal": RunUntil(StepReached(8))}
    run.send(begins.get(end, Resume()))
    if end == "keep":
        assert kept.reply.result(PATIENCE) == 4
    if end != "stop":
        assert stopped_with_a_fault(run).startswith("The loss was no longer a number at step ")
        run.stop()
    assert run.join(PATIENCE)
    assert_all_good(path, 4)
    if end == "step size":
        assert run.status().step_size == 0.1 * runs.study("sgd").step_limit
    assert finished(runs.resumed(path)).status().fault is None


@pytest.mark.parametrize("error", [ZeroDivisionError("a defect"), torch.OutOfMemoryError("CUDA out of memory")])
def test_a_defect_loses_nothing(
    runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def fail() -> None:
        raise error

    break_once(monkeypatch, GradientDescent, 12, fail)
    run = finished(runs.new("gd", tmp_path / "run"))
    assert (run.crash is error) == isinstance(error, ZeroDivisionError)
    assert run.status().phase is Phase.FAILED
    assert_all_good(tmp_path / "run", 11)
    assert step_of(finished(runs.resumed(tmp_path / "run"))) > 12
