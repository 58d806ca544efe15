from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from qwem_tui.engine.frame import Frame
from qwem_tui.engine.run_folder.frame_tail import FrameTail
from qwem_tui.engine.run_folder.lines import frame_line
from qwem_tui.engine.timeline import StepSizeChange

DIM, CATEGORIES = 2, 1


def line(step: int, loss: float = 0.5, dim: int = DIM) -> str:
    accuracies = np.array([0.25]) if step % 2 == 0 else None
    frame = Frame(step, step * 0.1, loss, np.ones(dim), 1, 1.0, 1.0, accuracies, None, 0.0)
    return frame_line(frame) + "\n"


def written(folder: Path, text: str) -> None:
    with (folder / "frames.jsonl").open("a", encoding="utf-8") as file:
        file.write(text)


def steps(tail: FrameTail) -> list[int]:
    while tail.advance():
        pass
    return [frame.step for frame in tail.history.frames()]


def test_frames_come_as_they_are_written_and_only_whole(tmp_path: Path) -> None:
    tail = FrameTail(tmp_path, DIM, CATEGORIES)
    assert steps(tail) == []
    assert tail.problem == "frames.jsonl cannot be read (no such file or directory)."
    written(tmp_path, line(0) + line(1)[:20])
    assert steps(tail) == [0]
    assert tail.problem is None
    written(tmp_path, line(1)[20:] + line(2))
    assert steps(tail) == [0, 1, 2]
    # measured once more, with accuracies
    written(tmp_path, line(2, loss=0.4))
    assert steps(tail) == [0, 1, 2]
    assert tail.history.columns().loss[-1] == 0.4
    assert tail.done == tail.total == (tmp_path / "frames.jsonl").stat().st_size


def test_a_run_that_was_resumed_is_followed_from_where_it_was_rewound_to(tmp_path: Path) -> None:
    tail = FrameTail(tmp_path, DIM, CATEGORIES)
    first = json.dumps({"step_size": 0.3, "from_step": 1}) + "\n"
    later = json.dumps({"step_size": 0.4, "from_step": 3}) + "\n"
    written(tmp_path, line(0) + line(1) + first + line(2) + line(3) + later + line(4)[:10])
    assert steps(tail) == [0, 1, 2, 3]
    assert tail.changes == (StepSizeChange(1, 0.3), StepSizeChange(3, 0.4))
    # what was cut off is dropped by whoever resumes
    (tmp_path / "frames.jsonl").write_text(line(0) + line(1) + first + line(2) + line(3) + later, encoding="utf-8")
    written(tmp_path, json.dumps({"rewound_to": 1}) + "\n")
    written(tmp_path, line(2, loss=0.3) + json.dumps({"step_size": 0.5, "from_step": 2}) + "\n")
    assert steps(tail) == [0, 1, 2]
    assert tail.history.columns().loss.tolist() == [0.5, 0.5, 0.3]
    assert tail.changes == (StepSizeChange(1, 0.3), StepSizeChange(2, 0.5))
    assert tail.problem is None


def test_another_file_in_its_place_is_read_from_its_beginning(tmp_path: Path) -> None:
    tail = FrameTail(tmp_path, DIM, CATEGORIES)
    written(tmp_path, line(0) + line(1))
    assert steps(tail) == [0, 1]
    written(tmp_path, json.dumps({"step_size": 0.3, "from_step": 1}) + "\n")
    assert steps(tail) == [0, 1]
    (tmp_path / "frames.jsonl").rename(tmp_path / "old.jsonl")
    written(tmp_path, line(0) + line(1) + line(2) + line(3))
    assert steps(tail) == [0, 1, 2, 3]
    assert tail.changes == ()


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        ("{", "line 2: this is no JSON"),
        ("[]", "line 2: expected an object, got a list"),
        ('{"step": 5}', "line 2: object missing required field t"),
        (line(5, dim=3).strip(), "line 2, singular_values: expected 2 numbers, got 3"),
        ("\x00" * 100, "line 2: this is no JSON"),
        ("[" * 100_000, "line 2: expected an object"),
    ],
)
def test_damaged_lines_are_left_out_and_counted(tmp_path: Path, damage: str, why: str) -> None:
    written(tmp_path, line(0) + damage + "\n" + line(1))
    tail = FrameTail(tmp_path, DIM, CATEGORIES)
    assert steps(tail) == [0, 1]
    assert (tail.problem or "").startswith(f"frames.jsonl has a damaged line, left out: frames.jsonl, {why}")
    written(tmp_path, damage + "\n" + line(2))
    assert steps(tail) == [0, 1, 2]
    assert (tail.problem or "").startswith(
        "frames.jsonl has 2 damaged lines, left out; the first: frames.jsonl, line 2"
    )


def test_a_line_longer_than_any_frame_does_not_stop_it(tmp_path: Path) -> None:
    written(tmp_path, line(0) + "x" * 600_000)
    tail = FrameTail(tmp_path, DIM, CATEGORIES)
    assert steps(tail) == [0]
    written(tmp_path, "\n" + line(1))
    assert steps(tail) == [0, 1]
    assert tail.problem is not None
