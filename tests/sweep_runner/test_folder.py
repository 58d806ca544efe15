from __future__ import annotations

import json
import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import qwem_tui
from qwem_tui.analogies.files import Category
from qwem_tui.base.errors import QwemError, UsageError
from qwem_tui.corpus.word_settings import WordSettings
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.sweep.grid import Factor, Sweep, SweepConfig, grid, questions_of
from qwem_tui.sweep_runner.folder import Asked, SweepFolder, cell_key, check_sweep_folder, default_sweep_folder
from tests.mutations import mutated, refusal
from tests.study.sweep.sweeps import PEAK, made

FACTORS = [Factor("window", (4, 8)), Factor("negative-weight", (0.5, 2.0))]
QUESTIONS: Asked = {WordSettings(): (Category("capitals", (("a", "b", "c", "d"),)),)}


def cell(sweep: Sweep, number: int = 0) -> Any:
    return sweep.cells[number].settings


def test_a_folder_keeps_results_by_what_they_depend_on(tmp_path: Path) -> None:
    sweep = made(FACTORS, [0.1, 0.2, 0.4, 0.5], PEAK)
    found = sweep.cells[0].result
    assert found is not None
    folder = SweepFolder(tmp_path / "s", "d1e5", QUESTIONS)
    assert oct((tmp_path / "s").stat().st_mode & 0o777) == "0o700"
    assert folder.saved(cell(sweep)) is None
    folder.save(cell(sweep), found)
    assert folder.saved(cell(sweep)) == found
    assert folder.saved(cell(sweep, 1)) is None
    # wherever the text lies, it is the same text
    moved = replace(cell(sweep), study=replace(cell(sweep).study, sources=("elsewhere.txt",)))
    assert folder.saved(moved) == found
    folder.close()
    again = SweepFolder(tmp_path / "s", "d1e5", QUESTIONS)
    assert again.saved(cell(sweep)) == found
    (file,) = (tmp_path / "s" / "cells").iterdir()
    file.write_text(file.read_text(encoding="utf-8")[:-20], encoding="utf-8")
    assert again.saved(cell(sweep)) is None
    again.close()


def test_a_cell_goes_by_all_that_it_depends_on(monkeypatch: pytest.MonkeyPatch) -> None:
    first = cell(made(FACTORS, [0.1] * 4, PEAK))
    study = first.study
    others = [
        cell_key(first, "other text", "q"),
        cell_key(first, "text", "other questions"),
        *(
            cell_key(changed, "text", "q")
            for changed in (
                replace(first, text=0.5),
                replace(first, trained=True),
                replace(first, largest_dim=100),
                replace(first, study=replace(study, seed=1)),
                replace(first, study=replace(study, window_shape="flat")),
                replace(first, study=replace(study, protocol="pairs")),
            )
        ),
    ]
    assert len({cell_key(first, "text", "q"), *others}) == 1 + len(others)
    # which levels it stands for is not among it: a sweep over other factors finds it
    assert cell_key(replace(first, levels=(1,)), "text", "q") == cell_key(first, "text", "q")
    before = cell_key(first, "text", "q")
    monkeypatch.setattr(qwem_tui, "__version__", "99")
    assert cell_key(first, "text", "q") != before


def test_a_folder_of_another_text_or_another_kind_is_refused(tmp_path: Path) -> None:
    folder = SweepFolder(tmp_path / "s", "d1e5", QUESTIONS)
    with pytest.raises(QwemError, match="is being written by pid"):
        SweepFolder(tmp_path / "s", "d1e5", QUESTIONS)
    folder.close()
    with pytest.raises(UsageError, match="holds the sweep of another text"):
        SweepFolder(tmp_path / "s", "0ther", QUESTIONS)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("x", encoding="utf-8")
    with pytest.raises(UsageError, match="is not empty, and not the folder of a sweep"):
        check_sweep_folder(tmp_path / "full")
    with pytest.raises(UsageError, match="is a file"):
        check_sweep_folder(tmp_path / "full" / "thesis.txt" / "s")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="there is no such place here")
def test_a_place_that_seems_writable_and_is_not_is_refused_before_any_work() -> None:
    with pytest.raises(UsageError, match=r"/proc cannot hold a sweep: .*; give another --out"):
        check_sweep_folder(Path("/proc/x/s"))


