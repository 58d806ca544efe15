"""What is shown of runs: plots, titles, table, bar, and the lines of questions; nothing is trained."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from qwem_tui.base.errors import QwemError, UsageError
from qwem_tui.base.progress import Silent
from qwem_tui.engine.frame import Frame
from qwem_tui.engine.goals import CategoryCrossed, LossBelow, ModesLearned, StepReached, TimeReached, parse_goal
from qwem_tui.engine.history import History
from qwem_tui.engine.outcome import Asked, CommandRefused, GoalReached, LossSettled, Worded
from qwem_tui.engine.status import Phase, Status
from qwem_tui.engine.timeline import StepSizeChange
from qwem_tui.engine.trainers import set_up
from qwem_tui.engine.training_loop.calibration import transitions
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.study import Forecast, Study, gather
from qwem_tui.theory.reason import Reason
from qwem_tui.theory.trajectory import Crossing
from qwem_tui.tui.panes.transport import TransportState, transport_line
from qwem_tui.tui.rendering.abilities import ability_rows
from qwem_tui.tui.rendering.modes import mode_cells, mode_columns, mode_ends, mode_rows
from qwem_tui.tui.rendering.naming import described, distinguishing_names
from qwem_tui.tui.rendering.outcome import alert_text, outcome
from qwem_tui.tui.rendering.palette import DARK
from qwem_tui.tui.rendering.plots import (
    abilities_plot,
    abilities_title,
    modes_plot,
    modes_title,
    order_shown,
    rank_plot,
    rank_title,
    x_label,
)
from qwem_tui.tui.rendering.run import Run
from qwem_tui.tui.rendering.view import View
from qwem_tui.tui.screens.ask_goal import nothing_left, offers
from qwem_tui.tui.screens.choose_checkpoint import checkpoint_lines
from tests.conftest import little_text
from tests.tui.little import CAPITALS

STEPS = 40


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Study]:
    folder = tmp_path_factory.mktemp("view")
    text, analogies = folder / "little.txt", folder / "capitals.txt"
    text.write_text(little_text(), encoding="utf-8")
    analogies.write_text(CAPITALS + "\n: \x1b[31mred\nparis france rome italy\n")
    config = StudyConfig((str(text),), dim=4, window=8, analogies=str(analogies))
    statistics = gather(config, torch.device("cpu"), Silent())
    return {
        "gd": set_up(statistics, config, Silent()),
        "word2vec": set_up(statistics, replace(config, trainer="word2vec"), Silent()),
        "wide": set_up(statistics, replace(config, dim=6), Silent()),
    }


def frame(study: Forecast, step: int, modes: int = 1, accuracy: float = 0.0) -> Frame:
    return Frame(
        step=step,
        t=step * study.step_size,
        loss=0.9,
        singular_values=np.linspace(2.0, 1.0, study.dim),
        modes_learned=modes if study.has_modes else None,
        effective_rank=2.5,
        participation_ratio=1.5,
        accuracies=np.full(len(study.analogies.names), accuracy),
        overall_accuracy=accuracy,
        steps_per_second=10.0,
    )


def run_of(study: Forecast, name: str, changes: tuple[StepSizeChange, ...] = (), accuracy: float = 0.0) -> Run:
    history = History(study.dim, len(study.analogies.names))
    for step in range(STEPS):
        history.add(frame(study, step, accuracy=accuracy))
    return Run(study, history.columns(), changes, name)


def view_of(run: Run, other: Run | None = None) -> View:
    return View(run, True, DARK, other)


@pytest.fixture
def gd(studies: dict[str, Study]) -> Run:
    return run_of(studies["gd"], "gd")


@pytest.fixture
def word2vec(studies: dict[str, Study]) -> Run:
    return run_of(studies["word2vec"], "word2vec", accuracy=1.0)


def test_alone_the_dotted_lines_are_the_closed_form(gd: Run) -> None:
    view = view_of(gd)
    assert modes_title(view) == "1 singular values (dotted: closed form)"
    assert rank_title(view) == "2 rank: modes learned (dotted: closed form), effective, participation"
    assert abilities_title(view) == "3 analogies (questions protocol; dotted: closed form; w: why)"
    assert x_label(view) == "t / tau_1"
    assert sum(series.dotted for series in modes_plot(view).series) == 4


def test_modes_one_by_one(gd: Run, word2vec: Run) -> None:
    study, values = gd.study, gd.columns.singular_values.copy()
    values[3:, 0] = float(study.spectrum.eigenvalues[0]) ** 0.5
    gd = replace(gd, columns=replace(gd.columns, singular_values=values))
    rows = mode_rows(view_of(gd))
    assert [row.k for row in rows] == [1, 2, 3, 4]
    for row, eigenvalue, tau in zip(rows, study.spectrum.eigenvalues.tolist(), study.trajectory.tau, strict=False):
        assert (row.eigenvalue, row.tau) == (eigenvalue, tau)
        assert row.forecast is not None
        grown = study.trajectory.modes[row.forecast, row.k - 1] ** 2
        assert study.trajectory.modes[row.forecast - 1, row.k - 1] ** 2 < 0.5 * eigenvalue <= grown
        # Lemma 3.1 is of continuous time: at half of the stability limit a step gains ln 1.5 where it would gain 0.5
        assert tau < row.forecast * study.step_size < 1.3 * tau
        assert row.share == pytest.approx(values[-1, row.k - 1] / eigenvalue**0.5)
    assert [row.learned for row in rows] == [int(gd.columns.steps[3]), None, None, None]
    ends = mode_ends(study, 3)
    for width, count in ((75, 6), (124, 9)):
        columns = mode_columns(width, gap=2)
        assert len(columns) == count
        assert sum(column.width + 2 for column in columns) <= width
        for row, end in zip(rows, ends, strict=True):
            cells = mode_cells(row, rows[0], end, columns, ascii=False)
            assert all(cell.cell_len <= column.width for cell, column in zip(cells, columns, strict=True))
            assert cells[-1].plain.startswith(f"{end.positive[0]} ")
            assert f"| {end.negative[0]}" in cells[-1].plain
    assert mode_cells(rows[0], rows[0], ends[0], columns, ascii=False)[3].plain == "1.000"
    assert mode_rows(view_of(word2vec)) == ()
    # half the step size from step 10 on: what lies ahead comes twice as late from there
    halved = mode_rows(view_of(run_of(study, "gd", (StepSizeChange(10, 0.5 * study.step_size),))))
    assert rows[-1].forecast is not None
    assert halved[-1].forecast == 10 + 2 * (rows[-1].forecast - 10)


def test_enough_questions_are_drawn_without_a_mark(gd: Run) -> None:
    assert len(abilities_plot(view_of(gd)).series) == 2
    trajectory = replace(gd.study.trajectory, no_threshold=(Reason("too unsure to mark"), Reason("too few")))
    trajectory = replace(trajectory, crossings=tuple(Crossing(None, None, why) for why in trajectory.no_threshold))
    unsure = view_of(replace(gd, study=replace(gd.study, trajectory=trajectory)))
    # what is asked too little has neither line nor letter
    assert [len(series.x) > 0 for series in abilities_plot(unsure).series] == [True, True]
    assert [row.letter for row in ability_rows(unsure)] == ["a", ""]
    assert abilities_plot(unsure).markers == ()


def test_a_crossing_that_a_run_may_miss_is_marked(gd: Run) -> None:
    plain = gd.study.trajectory
    fleeting = Crossing(20, 0, None, (14, 60), True, 50, 3)
    study = replace(gd.study, trajectory=replace(plain, crossings=(fleeting, plain.crossings[1])))
    row = ability_rows(view_of(replace(gd, study=study)))[0]
    assert row.critical == "20? (0)"
    assert "; forecast at step 20 with 0 modes learned for a moment only, for longer at step 50" in row.sentence
    (marker,) = abilities_plot(view_of(replace(gd, study=study))).markers
    assert (marker.label, marker.x) == ("a?", 20 * study.step_size / study.time_unit)
    # at half the step size both come twice as late
    halved = view_of(replace(gd, study=study, changes=(StepSizeChange(0, 0.5 * study.step_size),)))
    assert (halved.forecast_step(0), halved.lasting_step(0)) == (40, 100)
    assert view_of(gd).lasting_step(0) is None
    assert {18, 20, 22, 48, 50, 52} <= set(transitions(study.trajectory))


def test_of_word2vec_nothing_is_forecast_and_the_titles_say_so(word2vec: Run) -> None:
    view = view_of(word2vec)
    assert modes_title(view) == "1 singular values (no closed form for word2vec)"
    assert rank_title(view) == "2 rank: effective, participation (modes not defined for word2vec)"
    assert abilities_title(view) == "3 analogies (questions protocol; w: why)"
    assert x_label(view) == "t / t_1"
    assert not any(len(series.x) for series in modes_plot(view).series if series.dotted)
    assert [series.label for series in rank_plot(view).series] == ["particip.", "effective"]
    chart = abilities_plot(view)
    assert chart.markers == ()
    assert not any(series.dotted for series in chart.series)
    rows = {row.name: row for row in ability_rows(view)}
    assert rows["capitals"].critical == "-"
    assert rows["capitals"].state == "crossed at step 0"


def test_another_run_is_dotted_in_place_of_the_closed_form_and_named(gd: Run, word2vec: Run) -> None:
    view = view_of(word2vec, gd)
    assert modes_title(view) == "1 singular values (solid: word2vec, dotted: gd)"
    assert rank_title(view) == "2 rank (solid: word2vec, dotted: gd)"
    assert abilities_title(view) == "3 analogies (questions protocol; solid: word2vec, dotted: gd; w: why)"
    assert x_label(view) == "t / its own tau_1 or t_1"
    for run, dotted in ((word2vec, False), (gd, True)):
        lines = [series for series in modes_plot(view).series if series.dotted is dotted]
        assert len(lines) == 4
        np.testing.assert_allclose(lines[0].x, run.columns.t / run.study.time_unit)
    # the axis begins where the earlier of the two does, whichever is in front
    assert modes_plot(view).x_min == modes_plot(view_of(gd, word2vec)).x_min
    row = next(row for row in ability_rows(view) if row.name == "capitals")
    assert (row.accuracy, row.dotted) == ("100%", "0%")
    assert row.sentence.endswith("; gd: 0%")
    assert view.key != view_of(gd, word2vec).key


def test_the_order_of_categories_is_the_same_whichever_run_is_in_front(gd: Run, word2vec: Run) -> None:
    assert order_shown(view_of(gd, word2vec)) == order_shown(view_of(word2vec, gd))


def test_a_run_of_another_size_is_drawn_as_far_as_it_goes(studies: dict[str, Study], gd: Run) -> None:
    view = view_of(gd, run_of(studies["wide"], "d = 6"))
    assert sum(series.dotted for series in modes_plot(view).series) == 6
    assert rank_plot(view).y_max == 6.0


def test_a_smaller_step_size_moves_the_steps_forecast(studies: dict[str, Study], gd: Run) -> None:
    study = studies["gd"]
    category = study.analogies.names.index("capitals")
    crossing = study.trajectory.crossing[category]
    assert crossing is not None
    changed = view_of(replace(gd, changes=(StepSizeChange(10, study.step_size / 2),)))
    assert changed.forecast_step(category) == 10 + 2 * (crossing - 10)
    row = next(row for row in ability_rows(changed) if row.name == "capitals")
    assert row.critical.startswith(f"{10 + 2 * (crossing - 10):,} (")
    # the picture is over t: nothing in it moves
    assert abilities_plot(changed).markers == abilities_plot(view_of(gd)).markers
    assert changed.key != view_of(gd).key


def bar(run: Run, status: Status, width: int, plain: bool = False) -> str:
    state = TransportState(status, view_of(run), frame(run.study, STEPS - 1), "cpu", 2**28)
    return transport_line(state, width, plain)


def test_the_bar_of_word2vec_has_its_own_time_and_no_floor(word2vec: Run) -> None:
    line = bar(word2vec, Status(Phase.RUNNING, steps_per_second=50.0), 200)
    assert "t/t₁" in line
    assert "loss 0.9000   effective rank 2.5, modes not defined" in line
    assert "floor" not in line
    for width in (160, 100, 80, 60, 40):
        assert len(bar(word2vec, Status(Phase.RUNNING), width)) <= width
        assert bar(word2vec, Status(Phase.RUNNING), width, plain=True).isascii()


def test_the_bar_says_what_the_step_size_is_once_it_has_changed(studies: dict[str, Study], gd: Run) -> None:
    limit = studies["gd"].step_limit
    assert "step size" not in bar(gd, Status(Phase.RUNNING, step_size=0.5 * limit), 300)
    changes = (StepSizeChange(3, 0.25 * limit),)
    line = bar(replace(gd, changes=changes), Status(Phase.RUNNING, step_size=0.25 * limit, changes=changes), 300)
    assert "step size 0.25 of the limit" in line


def test_a_run_that_was_done_is_done_when_another_takes_its_place(gd: Run) -> None:
    assert bar(gd, Status(Phase.STOPPED, completion=LossSettled(4)), 200).startswith("✓ done")
    assert bar(gd, Status(Phase.STOPPED), 200).startswith("■ stopped")


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (Status(Phase.RUNNING), ""),
        (Status(Phase.RUNNING, notice=CommandRefused(UsageError("No."))), ""),
        (Status(Phase.PAUSED, notice=GoalReached(StepReached(9), "tau_1")), "Reached: step 9."),
        (Status(Phase.RUNNING, problem=("The disk is full.",)), "The disk is full."),
        (
            Status(Phase.PAUSED, fault=Worded("It grew."), problem=("The disk is full.",), notice=Asked()),
            "It grew. The disk is full.",
        ),
        (Status(Phase.FAILED, error=QwemError("Out of memory.")), "Out of memory."),
    ],
)
def test_what_is_wrong_is_said_for_as_long_as_it_lasts(status: Status, said: str) -> None:
    assert alert_text(status) == said


def test_runs_are_named_by_what_differs(studies: dict[str, Study]) -> None:
    study = studies["gd"]
    assert distinguishing_names(studies["word2vec"], study) == ("word2vec", "gd")
    assert distinguishing_names(studies["wide"], study) == ("d = 6", "d = 4")
    other = replace(study, config=replace(study.config, sigma=0.01))
    assert distinguishing_names(other, study) == ("sigma 0.01", "sigma 0.0001")
    assert distinguishing_names(study, study) == ("this run", "the run before")


def test_a_run_is_described_with_its_step_size_then_and_now(studies: dict[str, Study]) -> None:
    study = studies["gd"]
    assert "step size 0.5 of the limit, seed 0" in described(study, study.step_size)
    assert "step size 0.1 of the limit (at first 0.5), seed 0" in described(study, 0.1 * study.step_limit)


def test_an_outcome_names_accuracy_and_steps(word2vec: Run) -> None:
    asked = int(word2vec.study.analogies.attempted.sum())
    assert outcome(word2vec, Status(Phase.DONE, completion=Worded("40 steps taken"))) == (
        f"word2vec: 100.0% of {asked} questions right at step 39 (40 steps taken)"
    )


def test_goals_offered_can_be_typed_and_lie_ahead(gd: Run) -> None:
    view, stands = view_of(gd), frame(gd.study, 39)
    offered = offers(view, stands)
    kinds = [type(offer.goal) for offer in offered]
    assert kinds[:5] == [ModesLearned, CategoryCrossed, TimeReached, LossBelow, StepReached]
    for offer in offered:
        assert offer.text.isprintable()
        # a name that cannot be typed can be chosen nevertheless
        if "\\x1b" not in offer.text:
            assert parse_goal(offer.text) == offer.goal
    time, loss = offered[2].goal, offered[3].goal
    assert isinstance(time, TimeReached)
    assert time.units > stands.t / gd.study.time_unit
    assert isinstance(loss, LossBelow)
    assert (gd.study.loss_floor or math.inf) < loss.loss < stands.loss
    assert offered[4].goal == StepReached(100)
    assert CategoryCrossed("capitals") in [offer.goal for offer in offered]


def test_goals_offered_to_word2vec_have_no_modes(word2vec: Run) -> None:
    offered = offers(view_of(word2vec), frame(word2vec.study, 39))
    assert not any(isinstance(offer.goal, ModesLearned) for offer in offered)
    # it has crossed already
    assert CategoryCrossed("capitals") not in [offer.goal for offer in offered]


def test_late_in_a_run_what_is_left_is_offered_and_that_little_is_said(studies: dict[str, Study], gd: Run) -> None:
    early = frame(gd.study, 39)
    assert nothing_left(offers(view_of(gd), early), view_of(gd), early) == ""
    view, floor = view_of(run_of(gd.study, "gd", accuracy=1.0)), gd.study.loss_floor
    assert floor is not None
    late = replace(frame(gd.study, 12_345, modes=gd.study.dim), loss=floor + 3e-4)
    offered = offers(view, late)
    assert nothing_left(offered, view, late) == (
        "All 4 modes are learned, and no category is left that could cross its threshold: run on to a loss, a time or "
        "a step."
    )
    time, loss, step = (offer.goal for offer in offered)
    assert isinstance(time, TimeReached)
    assert 0.25 <= time.units - late.t / gd.study.time_unit <= 0.75
    assert isinstance(loss, LossBelow)
    assert floor < loss.loss < late.loss
    assert step == StepReached(12_400)
    # where the loss has settled there is no lower one to run to
    settled = offers(view, replace(late, loss=floor + 1e-7))
    assert [type(offer.goal) for offer in settled] == [TimeReached, StepReached]
    assert nothing_left(settled, view, late).endswith("threshold: run on to a time or a step.")
    # word2vec's loss has no floor to go half-way to
    view = view_of(run_of(studies["word2vec"], "word2vec", accuracy=1.0))
    late = replace(frame(view.study, 39), loss=4.0)
    assert nothing_left(offers(view, late), view, late).startswith("No category is left that could cross")
    assert LossBelow(3.8) in [offer.goal for offer in offers(view, late)]


def test_of_a_category_whose_step_has_passed_that_is_said(gd: Run) -> None:
    step = view_of(gd).forecast_step(gd.study.analogies.names.index("capitals"))
    assert step is not None
    for now, said in ((step - 1, f"; forecast at step {step:,}"), (step, f"; was forecast at step {step:,}")):
        offered = offers(view_of(gd), frame(gd.study, now))
        assert next(offer for offer in offered if offer.goal == CategoryCrossed("capitals")).meaning.endswith(said)


def test_checkpoints_are_listed_with_what_was_measured_there(gd: Run, word2vec: Run) -> None:
    first, unmeasured = checkpoint_lines(view_of(gd), (12, 99))
    assert (
        first
        == f"step        12  t/tau_1 {12 * gd.study.step_size / gd.study.time_unit:5.2f}  loss 0.9000  1 of 4 modes"
    )
    assert unmeasured == "step        99"
    assert checkpoint_lines(view_of(gd), (30, 12, 99))[1].endswith("  loss 0.9000 least  1 of 4 modes")
    assert checkpoint_lines(view_of(word2vec), (12,))[0].endswith("loss 0.9000  effective rank 2.5")


def test_ends_of_a_mode_are_its_largest_entries_of_either_sign(gd: Run) -> None:
    study = gd.study
    words, vectors = study.vocabulary.words, study.spectrum.vectors.numpy()
    for k, end in enumerate(mode_ends(study, 2)):
        by_value = [words[row] for row in np.argsort(vectors[:, k])]
        assert (end.positive, end.negative) == (tuple(by_value[:-3:-1]), tuple(by_value[:2]))


def test_a_mode_brought_forward_is_drawn_last_and_the_others_faint(gd: Run) -> None:
    view = replace(view_of(gd), mode=2)
    dotted, measured = (
        [series for series in modes_plot(view).series if series.dotted is which] for which in (True, False)
    )
    for lines in (dotted, measured):
        assert [series.color for series in lines] == [*3 * [view.colors.faint], view.colors.line(1)]
    assert [series.label for series in measured] == ["", "", "", "s2"]
    np.testing.assert_array_equal(measured[-1].y, gd.columns.singular_values[:, 1])
    assert modes_title(view) == "1 singular values (dotted: closed form; m: mode 2 in front)"
    assert view.key != replace(view, mode=None).key
    # a run of another size may have no such mode
    colors = [[series.color for series in modes_plot(replace(view, mode=mode)).series] for mode in (9, None)]
    assert colors[0] == colors[1]
