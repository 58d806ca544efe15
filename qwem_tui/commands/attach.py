"""`qwem-tui attach`: a screen for the run of another process."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qwem_tui.commands.options import AppOptions
from qwem_tui.commands.signature import command
from qwem_tui.tui.launcher import announce, attach_app
from qwem_tui.tui.terminal import require_terminal


@command
def attach(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run that another process carries out.")],
    screen: AppOptions,
) -> None:
    """Show a run live that continues without a screen, or in another one, and steer it; q leaves it running."""
    require_terminal("attach from one, such as with ssh -t")
    chosen = screen.screen()
    announce()
    raise typer.Exit(attach_app(run, chosen))
