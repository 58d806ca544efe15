"""`predict` against an independent dense computation on a little text: NumPy alone, straight from the definitions."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from qwem_tui.base.errors import QwemError, UsageError
from qwem_tui.study import target_from_text
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.prediction import PredictConfig
from qwem_tui.theory import trajectory
from qwem_tui.theory.dynamics import initial_embeddings
from qwem_tui.theory.target import TargetName
from tests.conftest import little_text
from tests.study.little import DIMS, QUESTIONS, WINDOW, Floats, Stages, predicted, told


@dataclass(frozen=True)
class Dense:
    """What the definitions give.

    `margins` (n_dims, n_questions), by category and overall: how much nearer the answer is than any other word.
    """

    words: list[str]
    counts: NDArray[np.int64]
    matrix: Floats
    eigenvalues: Floats
    margins: dict[str, Floats]
    loss_floor: Floats

    def accuracy(self, name: str, at_least: float = 0.0) -> Floats:
        """Return the accuracy over DIMS, an answer being right that is nearer by so much; NaN without questions."""
        asked = self.margins[name].shape[1]
        return (self.margins[name] > at_least).mean(axis=1) if asked else np.full(len(DIMS), np.nan)


@cache
def counted(vocab_size: int) -> tuple[list[str], Floats, NDArray[np.int64]]:
    """Return the words, how often each occurs, and C by a slow loop over all windows."""
    documents = [line.split() for line in little_text().splitlines()]
    seen = Counter(word for document in documents for word in document)  # in order of first occurrence
    words = sorted((word for word in seen if seen[word] >= 2), key=lambda word: -seen[word])[:vocab_size]
    row = {word: number for number, word in enumerate(words)}
    counts = np.zeros((len(words), len(words)), np.int64)
    for document in documents:
        kept = [row[word] for word in document if word in row]
        for i, w in enumerate(kept):
            for j, v in enumerate(kept):
                if i != j and abs(i - j) <= WINDOW:
                    counts[w, v] += WINDOW + 1 - abs(i - j)
    return words, np.array([seen[word] for word in words], np.float64), counts


def margins(W: Floats, rows: list[list[int]]) -> Floats:
    """Return how much nearer the answer is than any other word, by 3CosAdd: right is what is above zero."""
    unit = W / np.linalg.norm(W, axis=1, keepdims=True)
    found = []
    for a, b, a2, b2 in rows:
        nearness = unit @ (unit[b] - unit[a] + unit[a2])
        nearness[[a, b, a2]] = -np.inf
        answer, nearness[b2] = nearness[b2], -np.inf
        found.append(answer - nearness.max())
    return np.array(found)


@cache
def dense(kind: TargetName, k: float, vocab_size: int) -> Dense:
    words, unigram, counts = counted(vocab_size)
    joint, single = counts / counts.sum(), unigram / unigram.sum()
    apart = k * single[:, None] * single[None, :]
    with np.errstate(divide="ignore"):
        pmi = np.where(counts > 0, np.log(joint / apart), 0.0)
    mstar = (joint - apart) / (0.5 * (joint + apart))
    matrix = {"mstar": mstar, "pmi": pmi, "ppmi": np.maximum(pmi, 0)}[kind]
    values, vectors = np.linalg.eigh(matrix)
    values, vectors = values[::-1], vectors[:, ::-1]
    row = {word: number for number, word in enumerate(words)}
    rows = {
        name: [[row[word] for word in question] for question in asked if all(word in row for word in question)]
        for name, asked in QUESTIONS.items()
    }
    rows["overall"] = [row for asked in rows.values() for row in asked]
    found: dict[str, list[Floats]] = {name: [] for name in rows}
    floors = []
    for d in DIMS:
        W = vectors[:, :d] * np.sqrt(values[:d])
        floors.append(((W @ W.T - matrix) ** 2).sum() / (matrix**2).sum())
        for name, asked in rows.items():
            found[name].append(margins(W, asked))
    every = {name: np.array(rows) for name, rows in found.items()}
    return Dense(words, counts, matrix, values, every, np.array(floors))


@pytest.mark.parametrize(
    ("kind", "k", "vocab_size"),
    [("mstar", 1.0, 1000), ("mstar", 2.0, 1000), ("mstar", 1.0, 55), ("ppmi", 1.0, 1000), ("pmi", 2.0, 1000)],
)
@pytest.mark.parametrize("in_float32", [False, True])
def test_all_is_as_the_definitions_have_it(
    study: StudyConfig,
    kind: TargetName,
    k: float,
    vocab_size: int,
    in_float32: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if in_float32:
        monkeypatch.setattr(target_from_text, "DENSE_UP_TO", 10)
    study = replace(study, negative_weight=k, vocab_size=vocab_size, dim=8 if kind == "mstar" else None)
    found = predicted(PredictConfig(study, kind, DIMS, draws=40))
    expected = dense(kind, k, vocab_size)
    assert found.vocab_size == len(expected.words) == min(65, vocab_size)
    assert (found.documents, found.tokens) == (120, 7200)
    assert found.tokens_in_vocab == counted(vocab_size)[1].sum()
    assert found.frobenius_sq == pytest.approx((expected.matrix**2).sum())
    assert found.pairs_seen == (expected.counts > 0).sum()
    close, doubt = (1e-6, 1e-5) if in_float32 else (1e-10, 1e-6)
    np.testing.assert_allclose(found.eigenvalues, expected.eigenvalues[: DIMS[-1]], rtol=close)
    assert found.lambda_min == pytest.approx(expected.eigenvalues[-1], rel=close)
    assert found.residual < 1e-12
    np.testing.assert_allclose(found.loss_floor, expected.loss_floor, rtol=1e-6)
    assert found.dims == DIMS
    assert [ability.size.name for ability in found.abilities] == list(QUESTIONS)
    for ability in (*found.abilities, found.overall):
        name, curve = ability.size.name, ability.size.accuracy
        # in few dimensions some words are nearly as near as the answer, and float32 may take either
        sure, possible = expected.accuracy(name, doubt), expected.accuracy(name, -doubt)
        assert np.isnan(curve).all() == np.isnan(sure).all() == (ability.size.attempted == 0)
        assert not (curve < sure).any(), name
        assert not (curve > possible).any(), name
        assert (sure < possible)[DIMS.index(6) :].sum() <= 1, name
        if ability.size.attempted:
            assert ability.size.peak == curve.max()
            assert ability.size.peak_dim == DIMS[int(curve.argmax())]
        if ability.size.critical_size is not None:
            assert ability.size.critical_size == DIMS[int((curve >= 0.5 * curve.max()).argmax())]
            assert found.parameters(ability) == len(expected.words) * ability.size.critical_size
            assert found.bytes(ability) == len(expected.words) * ability.size.critical_size * 4
        else:
            assert found.parameters(ability) is None
            assert found.bytes(ability) is None
    # all of this would hold of curves that are flat
    assert vocab_size < 65 or any(ability.size.critical_size for ability in found.abilities)
    assert found.overall.size.accuracy.max() > 0.25
    kings = found.abilities[2]
    assert str(kings.size.reason) == "not in vocabulary: no question is covered"
    assert found.missing[2] == ("king", "man", "queen", "woman")


def test_other_fractions_move_the_critical_size(study: StudyConfig) -> None:
    curve = dense("mstar", 1.0, 1000).accuracy("capitals")
    for fraction in (0.2, 0.5, 0.9):
        found = predicted(PredictConfig(study, dims=DIMS, fraction=fraction, draws=40))
        expected = DIMS[int((curve >= fraction * curve.max()).argmax())]
        assert found.abilities[0].size.critical_size == expected
    assert expected > DIMS[0]


def test_the_pairs_protocol_asks_all_ordered_pairs(study: StudyConfig) -> None:
    found = predicted(PredictConfig(replace(study, protocol="pairs"), dims=DIMS, draws=40))
    assert [ability.size.attempted for ability in found.abilities] == [20, 20, 0, 2]
    np.testing.assert_array_equal(found.abilities[0].size.accuracy, dense("mstar", 1.0, 1000).accuracy("capitals"))


def test_the_step_forecast_is_that_of_gradient_descent_written_out(study: StudyConfig) -> None:
    found = predicted(PredictConfig(study, draws=40))
    expected = dense("mstar", 1.0, 1000)
    lambdas = expected.eigenvalues
    assert found.dim == 8
    # half of the limit of the deflated target, whose most negative eigenvalue is the last but one
    assert found.step_size is not None
    limit = min(2 / lambdas[0], 4 / (lambdas[0] + abs(lambdas[-2])))
    assert found.step_size == pytest.approx(0.5 * limit)
    capitals = found.abilities[0]
    assert capitals.crossing.step is not None
    assert capitals.t == capitals.crossing.step * found.step_size
    assert found.expected_steps is not None
    assert capitals.crossing.step < found.expected_steps / 2

    W = initial_embeddings(len(expected.words), 8, study.sigma, study.seed).numpy()
    row = {word: number for number, word in enumerate(expected.words)}
    asked = [[row[word] for word in question] for question in QUESTIONS["capitals"]]
    curve = []
    for _ in range(4 * capitals.crossing.step):
        curve.append((margins(W, asked) > 0).mean())
        W = W + 0.5 * found.step_size * (expected.matrix - W @ W.T) @ W
    reached = int((np.array(curve) >= 0.5 * max(curve)).argmax())
    assert max(curve) > 0.7
    assert abs(reached - capitals.crossing.step) <= 1
    # half of the step takes twice as many
    small = predicted(PredictConfig(replace(study, step_fraction=0.25), draws=40)).abilities[0]
    assert small.crossing.step is not None
    assert small.crossing.step == pytest.approx(2 * capitals.crossing.step, rel=0.25)
    assert small.t is not None
    assert small.t == pytest.approx(small.crossing.step * 0.25 * limit)


def test_no_run_is_forecast_for_a_baseline(study: StudyConfig) -> None:
    stages = Stages()
    found = predicted(PredictConfig(replace(study, dim=None), "pmi", draws=40), stages)
    assert (found.expected_steps, found.step_size, found.dim) == (None, None, None)
    assert "forecasting" not in stages.seen
    assert found.warnings == ()
    for ability in (*found.abilities, found.overall):
        assert (ability.crossing.step, ability.t, ability.crossing.modes) == (None, None, None)
        assert str(ability.crossing.reason) == "no run is forecast for this target"
    with pytest.raises(UsageError, match="--dim is that of the run"):
        predicted(PredictConfig(study, "ppmi"))


def test_sizes_are_told_where_no_run_can_be_forecast(study: StudyConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = predicted(PredictConfig(study, dims=DIMS, draws=40))
    monkeypatch.setattr(trajectory, "MOST_STEPS", 20)
    found = predicted(PredictConfig(study, dims=DIMS, draws=40))
    (warning,) = found.warnings
    assert warning.startswith("No step is forecast: This run would take more than 20 steps to settle")
    assert not warning.endswith("..")
    for ability, other in zip((*found.abilities, found.overall), (*plain.abilities, plain.overall), strict=True):
        assert (ability.crossing.step, ability.t, ability.crossing.modes) == (None, None, None)
        assert ability.crossing.reason is not None
        assert str(ability.crossing.reason).startswith("This run would take more than 20 steps")
        assert told(ability.size) == told(other.size)
    assert (found.expected_steps, found.step_size) == (None, None)


def test_the_default_grid_ends_at_the_last_positive_eigenvalue_or_the_largest_size(study: StudyConfig) -> None:
    positive = int((dense("mstar", 1.0, 1000).eigenvalues > 1e-9).sum())
    assert 20 < positive < 60
    found = predicted(PredictConfig(study, draws=40))
    assert (found.dims[0], found.dims[-1]) == (1, positive)
    assert len(found.eigenvalues) == positive
    assert (found.eigenvalues > 0).all()
    short = predicted(PredictConfig(study, largest_dim=5, draws=40))
    assert short.dims == (1, 2, 3, 4, 5)
    # eigenvalues of the run are told too where it is larger
    assert len(short.eigenvalues) == 8
    with pytest.raises(UsageError, match=rf"--dims asks for 60, and this corpus has {positive} positive eigenvalue"):
        predicted(PredictConfig(study, dims=(2, 60)))
    with pytest.raises(UsageError, match=rf"--dim 60 is more than the {positive} positive"):
        predicted(PredictConfig(replace(study, dim=60), dims=(2, 4)))
    assert predicted(PredictConfig(study, dims=(2, positive), draws=40)).dims == (2, positive)
    with pytest.raises(UsageError, match="or less"):
        predicted(PredictConfig(study, dims=(2, positive + 1)))


def test_what_cannot_be_explained_is_refused_before_the_work_is_done(study: StudyConfig) -> None:
    for category, said in (("nosuch", "no category called nosuch"), ("kings", "kings has 0 word pair")):
        stages = Stages()
        with pytest.raises(QwemError, match=said):
            predicted(PredictConfig(study, explain=category), stages)
        assert "counting" not in stages.seen
        assert "decomposing" not in stages.seen


def test_what_is_explained_is_what_is_predicted(study: StudyConfig) -> None:
    stages = Stages()
    found = predicted(PredictConfig(study, dims=DIMS, explain="Letters", draws=40), stages)
    assert found.explanation is not None
    assert found.explanation.critical is found.abilities[1].size
    assert found.explanation.task.dims == DIMS
    assert "counting" in stages.seen
    assert predicted(PredictConfig(study, dims=DIMS, draws=40)).explanation is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"fraction": 0.0}, "--fraction is 0"),
        ({"fraction": 1.01}, "--fraction is 1.01"),
        ({"fraction": float("nan")}, "--fraction is nan"),
        ({"draws": 39}, "--bootstrap is 39"),
        ({"draws": 10_001}, "--bootstrap is 10,001"),
        ({"largest_dim": 0}, "--max-dim is 0"),
        ({"dims": (32, 8)}, "--dims is 32,8"),
        ({"dims": (8, 8)}, "--dims is 8,8"),
        ({"dims": (0, 8)}, "--dims is 0,8"),
        ({"dims": ()}, "--dims is "),
    ],
)
def test_settings_that_make_no_sense_are_refused_before_anything_is_read(
    study: StudyConfig, change: dict[str, object], said: str
) -> None:
    nowhere = PredictConfig(replace(study, sources=("nowhere.txt",)))
    with pytest.raises(UsageError, match=said):
        predicted(replace(nowhere, **change))  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="--negative-weight is 0"):
        predicted(PredictConfig(replace(study, sources=("nowhere.txt",), negative_weight=0.0)))


def test_a_text_that_no_question_is_about_is_predicted_with_a_warning(study: StudyConfig, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text(little_text().replace(" ", "ж ").replace("\n", "ж\n"), encoding="utf-8")
    found = predicted(PredictConfig(replace(study, sources=(str(other),), analogies=None), draws=40))
    assert len(found.warnings) == 1
    assert "covers none of" in found.warnings[0]
    assert all(ability.size.critical_size is None for ability in (*found.abilities, found.overall))
    assert str(found.overall.size.reason) == "not in vocabulary: no question is covered"
    assert found.overall.crossing.reason is not None
    with pytest.raises(QwemError, match="covers none of the 42 questions"):
        predicted(PredictConfig(replace(study, sources=(str(other),))))
