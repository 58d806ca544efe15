from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from qwem_tui.base.errors import QwemError
from qwem_tui.base.progress import Silent
from qwem_tui.engine.run_folder.forecast_file import NAME, SCHEMA, read_forecast, write_forecast
from qwem_tui.engine.trainers import set_up
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.study import Forecast, gather
from qwem_tui.theory.reason import reason_of
from qwem_tui.theory.trajectory import Crossing
from tests.conftest import little_text
from tests.mutations import mutated, refusal


@pytest.fixture(scope="module")
def forecasts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Forecast]:
    text = tmp_path_factory.mktemp("text") / "little.txt"
    # words of other scripts, and of more than one code unit
    text.write_text(little_text().replace("border", "grenzübergang").replace("people", "𐐨𐐨"), encoding="utf-8")
    config = StudyConfig((str(text), str(text)), dim=8, window=8)
    statistics = gather(config, torch.device("cpu"), Silent())
    configs = {"gd": config, "word2vec": dataclasses.replace(config, trainer="word2vec")}
    return {name: set_up(statistics, config, Silent()) for name, config in configs.items()}


def assert_equal(read: object, written: object, place: str = "forecast") -> None:
    """Compare field by field; eigenvectors are kept to seven digits."""
    if isinstance(written, torch.Tensor):
        assert isinstance(read, torch.Tensor), place
        assert read.dtype == written.dtype, place
        kept = written.float().double() if "vector" in place else written
        assert torch.equal(read, kept), place
    elif isinstance(written, np.ndarray):
        assert isinstance(read, np.ndarray), place
        assert read.dtype == written.dtype, place
        np.testing.assert_array_equal(read, written, place)
    elif dataclasses.is_dataclass(written):
        for field in dataclasses.fields(Forecast if isinstance(written, Forecast) else written):
            assert_equal(getattr(read, field.name), getattr(written, field.name), f"{place}.{field.name}")
    else:
        assert read == written, place
        assert type(read) is type(written), place


@pytest.mark.parametrize("trainer", ["gd", "word2vec"])
def test_what_is_read_is_what_was_written(forecasts: dict[str, Forecast], tmp_path: Path, trainer: str) -> None:
    written = forecasts[trainer]
    write_forecast(tmp_path, written)
    read = read_forecast(tmp_path)
    assert type(read) is Forecast
    assert_equal(read, written)
    # what is hardest to keep is there
    assert {"grenzübergang", "𐐨𐐨"} <= set(read.vocabulary.words)
    assert np.isnan(read.trajectory.threshold).any()
    assert None in read.trajectory.crossing
    assert (read.loss_floor is None) == (trainer == "word2vec")
    assert read.trajectory.is_forecast == (trainer == "gd")


def test_further_right_answers_are_kept(forecasts: dict[str, Forecast], tmp_path: Path) -> None:
    analogies = dataclasses.replace(forecasts["gd"].analogies, alternatives=np.array([[0, 3], [0, 5]]))
    forecast = dataclasses.replace(forecasts["gd"], analogies=analogies)
    write_forecast(tmp_path, forecast)
    assert read_forecast(tmp_path).analogies.alternatives.tolist() == [[0, 3], [0, 5]]


def test_odd_things_survive_too(forecasts: dict[str, Forecast], tmp_path: Path) -> None:
    gd = forecasts["gd"]
    odd = dataclasses.replace(
        gd,
        # a file name that is not UTF-8, as Python reads it
        config=dataclasses.replace(gd.config, sources=("caf\udce9.txt",), dim=None, step_fraction=None),
        warnings=("one\ntwo", ""),
        spectrum=dataclasses.replace(gd.spectrum, vectors=gd.spectrum.vectors.T.contiguous().T, residual=float("nan")),
        trajectory=dataclasses.replace(
            gd.trajectory,
            modes=np.asfortranarray(gd.trajectory.modes),
            overall_crossing=Crossing(None, None, reason_of("why: more of it")),
        ),
    )
    write_forecast(tmp_path, odd)
    read = read_forecast(tmp_path)
    assert np.isnan(read.spectrum.residual)
    finite = dataclasses.replace(odd.spectrum, residual=0.0)
    assert_equal(
        dataclasses.replace(read, spectrum=dataclasses.replace(read.spectrum, residual=0.0)),
        dataclasses.replace(odd, spectrum=finite),
    )


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-10])


def without_counts(path: Path) -> None:
    arrays = load_file(path)
    del arrays["counts"]
    save_file(arrays, path, {"schema": SCHEMA})


def with_other_text(path: Path) -> None:
    arrays = load_file(path)
    text = json.loads(arrays["text"].tobytes())
    text["words"].pop()
    arrays["text"] = np.frombuffer(json.dumps(text).encode(), np.uint8)
    save_file(arrays, path, {"schema": SCHEMA})


def of_another_version(path: Path) -> None:
    save_file(load_file(path), path, {"schema": "qwem-outlook/2\x1b[31m"})


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (cut_short, "is damaged"),
        (without_counts, "is damaged"),
        (with_other_text, "is damaged (counts is"),
        (of_another_version, r"another version: it is qwem-outlook/2\x1b[31m"),
        (Path.unlink, "is missing"),
        (lambda path: path.write_bytes(b"{}"), "is damaged"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_sentence(
    forecasts: dict[str, Forecast], tmp_path: Path, harm: Callable[[Path], None], said: str
) -> None:
    write_forecast(tmp_path, forecasts["gd"])
    harm(tmp_path / NAME)
    with pytest.raises(QwemError) as raised:
        read_forecast(tmp_path)
    assert said in str(raised.value)
    assert str(tmp_path / NAME) in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.fixture(scope="module")
def written_text(forecasts: dict[str, Forecast], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder with a forecast, and the JSON in its file."""
    folder = tmp_path_factory.mktemp("forecast")
    write_forecast(folder, forecasts["gd"])
    return folder, load_file(folder / NAME)["text"].tobytes().decode("ascii")


@given(st.data())
def test_damaged_text_is_taken_or_refused(written_text: tuple[Path, str], data: st.DataObject) -> None:
    folder, text = written_text
    arrays = load_file(folder / NAME)
    arrays["text"] = np.frombuffer(data.draw(mutated(text)) or b" ", np.uint8)
    (folder / "mutated").mkdir(exist_ok=True)
    save_file(arrays, folder / "mutated" / NAME, {"schema": SCHEMA})
    said = refusal(lambda: read_forecast(folder / "mutated"))
    assert said is None or "is damaged (" in said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"documents": -1}, "(text, documents: expected a whole number >= 0)"),
        ({"words": ["a", 3]}, "(text, words[1]: expected a text, got a whole number)"),
        ({"warnings": None}, "(text, warnings: expected a list, got null)"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_field(
    written_text: tuple[Path, str], tmp_path: Path, change: dict[str, object], said: str
) -> None:
    folder, text = written_text
    arrays = load_file(folder / NAME)
    arrays["text"] = np.frombuffer(json.dumps({**json.loads(text), **change}).encode(), np.uint8)
    save_file(arrays, tmp_path / NAME, {"schema": SCHEMA})
    assert said in (refusal(lambda: read_forecast(tmp_path)) or "")
