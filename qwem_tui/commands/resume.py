"""`qwem-tui resume`: a run taken up again from its latest checkpoint."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from qwem_tui.base.errors import Named, UsageError
from qwem_tui.commands.options import AppOptions, ForceOptions, GoalOptions, HangupOptions
from qwem_tui.commands.recent import list_runs
from qwem_tui.commands.signature import command
from qwem_tui.tui.launcher import announce, resume_app
from qwem_tui.tui.terminal import require_terminal


@command
def resume(
    *,
    run: Annotated[
        Path | None,
        typer.Argument(metavar="RUN", help="The run folder, as `run` or `train` wrote it. Without it: a list."),
    ] = None,
    force: ForceOptions,
    goal: GoalOptions,
    app: AppOptions,
    hangup: HangupOptions,
    steps: Annotated[int | None, typer.Option(help="Stop after this many steps in all [default: as it began].")] = None,
    step_size: Annotated[
        float | None, typer.Option(help="Continue with this step size, in units of the largest stable one.")
    ] = None,
    json_lines: Annotated[
        bool, typer.Option("--json", help="Write each frame to stdout as a line of JSON; no screen.")
    ] = False,
    screen: Annotated[
        bool | None, typer.Option(help="In the app, or without it [default: as it began, where there is a terminal].")
    ] = None,
) -> None:
    """Continue a run from its latest checkpoint, as if it had never stopped."""
    if run is None:
        list_runs("resume")
        return
    if screen and json_lines:
        raise UsageError(Named("screen"), " and ", Named("json"), " exclude each other: give one of them.")
    if screen:
        require_terminal("leave out --screen")
    # not before: it loads msgspec, which --help need not wait for
    from qwem_tui.engine.run_folder.began_in_app import began_in_app

    if screen is None:
        screen = not json_lines and sys.stdin.isatty() and sys.stdout.isatty() and began_in_app(run)
    if screen:
        chosen = app.screen()
        announce(hangup.stays)
    # not before: they load PyTorch, after that is announced
    from qwem_tui.engine.commands import SetStepSize
    from qwem_tui.engine.goals import parse_goal

    until = None if goal.until is None else parse_goal(goal.until)
    change = None if step_size is None else SetStepSize(step_size, force.force)
    if screen:
        raise typer.Exit(resume_app(run, steps, change, until, chosen, hangup.stays))
    # a screen need not wait for what a run without one prints with
    from qwem_tui.commands.headless_run import resume_headless

    raise typer.Exit(resume_headless(run, steps, change, json_lines, until))
