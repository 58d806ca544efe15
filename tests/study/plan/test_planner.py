"""Whole plans of little texts and of the sample corpora, against `predict` and against what was done to the text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch

from qwem_tui.base.errors import Cancelled, QwemError, UsageError
from qwem_tui.base.progress import Silent
from qwem_tui.corpus.samples.catalogue import TOYWORLD
from qwem_tui.corpus.vocabulary import Corpus
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.plan import planner as plan_module
from qwem_tui.study.plan.costs import StepTiming, cost, forecast_steps
from qwem_tui.study.plan.planner import Plan, PlanConfig, plan
from qwem_tui.study.plan.requirements import Need
from qwem_tui.study.predict import predict
from qwem_tui.study.prediction import PredictConfig
from qwem_tui.study.study import prepare
from qwem_tui.theory import trajectory
from qwem_tui.theory.spectrum import Spectrum
from qwem_tui.theory.target import DenseTarget
from tests.conftest import little_text

CPU = torch.device("cpu")
CAPITALS = [("paris", "france"), ("rome", "italy"), ("madrid", "spain"), ("athens", "greece"), ("oslo", "norway")]
SECONDS = 0.01


def steady(target: DenseTarget, spectrum: Spectrum, corpus: Corpus, dim: int) -> StepTiming:
    """A timer for which every step takes the same time."""
    return StepTiming("gd", target.size, dim, SECONDS, (SECONDS / 2, 1.5 * SECONDS), 3, None, None)


class Stages(Silent):
    """Notes the stages of long work, and how far each of them came."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, float | None]] = []
        self.told: dict[str, list[float]] = {}

    def stage(self, name: str, total: float | None = None) -> None:
        self.seen.append((name, total))

    def advance(self, done: float) -> None:
        self.told.setdefault(self.seen[-1][0], []).append(done)


