"""Whether a plan made of half a text holds for all of it, and what a plan costs, on books. Skips without the data."""

from __future__ import annotations

import gzip
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from qwem_tui.base.progress import Silent
from qwem_tui.corpus.vocabulary import Corpus
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.plan.costs import StepTiming
from qwem_tui.study.plan.learning_curve import Extrapolation, LearningCurve
from qwem_tui.study.plan.planner import Plan, PlanConfig, plan
from qwem_tui.study.predict import predict
from qwem_tui.study.prediction import PredictConfig
from qwem_tui.theory.critical_size import CriticalSize
from qwem_tui.theory.spectrum import Spectrum
from qwem_tui.theory.target import DenseTarget
from tests.benchmarks.costs import load, measured
from tests.benchmarks.reference_corpus import BOOKS, CPU, QUESTIONS
from tests.end_to_end.terminal import COMMAND

#: what is asked of the plan at V = 10,000 on two cores
SECONDS_ASKED, BYTES_ASKED = 180, 3 * 10**9
#: what is asked of the plan of half a text: so many of the categories with as many questions
SHARE_ASKED, FEWEST_ASKED = 0.8, 100

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(not BOOKS.exists(), reason="the reference corpus is not here"),
]


def untimed(target: DenseTarget, spectrum: Spectrum, corpus: Corpus, dim: int) -> StepTiming:
    """Stand in for the timing of steps, on which nothing here depends."""
    return StepTiming("gd", len(corpus.vocabulary), dim, 1e-3, (1e-3, 1e-3), 1, None, None)


def half(books: list[str], which: str) -> list[str]:
    """Return the first half of the words in whole books, the last, or that of books in a random order."""
    order = np.arange(len(books))
    if which == "last":
        order = order[::-1]
    elif which != "first":
        order = np.random.default_rng(int(which)).permutation(len(books))
    words = np.cumsum([len(books[number].split()) for number in order])
    return [books[number] for number in sorted(order[words <= words[-1] / 2])]


def inside(extrapolation: Extrapolation, peak: float) -> bool:
    return extrapolation.low <= peak <= extrapolation.high


def line(learning_curve: LearningCurve, extrapolation: Extrapolation, then: CriticalSize) -> str:
    assert learning_curve.last.peak is not None
    word = "" if inside(extrapolation, then.peak) else "  outside"
    return (
        f"{then.name:30} {learning_curve.last.peak:6.1%} {extrapolation.low:6.1%}–{extrapolation.high:5.1%} "
        f"{then.peak:8.1%} {then.attempted:6,}{word}"
    )


@pytest.mark.parametrize(("vocab_size", "which"), [(3000, "first"), (3000, "last"), (3000, "1"), (10_000, "first")])
def test_the_plan_of_half_a_text_foretells_the_whole(tmp_path: Path, vocab_size: int, which: str) -> None:
    with gzip.open(BOOKS, "rt", encoding="utf-8") as lines:
        books = lines.read().splitlines()
    part = tmp_path / "half.txt"
    part.write_text("\n".join(half(books, which)) + "\n", encoding="utf-8")
    study = StudyConfig((str(part),), vocab_size=vocab_size, dim=None, window=16, analogies=str(QUESTIONS))
    planned = plan(PlanConfig(study), CPU, untimed, Silent())
    whole = predict(PredictConfig(replace(study, sources=(str(BOOKS),))), CPU, Silent())
    told = compared(planned, tuple(ability.size for ability in whole.abilities))
    print(f"\nV = {vocab_size:,}, the {which} half: {planned.words:,} of {whole.tokens:,} words")
    print(f"{'category':30} {'half':>6} {'forecast':>12} {'the whole':>9} {'asked':>6}")
    for each in told:
        print(line(*each))
    held = [inside(extrapolation, then.peak) for _, extrapolation, then in told]
    print(f"inside: {sum(held)} of {len(held)}, {np.mean(held):.0%} (asked: {SHARE_ASKED:.0%})")
    assert np.mean(held) >= SHARE_ASKED


def compared(planned: Plan, whole: tuple[CriticalSize, ...]) -> list[tuple[LearningCurve, Extrapolation, CriticalSize]]:
    """Return of each category with enough questions what half a text forecasts for twice it, and what came."""
    then = {size.name: size for size in whole}
    found = []
    for learning_curve in planned.learning_curves:
        if learning_curve.whole.attempted >= FEWEST_ASKED and then[learning_curve.name].attempted >= FEWEST_ASKED:
            # a category of which nothing is forecast must not go unseen
            (twice,) = [extrapolation for extrapolation in learning_curve.extrapolations if extrapolation.times == 2]
            found.append((learning_curve, twice, then[learning_curve.name]))
    assert len(found) >= 6
    return found


def test_what_a_plan_costs(tmp_path: Path) -> None:
    out = tmp_path / "plan.txt"
    command = (*COMMAND, "plan", str(BOOKS), "--vocab-size", "10000", "--analogies", str(QUESTIONS))
    seconds, processor, peak = measured(out, *command)
    torch_alone = measured(tmp_path / "nothing", *COMMAND[:1], "-c", "import torch")[0]
    print(out.read_text(encoding="utf-8"))
    print(
        f"plan at V = 10,000 on {os.cpu_count()} cores: {seconds:.0f} s ({processor:.0f} s of processor time, {load()})"
    )
    print(
        f"asked: {SECONDS_ASKED} s; here {seconds / SECONDS_ASKED:.2f} of it; importing torch takes {torch_alone:.2f} s"
    )
    print(f"peak memory {peak / 1e9:.2f} GB of {BYTES_ASKED / 1e9:.0f}")
    assert peak <= BYTES_ASKED
