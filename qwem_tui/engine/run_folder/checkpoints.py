"""Checkpoints: the whole state of a run on disk, from which it resumes as if it had never stopped."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from qwem_tui.base.atomic import atomic_file
from qwem_tui.base.errors import QwemError, UsageError
from qwem_tui.base.printable import printable

SCHEMA = "qwem-checkpoint/1"
#: Space that the checkpoints of a run may take, by default.
MOST_BYTES = 2 * 10**9
_NAME = re.compile(r"step-(\d{9})\.safetensors")
_SYSTEM_ERROR = re.compile(r"\(os error (\d+)\)")


@dataclass(frozen=True)
class Checkpoint:
    """A state of a run: the trainer's tensors, on the CPU, and the step at which they stand."""

    step: int
    trainer: str
    state: dict[str, torch.Tensor]


def spared(steps: Iterable[int], pinned: Iterable[int], most: int) -> frozenset[int]:
    """Return which checkpoints to keep, at most `most` (3 or more) where that many are too many (*ours*).

    The first and the latest always; then those pinned, latest first; then the others, thinned so that gaps grow
    with their distance from the latest.
    """
    ordered = sorted(set(steps))
    if len(ordered) <= most:
        return frozenset(ordered)
    kept = {ordered[0], ordered[-1]}
    for step in sorted(set(pinned) & set(ordered), reverse=True):
        if len(kept) < max(2, most // 2):
            kept.add(step)
    distance = max(1, ordered[-1] - ordered[-2])
    while len(kept) < most and distance <= 2 * (ordered[-1] - ordered[0]):
        kept.add(min(ordered, key=lambda step: abs(ordered[-1] - step - distance)))
        distance *= 2
    return frozenset(kept)


class Checkpoints:
    """The folder of a run's checkpoints: each is one safetensors file, there whole or not at all."""

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        """Keep checkpoints in `folder`, which need not exist yet, in about `most_bytes`."""
        self._folder = folder
        self.most_bytes = most_bytes

    def path(self, step: int) -> Path:
        """Return where the checkpoint of `step` lies, or would lie."""
        return self._folder / f"step-{step:09}.safetensors"

    def steps(self) -> tuple[int, ...]:
        """Return the steps that have a checkpoint, ascending."""
        if not self._folder.is_dir():
            return ()
        names = (_NAME.fullmatch(path.name) for path in self._folder.iterdir())
        return tuple(sorted(int(name[1]) for name in names if name))

    def write(self, checkpoint: Checkpoint, pinned: Iterable[int] = ()) -> None:
        """Write a checkpoint, then drop old ones beyond the space allowed, those of the steps `pinned` last.

        Raises QwemError where it cannot be written; what was there before is untouched then.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        header = {"schema": SCHEMA, "step": str(checkpoint.step), "trainer": checkpoint.trainer}
        with atomic_file(self.path(checkpoint.step)) as temporary:
            _save(checkpoint.state, temporary, header)
        size = max(1, self.path(checkpoint.step).stat().st_size)
        steps = self.steps()
        for step in set(steps) - spared(steps, pinned, max(3, self.most_bytes // size)):
            self.path(step).unlink(missing_ok=True)

    def load(self, step: int | None = None) -> Checkpoint:
        """Return the checkpoint of `step`, or (None) the latest that can be read.

        Raises UsageError where there is none, QwemError where that of `step` is damaged.
        """
        steps = self.steps()
        if step is not None:
            if step not in steps:
                known = ", ".join(f"{known:,}" for known in steps) or "none"
                raise UsageError(f"{printable(str(self._folder))} has no checkpoint of step {step:,}; it has: {known}.")
            return self._read(step)
        for latest in reversed(steps):
            try:
                return self._read(latest)
            except QwemError:
                continue
        raise UsageError(f"{printable(str(self._folder))} holds no checkpoint that can be read: begin a new run.")

    def _read(self, step: int) -> Checkpoint:
        path = self.path(step)
        try:
            with safe_open(path, framework="pt") as stored:
                header: Mapping[str, str] = stored.metadata() or {}
                state = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118 - it is no mapping
        except (OSError, SafetensorError, json.JSONDecodeError) as error:
            raise QwemError(f"{printable(str(path))} cannot be read: {printable(str(error))}.") from error
        if header.get("schema") != SCHEMA or header.get("step") != str(step):
            raise QwemError(f"{printable(str(path))} is not a checkpoint of step {step:,}: its header says otherwise.")
        return Checkpoint(step, header.get("trainer", ""), state)


@contextmanager
def system_errors() -> Iterator[None]:
    """Raise OSError where something could not be written or read, of which safetensors makes an error of its own."""
    try:
        yield
    except SafetensorError as error:
        number = _SYSTEM_ERROR.search(str(error))
        if number is None:
            raise
        raise OSError(int(number[1]), os.strerror(int(number[1]))) from error


def _save(state: dict[str, torch.Tensor], path: Path, header: dict[str, str]) -> None:
    with system_errors():
        save_file(state, path, header)
