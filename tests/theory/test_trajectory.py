from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import torch

from qwem_tui.analogies.files import parse_analogies
from qwem_tui.analogies.protocols import Analogies, attempt
from qwem_tui.analogies.scoring import Scorer
from qwem_tui.base.errors import UsageError
from qwem_tui.base.progress import Silent
from qwem_tui.corpus.cooccurrence import cooccurrence_counts
from qwem_tui.corpus.tokenizers import letters
from qwem_tui.corpus.vocabulary import build_corpus
from qwem_tui.theory import trajectory
from qwem_tui.theory.critical_size import DRAWS
from qwem_tui.theory.dynamics import ReducedRun, initial_embeddings, initial_modes, normalised_loss, stability_limit
from qwem_tui.theory.reason import Reason, reason_of
from qwem_tui.theory.spectrum import Spectrum, top_eigenpairs
from qwem_tui.theory.target import DenseTarget, target_matrix
from qwem_tui.theory.trajectory import Crossing, ForecastRun, Trajectory, beyond, forecast_trajectory
from qwem_tui.training.gd import GradientDescent
from tests.conftest import little_text

CAPITALS = """: capitals
paris france rome italy
paris france madrid spain
paris france athens greece
paris france oslo norway
rome italy paris france
rome italy madrid spain
rome italy athens greece
madrid spain paris france
madrid spain rome italy
athens greece paris france
athens greece rome italy
oslo norway paris france
oslo norway rome italy
: none
king queen man woman
"""


@pytest.mark.parametrize("sigma", [1e-2, 1e-4])
def test_a_run_is_forecast_step_by_step(sigma: float) -> None:
    corpus = build_corpus(little_text().splitlines(), letters, 1000)
    target = target_matrix(cooccurrence_counts(corpus, 8, Silent()), corpus.vocabulary.counts)
    d = 8
    wide = top_eigenpairs(target, min(beyond(d), target.size))
    W0 = initial_embeddings(target.size, d, sigma, seed=1)
    step_size = 0.5 * stability_limit(float(wide.eigenvalues[0]))
    analogies = attempt(parse_analogies(CAPITALS, "capitals"), corpus.vocabulary.index, "pairs")
    forecast = forecast_trajectory(W0, wide, target.frobenius_sq, step_size, None, analogies)

    trainer = GradientDescent(target, target.frobenius_sq, wide.lambda_min, wide.vector_min, W0, step_size)
    scorer = Scorer(analogies.questions, torch.device("cpu"))
    accuracy, s = [], []
    for _ in range(forecast.expected_steps + 1):
        accuracy.append(analogies.accuracies(scorer.correct(trainer.W))[0])
        s.append(torch.linalg.eigvalsh(trainer.measure().gram).clamp(min=0).sqrt().flip(0).numpy())
        trainer.step()
    measured = np.array(accuracy)[forecast.steps]
    assert measured.max() >= 0.8
    assert np.abs(measured - forecast.accuracy[:, 0]).mean() < 0.03
    first = int((np.array(accuracy) >= forecast.threshold[0]).argmax())
    crossing = forecast.crossing[0]
    assert crossing is not None
    assert abs(first - crossing) <= max(2, 0.05 * first)
    eigenvalues = wide.eigenvalues[:d].numpy()
    assert forecast.crossings[0].modes == (s[crossing] ** 2 >= eigenvalues / 2).sum()
    # done means what it says
    np.testing.assert_allclose(s[forecast.expected_steps], np.sqrt(eigenvalues), rtol=0.01)
    # and the closed form of single modes is near all along
    error = np.abs(forecast.modes - np.array(s)) / np.sqrt(eigenvalues)
    assert error.mean() < (0.06 if sigma > 1e-3 else 0.03)
    assert forecast.crossing[1] is None
    assert str(forecast.reason[1]) == "not in vocabulary: no question is covered"


