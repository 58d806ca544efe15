"""`qwem-tui config`: the settings of the app that are in force."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from qwem_tui.base.printable import printable
from qwem_tui.commands.preferences import preferences

config = typer.Typer(
    name="config",
    no_args_is_help=True,
    rich_markup_mode=None,
    help="The settings of the app: theme, fps, ascii, and keys.",
)


@config.callback()
def _config() -> None:
    """Keep `show` a command of its own."""


@config.command()
def show(
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="The file of settings [default: the user's].")
    ] = None,
    json_form: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Show the settings in force, where each comes from, and the path of the file."""
    found = preferences({}, config)
    if json_form:
        settings = {each.name: {"value": each.value, "source": each.source} for each in found.settings}
        answer = {"path": str(found.path), "found": found.found, "settings": settings, "warnings": found.warnings}
        typer.echo(json.dumps(answer))
        return
    typer.echo(f"{printable(str(found.path))}{'' if found.found else ' (there is no such file)'}")
    width = max(len(each.name) for each in found.settings)
    for each in found.settings:
        value = str(each.value).lower() if isinstance(each.value, bool) else f"{each.value}"
        typer.echo(f"{each.name:{width}}  {value:18}  {each.source}")
    for warning in found.warnings:
        typer.echo(f"qwem-tui: {warning}", err=True)
