"""What `resume`, `attach` and `replay` say without an argument: which runs there are, and how each is opened."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Literal

import typer

from qwem_tui.base.printable import printable
from qwem_tui.tui.launcher import corpus_name


def list_runs(command: Literal["resume", "attach", "replay"]) -> None:
    """Print the runs that `command` can open, the newest first, each with what opens it.

    attach: those that a process carries out; resume: those that none does and that have a checkpoint; replay: all.
    """
    # not before: it loads msgspec, which --help need not wait for
    from qwem_tui.engine.run_folder.recent_runs import is_running, latest_step, recent_runs

    runs, note = recent_runs()
    if note:
        typer.echo(f"qwem-tui: {note}", err=True)
    shown = 0
    for run in runs:
        folder = Path(run.folder)
        running = is_running(folder)
        if command == "attach" and not running:
            continue
        if command == "resume" and (running or not any((folder / "checkpoints").glob("*"))):
            continue
        step, shown = latest_step(folder), shown + 1
        reached = "no step yet" if step is None else f"step {step}"
        state = "running" if running else "not running"
        typer.echo(
            printable(f"{run.began.replace('T', ' ')}  {corpus_name(run.sources)}, {run.trainer}: {reached}, {state}")
        )
        typer.echo(f"    qwem-tui {command} {printable(shlex.quote(run.folder))}")
    if not shown:
        typer.echo(f"There is no run to {command} among those begun last; give the folder of one: {command} RUN.")