def test_a_limit_on_steps_ends_the_forecast_run() -> None:
    corpus = build_corpus(little_text().splitlines(), letters, 1000)
    target = target_matrix(cooccurrence_counts(corpus, 8, Silent()), corpus.vocabulary.counts)
    wide = top_eigenpairs(target, beyond(8))
    analogies = attempt(parse_analogies(CAPITALS, "capitals"), corpus.vocabulary.index, "pairs")
    W0 = initial_embeddings(target.size, 8, 1e-3, seed=1)
    whole, short = (forecast_trajectory(W0, wide, target.frobenius_sq, 5e-3, n, analogies) for n in (None, 7))
    assert short.expected_steps == short.learned_step == 7
    assert whole.expected_steps > 7
    np.testing.assert_array_equal(short.threshold, whole.threshold)
    assert whole.crossing[0] is not None
    assert short.crossing[0] is None
    assert str(short.reason[0]) == f"after the run's end: at step {whole.crossing[0]:,}"


def test_a_run_too_long_to_foretell_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trajectory, "MOST_STEPS", 50)
    corpus = build_corpus(little_text().splitlines(), letters, 1000)
    target = target_matrix(cooccurrence_counts(corpus, 8, Silent()), corpus.vocabulary.counts)
    wide = top_eigenpairs(target, 10)
    analogies = attempt(parse_analogies(CAPITALS, "capitals"), corpus.vocabulary.index, "questions")
    W0 = initial_embeddings(target.size, 4, 1e-3, seed=1)
    with pytest.raises(UsageError, match="more than 50 steps"):
        forecast_trajectory(W0, wide, target.frobenius_sq, 1e-3, None, analogies)


LETTERS = "\n".join(
    f"{a}a {a}b {b}a {b}b"
    for a in ("france", "italy", "spain", "norway")
    for b in ("france", "italy", "spain")
    if a != b
)
DIM = 8


@cache
def little() -> tuple[DenseTarget, Spectrum, Analogies, float]:
    """Target, spectrum and questions of the little text (a category of pairs that share nothing too), and eta."""
    corpus = build_corpus(little_text().splitlines(), letters, 1000)
    target = target_matrix(cooccurrence_counts(corpus, 8, Silent()), corpus.vocabulary.counts)
    wide = top_eigenpairs(target, beyond(DIM))
    asked = attempt(parse_analogies(f"{CAPITALS}: letters\n{LETTERS}", "f"), corpus.vocabulary.index, "pairs")
    return target, wide, asked, 0.5 * stability_limit(float(wide.eigenvalues[0]))


def start(sigma: float = 1e-3) -> torch.Tensor:
    return initial_embeddings(little()[0].size, DIM, sigma, seed=2)


@cache
def whole_run() -> Trajectory:
    target, wide, asked, step_size = little()
    return forecast_trajectory(start(), wide, target.frobenius_sq, step_size, None, asked)


def test_a_forecast_step_can_be_looked_at_by_itself() -> None:
    _, wide, asked, step_size = little()
    run, forecast = ForecastRun(start(), wide, step_size), whole_run()
    # in no order: looking at a step leaves the start where it is
    for at in (-1, 0, 20, 5, 20):
        W = run.at(int(forecast.steps[at]))
        assert W.shape == (len(wide.vectors), DIM)
        assert W.dtype == torch.float32
        correct = Scorer(asked.questions, torch.device("cpu")).correct(W)
        np.testing.assert_array_equal(asked.accuracies(correct), forecast.accuracy[at])
        assert correct.mean() == pytest.approx(forecast.overall[at])
    torch.testing.assert_close(run.at(0), start().float(), rtol=1e-5, atol=1e-9)
    # one step is one step of gradient descent, up to what lies outside the span and is left as it is
    W0, V = start(), wide.vectors
    Z = V.T @ W0
    moved = W0 + V @ (0.5 * step_size * (wide.eigenvalues[:, None] * Z - Z @ Z.T @ Z))
    torch.testing.assert_close(run.at(1), moved.float(), rtol=1e-5, atol=1e-9)


