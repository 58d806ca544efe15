"""`qwem-tui resume`: a run taken up again from its latest checkpoint."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from qwem_tui.commands.options import (
    Ascii,
    Force,
    Fps,
    OnHangup,
    Until,
)


def _began_in_app(run: Path) -> bool:
    """Return whether the run in a folder began in the app; whoever opens it says what is wrong with it."""
    import json

    try:
        return json.loads((run / "run.json").read_text(encoding="utf-8")).get("screen") is True
    except (OSError, ValueError, AttributeError):
        return False


def resume(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of the run, as `run` or `train` wrote it.")],
    steps: Annotated[int | None, typer.Option(help="Stop after so many steps in all [default: as it began].")] = None,
    step_size: Annotated[
        float | None, typer.Option(help="Go on with this step size, in units of the largest stable one.")
    ] = None,
    force: Force = False,
    until: Until = None,
    json_lines: Annotated[
        bool, typer.Option("--json", help="Write each frame to stdout as a line of JSON; no screen.")
    ] = False,
    screen: Annotated[
        bool | None, typer.Option(help="In the app, or without it [default: as it began, where there is a terminal].")
    ] = None,
    fps: Fps = 4.0,
    ascii_only: Ascii = False,
    on_hangup: OnHangup = "stop",
) -> None:
    """Go on with a run from its latest checkpoint, as if it had never stopped."""
    from qwem_tui.base.errors import UsageError

    if steps is not None and steps < 1:
        raise UsageError(f"--steps is {steps}: give 1 or more.")
    if screen and json_lines:
        raise UsageError("--screen and --json exclude each other: give one of them.")
    if screen:
        from qwem_tui.tui.terminal import require_terminal

        require_terminal("leave out --screen")
    if screen is None:
        screen = not json_lines and sys.stdin.isatty() and sys.stdout.isatty() and _began_in_app(run)
    if screen:
        from qwem_tui.tui.launcher import announce

        announce(on_hangup == "continue")
    from qwem_tui.engine.commands import SetStepSize
    from qwem_tui.engine.goals import parse_goal
    from qwem_tui.study.config import check_step_fraction

    goal = None if until is None else parse_goal(until)
    change = None
    if step_size is not None:
        check_step_fraction(step_size, force)
        change = SetStepSize(step_size, force)
    if screen:
        from qwem_tui.tui.launcher import ScreenOptions, resume_app

        raise typer.Exit(resume_app(run, steps, change, goal, ScreenOptions(fps, ascii_only, on_hangup == "continue")))
    from qwem_tui.commands.headless_run import resume_headless

    raise typer.Exit(resume_headless(run, steps, change, json_lines, goal))
