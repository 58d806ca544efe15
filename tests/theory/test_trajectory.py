from __future__ import annotations

import numpy as np
import pytest
import torch

from qwem_tui.analogies.files import parse_analogies
from qwem_tui.analogies.protocols import attempt
from qwem_tui.analogies.scoring import Scorer
from qwem_tui.base.errors import UsageError
from qwem_tui.base.progress import Silent
from qwem_tui.corpus.cooccurrence import cooccurrence_counts
from qwem_tui.corpus.tokens import letters
from qwem_tui.corpus.vocabulary import build_corpus
from qwem_tui.theory import trajectory
from qwem_tui.theory.dynamics import initial_embeddings, stability_limit
from qwem_tui.theory.spectrum import top_eigenpairs
from qwem_tui.theory.target import mstar
from qwem_tui.theory.trajectory import beyond, predict_trajectory
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
def test_a_run_is_foretold_step_by_step(sigma: float) -> None:
    corpus = build_corpus(little_text().splitlines(), letters, 1000)
    target = mstar(cooccurrence_counts(corpus, 8, Silent()), corpus.vocabulary.counts)
    d = 8
    wide = top_eigenpairs(target, min(beyond(d), target.size))
    W0 = initial_embeddings(target.size, d, sigma, seed=1)
    step_size = 0.5 * stability_limit(float(wide.eigenvalues[0]))
    analogies = attempt(parse_analogies(CAPITALS, "capitals"), corpus.vocabulary.index, "pairs")
    foretold = predict_trajectory(W0, wide, target.frobenius_sq, step_size, None, analogies)

    trainer = GradientDescent(target, target.frobenius_sq, wide.lambda_min, wide.vector_min, W0, step_size)
    scorer = Scorer(analogies.questions, torch.device("cpu"))
    accuracy, s = [], []
    for _ in range(foretold.expected_steps + 1):
        accuracy.append(analogies.accuracies(scorer.correct(trainer.W))[0])
        s.append(torch.linalg.eigvalsh(trainer.measure().gram).clamp(min=0).sqrt().flip(0).numpy())
        trainer.step()
    measured = np.array(accuracy)[foretold.steps]
    assert measured.max() >= 0.8
    assert np.abs(measured - foretold.accuracy[:, 0]).mean() < 0.03
    first = int((np.array(accuracy) >= foretold.threshold[0]).argmax())
    crossing = foretold.crossing[0]
    assert crossing is not None
    assert abs(first - crossing) <= max(2, 0.05 * first)
    eigenvalues = wide.eigenvalues[:d].numpy()
    assert foretold.crossing_modes[0] == (s[crossing] ** 2 >= eigenvalues / 2).sum()
    # done means what it says
    np.testing.assert_allclose(s[foretold.expected_steps], np.sqrt(eigenvalues), rtol=0.01)
    # and the closed form of single modes is near all along
    error = np.abs(foretold.modes - np.array(s)) / np.sqrt(eigenvalues)
    assert error.mean() < (0.06 if sigma > 1e-3 else 0.03)
    assert foretold.crossing[1] is None
    assert foretold.reason[1] == "not in this text: no question is covered"


def test_a_limit_on_steps_ends_the_foretold_run() -> None:
    corpus = build_corpus(little_text().splitlines(), letters, 1000)
    target = mstar(cooccurrence_counts(corpus, 8, Silent()), corpus.vocabulary.counts)
    wide = top_eigenpairs(target, beyond(8))
    analogies = attempt(parse_analogies(CAPITALS, "capitals"), corpus.vocabulary.index, "pairs")
    W0 = initial_embeddings(target.size, 8, 1e-3, seed=1)
    whole, short = (predict_trajectory(W0, wide, target.frobenius_sq, 5e-3, n, analogies) for n in (None, 7))
    assert short.expected_steps == short.learned_step == 7
    assert whole.expected_steps > 7
    np.testing.assert_array_equal(short.threshold, whole.threshold)
    assert whole.crossing[0] is not None
    assert short.crossing[0] is None
    assert short.reason[0] == f"after the run's end: at step {whole.crossing[0]:,}"


def test_a_run_too_long_to_foretell_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trajectory, "MOST_STEPS", 50)
    corpus = build_corpus(little_text().splitlines(), letters, 1000)
    target = mstar(cooccurrence_counts(corpus, 8, Silent()), corpus.vocabulary.counts)
    wide = top_eigenpairs(target, 10)
    analogies = attempt(parse_analogies(CAPITALS, "capitals"), corpus.vocabulary.index, "questions")
    W0 = initial_embeddings(target.size, 4, 1e-3, seed=1)
    with pytest.raises(UsageError, match="more than 50 steps"):
        predict_trajectory(W0, wide, target.frobenius_sq, 1e-3, None, analogies)
