"""The runs of a session: one that is steered, and the one before it, to fall back on and to compare with."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from qwem_tui.engine.frame import Frame
from qwem_tui.engine.source import RunSource
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.study import Forecast
from qwem_tui.tui.rendering.naming import distinguishing_names
from qwem_tui.tui.rendering.run import Run


class Comparing(Enum):
    """How two runs are shown."""

    NOT = "the latest run alone"
    LATEST = "the latest run, the one before it dotted"
    BEFORE = "the run before, the latest one dotted"


class Session:
    """Which run is steered, which one was before it, and which of them is in front."""

    def __init__(self, run: RunSource) -> None:
        """Begin with one run."""
        self.current = run
        self.before: RunSource | None = None
        self.comparing = Comparing.NOT
        #: whether the current run has yet to show a frame
        self.awaiting = True
        #: the run from which the current one branches off, and the step at which it does
        self.origin: tuple[RunSource, int] | None = None
        #: the folders of all runs begun, the first one first
        self.folders: list[Path] = [] if run.path is None else [run.path]
        self._finished: set[Path] = set()
        self._held: tuple[RunSource | None, Comparing, tuple[RunSource, int] | None] = (None, Comparing.NOT, None)

    @property
    def runs(self) -> tuple[RunSource, ...]:
        """Return all runs, the current one first."""
        return (self.current,) if self.before is None else (self.current, self.before)

    @property
    def front(self) -> RunSource:
        """Return the run shown in full: while a new one is prepared the one before it."""
        if self.before is not None and (self.awaiting or self.comparing is Comparing.BEFORE):
            return self.before
        return self.current

    @property
    def behind(self) -> RunSource | None:
        """Return the run shown dotted, or None."""
        if self.awaiting or self.comparing is Comparing.NOT:
            return None
        return self.before if self.comparing is Comparing.LATEST else self.current

    @property
    def finished(self) -> frozenset[Path | None]:
        """Return the folders of the runs that are done, or were when another took their place."""
        return frozenset(self._finished | {run.path for run in self.runs if run.status().completion is not None})

    def begin(self, run: RunSource, compare: bool = False, origin: tuple[RunSource, int] | None = None) -> None:
        """Make `run` the current one; once it arrives it is shown, beside the one before if `compare`."""
        if run.path is not None:
            self.folders.append(run.path)
        if self.current.path is not None and self.current.status().completion is not None:
            self._finished.add(self.current.path)
        self._held = (self.before, self.comparing, self.origin)
        self.before, self.current, self.origin = self.current, run, origin
        self.awaiting = True
        if compare or self.comparing is not Comparing.NOT:
            self.comparing = Comparing.LATEST

    def arrive(self) -> None:
        """Show the current run from now on: it has a frame."""
        self.awaiting = False
        self._held = (None, Comparing.NOT, None)

    def give_up(self) -> None:
        """Go back to the run before: the current one did not come to show anything."""
        assert self.before is not None
        self.current = self.before
        self.before, self.comparing, self.origin = self._held
        self.awaiting = False

    def turn(self) -> None:
        """Go to the next way of showing two runs."""
        ways = list(Comparing)
        self.comparing = ways[(ways.index(self.comparing) + 1) % len(ways)]

    def names(self) -> tuple[str, str]:
        """Return what the current run and the one before it are called; the latter is empty where there is none."""
        study = self.current.study()
        before = None if self.before is None else self.before.study()
        if study is None or before is None:
            return "" if study is None else study.config.trainer, ""
        return distinguishing_names(study, before)

    def so_far(self, source: RunSource) -> Run:
        """Return one of the runs, which has a frame, as it is now."""
        study, history = source.study(), source.history()
        assert study is not None
        assert history is not None
        name = self.names()[0 if source is self.current else 1]
        return Run(study, history.columns(), source.status().changes, name)

    def checkpoints(self) -> dict[int, RunSource]:
        """Return the steps to which one can go back, with the run that has the checkpoint: the current, or its parent.

        Read from the disk.
        """
        found: dict[int, RunSource] = {}
        if self.origin is not None:
            parent, branched_at = self.origin
            found.update((step, parent) for step in parent.checkpoint_steps() if step <= branched_at)
        return found | dict.fromkeys(self.current.checkpoint_steps(), self.current)


def latest_frame(source: RunSource) -> Frame | None:
    """Return the newest frame of a run, or None before the first."""
    history = source.history()
    return None if history is None else history.latest()


def settings_of(source: RunSource, study: Forecast) -> StudyConfig:
    """Return the settings with which a run was begun, defaults left open where they are known to be defaults."""
    return study.config if source.config is None else source.config.study
