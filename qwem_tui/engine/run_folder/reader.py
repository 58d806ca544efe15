"""A run folder read back: its configuration and its frames."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qwem_tui.base.errors import QwemError, SettingError, UsageError
from qwem_tui.base.printable import printable
from qwem_tui.engine.frame import Frame
from qwem_tui.engine.run_folder.checkpoints import MOST_BYTES, Checkpoint, Checkpoints
from qwem_tui.engine.run_folder.writer import SCHEMA
from qwem_tui.engine.schedule import Schedule
from qwem_tui.engine.timeline import StepSizeChange
from qwem_tui.study.config import StudyConfig


@dataclass(frozen=True)
class RunRecord:
    """What run.json says that going on needs.

    `digest` is that of the corpus, `threads` those it was trained with; `screen` says that it began in the app. Its
    checkpoints may take `keep_bytes`.
    """

    path: Path
    study: StudyConfig
    digest: str
    threads: int
    schedule: Schedule
    device: str
    screen: bool
    keep_bytes: int


@dataclass(frozen=True)
class ResumePoint:
    """Where a run goes on: the state kept, frames and step sizes up to it, and what was settled when it began."""

    checkpoint: Checkpoint
    frames: tuple[Frame, ...]
    changes: tuple[StepSizeChange, ...]
    schedule: Schedule
    digest: str


def resume_point_of(stored: RunRecord, step: int | None = None) -> ResumePoint:
    """Return where `stored` can go on: at the checkpoint of `step`, or (None) at the latest that can be read.

    Raises UsageError where there is none, QwemError where a file is damaged.
    """
    checkpoint = Checkpoints(stored.path / "checkpoints").load(step)
    record = read_record(stored.path, checkpoint.step)
    return ResumePoint(checkpoint, record.frames, record.changes, stored.schedule, stored.digest)


def _seen_from(folder: str, file: str) -> str:
    """Return where `file` is that was named in the folder where a run began; as it was named where it is not there."""
    path = Path(folder, file)
    return str(path) if file != "-" and path.exists() else file


def read_run(path: Path) -> RunRecord:
    """Return the run in the folder `path`.

    Raises UsageError where there is none, QwemError where run.json is damaged or of another version.
    """
    shown = printable(str(path))
    file = path / "run.json"
    if not file.is_file():
        raise UsageError(f"{shown} is not a run folder: it has no run.json; give the folder that `train` wrote.")
    try:
        described = json.loads(file.read_text(encoding="utf-8"))
        if described["schema"] != SCHEMA:
            raise QwemError(
                f"{shown} was written by another version: its run.json is {printable(described['schema'])}."
            )
        settings = {field.name: described["settings"][field.name] for field in fields(StudyConfig)}
        begun_in = str(described.get("begun_in", ""))
        settings["sources"] = tuple(_seen_from(begun_in, source) for source in settings["sources"])
        if settings["analogies"] is not None:
            settings["analogies"] = _seen_from(begun_in, settings["analogies"])
        schedule = described["schedule"]
        return RunRecord(
            path,
            StudyConfig(**settings),
            str(described["corpus"]["digest"]).removeprefix("sha256:"),
            int(described["threads"]),
            Schedule(int(schedule["evaluate_every"]), tuple(schedule["also"]), int(schedule["observe_every"])),
            str(described["device"]),
            described.get("screen") is True,
            int(described.get("keep_bytes", MOST_BYTES)),
        )
    except (OSError, ValueError, KeyError, TypeError, SettingError) as error:
        raise QwemError(
            f"{printable(str(file))} cannot be read ({printable(str(error))}): the run cannot go on."
        ) from error


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _numbers(values: list[float | None]) -> NDArray[np.float64]:
    return np.array([_number(value) for value in values])


def _frame(line: dict[str, Any]) -> Frame:
    accuracies = line["accuracies"]
    return Frame(
        step=int(line["step"]),
        t=float(line["t"]),
        loss=_number(line["loss"]),
        singular_values=_numbers(line["singular_values"]),
        modes_learned=None if line["modes_learned"] is None else int(line["modes_learned"]),
        effective_rank=_number(line["effective_rank"]),
        participation_ratio=_number(line["participation_ratio"]),
        accuracies=None if accuracies is None else _numbers(accuracies),
        overall_accuracy=line["overall_accuracy"],
        steps_per_second=_number(line["steps_per_second"]),
    )


@dataclass(frozen=True)
class FrameRecord:
    """What frames.jsonl holds: frames, one a step, and changes of the step size, both ascending."""

    frames: tuple[Frame, ...]
    changes: tuple[StepSizeChange, ...]


@dataclass(frozen=True)
class Rewound:
    """What was written of later steps than `step` does not count: the run goes on from there."""

    step: int


def parse_line(line: bytes) -> Frame | StepSizeChange | Rewound:
    """Return what one whole line of frames.jsonl says; raises ValueError, KeyError or TypeError where damaged."""
    stored = json.loads(line)
    if "rewound_to" in stored:
        return Rewound(int(stored["rewound_to"]))
    if "from_step" in stored:
        return StepSizeChange(int(stored["from_step"]), float(stored["step_size"]))
    return _frame(stored)


class FrameRecordReader:
    """Takes the lines of frames.jsonl one after another: frames, rewindings, changes of the step size."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._frames: dict[int, Frame] = {}
        self._changes: list[StepSizeChange] = []

    def take(self, line: bytes) -> None:
        """Take one whole line; raises ValueError, KeyError or TypeError where it is damaged."""
        match parse_line(line):
            case Rewound(step):
                self._frames = {other: frame for other, frame in self._frames.items() if other <= step}
                self._changes = [change for change in self._changes if change.step <= step]
            case StepSizeChange() as change:
                self._changes.append(change)
            case Frame() as frame:
                self._frames[frame.step] = frame

    def record(self, up_to: int | None = None) -> FrameRecord:
        """Return what was taken, what lies after step `up_to` left out."""
        return FrameRecord(
            tuple(self._frames[step] for step in sorted(self._frames) if up_to is None or step <= up_to),
            tuple(change for change in self._changes if up_to is None or change.step <= up_to),
        )


def read_record(path: Path, up_to: int | None = None) -> FrameRecord:
    """Return the frames and the changes of the step size of the run folder `path`, those after `up_to` left out.

    A last line that was cut off is passed over; what lies after a step to which the run was rewound is dropped, and of
    two frames of one step the later stands. Raises QwemError at a damaged line elsewhere.
    """
    file = path / "frames.jsonl"
    reader = FrameRecordReader()
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        return reader.record()
    except OSError as error:
        raise QwemError(f"Cannot read {printable(str(file))}: {error.strerror}.") from error
    lines = data.split(b"\n")
    # what follows the last newline is empty, or a line that was being written
    for number, line in enumerate(lines[:-1], start=1):
        try:
            reader.take(line)
        except (ValueError, KeyError, TypeError) as error:
            raise QwemError(f"{printable(str(file))}, line {number}, is damaged: {printable(str(error))}.") from error
    return reader.record(up_to)


def read_frames(path: Path, up_to: int | None = None) -> tuple[Frame, ...]:
    """Return the frames of the run folder `path`; see `read_record`."""
    return read_record(path, up_to).frames
