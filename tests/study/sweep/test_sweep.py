from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from qwem_tui.analogies.files import read_analogies
from qwem_tui.base.errors import SettingError, UsageError
from qwem_tui.base.progress import Silent
from qwem_tui.corpus.subset import chosen_documents
from qwem_tui.corpus.tokens import letters
from qwem_tui.corpus.vocabulary import Corpus, CorpusBuilder
from qwem_tui.study import size_scores
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.predict import predict
from qwem_tui.study.prediction import Ability, PredictConfig
from qwem_tui.study.sweep import cells as cells_module
from qwem_tui.study.sweep.cells import CellBatch, batch_bytes, costs, predicted_cell
from qwem_tui.study.sweep.effects import category_map, effect, heat_map, moved, responses_of, values
from qwem_tui.study.sweep.grid import (
    Bound,
    CellAbility,
    CellResult,
    CellSettings,
    Factor,
    Level,
    SweepConfig,
    batches,
    grid,
    level_text,
    parse_factor,
)
from tests.conftest import little_text
from tests.study.sweep.sweeps import CRITICAL, PEAK, made

CPU = torch.device("cpu")
HUNDRED = ",".join(map(str, range(1, 101)))
BASE = StudyConfig(("text.txt",), dim=6, window=8)


# --- factors and the grid


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("window=4,8", (4, 8)),
        ("sigma=1e-2, 1e-4", (0.01, 0.0001)),
        ("text=1/4,0.5,1", (0.25, 0.5, 1.0)),
        ("window-shape=flat,dynamic", ("flat", "dynamic")),
        ("tokenizer=letters", ("letters",)),
        ("trainer=gd,word2vec", ("gd", "word2vec")),
        ("step-size=0.25", (0.25,)),
    ],
)
def test_factors_are_read(text: str, levels: tuple[Level, ...]) -> None:
    assert parse_factor(text) == Factor(text.split("=")[0], levels)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("wind=4", "there is no factor 'wind'; give one of vocab-size, window"),
        ("window", "give whole numbers, such as --over window=4,8,16"),
        ("window=", "give whole numbers"),
        ("window=4,8.5", "give whole numbers"),
        ("sigma=1e-4,0.0001", "has the level 0.0001 twice"),
        ("sigma=nan", "give numbers"),
        ("text=0,1", "give shares above 0 and up to 1"),
        ("text=2", "give shares"),
        ("text=1/0", "give shares"),
        ("window-shape=round", "give dynamic and flat"),
        ("trainer=adam", "give some of gd, sgd, word2vec"),
        ("\x1b[31m=1", "there is no factor"),
    ],
)
def test_what_is_no_factor_is_refused_in_one_sentence(text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_factor(text)
    assert said in str(caught.value)
    assert str(caught.value).isprintable()


def config(*over: str, trained: bool = False, study: StudyConfig = BASE) -> SweepConfig:
    return SweepConfig(study, tuple(map(parse_factor, over)), trained=trained)


def test_the_grid_is_every_combination_the_last_factor_fastest() -> None:
    found = grid(config("window=4,8", "sigma=1e-2,1e-4", "text=0.5"))
    assert [cell.levels for cell in found] == [(4, 0.01, 0.5), (4, 1e-4, 0.5), (8, 0.01, 0.5), (8, 1e-4, 0.5)]
    assert [(cell.study.window, cell.study.sigma, cell.text) for cell in found] == [cell.levels for cell in found]
    assert not any(cell.trained for cell in found)
    assert {replace(cell.study, window=8, sigma=1e-4) for cell in found} == {BASE}


def test_a_sweep_over_trainers_trains() -> None:
    assert all(cell.trained for cell in grid(config("trainer=gd,sgd")))
    assert all(cell.trained for cell in grid(config("window=4,8", trained=True)))


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ((), "Nothing is varied"),
        (
            (
                "window=4",
                "window=8",
            ),
            "--over window is given twice",
        ),
        (("window=0,4",), "--window is 0"),
        (("sigma=2",), "--sigma is 2"),
        (("step-size=1.5",), "--step-size is 1.5"),
        (("dim=0",), "--dim is 0"),
        (("seed=-1",), "--seed is -1"),
        (("negative-weight=0",), "--negative-weight is 0"),
        (
            (
                "window-shape=flat",
                "trainer=gd,word2vec",
            ),
            "--window-shape flat is for --trainer gd",
        ),
        (
            (
                f"seed={HUNDRED},101",
                f"window={HUNDRED}",
            ),
            "10,100 cells",
        ),
    ],
)
def test_what_cannot_be_swept_is_refused_in_one_sentence(over: tuple[str, ...], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        grid(config(*over))
    assert said in str(caught.value)


def test_only_what_is_forecast_is_swept_without_training() -> None:
    with pytest.raises(SettingError, match="add --train"):
        config("window=4", study=replace(BASE, trainer="sgd"))


def test_levels_are_shown_short() -> None:
    levels: list[Level] = [1e-8, 0.25, 10_000, "flat"]
    assert list(map(level_text, levels)) == ["1e-8", "0.25", "10,000", "flat"]


# --- what is worked out together


def together(asked: SweepConfig, at_least: int = 1) -> list[tuple[tuple[object, ...], ...]]:
    found = grid(asked)
    return [tuple(found[n].levels for n in numbers) for numbers in batches(dict(enumerate(found)), at_least)]


def test_cells_with_the_same_counts_are_one_batch() -> None:
    found = together(config("negative-weight=1,2", "window=4,8", "sigma=1e-2,1e-4"))
    # side by side those of one negative weight, which share a target
    assert found == [
        ((1.0, 4, 0.01), (1.0, 4, 1e-4), (2.0, 4, 0.01), (2.0, 4, 1e-4)),
        ((1.0, 8, 0.01), (1.0, 8, 1e-4), (2.0, 8, 0.01), (2.0, 8, 1e-4)),
    ]


def test_the_seed_chooses_documents_so_only_the_whole_text_is_shared_by_seeds() -> None:
    assert together(config("text=0.5,1", "seed=0,1")) == [((0.5, 0),), ((0.5, 1),), ((1.0, 0), (1.0, 1))]


def test_too_few_batches_for_the_cores_are_halved_between_targets() -> None:
    asked = config("negative-weight=1,2", "sigma=1e-2,1e-3,1e-4")
    assert [len(batch) for batch in together(asked, 2)] == [3, 3]
    assert {levels[0] for levels in together(asked, 2)[0]} == {1.0}
    assert sorted(len(batch) for batch in together(asked, 4)) == [1, 1, 2, 2]
    # no more than there are cells
    assert len(together(config("sigma=1e-2,1e-4"), 16)) == 2
    assert batches({}, 4) == []


# --- effects, against numbers worked out by hand


def test_level_means_spreads_and_range_of_accuracies_are_arithmetic() -> None:
    weight = Factor("negative-weight", (0.5, 1.0, 2.0))
    sweep = made([Factor("window", (4, 8)), weight], [0.1, 0.2, 0.3, 0.5, 0.4, 0.6], PEAK)
    found = effect(sweep, "peak", 0, 0)
    assert [level.mean for level in found.levels] == pytest.approx([0.2, 0.5])
    assert [level.spread for level in found.levels] == pytest.approx([0.1, 0.1])
    assert [level.cells for level in found.levels] == [3, 3]
    assert found.range == pytest.approx(0.3)
    # differences 0.4, 0.2, 0.3
    assert found.range_spread == pytest.approx(0.1)
    assert (found.highest, found.agree, found.complete, found.combinations) == (8, 3, 3, 3)
    other = effect(sweep, "peak", 0, 1)
    assert [level.mean for level in other.levels] == pytest.approx([0.3, 0.3, 0.45])
    assert (other.agree, other.complete) == (2, 2)


def test_sizes_are_compared_by_ratios() -> None:
    sweep = made([Factor("window", (4, 8)), Factor("seed", (0, 1))], [10, 40, 20, 80], CRITICAL)
    found = effect(sweep, "size", 0, 0)
    assert [level.mean for level in found.levels] == pytest.approx([20, 40])
    assert [level.spread for level in found.levels] == pytest.approx([math.exp(math.log(4) / math.sqrt(2))] * 2)
    assert found.range == pytest.approx(2)
    assert found.range_spread == pytest.approx(1)
    assert found.bounded == 0


def test_levels_are_compared_on_equal_terms() -> None:
    """A combination that lacks a value at one level would favour the other: it is left out of both means."""
    sweep = made([Factor("window", (4, 8)), Factor("seed", (0, 1, 2))], [0.1, 0.2, None, 0.3, 0.4, 0.9], PEAK)
    found = effect(sweep, "peak", 0, 0)
    assert [level.mean for level in found.levels] == pytest.approx([0.15, 0.35])
    assert [level.cells for level in found.levels] == [2, 3]
    assert (found.complete, found.combinations) == (2, 3)


def test_an_effect_that_is_not_known_says_why() -> None:
    sweep = made([Factor("window", (4, 8)), Factor("seed", (0, 1))], [0.1, None, None, 0.4], PEAK)
    found = effect(sweep, "peak", 0, 0)
    assert (found.range, found.highest, found.complete) == (None, None, 0)
    assert [level.mean for level in found.levels] == [None, None]
    assert found.reason == "no combination of the other factors has a value at every level"
    assert not moved(found)


def test_settings_of_a_run_do_not_multiply_what_the_closed_form_says() -> None:
    factors = [Factor("window", (4, 8)), Factor("sigma", (1e-2, 1e-4)), Factor("seed", (0, 1))]
    of = [0.1, 0.2, None, 0.2, 0.4, 0.6, 0.4, 0.6]
    found = effect(made(factors, of, PEAK), "peak", 0, 0)
    assert (found.complete, found.combinations, found.agree) == (2, 2, 2)
    assert [level.cells for level in found.levels] == [3, 4]
    assert found.range == pytest.approx(0.35)
    assert found.range_spread == pytest.approx(0.05 * math.sqrt(2))
    # the run forecast depends on them
    steps = effect(made(factors, [10 * (1 + number) for number in range(8)], "step"), "step", 0, 0)
    assert steps.combinations == 4


def test_a_level_without_any_value_is_left_out() -> None:
    sweep = made([Factor("vocab-size", (16, 64, 999)), Factor("seed", (0, 1))], [0.1, 0.2, 0.3, 0.6, None, None], PEAK)
    found = effect(sweep, "peak", 0, 0)
    assert [level.mean for level in found.levels] == [pytest.approx(0.15), pytest.approx(0.45), None]
    assert [level.cells for level in found.levels] == [2, 2, 0]
    assert (found.highest, found.agree, found.complete) == (64, 2, 2)
    assert found.range == pytest.approx(0.3)
    # and the others are compared where they can be
    assert effect(sweep, "peak", 0, 1).complete == 2
    nothing = effect(made([Factor("dim", (16, 64))], [None, None], PEAK), "peak", 0, 0)
    assert (nothing.range, nothing.reason) == (None, "no cell has a value")
    alone = effect(made([Factor("dim", (16, 64))], [0.5, None], PEAK), "peak", 0, 0)
    assert (alone.range, alone.levels[0].mean, alone.reason) == (None, 0.5, None)


def test_one_factor_has_means_and_no_spread() -> None:
    found = effect(made([Factor("window", (4, 8))], [0.5, 0.25], PEAK), "peak", 0, 0)
    assert [(level.mean, level.spread) for level in found.levels] == [(0.5, None), (0.25, None)]
    assert (found.range, found.range_spread, found.highest) == (0.25, None, 4)
    alone = effect(made([Factor("window", (4,))], [0.5], PEAK), "peak", 0, 0)
    assert (alone.range, alone.highest, alone.reason) == (None, None, None)


def test_what_changes_nothing_is_told_from_what_does() -> None:
    sweep = made([Factor("window", (4, 8)), Factor("sigma", (1e-2, 1e-4))], [0.1, 0.1, 0.3, 0.3], PEAK)
    assert moved(effect(sweep, "peak", 0, 0))
    assert not moved(effect(sweep, "peak", 0, 1))


def test_too_few_questions_and_crossings_at_the_start_are_no_values() -> None:
    factors = [Factor("window", (4, 8))]
    few = made(factors, [0.5, 0.6], PEAK, attempted=11)
    assert np.isnan(values(few, "peak", 0)).all()
    start = made(factors, [0.0, 7.0], "step")
    assert values(start, "step", 0).tolist()[1] == 7.0
    assert math.isnan(values(start, "step", 0)[0])


def test_maps_of_two_factors_and_of_categories() -> None:
    factors = [Factor("window", (4, 8)), Factor("seed", (0, 1)), Factor("sigma", (1e-2, 1e-4))]
    sweep = made(factors, [10, 20, 30, 40, 50, 60, 70, None], CRITICAL)
    found = heat_map(sweep, "size", 0, 2, 0)
    assert (found.rows, found.columns) == ((1e-2, 1e-4), (4, 8))
    expected = [[math.sqrt(10 * 30), math.sqrt(50 * 70)], [math.sqrt(20 * 40), 60]]
    np.testing.assert_allclose(found.values, expected)
    by_category = category_map(sweep, "size", 0)
    assert by_category.rows == ("capitals", "overall")
    assert by_category.values.shape == (2, 2)


def test_a_mean_over_bounds_is_a_bound() -> None:
    factors = [Factor("window", (4, 8, 16)), Factor("seed", (0, 1)), Factor("sigma", (1e-2, 1e-4))]
    sizes = [10, 10, 20, 20, 30, 30, 40, 40, 50, 50, 60, 60]
    larger: list[Bound | None] = ["at least"] * 2
    smaller: list[Bound | None] = ["at most"] * 2
    bounds: list[Bound | None] = [None, None, *larger, *[None] * 4, *larger, *smaller]
    sweep = made(factors, sizes, CRITICAL, bounds=bounds)
    assert [level.bound for level in effect(sweep, "size", 0, 0).levels] == ["at least", None, "neither"]
    # sigma does not enter: what is known of one copy is known of all
    assert [level.bound for level in effect(sweep, "size", 0, 2).levels] == ["neither", "neither"]
    assert heat_map(sweep, "size", 0, 0, 1).bounds == ((None, "at least"), (None, None), ("at least", "at most"))
    assert category_map(sweep, "size", 0).bounds == (("at least", None, "neither"),) * 2
    # what does not enter a mean does not bound it either
    partial = made(
        [Factor("window", (4, 8)), factors[1]], [10, 20, 30, None], CRITICAL, bounds=[None, "at most", None, None]
    )
    assert [level.bound for level in effect(partial, "size", 0, 0).levels] == [None, None]
    # nor is a peak bounded
    assert {level.bound for level in effect(sweep, "peak", 0, 0).levels} == {None}
    assert heat_map(sweep, "peak", 0, 0, 1).bounds == ((None, None),) * 3


def test_trained_responses_are_of_trained_cells() -> None:
    factors = [Factor("window", (4, 8))]
    assert responses_of(made(factors, [0.5, 0.6], PEAK)) == ("peak", "size", "step", "t")
    trained = made(factors, [0.5, 0.6], "trained-peak")
    assert "trained-peak" in responses_of(trained)
    assert values(trained, "trained-peak", 0).tolist() == [0.5, 0.6]


# --- cells, measured


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("sweep")
    text, questions = folder / "text.txt", folder / "analogies.txt"
    text.write_text(little_text(), encoding="utf-8")
    capitals = [("paris", "france"), ("rome", "italy"), ("madrid", "spain"), ("athens", "greece"), ("oslo", "norway")]
    lines = [" ".join((*a, *b)) for a in capitals for b in capitals if a != b]
    questions.write_text("\n".join([": capitals", *lines, ": kings", "king queen man woman"]), encoding="utf-8")
    return text, questions


def read(path: Path) -> Corpus:
    builder = CorpusBuilder(letters)
    for line in path.read_text(encoding="utf-8").splitlines():
        builder.add(line)
    return builder.corpus(None)


def study(files: tuple[Path, Path], text: Path | None = None) -> StudyConfig:
    return StudyConfig((str(text or files[0]),), window=8, analogies=str(files[1]), dim=6, vocab_size=64)


def measured(files: tuple[Path, Path], cells: Sequence[CellSettings]) -> list[CellResult]:
    batch = CellBatch(cells, read(files[0]), "digest", read_analogies(files[1]), CPU, Silent())
    return [predicted_cell(cell, batch.statistics(cell), batch.sizes(cell), Silent()) for cell in cells]


def assert_predicted(found: CellAbility, ability: Ability) -> None:
    size = ability.size
    assert (found.name, found.attempted, found.total) == (size.name, size.attempted, size.total)
    assert (found.critical_size, found.interval, found.onset) == (size.critical_size, size.interval, size.onset)
    assert found.reason == size.reason
    if size.attempted:
        assert (found.peak, found.peak_dim) == (size.peak, size.peak_dim)
    crossing = ability.crossing
    if crossing.fleeting:
        assert (found.step, found.modes) == (crossing.lasting, crossing.lasting_modes)
    else:
        assert (found.step, found.modes) == (crossing.step, crossing.modes)
        assert found.t == pytest.approx(ability.t)


@pytest.mark.parametrize(
    "over", [("negative-weight=1,3", "sigma=1e-2,1e-4"), ("window-shape=flat", "seed=5"), ("text=0.5",)]
)
def test_a_forecast_cell_is_what_predict_says(files: tuple[Path, Path], tmp_path: Path, over: tuple[str, ...]) -> None:
    asked = SweepConfig(study(files), tuple(map(parse_factor, over)), largest_dim=20)
    cells = grid(asked)
    for cell, found in zip(cells, measured(files, cells), strict=True):
        part = tmp_path / "part.txt"
        lines = np.array(files[0].read_text(encoding="utf-8").splitlines())
        chosen = chosen_documents(read(files[0]), cell.text, cell.study.seed)
        part.write_text("\n".join(lines[chosen]), encoding="utf-8")
        expected = predict(PredictConfig(replace(cell.study, sources=(str(part),)), largest_dim=20), CPU, Silent())
        assert (found.vocab_size, found.tokens_in_vocab) == (expected.vocab_size, expected.tokens_in_vocab)
        assert (found.dim, found.expected_steps, found.no_run) == (expected.dim, expected.expected_steps, None)
        assert found.step_size == pytest.approx(expected.step_size)
        assert found.lambda_1 == pytest.approx(expected.eigenvalues[0])
        for ability, foreseen in zip(found.abilities.every, (*expected.abilities, expected.overall), strict=True):
            assert_predicted(ability, foreseen)
        assert found.trained is None


def test_cells_of_a_batch_count_once(files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    modules = {"counted": cells_module, "top_eigenpairs": cells_module, "outcomes_by_size": size_scores}
    called = dict.fromkeys(modules, 0)
    for name, module in modules.items():
        real = getattr(module, name)

        def noted(*args: object, _name: str = name, _real: object = real, **named: object) -> object:
            called[_name] += 1
            return _real(*args, **named)  # type: ignore[operator]

        monkeypatch.setattr(module, name, noted)
    asked = SweepConfig(study(files), tuple(map(parse_factor, ("negative-weight=1,2", "sigma=1e-2,1e-4,1e-8"))), 12)
    cells = grid(asked)
    (numbers,) = batches(dict(enumerate(cells)), 1)
    found = measured(files, [cells[number] for number in numbers])
    assert called == {"counted": 1, "top_eigenpairs": 2, "outcomes_by_size": 2}
    # smaller starts take longer, and change no size
    steps = [result.expected_steps or 0 for result in found]
    assert all(a < b for of_weight in (steps[:3], steps[3:]) for a, b in pairwise(of_weight))
    assert len({result.abilities.categories[0].critical_size for result in found[:3]}) == 1


def test_a_run_that_cannot_be_forecast_leaves_the_sizes(files: tuple[Path, Path]) -> None:
    asked = SweepConfig(replace(study(files), dim=40), (parse_factor("window=8"),), 12)
    (found,) = measured(files, grid(asked))
    assert found.dim is None
    assert found.expected_steps is None
    assert found.no_run is not None
    assert "--dim 40 is more than the" in found.no_run
    assert found.abilities.categories[0].critical_size is not None
    assert found.abilities.categories[0].step is None
    assert found.abilities.categories[0].step_reason == found.no_run


def test_memory_and_cost_grow_with_what_is_asked(files: tuple[Path, Path]) -> None:
    corpus = read(files[0])
    small, large = (grid(SweepConfig(study(files), (parse_factor(f"vocab-size={v}"),))) for v in (10, 40))
    assert batch_bytes(small, corpus) < batch_bytes(large, corpus)
    trained = [replace(cell, trained=True) for cell in small]
    forecast, run = costs(small, corpus)[0], costs(trained, corpus)[0]
    assert forecast.own < run.own
    assert (forecast.kind, run.kind) == ("forecast", "gd")
    # a cell counts what those after it use too
    shared = grid(SweepConfig(study(files), (parse_factor("sigma=1e-2,1e-4"),)))
    first, second = costs(shared, corpus)
    assert first.shared > second.shared == 0
    # runs from smaller starts take longer
    near, far = costs([replace(cell, trained=True) for cell in shared], corpus)
    assert far.own > near.own
