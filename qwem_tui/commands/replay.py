"""`qwem-tui replay`: a screen for a run folder, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qwem_tui.commands.options import AppOptions
from qwem_tui.commands.recent import list_runs
from qwem_tui.commands.signature import command
from qwem_tui.tui.launcher import announce, replay_app
from qwem_tui.tui.terminal import require_terminal


@command
def replay(
    *,
    run: Annotated[
        Path | None,
        typer.Argument(metavar="RUN", help="A run folder, ended or still being written. Without it: a list."),
    ] = None,
    screen: AppOptions,
) -> None:
    """Show a run from its folder alone: nothing is trained and nothing is changed; q leaves."""
    if run is None:
        list_runs("replay")
        return
    require_terminal("replay in one, such as with ssh -t")
    chosen = screen.screen()
    announce()
    raise typer.Exit(replay_app(run, chosen))
