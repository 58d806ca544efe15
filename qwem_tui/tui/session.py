"""The runs of a session: one that is steered, and the one before it, to fall back on and to compare with."""

from __future__ import annotations

from enum import Enum

from qwem_tui.engine.source import RunSource


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

    def begin(self, run: RunSource, compare: bool = False, origin: tuple[RunSource, int] | None = None) -> None:
        """Make `run` the current one; it is shown, beside the one before where that is wished, once it arrives."""
        self._held = (self.before, self.comparing, self.origin)
        self.before, self.current, self.origin = self.current, run, origin
        self.awaiting = True
        if compare or self.comparing is not Comparing.NOT:
            self.comparing = Comparing.LATEST

    def arrive(self) -> None:
        """Take it that the current run has shown a frame."""
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