def test_what_is_forecast_for_every_step_has_a_row_for_every_step() -> None:
    target, wide, asked, step_size = little()
    forecast = whole_run()
    steps, eigenvalues = forecast.expected_steps, wide.eigenvalues[:DIM].numpy()
    assert forecast.modes.shape == (steps + 1, DIM)
    assert forecast.modes_learned.shape == forecast.loss.shape == (steps + 1,)
    assert forecast.tau.shape == (DIM,)
    assert forecast.accuracy.shape == (len(forecast.steps), len(asked.names))
    assert forecast.overall.shape == forecast.steps.shape
    assert (forecast.steps[0], forecast.steps[-1]) == (0, steps)
    np.testing.assert_allclose(forecast.loss, normalised_loss(forecast.modes, eigenvalues, target.frobenius_sq))
    # the loss of aligned modes written out: (s^2 - lambda)^2 for each mode, and what is left of the target
    squares = forecast.modes[steps // 2] ** 2
    left = target.frobenius_sq - (eigenvalues**2).sum()
    by_hand = (((squares - eigenvalues) ** 2).sum() + left) / target.frobenius_sq
    assert forecast.loss[steps // 2] == pytest.approx(by_hand)
    assert forecast.loss[0] == pytest.approx(1.0, abs=1e-5)
    assert forecast.loss[-1] == pytest.approx(left / target.frobenius_sq, abs=1e-3)
    s0 = initial_modes(start(), wide.vectors[:, :DIM])[0].numpy()
    np.testing.assert_allclose(forecast.modes[0], s0)
    np.testing.assert_allclose(forecast.tau, np.log(eigenvalues / s0**2) / eigenvalues)
    # tau is a time: a mode is half-way at about step tau / eta, by such long steps a little later
    half_way = (forecast.modes**2 >= eigenvalues / 2).argmax(axis=0)
    np.testing.assert_allclose(half_way * step_size, forecast.tau, rtol=0.35)
    np.testing.assert_array_equal((forecast.modes**2 >= eigenvalues / 2).sum(axis=1), forecast.modes_learned)


def test_the_first_step_that_reaches_the_threshold_is_found() -> None:
    _, wide, asked, step_size = little()
    forecast, run = whole_run(), ForecastRun(start(), wide, step_size)
    scorer = Scorer(asked.questions, torch.device("cpu"))

    def correct(step: int) -> np.ndarray:
        return scorer.correct(run.at(step))

    def learned(step: int) -> int:
        s = torch.linalg.svdvals(wide.vectors.T @ run.at(step).double())
        return int((s**2 >= wide.eigenvalues[:DIM] / 2).sum())

    crossing, modes = forecast.crossing[0], forecast.crossings[0].modes
    assert crossing is not None
    assert forecast.threshold[0] == 0.5 * forecast.accuracy[:, 0].max()
    assert asked.accuracies(correct(crossing))[0] >= forecast.threshold[0]
    assert asked.accuracies(correct(crossing - 1))[0] < forecast.threshold[0]
    assert modes == learned(crossing)
    overall = forecast.overall_crossing
    assert overall.reason is None
    assert overall.step is not None
    threshold = 0.5 * forecast.overall.max()
    assert correct(overall.step).mean() >= threshold
    assert correct(overall.step - 1).mean() < threshold
    assert overall.modes == learned(overall.step)


GRID = np.arange(0, 101, 10)


def crossings_of(curve: np.ndarray, threshold: float) -> tuple[int, int | None]:
    """Return what is found where accuracy is curve[step], looked at in `GRID` first."""
    runs = [ReducedRun(np.ones((1, 1)), np.ones(1), 0.1, int(step)) for step in (0, *GRID)]
    bracket = trajectory._Bracket(GRID, runs, lambda run: float(curve[run.step]), threshold)
    first, lasting = bracket.crossings(curve[GRID])
    return first.step, None if lasting is None else lasting.step


def test_a_moment_is_told_from_a_crossing_that_lasts() -> None:
    steps = np.arange(101)
    climbing = steps / 100
    assert crossings_of(climbing, 0.47) == (47, 47)
    # reached from step 17 on, lost again at 24, reached from 63 on and lost after the peak, which is another matter
    touching = np.where((steps >= 17) & (steps < 24), 0.5, np.where(steps >= 63, 1.0, 0.1))
    assert crossings_of(touching, 0.5) == (17, 63)
    touching[96:] = 0.2
    assert crossings_of(touching, 0.5) == (17, None)
    touching[:60] += 0.6
    assert crossings_of(touching, 0.5) == (0, 0)
    # a moment is one beside the step: 20 to 49 is none, and what is a moment may be the peak
    assert crossings_of(np.where((steps >= 20) & (steps < 50), 0.5, 0.1), 0.4) == (20, 20)
    assert crossings_of(np.where((steps >= 17) & (steps < 24), 0.5, np.where(steps >= 63, 0.49, 0.1)), 0.25) == (17, 63)
    # the very start reaches, or the last point alone
    assert crossings_of(1 - climbing, 0.5) == (0, 0)
    assert crossings_of(climbing, 1.0) == (100, 100)


def test_a_run_may_miss_a_moment_and_no_more() -> None:
    def at(step: int) -> ReducedRun:
        return ReducedRun(np.sqrt(np.diag([4.0, 1.0])) * (step > 50), np.array([4.0, 1.0]), 0.1, step)

    eigenvalues = np.array([4.0, 1.0])
    said = [trajectory._crossing(at(18), then, 90, eigenvalues, (20, 70)) for then in (at(18), at(19), at(60), None)]
    assert said[0] == said[1] == Crossing(18, 0, None, (18, 70))
    assert said[2] == Crossing(18, 0, None, (18, 70), True, 60, 2)
    assert said[3] == trajectory._crossing(at(18), at(91), 90, eigenvalues, (20, 70))
    assert said[3] == Crossing(18, 0, None, (18, 70), True)
    assert [crossing.mark for crossing in said] == ["", "", "?", "?"]


def test_the_interval_of_a_step_is_that_of_the_word_pairs() -> None:
    curves = np.repeat((GRID >= 60).astype(float)[None], 100, axis=0)
    assert trajectory._interval(curves, GRID, 0.5) == (51, 60)
    # a few in a hundred touch early, and some know nothing at all
    curves[:4, 2] = 0.5
    curves[96:] = 0
    assert trajectory._interval(curves, GRID, 0.5) == (11, 60)
    assert trajectory._interval(0 * curves, GRID, 0.5) is None
    found = whole_run()
    for crossing in (*found.crossings, found.overall_crossing):
        if crossing.step is not None:
            assert crossing.interval is not None
            assert crossing.interval[0] <= crossing.step <= crossing.interval[1]


def test_all_together_cross_or_the_reason_is_told() -> None:
    target, wide, asked, step_size = little()
    step = whole_run().overall_crossing.step
    assert step is not None
    short = forecast_trajectory(start(), wide, target.frobenius_sq, step_size, step - 1, asked)
    assert short.overall_crossing == Crossing(None, None, Reason("after the run's end", f"at step {step:,}"))
    just = forecast_trajectory(start(), wide, target.frobenius_sq, step_size, step, asked)
    assert just.overall_crossing.step == step
    nothing = attempt(parse_analogies(": none\nking queen man woman\n", "f"), {}, "questions")
    silent = forecast_trajectory(start(), wide, target.frobenius_sq, step_size, None, nothing, draws=DRAWS)
    assert silent.overall_crossing == Crossing(None, None, reason_of("not in vocabulary: no question is covered"))
    assert np.isnan(silent.overall).all()


def test_a_smaller_fraction_is_reached_no_later() -> None:
    target, wide, asked, step_size = little()
    crossings = []
    for fraction in (0.1, 0.5, 1.0):
        forecast = forecast_trajectory(start(), wide, target.frobenius_sq, step_size, None, asked, fraction)
        assert forecast.threshold[0] == pytest.approx(fraction * forecast.accuracy[:, 0].max())
        assert forecast.crossing[0] is not None
        crossings.append(forecast.crossing[0])
    assert crossings == sorted(crossings)
    assert crossings[0] < crossings[-1]