def test_looking_whether_a_folder_can_be_written_leaves_nothing(tmp_path: Path) -> None:
    check_sweep_folder(tmp_path / "a" / "b")
    check_sweep_folder(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_answer_is_left_in_the_folder_and_scratch_is_not(tmp_path: Path) -> None:
    sweep = made(FACTORS, [0.1, 0.2, 0.4, None], PEAK)
    folder = SweepFolder(tmp_path / "s", "d1e5", QUESTIONS)
    with folder.scratch() as scratch:
        (scratch / "big").write_text("x", encoding="utf-8")
    folder.write_answer(sweep)
    folder.close()
    assert sorted(path.name for path in (tmp_path / "s").iterdir()) == [
        "cells", "cells.csv", "effects.csv", "folder.json", "lock", "sweep.json",
    ]  # fmt: skip
    assert json.loads((tmp_path / "s" / "sweep.json").read_text(encoding="utf-8"))["schema"] == "qwem-sweep/1"


def test_the_same_command_has_the_same_folder_and_another_command_another() -> None:
    config = made(FACTORS, [0.1] * 4, PEAK).config
    assert default_sweep_folder(config) == default_sweep_folder(replace(config, trained=False))
    assert default_sweep_folder(config).parent == Path("sweeps")
    assert default_sweep_folder(config).name.startswith("text-")
    assert default_sweep_folder(config) != default_sweep_folder(replace(config, trained=True))
    piped = replace(config, study=replace(config.study, sources=("-",)))
    assert default_sweep_folder(piped).name.startswith("stdin-")


def test_a_setting_that_is_the_default_does_not_count_for_the_name() -> None:
    """So that a version with one more setting finds the folders of the one before."""
    config = made(FACTORS, [0.1] * 4, PEAK).config
    assert default_sweep_folder(config).name == "text-6a9cb0e8"
    assert default_sweep_folder(config) != default_sweep_folder(replace(config, study=replace(config.study, seed=1)))


# --- what an earlier version wrote: see the README beside it

OLD = Path(__file__).resolve().parents[1] / "data" / "written_by_5acf430"
OLD_STUDY = StudyConfig(("little.txt",), dim=4, analogies="asked.txt")
OLD_SWEEP = SweepConfig(OLD_STUDY, (Factor("window", (4, 8)), Factor("sigma", (1e-2, 1e-4))), 6)


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the command of an old sweep had by default."""
    shutil.copytree(OLD, tmp_path / "old")
    monkeypatch.chdir(tmp_path / "old")
    return Path("sweeps") / "little-85741b9d"


def test_an_old_folder_is_found_again_by_the_same_command(old: Path) -> None:
    assert default_sweep_folder(OLD_SWEEP) == old
    assert default_sweep_folder(replace(OLD_SWEEP, trained=True)) != old
    shutil.rmtree(old)
    new = default_sweep_folder(OLD_SWEEP)
    assert new != old
    assert new.name.startswith("little-")


def test_old_cells_are_not_worked_out_again(old: Path) -> None:
    digest = json.loads((old / "folder.json").read_text(encoding="utf-8"))["corpus"].removeprefix("sha256:")
    folder = SweepFolder(old, digest, {words: file.categories for words, file in questions_of(grid(OLD_SWEEP)).items()})
    cells = grid(OLD_SWEEP)
    found = [folder.saved(cell) for cell in cells]
    assert len(found) == 4
    files = {file.name: file.read_bytes() for file in (old / "cells").iterdir()}
    for cell, result in zip(cells, found, strict=True):
        assert result is not None
        assert [ability.name for ability in result.abilities.every] == ["capitals", "kings", "overall"]
        folder.save(cell, result)
    # written again they are the same, byte for byte
    assert {file.name: file.read_bytes() for file in (old / "cells").iterdir()} == files
    folder.close()


@given(st.data())
def test_a_damaged_cell_is_taken_or_worked_out_again(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    sweep = made(FACTORS, [0.1, 0.2, 0.4, 0.5], PEAK)
    found = sweep.cells[0].result
    assert found is not None
    path = tmp_path_factory.getbasetemp() / "mutated-sweep"
    with closing(SweepFolder(path, "d1e5", QUESTIONS)) as folder:
        folder.save(cell(sweep), found)
        (file,) = (path / "cells").iterdir()
        file.write_bytes(data.draw(mutated(file.read_text(encoding="utf-8"))))
        saved = folder.saved(cell(sweep))
        assert saved is None or (saved.documents >= 0 and saved.abilities.overall.total >= 0)


@given(mutated('{"schema": "qwem-sweep-folder/1", "corpus": "sha256:d1e5"}'))
def test_a_damaged_mark_is_refused_in_one_sentence(tmp_path_factory: pytest.TempPathFactory, mark: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "mutated-mark"
    path.mkdir(exist_ok=True)
    (path / "folder.json").write_bytes(mark)

    def opened() -> None:
        SweepFolder(path, "d1e5", QUESTIONS).close()

    said = refusal(opened)
    assert said is not None
    assert said.startswith(str(path / "folder.json"))
    assert said.endswith("; give another --out.")


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ('{"schema": "qwem-sweep-folder/1", "corpus": 7}', ", corpus: expected a text, got a whole number"),
        ('{"corpus": "sha256:d1e5"}', ": object missing required field schema"),
        ('{"schema": "qwem-sweep-folder/1"', ": this is no JSON ("),
        (
            '{"schema": "qwem-sweep-folder/9\\u001b", "corpus": "sha256:d1e5"}',
            r", schema: qwem-sweep-folder/9\x1b is of another version, not qwem-sweep-folder/1",
        ),
        (
            '{"schema": "qwem-sweep-folder/1", "corpus": "sha256:0"}',
            ", corpus: this folder holds the sweep of another text",
        ),
    ],
)
def test_what_is_wrong_with_a_mark_is_said_of_its_file_and_field(tmp_path: Path, mark: str, said: str) -> None:
    (tmp_path / "folder.json").write_text(mark, encoding="ascii")
    refused = refusal(lambda: SweepFolder(tmp_path, "d1e5", QUESTIONS).close())
    assert refused is not None
    assert refused.startswith(f"{tmp_path / 'folder.json'}{said}")
    assert refused.endswith("; give another --out.")
    assert (tmp_path / "folder.json").read_text(encoding="ascii") == mark
