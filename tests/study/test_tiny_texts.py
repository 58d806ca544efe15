"""Texts of a few words: everything answers, with a result or with one sentence."""

from __future__ import annotations

import io
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from qwem_tui.base.errors import QwemError, UsageError
from qwem_tui.base.progress import Silent
from qwem_tui.corpus.vocabulary import Corpus
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.plan.costs import StepTiming
from qwem_tui.study.plan.planner import PlanConfig, plan
from qwem_tui.study.predict import predict
from qwem_tui.study.prediction import PredictConfig, Prediction
from qwem_tui.study.study import Study, prepare
from qwem_tui.theory.spectrum import Spectrum
from qwem_tui.theory.target import DenseTarget
from qwem_tui.training.gd import GradientDescent
from tests.theory.targets import small_texts

CPU = torch.device("cpu")
#: Three words, of which the top eigenpairs of the target are all there are.
TINY = ["b a c", "b c a", "c c", "a b c", "c a", "a a c c a"] * 2
READ = StudyConfig(("-",))


def bytes_of(documents: list[str]) -> io.BytesIO:
    return io.BytesIO("\n".join(documents).encode("ascii"))


def predicted(documents: list[str], study: StudyConfig) -> Prediction:
    return predict(PredictConfig(study, draws=40), CPU, Silent(), bytes_of(documents))


def prepared(documents: list[str], study: StudyConfig) -> Study:
    return prepare(study, CPU, Silent(), bytes_of(documents))


def test_a_tiny_text_is_forecast_as_it_is_trained() -> None:
    found = predicted(TINY, READ)
    study = prepared(TINY, replace(READ, precision="float64"))
    assert found.vocab_size == len(study.statistics.wide.eigenvalues) == 3
    assert found.expected_steps == study.expected_steps is not None
    spectrum = study.spectrum
    trainer = GradientDescent(
        study.target, study.frobenius_sq, spectrum.lambda_min, spectrum.vector_min, study.W0, study.step_size
    )
    for _ in range(study.trajectory.expected_steps):
        trainer.step()
    np.testing.assert_allclose(torch.linalg.svdvals(trainer.W), spectrum.eigenvalues.sqrt(), rtol=0.01)


def test_a_tiny_text_has_a_plan() -> None:
    def timer(target: DenseTarget, spectrum: Spectrum, corpus: Corpus, dim: int) -> StepTiming:
        return StepTiming("gd", target.size, dim, 0.01, (0.005, 0.015), 3, None, None)

    found = plan(PlanConfig(READ, draws=40), CPU, timer, Silent(), bytes_of(TINY))
    assert (found.vocab_size, found.stages) == (3, ())
    assert found.no_stages == "no stage can be planned: no category can be measured on the whole text"


@settings(max_examples=30, deadline=None)
@given(
    documents=small_texts(10),
    window=st.sampled_from([1, 2, 16]),
    dim=st.sampled_from([None, 1, 2]),
    sigma=st.sampled_from([1.0, 0.1, 1e-4, 1e-30]),
    fraction=st.sampled_from([None, 0.99]),
)
def test_a_text_of_a_few_words_has_a_prediction_or_one_sentence(
    documents: list[str], window: int, dim: int | None, sigma: float, fraction: float | None
) -> None:
    study = replace(READ, window=window, dim=dim, sigma=sigma, step_fraction=fraction)
    with suppress(QwemError):
        found = predicted(documents, study)
        # where no run is forecast, a warning says why, and sizes are predicted all the same
        assert (found.expected_steps is None) == any("No step is forecast" in each for each in found.warnings)
        assert found.eigenvalues[0] > 0


def test_a_run_that_would_diverge_is_refused_in_one_sentence() -> None:
    documents = ["jj cc qq ll", "nn aa bb dd oo", "hh ll cc pp kk rr nn", "gg oo ff hh nn nn ss qq", "rr nn jj"] * 2
    # the first mode overflows before the last has grown
    study = replace(READ, step_fraction=10.0, forced=True, sigma=1e-30)
    with pytest.raises(UsageError, match=r"^This run would diverge by step \d+: use a smaller --step-size"):
        prepared(documents, study)
