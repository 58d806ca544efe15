"""What long work is doing, on stderr: a live bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

#: Seconds between lines where stderr is a file or a pipe.
_LINE_EVERY = 10.0


class Narrator:
    """Shows stages and steps: a live bar on a terminal, a line now and then elsewhere."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[detail]}", markup=False),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
            # stdout is data
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = None if not console.is_terminal else self._bar.add_task("starting", total=None, detail="")
        self._name = ""
        self._told = 0.0
        self._total: float | None = None

    def __enter__(self) -> Narrator:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def show(self, name: str, done: float, total: float | None, detail: str = "") -> None:
        """Show `done` of `total` of the stage `name`."""
        fresh = name != self._name
        self._name = name
        if self._task is not None:
            if fresh:
                self._bar.reset(self._task, description=name, total=total, detail=detail)
            self._bar.update(self._task, completed=done, total=total, detail=detail)
        elif fresh or time.monotonic() - self._told > _LINE_EVERY:
            share = f" {done / total:.0%}" if total and not fresh else ""
            print(f"{name}{share} {detail}".rstrip(), file=sys.stderr, flush=True)
            self._told = time.monotonic()

    def stage(self, name: str, total: float | None = None) -> None:
        """Begin a stage (see `base.progress.Progress`)."""
        self._total = total
        self.show(name, 0.0, total)

    def advance(self, done: float) -> None:
        """Say that `done` units of the stage are finished."""
        self.show(self._name, done, self._total)
