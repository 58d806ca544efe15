"""Writes snapshot folders of a run."""

from __future__ import annotations

from pathlib import Path

from qwem_tui.base.errors import QwemError
from qwem_tui.base.printable import printable
from qwem_tui.engine.run_folder.writer import configuration
from qwem_tui.engine.source import RunSource
from qwem_tui.formats.snapshot.folder import write_snapshot_folder
from qwem_tui.tui.moments import Moments
from qwem_tui.tui.notices import Notices
from qwem_tui.tui.rendering.words import moment_text

#: Seconds to wait for a run's embeddings.
_PATIENCE = 30.0


class Exporter:
    """Exports runs, each time into a folder of its own, and shows where."""

    def __init__(self, export_to: Path, notices: Notices, moments: Moments) -> None:
        """Export runs without a run folder into folders in `export_to`, others into their own."""
        self._export_to = export_to
        self._notices = notices
        self._moments = moments
        #: the folders written so far
        self.exported: list[Path] = []

    def export(self, source: RunSource, step: int | None, screen_svg: str) -> None:
        """Write a snapshot folder of `source` at `step`, or (None) as it is, with the screen as a picture.

        Waits for the run: call it in a thread.
        """
        study, history = source.study(), source.history()
        snapshot = source.snapshot(_PATIENCE) if step is None else self._moments.snapshot(source, step, _PATIENCE)
        if snapshot is None or study is None or history is None:
            self._show_failure(": the run did not answer.")
            return
        above = self._export_to if source.path is None else source.path / "snapshots"
        folder = free_name(above / f"step-{snapshot.step:06}")
        frames = [frame for frame in history.frames() if frame.step <= snapshot.step]
        try:
            above.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            self._show_failure(f": {above.parent} cannot be made ({error.strerror}).")
            return
        try:
            write_snapshot_folder(
                folder, snapshot, frames, study.analogies.names, study.tau_1, configuration(study), screen_svg
            )
        except QwemError as error:
            self._show_failure(f". {error}")
        else:
            self.exported.append(folder)
            self._notices.show(f"Exported {moment_text(snapshot)} to {printable(str(folder))}", timeout=8)

    def _show_failure(self, why: str) -> None:
        self._notices.show(f"Nothing was exported{why}", "error", timeout=8)


def free_name(folder: Path) -> Path:
    """Return `folder`, or it with the first number behind it that is not taken."""
    candidate, number = folder, 2
    while candidate.exists():
        candidate = folder.with_name(f"{folder.name}-{number}")
        number += 1
    return candidate