def questions(folder: Path) -> str:
    lines = [f"{a} {b} {c} {d}" for a, b in CAPITALS for c, d in CAPITALS if a != c]
    path = folder / "analogies.txt"
    path.write_text("\n".join([": capitals", *lines, ": kings", "king queen man woman"]), encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> StudyConfig:
    folder = tmp_path_factory.mktemp("little")
    (folder / "text.txt").write_text(little_text(), encoding="utf-8")
    return StudyConfig((str(folder / "text.txt"),), window=8, analogies=questions(folder))


def planned(config: PlanConfig, progress: Silent | None = None) -> Plan:
    return plan(config, CPU, steady, progress or Silent())


def test_the_whole_text_is_what_predict_says_of_it(study: StudyConfig) -> None:
    found = planned(PlanConfig(study, draws=40))
    alone = predict(PredictConfig(study, draws=40), CPU, Silent())
    whole = found.parts[-1]
    assert (whole.level, whole.words, whole.vocab_size) == (0, alone.tokens, alone.vocab_size)
    assert whole.dims == alone.dims
    assert whole.frobenius_sq == pytest.approx(alone.frobenius_sq, rel=1e-12)
    np.testing.assert_allclose(whole.eigenvalues, alone.eigenvalues[: len(whole.eigenvalues)], rtol=1e-10)
    for size, ability in zip(whole.sizes.every, (*alone.abilities, alone.overall), strict=True):
        other = ability.size
        np.testing.assert_array_equal(size.accuracy, other.accuracy)
        assert (size.name, size.attempted, size.total) == (other.name, other.attempted, other.total)
        assert (size.critical_size, size.interval, size.onset, size.reason) == (
            other.critical_size, other.interval, other.onset, other.reason,
        )  # fmt: skip
    capitals, kings = found.learning_curves
    assert (capitals.name, kings.name, found.overall.name) == ("capitals", "kings", "overall")
    assert capitals.last.peak == pytest.approx(capitals.whole.peak)
    assert (capitals.last.critical, capitals.last.onset) == (capitals.whole.critical_size, capitals.whole.onset)
    assert found.verdicts[1].text.word == "not in this text"
    assert found.coverage[1].absent == ("king", "man", "queen", "woman")


def test_parts_of_all_sizes_are_measured_in_one_stage_and_by_the_same_chance_each_time(study: StudyConfig) -> None:
    stages = Stages()
    found = planned(PlanConfig(study, draws=40, repeats=2, largest_dim=20), stages)
    assert [part.level for part in found.parts] == [5, 4, 3, 2, 1, 5, 4, 3, 2, 1, 0]
    for part in found.parts:
        assert part.words == pytest.approx(7200 / 2**part.level, rel=0.15)
        assert part.seconds > 0
    assert [point.repeats for point in found.overall.points] == [2, 2, 2, 2, 2, 1]
    names = [name for name, _ in stages.seen]
    assert names[:2] == ["reading", "measuring 11 part(s) of the text"]
    # what comes after is a moment's work, whose time left would be wrong
    assert names[-1] == "timing steps"
    # one stage for all parts, so that it can be said how long they will take
    told, total = stages.told[names[1]], stages.seen[1][1]
    assert total is not None
    assert told[0] == 0
    assert all(0 <= done <= total for done in told)
    assert told[-1] == pytest.approx(total)
    # the same chance each time, and another with another seed
    again = planned(PlanConfig(study, draws=40, repeats=2, largest_dim=20))
    other = planned(PlanConfig(replace(study, seed=1), draws=40, repeats=2, largest_dim=20))
    peaks = [[part.sizes.overall.peak for part in each.parts] for each in (found, again, other)]
    np.testing.assert_array_equal(peaks[0], peaks[1])
    assert not np.array_equal(peaks[0][:-1], peaks[2][:-1], equal_nan=True)
    assert peaks[0][-1] == peaks[2][-1]


#: In the toy world categories take turns, a document each.
FAMILY, PLURALS, CURRENCY = 1, 4, 7


@cache
def toy_lines() -> tuple[str, ...]:
    return tuple(TOYWORLD.path.read_text(encoding="utf-8").splitlines()[:1920])


def toy_plan(folder: Path, keep: Callable[[int], bool], *needs: Need) -> Plan:
    """Return the plan of those documents of a first part of the toy world that `keep` says."""
    path = folder / "toy.txt"
    path.write_text("\n".join(line for number, line in enumerate(toy_lines()) if keep(number)), encoding="utf-8")
    study = StudyConfig((str(path),), dim=8)
    return planned(PlanConfig(study, draws=40, repeats=2, largest_dim=64, needs=needs))


def verdicts(found: Plan) -> dict[str, str]:
    return {each.name: each.text.word for each in found.verdicts}


def test_a_category_whose_text_is_halved_or_removed_gets_the_right_verdict(tmp_path: Path) -> None:
    needs = (Need("plurals", 0.9), Need("family-gender", 0.95))
    full = toy_plan(tmp_path, lambda n: n % 8 in (FAMILY, PLURALS, CURRENCY), *needs)
    less = toy_plan(
        tmp_path, lambda n: n % 8 == CURRENCY or (n % 8 == FAMILY and n // 8 % 2 == 0), *needs
    )  # family-gender halved, plurals removed
    before, after = verdicts(full), verdicts(less)
    assert (before["family-gender"], before["plurals"]) == ("saturated", "saturated")
    assert after["family-gender"] == "more text helps"
    assert after["plurals"] == "not in this text"
    gone = next(each for each in less.verdicts if each.name == "plurals")
    assert gone.text.sentence.startswith("0 of 1,056 questions covered; missing words: ")
    assert gone.limit == "text"
    # what the first text does is what twice the second was said to do
    halved, whole = (next(g for g in each.learning_curves if g.name == "family-gender") for each in (less, full))
    assert halved.extrapolations[0].low <= whole.whole.peak <= halved.extrapolations[0].high
    assert halved.whole.peak < 0.95 <= whole.whole.peak
    # a need that cannot be met is named as such
    assert [each.word.partition(",")[0] for each in full.answers] == ["met", "met"]
    assert [each.word for each in less.answers] == ["impossible", "needs more text"]
    assert less.answers[0].sentence.startswith("impossible with this text: 0 of 1,056 questions covered")
    # a size of 8 is too small for what comes late
    currency = next(each for each in full.verdicts if each.name == "country-currency")
    assert currency.model is not None
    assert currency.model.word == "a larger model helps"


def test_stages_have_costs_that_are_worked_out(study: StudyConfig) -> None:
    found = planned(PlanConfig(study, draws=40, repeats=2))
    assert [stage.name for stage in found.stages] == ["small trial", "wider check", "production"]
    assert {timing.dim for timing in found.step_timings} == {stage.dim for stage in found.stages}
    for stage, each in zip(found.stages, found.costs, strict=True):
        assert each.parameters == stage.vocab_size * stage.dim
        assert each.bytes == 4 * each.parameters
        assert each.memory >= 9 * stage.vocab_size**2
        assert each.steps is not None
        seconds = each.steps * each.step_seconds
        # accuracies are measured in 15% of a run's time
        assert each.train_seconds == pytest.approx(seconds / 0.85)
        assert each.train_range == pytest.approx((0.5 * seconds, 1.5 * seconds / 0.85))
        work = 2 * stage.vocab_size**2 * stage.dim + 4 * stage.vocab_size * stage.dim**2
        full = 2 * 65**2 * stage.dim + 4 * 65 * stage.dim**2
        assert each.step_seconds == pytest.approx(SECONDS * work / full)
        assert each.prepare_seconds > 0


def test_steps_are_those_of_a_run_forecast_with_its_eigenvectors(
    study: StudyConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = planned(PlanConfig(study, draws=40, repeats=1))
    steps, step_size = forecast_steps(found.parts[-1], 8, study, Silent())
    run = prepare(replace(study, dim=8), CPU, Silent())
    assert step_size == pytest.approx(run.step_size)
    assert run.expected_steps is not None
    # another start, of the same law
    assert steps == pytest.approx(run.expected_steps, rel=0.3)
    stage = replace(found.stages[-1], dim=8, vocab_size=65)
    quiet = StepTiming("sgd", 65, 8, 2.0, (2.0, 2.0), 3, 1000, step_size / 4)
    each = cost(stage, found.parts[-1:], quiet, study, Silent())
    assert (each.steps, each.step_seconds) == (4 * steps, 2.0)
    # a run that would not end has no steps, and the reason
    monkeypatch.setattr(trajectory, "MOST_STEPS", 20)
    stuck = cost(stage, found.parts[-1:], quiet, study, Silent())
    assert (stuck.steps, stuck.train_seconds) == (None, None)
    assert stuck.reason is not None
    assert stuck.reason.startswith("no run is forecast: This run would take more than 20 steps to settle")


def test_a_text_of_one_document_is_cut_and_that_is_said(study: StudyConfig, tmp_path: Path) -> None:
    one = tmp_path / "one.txt"
    one.write_text(" ".join(little_text().split()), encoding="utf-8")
    config = PlanConfig(replace(study, sources=(str(one),)), draws=40, repeats=2, largest_dim=16)
    found = planned(config)
    assert (found.documents, found.blocks, found.cut) == (1, 32, True)
    assert any("pieces of consecutive words" in warning for warning in found.warnings)
    alone = predict(PredictConfig(config.study, draws=40, largest_dim=16), CPU, Silent())
    np.testing.assert_array_equal(found.overall.whole.accuracy, alone.overall.size.accuracy)


def test_few_documents_and_little_text_are_told(study: StudyConfig, tmp_path: Path) -> None:
    few = tmp_path / "few.txt"
    few.write_text(little_text(documents=10), encoding="utf-8")
    found = planned(PlanConfig(replace(study, sources=(str(few),)), draws=40))
    assert (found.blocks, found.cut) == (8, False)
    assert found.warnings == (
        "The smallest part is 1/8 of the text: it cannot be divided into more parts of equal size.",
    )
    short = tmp_path / "short.txt"
    short.write_text(little_text(documents=1), encoding="utf-8")
    found = planned(PlanConfig(replace(study, sources=(str(short),)), draws=40))
    assert len(found.parts) == 1
    assert any("too short to be divided" in warning for warning in found.warnings)
    assert found.stages == ()
    assert found.no_stages is not None
    assert {each.text.word for each in found.verdicts} == {"not in this text"}


def test_parts_that_tell_nothing_do_not_end_the_plan(study: StudyConfig, tmp_path: Path) -> None:
    thin = tmp_path / "thin.txt"
    # half of the documents are single words: a part may have no two words in one
    lines = [*little_text(documents=40).splitlines(), *(f"alone{number}" for number in range(2000))]
    thin.write_text("\n".join(lines), encoding="utf-8")
    found = planned(PlanConfig(replace(study, sources=(str(thin),)), draws=40))
    assert found.overall.whole.critical_size is not None


def test_wider_vocabularies_are_counted_with_the_text_at_hand(study: StudyConfig) -> None:
    found = planned(PlanConfig(replace(study, vocab_size=25), draws=40, repeats=1))
    covers = found.coverage[0]
    assert found.vocab_size == 25
    assert covers.attempted < 20
    assert covers.rare
    assert covers.wider[-1] == (65, 20)
    if covers.attempted < 12:
        assert found.verdicts[0].limit == "vocabulary"
        assert "a vocabulary of" in found.verdicts[0].text.sentence


def test_memory_decides_how_many_parts_are_measured(study: StudyConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def scarce(size: int, pairs: int, per_cell: int, device: torch.device) -> None:
        asked.append(per_cell)
        if per_cell > 20:
            raise QwemError("too little")

    monkeypatch.setattr(plan_module, "check_memory", scarce)
    found = planned(PlanConfig(study, draws=40))
    # three sums, two, each with one made symmetric, and the target
    assert asked == [21, 17]
    assert "Memory allows 2 disjoint part(s) of each size instead of 4." in found.warnings
    assert found.overall.points[0].repeats == 2
    monkeypatch.setattr(plan_module, "check_memory", lambda *_: (_ for _ in ()).throw(QwemError("too little")))
    with pytest.raises(QwemError, match="too little"):
        planned(PlanConfig(study, draws=40))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"fraction": 0.0}, "--fraction is 0"),
        ({"draws": 39}, "--bootstrap is 39"),
        ({"largest_dim": 0}, "--max-dim is 0"),
        ({"repeats": 3}, "--repeats is 3: give one of 1, 2, 4"),
        ({"repeats": 0}, "--repeats is 0"),
        ({"repeats": 64}, "--repeats is 64"),
        ({"appear": 0}, "--appear is 0"),
        ({"speedup": 0.0}, "--speedup is 0"),
        ({"speedup": float("inf")}, "--speedup is inf"),
        ({"study": StudyConfig(("-",)), "domain": ("-",)}, "cannot be both"),
    ],
)
def test_settings_that_make_no_sense_are_refused(change: dict[str, object], said: str) -> None:
    nowhere = PlanConfig(StudyConfig(("nowhere.txt",)))
    with pytest.raises(UsageError, match=said):
        replace(nowhere, **change)  # type: ignore[arg-type]


