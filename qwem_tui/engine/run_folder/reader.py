"""A run folder read back: its configuration and its frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path

from msgspec import UNSET

from qwem_tui.base.codec import decode
from qwem_tui.base.errors import QwemError, UsageError
from qwem_tui.base.printable import printable
from qwem_tui.engine.frame import Frame
from qwem_tui.engine.run_folder.checkpoints import MOST_BYTES, Checkpoint, Checkpoints
from qwem_tui.engine.run_folder.description import ALWAYS_WRITTEN, SCHEMA, RawSettings, RunDescription, SchemaOnly
from qwem_tui.engine.run_folder.lines import NAME, LineReader, Rewound, Sizes
from qwem_tui.engine.schedule import Schedule
from qwem_tui.engine.timeline import StepSizeChange
from qwem_tui.study.config import StudyConfig


@dataclass(frozen=True)
class RunRecord:
    """What run.json says that resuming needs.

    `digest` is that of the corpus, `threads` those it was trained with; `screen` says that it began in the app. Its
    checkpoints may take `keep_bytes`. `sizes` are those of its frames, None where they are not recorded.
    """

    path: Path
    study: StudyConfig
    digest: str
    threads: int
    schedule: Schedule
    device: str
    screen: bool
    keep_bytes: int
    sizes: Sizes | None


@dataclass(frozen=True)
class ResumePoint:
    """Where a run resumes: the state saved, frames and step sizes up to it, and what was settled when it began.

    `problem` says in a sentence what of its frames could not be read, None where all could.
    """

    checkpoint: Checkpoint
    frames: tuple[Frame, ...]
    changes: tuple[StepSizeChange, ...]
    schedule: Schedule
    digest: str
    problem: str | None = None


def resume_point_of(run: RunRecord, step: int | None = None) -> ResumePoint:
    """Return where `run` can resume: at the checkpoint of `step`, or (None) at the latest that can be read.

    Raises UsageError where there is none, QwemError where a file is damaged.
    """
    checkpoint = Checkpoints(run.path / "checkpoints").load(step)
    record = read_record(run.path, checkpoint.step, run.sizes)
    return ResumePoint(checkpoint, record.frames, record.changes, run.schedule, run.digest, record.problem)


def _seen_from(folder: str, file: str) -> str:
    """Return the path of `file`, given relative to `folder`, where the run began; `file` itself where none is there."""
    path = Path(folder, file)
    return str(path) if file != "-" and path.exists() else file


def read_run(path: Path) -> RunRecord:
    """Return the run in the folder `path`.

    Raises UsageError where there is none, QwemError where run.json is damaged, makes no sense or is of another version.
    """
    shown = printable(str(path))
    file = path / "run.json"
    if not file.is_file():
        raise UsageError(f"{shown} is not a run folder: it has no run.json; give the folder that `train` wrote.")
    try:
        data = file.read_bytes()
    except OSError as error:
        raise QwemError(f"Cannot read {printable(str(file))}: {error.strerror}.") from error
    where = printable(str(file))
    schema = decode(SchemaOnly, data, where).schema
    if schema != SCHEMA:
        raise QwemError(f"{shown} was written by another version: its run.json is {printable(schema)}, not {SCHEMA}.")
    _check_names(decode(RawSettings, data, where).settings, where)
    described = decode(RunDescription, data, where)
    schedule, threads = described.schedule, described.threads
    if schedule is UNSET or threads is UNSET:
        raise QwemError(f"{where} lacks the schedule or the threads of a run: it cannot resume.")
    settings, begun_in = described.settings, described.begun_in or ""
    _check_settings(settings, where)
    analogies = settings.analogies
    try:
        study = replace(
            settings,
            sources=tuple(_seen_from(begun_in, source) for source in settings.sources),
            analogies=None if analogies is None else _seen_from(begun_in, analogies),
        )
    except (OSError, ValueError) as error:
        raise QwemError(f"{where} names a file that cannot be: {printable(str(error))}.") from error
    categories = described.categories
    return RunRecord(
        path,
        study,
        described.corpus.digest.removeprefix("sha256:"),
        threads,
        Schedule(schedule.evaluate_every, schedule.also, schedule.observe_every),
        described.device,
        described.screen is True,
        MOST_BYTES if described.keep_bytes is UNSET else described.keep_bytes,
        None if settings.dim is None or categories is UNSET else Sizes(settings.dim, len(categories)),
    )


def _check_names(settings: Mapping[str, object], where: str) -> None:
    """Raise QwemError where a setting is missing, which would be taken as by default, or none of a run."""
    known = {field.name for field in fields(StudyConfig)}
    for name in sorted(settings.keys() - known):
        raise QwemError(f"{where}, settings: {printable(name)} is no setting of a run.")
    for name in sorted(ALWAYS_WRITTEN - settings.keys()):
        raise QwemError(f"{where}, settings: {name} is missing.")


def _check_settings(settings: StudyConfig, where: str) -> None:
    """Raise QwemError where settings that check themselves otherwise are no run's."""
    if not settings.sources:
        raise QwemError(f"{where}, settings.sources: there is no corpus.")
    for name in ("vocab_size", "dim", "steps"):
        value = getattr(settings, name)
        if value is not None and value > 2**53:
            raise QwemError(f"{where}, settings.{name}: the number is too large.")


@dataclass(frozen=True)
class FrameRecord:
    """What frames.jsonl holds: frames, one a step, and changes of the step size, both ascending.

    `left_out` lines were damaged; `problem` says so in a sentence, None where there were none.
    """

    frames: tuple[Frame, ...]
    changes: tuple[StepSizeChange, ...]
    left_out: int = 0
    problem: str | None = None


def read_record(path: Path, up_to: int | None = None, sizes: Sizes | None = None) -> FrameRecord:
    """Return the frames and the changes of the step size of the run folder `path`, those after `up_to` left out.

    A last line that was cut off is passed over; what lies after a step to which the run was rewound is dropped, and of
    two frames of one step the later stands. A damaged line, or a frame of other `sizes`, is left out and counted.
    Raises QwemError where the file cannot be read.
    """
    file = path / NAME
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        return FrameRecord((), ())
    except OSError as error:
        raise QwemError(f"Cannot read {printable(str(file))}: {error.strerror}.") from error
    frames: dict[int, Frame] = {}
    changes: list[StepSizeChange] = []
    reader = LineReader(sizes)
    # what follows the last newline is empty, or a line that was being written
    for line in data.split(b"\n")[:-1]:
        match reader.take(line):
            case Rewound(step):
                frames = {other: frame for other, frame in frames.items() if other <= step}
                changes = [change for change in changes if change.step <= step]
            case StepSizeChange() as change:
                changes.append(change)
            case Frame() as frame:
                frames[frame.step] = frame
    return FrameRecord(
        tuple(frames[step] for step in sorted(frames) if up_to is None or step <= up_to),
        tuple(change for change in changes if up_to is None or change.step <= up_to),
        reader.left_out,
        reader.problem,
    )
