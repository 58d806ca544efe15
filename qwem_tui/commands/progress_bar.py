"""What long work is doing, on stderr: a live bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

#: Seconds between lines where stderr is a file or a pipe.
_LINE_EVERY = 10.0
_UNKNOWN = "-:--:--"


class ProgressBar:
    """Shows stages and steps, and how long they will take: a live bar on a terminal, a line now and then elsewhere."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[detail]}", markup=False),
            TimeElapsedColumn(),
            # not Rich's own: it goes by the last moments, and what is done comes in lumps
            TextColumn("left {task.fields[left]}", markup=False),
            console=console,
            disable=not console.is_terminal,
            # stdout is data
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = (
            self._bar.add_task("starting", total=None, detail="", left=_UNKNOWN) if console.is_terminal else None
        )
        self._name = self._printed = ""
        self._line_at = 0.0
        #: when the stage began, and what was done of it then
        self._began, self._begun_at = 0.0, 0.0
        self._total: float | None = None

    def __enter__(self) -> ProgressBar:
        self._bar.start()
        if self._task is not None:
            # a program that is suspended or killed must not leave the terminal without it
            self._console.show_cursor(True)
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def show(self, name: str, done: float, total: float | None, detail: str = "") -> None:
        """Show `done` of `total` of the stage `name`."""
        fresh = name != self._name
        self._name = name
        now = self._clock()
        if fresh:
            # of a run that is resumed, what was done before says nothing about how fast it is
            self._began, self._begun_at = now, done
        if self._task is not None:
            if fresh:
                self._bar.reset(
                    self._task, description=name, total=total, completed=int(done), detail=detail, left=_UNKNOWN
                )
            left = self._left(done, total) or _UNKNOWN
            self._bar.update(self._task, completed=done, total=total, detail=detail, left=left)
        elif fresh or now - self._line_at > _LINE_EVERY:
            share = f" {done / total:.0%}" if total and not fresh else ""
            left = self._left(done, total)
            line = f"{name}{share} {detail}".rstrip() + (f", about {left} left" if left else "")
            print(line, file=sys.stderr, flush=True)
            self._line_at = now

    def _left(self, done: float, total: float | None) -> str:
        """Return how long the rest of the stage will take at its pace so far; empty where that is not known."""
        if not total or done <= self._begun_at:
            return ""
        seconds = (self._clock() - self._began) * max(total - done, 0.0) / (done - self._begun_at)
        return str(timedelta(seconds=round(seconds)))

    def say(self, sentence: str) -> None:
        """Print a sentence, unless it is the one printed last."""
        if sentence != self._printed:
            self._console.print(sentence, markup=False, highlight=False, soft_wrap=True)
            self._printed = sentence

    def stage(self, name: str, total: float | None = None) -> None:
        """Begin a stage (see `base.progress.Progress`)."""
        self._total = total
        self.show(name, 0.0, total)

    def advance(self, done: float) -> None:
        """Say that `done` units of the stage are finished."""
        self.show(self._name, done, self._total)