def test_a_need_for_what_is_not_asked_is_refused_before_anything_is_read(study: StudyConfig) -> None:
    stages = Stages()
    with pytest.raises(UsageError, match="choose from capitals, kings, overall"):
        planned(PlanConfig(study, needs=(Need("plurals", 0.5),)), stages)
    assert stages.seen == []


def test_work_ends_when_nobody_waits(study: StudyConfig) -> None:
    class Stop(Stages):
        def advance(self, done: float) -> None:
            if self.seen[-1][0].startswith("measuring") and done > 0.5 * (self.seen[-1][1] or 0):
                raise Cancelled

    with pytest.raises(Cancelled):
        planned(PlanConfig(study, draws=40), Stop())


def test_the_size_of_the_users_model_is_always_looked_at(study: StudyConfig) -> None:
    found = planned(PlanConfig(replace(study, dim=18), largest_dim=4, draws=40, repeats=1))
    assert found.parts[-1].dims[-1] == 18
    assert all(each.model is not None for each in found.verdicts)


def test_a_model_beyond_the_positive_eigenvalues_is_said_to_learn_nothing_there(study: StudyConfig) -> None:
    found = planned(PlanConfig(replace(study, dim=4)))
    assert not any("positive eigenvalue" in warning for warning in found.warnings)
    found = planned(PlanConfig(replace(study, dim=300)))
    positive = len(found.parts[-1].eigenvalues)
    assert found.warnings[-1] == (
        f"Your model has 300 dimensions and the text's target {positive} positive eigenvalue(s): in the others nothing "
        "is learned."
    )


def test_a_vocabulary_that_covers_no_question_is_blamed_where_a_larger_one_covers_some(study: StudyConfig) -> None:
    few = planned(PlanConfig(replace(study, vocab_size=5)))
    said = next(warning for warning in few.warnings if warning.startswith("No analogy can be asked"))
    size, asked = next(
        (sizes[0][0], sum(count for _, count in sizes))
        for sizes in zip(*(each.wider for each in few.coverage), strict=True)
        if any(count for _, count in sizes)
    )
    assert said == (
        "No analogy can be asked: no question is covered by the 5 words of the vocabulary: "
        f"{size} words would cover {asked}."
    )
    wider = planned(PlanConfig(replace(study, vocab_size=size)))
    assert sum(each.attempted for each in wider.coverage) == asked
