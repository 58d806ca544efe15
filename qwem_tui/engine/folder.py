"""The run folder: what a run leaves on disk."""

from __future__ import annotations

import fcntl
import json
import math
import os
import platform
import socket
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import IO

import numpy as np
import torch
from numpy.typing import NDArray

import qwem_tui
from qwem_tui.base.atomic import atomic_file
from qwem_tui.base.errors import QwemError, UsageError
from qwem_tui.base.inert import inert
from qwem_tui.engine.frame import Frame
from qwem_tui.engine.observe import Schedule
from qwem_tui.engine.timeline import StepSizeChange
from qwem_tui.study.study import Outlook, StudyConfig

SCHEMA = "qwem-run/1"


def default_run_folder(config: StudyConfig, now: datetime) -> Path:
    """Return runs/NAME for a run of `config` begun at `now`; the name tells corpus and time."""
    first = "stdin" if config.sources[0] == "-" else Path(config.sources[0]).name.split(".")[0]
    safe = "".join(c if c.isalnum() or c in "-_" else "-" for c in first).strip("-") or "corpus"
    return Path("runs") / f"{safe}-{now:%Y%m%d-%H%M%S}"


def configuration(study: Outlook, schedule: Schedule | None = None, threads: int | None = None) -> dict[str, object]:
    """Return what made a run what it is, ready for JSON: settings, corpus digest, seed, device, versions."""
    settings = asdict(study.config)
    settings["dim"] = study.dim
    described: dict[str, object] = {
        "settings": settings,
        "trainer": study.config.trainer,
        "step_size": study.step_size,
        "step_limit": study.step_limit,
        "tau_1": study.tau_1,
        "time_unit": study.time_unit,
        "loss_floor": study.loss_floor,
        "dtype": study.precision,
        "device": study.device,
        "corpus": {
            "digest": f"sha256:{study.digest}",
            "documents": study.documents,
            "tokens": study.tokens,
            "tokens_in_vocab": study.tokens_in_vocab,
        },
        "vocab_size": len(study.vocabulary),
        "target": {"frobenius_sq": study.frobenius_sq, "pairs_seen": study.pairs_seen},
        "eigenvalues": study.spectrum.eigenvalues.tolist(),
        "lambda_min": study.spectrum.lambda_min,
        "categories": [
            {"name": name, "attempted": int(attempted), "total": int(total), "predicted_step": step, "reason": reason}
            for name, attempted, total, step, reason in zip(
                study.analogies.names,
                study.analogies.attempted,
                study.analogies.total,
                study.trajectory.crossing,
                study.trajectory.reason,
                strict=True,
            )
        ],
        "versions": {
            "qwem-tui": qwem_tui.__version__,
            "python": platform.python_version(),
            "torch": str(torch.__version__),
            "numpy": np.__version__,
        },
    }
    if schedule is not None:
        described["schedule"] = asdict(schedule)
    if threads is not None:
        described["threads"] = threads
    return described


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _numbers(values: NDArray[np.float64] | None) -> list[float | None] | None:
    return None if values is None else [_number(value) for value in values]


def frame_json(frame: Frame) -> str:
    """Return a frame as one line of JSON without its newline; what is not a number is null."""
    return json.dumps(
        {
            "step": frame.step,
            "t": frame.t,
            "loss": _number(frame.loss),
            "singular_values": _numbers(frame.singular_values),
            "modes_learned": frame.modes_learned,
            "effective_rank": _number(frame.effective_rank),
            "participation_ratio": _number(frame.participation_ratio),
            "accuracies": _numbers(frame.accuracies),
            "overall_accuracy": frame.overall_accuracy,
            "steps_per_second": frame.steps_per_second,
        },
        allow_nan=False,
    )


def check_run_folder(path: Path) -> None:
    """Raise UsageError where a new run cannot go to `path`, before any work is done for it."""
    shown = inert(str(path))
    if (path / "run.json").exists():
        raise UsageError(f"{shown} already holds a run: give another --out, or remove it.")
    if path.is_dir() and any(path.iterdir()):
        raise UsageError(f"{shown} is not empty: give another --out.")
    above = next(folder for folder in (path, *path.absolute().parents) if folder.exists())
    if not above.is_dir():
        raise UsageError(f"{inert(str(above))} is a file, so no run folder can be made there: give another --out.")
    if not os.access(above, os.W_OK | os.X_OK):
        raise UsageError(f"{inert(str(above))} is not writable: give another --out.")


class RunFolder:
    """A run folder being written: 0700, locked against a second writer."""

    def __init__(self, path: Path, rewound_to: int | None = None) -> None:
        """Make the folder at `path`, or (`rewound_to` a step) go on with the one there.

        Raises as `check_run_folder`, and QwemError if unwritable or in use.
        """
        self.path = path
        self._damaged = False
        if rewound_to is None:
            check_run_folder(path)
        try:
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = (path / "lock").open("a+", encoding="utf-8")
            self._take_lock()
            self._frames: IO[str] = self._open_frames(rewound_to)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise QwemError(f"Cannot write the run folder {inert(str(path))}: {reason}; give another --out.") from error

    def _open_frames(self, rewound_to: int | None) -> IO[str]:
        file = self.path / "frames.jsonl"
        if rewound_to is None:
            return file.open("w", encoding="utf-8")
        self._drop_cut_off_line()
        frames = file.open("a", encoding="utf-8")
        frames.write(json.dumps({"rewound_to": rewound_to}) + "\n")
        frames.flush()
        return frames

    def _drop_cut_off_line(self) -> None:
        """Shorten frames.jsonl to its last whole line, so that what was cut off does not swallow the next one."""
        with (self.path / "frames.jsonl").open("ab+") as stored:
            stored.seek(0)
            stored.truncate(stored.read().rfind(b"\n") + 1)

    def _take_lock(self) -> None:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._lock.seek(0)
            holder = inert(self._lock.read().strip()) or "another process"
            raise QwemError(f"{inert(str(self.path))} is being written by {holder}: give another --out.") from error
        self._lock.truncate(0)
        self._lock.write(f"pid {os.getpid()} on {socket.gethostname()}\n")
        self._lock.flush()

    def write_configuration(self, described: dict[str, object]) -> None:
        """Write run.json."""
        with atomic_file(self.path / "run.json") as temporary:
            temporary.write_text(
                json.dumps({"schema": SCHEMA, **described}, indent=1, allow_nan=False) + "\n", encoding="utf-8"
            )

    def write_frame(self, frame: Frame) -> None:
        """Append a frame to frames.jsonl; raises OSError where that cannot be, after which later ones may be again."""
        self._append(frame_json(frame))

    def write_change(self, change: StepSizeChange) -> None:
        """Append a change of the step size to frames.jsonl; raises as `write_frame`."""
        self._append(json.dumps({"step_size": change.step_size, "from_step": change.step}))

    def _append(self, line: str) -> None:
        if self._damaged:
            self._drop_cut_off_line()
            self._frames = (self.path / "frames.jsonl").open("a", encoding="utf-8")
            self._damaged = False
        try:
            self._frames.write(line + "\n")
            self._frames.flush()
        except OSError:
            self._damaged = True
            with suppress(OSError):
                # what it holds back would be tried again
                self._frames.close()
            raise

    def close(self) -> None:
        """Close the files and give up the lock."""
        with suppress(OSError):
            self._frames.close()
        self._lock.close()
