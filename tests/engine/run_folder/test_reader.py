"""What a run wrote is read as it was; what is damaged is refused by its field, or left out and counted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from qwem_tui.base.codec import decode, encode
from qwem_tui.base.errors import QwemError, UsageError
from qwem_tui.engine.frame import Frame
from qwem_tui.engine.run_folder.description import RunDescription, describe
from qwem_tui.engine.run_folder.lines import LineReader, Rewound, Sizes, change_line, frame_line, rewound_line
from qwem_tui.engine.run_folder.reader import read_record, read_run
from qwem_tui.engine.run_folder.writer import RunFolder
from qwem_tui.engine.schedule import Schedule
from qwem_tui.engine.timeline import StepSizeChange
from tests.engine.conftest import Runs
from tests.mutations import mutated, refusal

DIM, CATEGORIES = 3, 2


def frame(step: int, accuracies: list[float] | None = None) -> Frame:
    return Frame(
        step=step,
        t=0.1 * step,
        loss=1.0 / (step + 1),
        singular_values=np.array([0.1 + step, 1 / 3, 0.0]),
        modes_learned=1,
        effective_rank=float("nan"),
        participation_ratio=1.5,
        accuracies=None if accuracies is None else np.array(accuracies),
        overall_accuracy=None if accuracies is None else 0.25,
        steps_per_second=7.0,
    )


def written(folder: Path, *lines: str) -> None:
    (folder / "frames.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def steps_in(folder: Path) -> list[int]:
    return [each.step for each in read_record(folder).frames]


# --- frames


def _arrays(values: st.SearchStrategy[float], length: int) -> st.SearchStrategy[NDArray[np.float64]]:
    return st.lists(values | st.just(float("nan")), min_size=length, max_size=length).map(np.array)


_large, _shares = st.floats(min_value=0, max_value=1e300), st.floats(min_value=0, max_value=1)
_frames = st.builds(
    Frame,
    step=st.integers(0, 2**53),
    t=_large,
    loss=st.floats(),
    singular_values=_arrays(_large, DIM),
    modes_learned=st.none() | st.integers(0, 1000),
    effective_rank=_large | st.just(float("nan")),
    participation_ratio=_large,
    accuracies=st.none() | _arrays(_shares, CATEGORIES),
    overall_accuracy=st.none() | _shares,
    steps_per_second=_large,
)


@given(_frames)
def test_every_frame_comes_back(one: Frame) -> None:
    line = frame_line(one)
    reader = LineReader(Sizes(DIM, CATEGORIES))
    read = reader.take(line.encode())
    assert isinstance(read, Frame)
    assert (reader.left_out, reader.problem) == (0, None)
    assert frame_line(read) == line
    np.testing.assert_array_equal(read.singular_values, one.singular_values)
    assert (read.accuracies is None) == (one.accuracies is None)


@given(st.integers(0, 2**53), st.floats(min_value=0, exclude_min=True, max_value=1e300))
def test_every_change_and_rewinding_comes_back(step: int, size: float) -> None:
    reader = LineReader(None)
    assert reader.take(change_line(StepSizeChange(step, size)).encode()) == StepSizeChange(step, size)
    assert reader.take(rewound_line(step).encode()) == Rewound(step)


_LINES = [
    frame_line(frame(4, [0.5, float("nan")])),
    change_line(StepSizeChange(4, 0.5)),
    rewound_line(4),
]


@given(st.sampled_from(_LINES).flatmap(mutated))
def test_a_damaged_line_is_taken_or_left_out(line: bytes) -> None:
    reader = LineReader(Sizes(DIM, CATEGORIES))
    taken = reader.take(line)
    assert (taken is None) == (reader.left_out == 1) == (reader.problem is not None)
    if isinstance(taken, Frame):
        assert taken.singular_values.shape == (DIM,)


def test_frames_are_read_to_the_last_whole_line_and_rewound(tmp_path: Path) -> None:
    assert read_record(tmp_path).frames == ()
    lines = [frame_line(frame(step, [0.5, float("nan")] if step == 2 else None)) for step in range(5)]
    file = tmp_path / "frames.jsonl"
    file.write_text("\n".join(lines) + '\n{"step": 5, "t', encoding="utf-8")
    read = read_record(tmp_path)
    assert (read.left_out, read.problem) == (0, None)
    assert [each.step for each in read.frames] == [0, 1, 2, 3, 4]
    assert frame_line(read.frames[2]) == lines[2]
    assert read.frames[2].accuracies is not None
    assert np.isnan(read.frames[2].accuracies[1])
    assert [each.step for each in read_record(tmp_path, up_to=3).frames] == [0, 1, 2, 3]
    written(tmp_path, *lines, '{"rewound_to": 2}', frame_line(frame(3)))
    assert steps_in(tmp_path) == [0, 1, 2, 3]


def test_damaged_lines_are_left_out_and_counted(tmp_path: Path) -> None:
    good = [frame_line(frame(step)) for step in range(3)]
    short: Any = json.loads(good[1])
    short["singular_values"].pop()
    infinite = good[1].replace('"loss": 0.5', '"loss": 1e999')
    assert infinite != good[1]
    written(tmp_path, good[0], infinite, "garbage", json.dumps(short), "[" * 10_000, good[2])
    record = read_record(tmp_path, sizes=Sizes(DIM, CATEGORIES))
    assert [each.step for each in record.frames] == [0, 2]
    assert record.left_out == 4
    assert record.problem == (
        "frames.jsonl has 4 damaged lines, left out; the first: frames.jsonl, line 2, loss: number out of range."
    )
    written(tmp_path, good[0], json.dumps(short))
    assert read_record(tmp_path, sizes=Sizes(DIM, CATEGORIES)).problem == (
        "frames.jsonl has a damaged line, left out: frames.jsonl, line 2, singular_values: expected 3 numbers, got 2."
    )


# --- run.json


@pytest.fixture(scope="module")
def described(runs: Runs) -> RunDescription:
    return describe(runs.study("gd"), Schedule(10, (1, 2, 30), 1), 2)


@pytest.fixture
def run_json(described: RunDescription, tmp_path: Path) -> str:
    folder = RunFolder(tmp_path / "run")
    folder.write_description(described)
    folder.close()
    return (tmp_path / "run" / "run.json").read_text(encoding="ascii")


def test_a_description_comes_back(run_json: str, runs: Runs, tmp_path: Path) -> None:
    assert encode(decode(RunDescription, run_json, "run.json"), indent=1) + "\n" == run_json
    run, study = read_run(tmp_path / "run"), runs.study("gd")
    assert (run.study, run.digest, run.threads, run.schedule) == (
        study.config, study.digest, 2, Schedule(10, (1, 2, 30), 1),
    )  # fmt: skip
    assert run.sizes == Sizes(4, len(study.analogies.names))
    assert not run.screen


@given(st.data())
def test_a_damaged_description_is_taken_or_refused(
    described: RunDescription, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.getbasetemp() / "mutated-run"
    folder.mkdir(exist_ok=True)
    text = encode(described)
    text = f'{{"schema": "qwem-run/1", "begun_in": "{folder}", {text[1:]}'
    (folder / "run.json").write_bytes(data.draw(mutated(text)))
    said = refusal(lambda: read_run(folder))
    assert said is None or str(folder) in said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "is not a run folder"),
        ("{", "run.json: this is no JSON"),
        ('{"schema": "qwem-run/9"}', "was written by another version: its run.json is qwem-run/9, not qwem-run/1."),
        ('{"schema": "qwem-run/1"}', "run.json: object missing required field settings."),
    ],
)
def test_what_is_not_a_run_is_said_in_one_sentence(tmp_path: Path, content: str | None, said: str) -> None:
    if content is not None:
        (tmp_path / "run.json").write_text(content, encoding="utf-8")
    with pytest.raises(QwemError) as refused:
        read_run(tmp_path)
    assert said in str(refused.value)
    assert isinstance(refused.value, UsageError) == (content is None)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"settings": {"window": 0}}, "--window is 0"),
        ({"settings": {"sigma": "small"}}, "run.json, settings.sigma: expected a number, got a text."),
        ({"settings": {"steps": 10**400}}, "run.json, settings.steps: "),
        ({"settings": {"trainer": "adam"}}, "run.json, settings.trainer: invalid enum value 'adam'."),
        ({"settings": {"sources": []}}, "run.json, settings.sources: "),
        ({"schedule": {"evaluate_every": 0}}, "run.json, schedule.evaluate_every: expected a whole number >= 1."),
        ({"threads": 0}, "run.json, threads: expected a whole number >= 1."),
        ({"corpus": {"digest": None}}, "run.json, corpus.digest: expected a text, got null."),
    ],
)
def test_settings_that_make_no_sense_are_refused_with_file_and_field(
    run_json: str, tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    described = json.loads(run_json)
    for key, value in change.items():
        described[key] = {**described[key], **value} if isinstance(value, dict) else value
    (tmp_path / "run" / "run.json").write_text(json.dumps(described), encoding="utf-8")
    with pytest.raises(QwemError) as refused:
        read_run(tmp_path / "run")
    assert said in str(refused.value)
    assert str(tmp_path / "run" / "run.json") in str(refused.value)


def test_a_setting_that_is_missing_or_misspelt_does_not_become_the_default(run_json: str, tmp_path: Path) -> None:
    described = json.loads(run_json)
    window = described["settings"].pop("window")
    for settings, said in (
        (described["settings"], "run.json, settings: window is missing."),
        ({**described["settings"], "widnow": window}, "run.json, settings: widnow is no setting of a run."),
    ):
        changed = json.dumps({**described, "settings": settings})
        (tmp_path / "run" / "run.json").write_text(changed, encoding="utf-8")
        with pytest.raises(QwemError) as refused:
            read_run(tmp_path / "run")
        assert str(refused.value).endswith(said)
