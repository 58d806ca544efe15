"""The command line: thin; torch, numpy and textual are imported only inside the commands that need them."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from qwem_tui import __version__
from qwem_tui.base.errors import Named, QwemError, UsageError
from qwem_tui.commands.analogies import analogies
from qwem_tui.commands.attach import attach
from qwem_tui.commands.compare import compare
from qwem_tui.commands.config import config
from qwem_tui.commands.options import HangupOptions, LineOptions
from qwem_tui.commands.plan import plan
from qwem_tui.commands.predict import predict
from qwem_tui.commands.replay import replay
from qwem_tui.commands.resume import resume
from qwem_tui.commands.run import run, run_sample
from qwem_tui.commands.samples import samples
from qwem_tui.commands.signature import command
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
@command
def main_callback(
    context: typer.Context,
    hangup: HangupOptions,
    line: LineOptions,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    """Watch word embeddings learn, one mode at a time. Without a command: the app on the sample corpus."""
    if version:
        typer.echo(f"qwem-tui {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        raise typer.Exit(run_sample(hangup.stays, line.low_bandwidth))
    for given, option in ((hangup.stays, "on_hangup"), (line.low_bandwidth, "low_bandwidth")):
        if given:
            where = f" behind the command: qwem-tui {context.invoked_subcommand} "
            raise UsageError("Give ", Named(option), where, Named(option), " ...")


for each in (run, compare, train, resume, attach, replay, predict, plan, sweep, samples):
    app.command()(each)
app.add_typer(analogies)
app.add_typer(config)


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
