"""The embeddings of a run's checkpoints, as snapshots, read from its folder alone."""

from __future__ import annotations

from pathlib import Path

import torch

from qwem_tui.base.errors import QwemError
from qwem_tui.base.printable import printable
from qwem_tui.engine.frame import Snapshot
from qwem_tui.engine.run_folder.checkpoints import Checkpoints
from qwem_tui.study.study import Forecast
from qwem_tui.training.trainer import Clock


class SavedSnapshots:
    """Reads the checkpoints of the run folder `path`; any thread may ask."""

    def __init__(self, path: Path) -> None:
        """Read nothing yet: the folder need not be there."""
        self._checkpoints = Checkpoints(path / "checkpoints")
        #: what was found when the latest was looked for last, and in which files: a resumed run writes steps again
        self._latest: Snapshot | None = None
        self._looked_in: list[tuple[int, int]] = []

    def steps(self) -> tuple[int, ...]:
        """Return the steps that have a checkpoint, ascending; none where the folder cannot be read."""
        try:
            return self._checkpoints.steps()
        except OSError:
            return ()

    def read(self, step: int | None, study: Forecast) -> Snapshot:
        """Return the embeddings (V, d), float32, of the checkpoint of `step` of the run of `study`; None: the latest.

        Raises UsageError where there is none, QwemError where it is damaged or of another run.
        """
        checkpoint = self._checkpoints.load(step)
        step = checkpoint.step
        try:
            clock = Clock(study.step_size)
            clock.load_state_dict(checkpoint.state)
            embeddings = checkpoint.state["W"].to(torch.float32).contiguous().numpy()
        except (KeyError, ValueError, RuntimeError) as error:
            raise QwemError(f"The checkpoint of step {step:,} is damaged: {printable(str(error))}.") from error
        words, counts = study.vocabulary.words, study.vocabulary.counts
        if embeddings.shape != (len(words), study.dim):
            raise QwemError(f"The checkpoint of step {step:,} is of another run: its W is {embeddings.shape}.")
        return Snapshot(step, clock.t, words, counts, embeddings, made_of="checkpoint")

    def of(self, step: int, study: Forecast | None) -> Snapshot | None:
        """Return as `read`; None where that raises, or nothing is known of the run yet."""
        if study is None:
            return None
        try:
            return self.read(step, study)
        except (OSError, QwemError):
            return None

    def latest(self, study: Forecast | None) -> Snapshot | None:
        """Return the latest that can be read, None where none can; nothing is read again while the files are the same.

        Nothing is known of the run yet where `study` is None.
        """
        steps = self.steps()
        files = [(step, self._written(step)) for step in steps]
        if study is not None and self._looked_in != files:
            readable = (self.of(step, study) for step in reversed(steps))
            found = next((snapshot for snapshot in readable if snapshot is not None), None)
            self._latest, self._looked_in = found, files
        return self._latest

    def _written(self, step: int) -> int:
        """Return when the checkpoint of `step` was written, in nanoseconds; 0 where it is gone."""
        try:
            return self._checkpoints.path(step).stat().st_mtime_ns
        except OSError:
            return 0
