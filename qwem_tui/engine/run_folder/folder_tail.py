"""All that a screen shows of a run folder, read as another process writes it."""

from __future__ import annotations

from pathlib import Path

from qwem_tui.engine.run_folder.forecast_file import read_forecast
from qwem_tui.engine.run_folder.frame_tail import FrameTail
from qwem_tui.engine.run_folder.outcomes_file import OutcomesTail


class FolderTail:
    """The forecast in the run folder `path`, and its frames and outcomes as far as `advance` has read them."""

    def __init__(self, path: Path) -> None:
        """Read the forecast; raises as `read_forecast`."""
        self.study = read_forecast(path)
        self.frames = FrameTail(path, self.study.dim, len(self.study.analogies.names))
        self.outcomes = OutcomesTail(path, self.study.analogies)

    def advance(self) -> bool:
        """Take in some of what is new; return whether there is more already."""
        return self.frames.advance() or self.outcomes.advance()

    @property
    def problem(self) -> str | None:
        """Return what is wrong with the files, in a sentence; None where nothing is."""
        return self.frames.problem or self.outcomes.problem
