"""`qwem-tui attach`: a screen for the run of another process."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qwem_tui.commands.options import AppOptions
from qwem_tui.commands.recent import list_runs
from qwem_tui.commands.signature import command
from qwem_tui.tui.launcher import announce, attach_app
from qwem_tui.tui.terminal import require_terminal


@command
def attach(
    *,
    run: Annotated[
        Path | None,
        typer.Argument(metavar="RUN", help="The run folder that another process writes. Without it: a list."),
    ] = None,
    screen: AppOptions,
) -> None:
    """Show a run live that continues without a screen, or in another one, and steer it; q leaves it running."""
    if run is None:
        list_runs("attach")
        return
    require_terminal("attach from one, such as with ssh -t")
    chosen = screen.screen()
    announce()
    raise typer.Exit(attach_app(run, chosen))
