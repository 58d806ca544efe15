"""Cells of a sweep, measured on a little text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from qwem_tui.analogies.files import read_analogies
from qwem_tui.base.progress import Silent
from qwem_tui.corpus.subset import chosen_documents
from qwem_tui.corpus.tokenizers import letters
from qwem_tui.corpus.vocabulary import Corpus, CorpusBuilder
from qwem_tui.study import size_scores
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.predict import predict
from qwem_tui.study.prediction import Ability, PredictConfig
from qwem_tui.study.sweep import cells as cells_module
from qwem_tui.study.sweep.cells import CellBatch, batch_bytes, costs, predicted_cell
from qwem_tui.study.sweep.grid import (
    CellAbility,
    CellResult,
    CellSettings,
    SweepConfig,
    batches,
    grid,
    parse_factor,
)
from qwem_tui.theory.reason import text_of
from tests.conftest import little_text

CPU = torch.device("cpu")


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
    assert found.reason == text_of(size.reason)
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
