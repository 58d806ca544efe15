"""The command line: thin; torch, numpy and textual are imported only inside the commands that need them."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from qwem_tui import __version__
from qwem_tui.base.errors import QwemError, UsageError
from qwem_tui.commands.attach import attach
from qwem_tui.commands.compare import compare
from qwem_tui.commands.options import OnHangup
from qwem_tui.commands.plan import plan
from qwem_tui.commands.predict import predict
from qwem_tui.commands.resume import resume
from qwem_tui.commands.run import run, run_sample
from qwem_tui.commands.samples import samples
from qwem_tui.commands.sweep import sweep
from qwem_tui.commands.train import train

app = typer.Typer(
    name="qwem-tui",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Watch word embeddings learn, one mode at a time. Without a command: the app on the sample corpus.",
)


@app.callback(invoke_without_command=True)
def main_callback(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
    on_hangup: OnHangup = "stop",
) -> None:
    """Watch word embeddings learn, one mode at a time. Without a command: the app on the sample corpus."""
    if version:
        typer.echo(f"qwem-tui {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        raise typer.Exit(run_sample(on_hangup == "continue"))
    if on_hangup != "stop":
        raise UsageError(f"Give --on-hangup behind the command: qwem-tui {context.invoked_subcommand} --on-hangup ...")


for command in (run, compare, train, resume, attach, predict, plan, sweep, samples):
    app.command()(command)


def main() -> None:
    """Run the command line; errors that a user can mend are one sentence on stderr."""
    try:
        app()
    except QwemError as error:
        print(f"qwem-tui: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # the reader of our output went away: nothing more to say, and no traceback at exit either
        sys.stderr.close()
        sys.exit(1)
