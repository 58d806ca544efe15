"""A run written down while it runs: its folder, its frames, its checkpoints."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from qwem_tui.engine.checkpoint import Checkpoints
from qwem_tui.engine.folder import RunFolder, check_run_folder, configuration
from qwem_tui.engine.frame import Frame
from qwem_tui.engine.observe import Schedule
from qwem_tui.engine.stored import Resumption
from qwem_tui.engine.timeline import StepSizeChange
from qwem_tui.study.study import Study


@dataclass(frozen=True)
class Branch:
    """Where a run of its own goes off from that in the folder `parent`."""

    parent: Path
    resumption: Resumption


class Keeping:
    """The run folder at `path`, made once it is known what the run is; for a run that goes on it is there already."""

    def __init__(self, path: Path, resumption: Resumption | None = None, branch: Branch | None = None) -> None:
        """Keep a run at `path`: one that goes on (`resumption`), a new one, or a new one that is a `branch`.

        Raises as `check_run_folder`, and QwemError where another process writes it.
        """
        if resumption is None:
            check_run_folder(path)
        self.path = path
        self._branch = branch
        self.checkpoints = Checkpoints(path / "checkpoints")
        # nobody else may write a run that goes on while it is prepared
        self._folder = None if resumption is None else RunFolder(path, resumption.checkpoint.step)

    def begin(self, study: Study, schedule: Schedule, threads: int) -> None:
        """Write down what the run is; raises QwemError where that cannot be."""
        if self._folder is None:
            self._folder = RunFolder(self.path)
            self._folder.write_configuration({**configuration(study, schedule, threads), **self._parent()})
            if self._branch is not None:
                # a branch can be read without its parent
                for change in self._branch.resumption.changes:
                    self._folder.write_change(change)
                for frame in self._branch.resumption.frames:
                    self._folder.write_frame(frame)

    def _parent(self) -> dict[str, object]:
        if self._branch is None:
            return {}
        return {"parent": {"run": str(self._branch.parent), "step": self._branch.resumption.checkpoint.step}}

    def write(self, frame: Frame) -> None:
        """Append a frame; raises OSError where that cannot be, after which later ones may be again."""
        if self._folder is not None:
            self._folder.write_frame(frame)

    def write_change(self, change: StepSizeChange) -> None:
        """Append a change of the step size; raises OSError where that cannot be."""
        if self._folder is not None:
            self._folder.write_change(change)

    def close(self) -> None:
        """Close the files and give up the lock, once the run has ended."""
        if self._folder is not None:
            self._folder.close()
            self._folder = None
