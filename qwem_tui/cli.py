"""The command line: thin; torch, numpy and textual are imported only inside the commands that need them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from qwem_tui import __version__
from qwem_tui.base.errors import QwemError
from qwem_tui.base.names import TRAINERS, TrainerName
from qwem_tui.commands.cli_plan import plan
from qwem_tui.commands.cli_sweep import sweep
from qwem_tui.commands.options import (
    AnalogiesOption,
    Ascii,
    CorpusArgument,
    DeviceOption,
    Dim,
    Force,
    Fps,
    KeepGb,
    NegativeWeight,
    OnHangup,
    Precision,
    ProtocolOption,
    RunStepSize,
    Seed,
    Sigma,
    Steps,
    StepSize,
    Threads,
    TokenizerOption,
    TrainerOption,
    Until,
    VocabSize,
    Window,
    WindowShapeOption,
)

if TYPE_CHECKING:
    from qwem_tui.engine.live_run import RunConfig

app = typer.Typer(
    name="qwem-tui",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Watch word embeddings learn, one mode at a time. Without a command: the app on the sample corpus.",
)


def _run_config(given: Mapping[str, Any], spare_cores: int) -> RunConfig:
    """Return the run that the parameters of a command ask for (see `study_config`)."""
    from qwem_tui.base.errors import UsageError
    from qwem_tui.commands.study_options import study_config
    from qwem_tui.engine.live_run import RunConfig

    keep_gb = given["keep_gb"]
    if not 0 < keep_gb < float("inf"):
        raise UsageError(f"--keep-gb is {keep_gb:g}: give a number above 0, such as 2.")
    return RunConfig(
        study_config(given),
        device=given["device"],
        training_threads=given["threads"],
        spare_cores=spare_cores,
        keep_bytes=round(keep_gb * 1e9),
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
        from qwem_tui.tui.launcher import Screen, announce, open_app, require_terminal, sample_config

        require_terminal("use `qwem-tui train CORPUS` to train without a screen")
        stays = on_hangup == "continue"
        announce(stays)
        raise typer.Exit(open_app(sample_config(), None, Screen(stays=stays)))
    if on_hangup != "stop":
        from qwem_tui.base.errors import UsageError

        raise UsageError(f"Give --on-hangup behind the command: qwem-tui {context.invoked_subcommand} --on-hangup ...")


@app.command()
def run(
    corpus: CorpusArgument,
    vocab_size: VocabSize = 10_000,
    dim: Dim = None,
    window: Window = 16,
    negative_weight: NegativeWeight = 1.0,
    tokenizer: TokenizerOption = "letters",
    analogies: AnalogiesOption = None,
    protocol: ProtocolOption = "questions",
    sigma: Sigma = 1e-4,
    trainer: TrainerOption = "gd",
    step_size: RunStepSize = None,
    steps: Steps = None,
    seed: Seed = 0,
    precision: Precision = "auto",
    force: Force = False,
    device: DeviceOption = "auto",
    threads: Threads = None,
    keep_gb: KeepGb = 2.0,
    fps: Fps = 4.0,
    ascii_only: Ascii = False,
    on_hangup: OnHangup = "stop",
    out: Annotated[
        Path | None, typer.Option(metavar="RUN", help="Run folder to write [default: a new one in runs/ here].")
    ] = None,
) -> None:
    """Open the app on a corpus and watch it being learned."""
    given = locals()
    from qwem_tui.tui.launcher import Screen, announce, open_app, require_terminal

    require_terminal("use `qwem-tui train` with the same arguments to train without a screen", "-" in corpus)
    stays = on_hangup == "continue"
    announce(stays)
    config = _run_config(given, spare_cores=1)
    raise typer.Exit(open_app(config, out, Screen(fps, ascii_only, stays)))


def _two_trainers(text: str) -> tuple[TrainerName, TrainerName]:
    """Return the two trainers that `text` names, such as "gd,word2vec"; raises UsageError where it does not."""
    from qwem_tui.base.errors import UsageError
    from qwem_tui.base.printable import inert

    named = [name for part in text.split(",") for name in TRAINERS if name == part.strip()]
    if text.count(",") != 1 or len(set(named)) != 2:
        raise UsageError(
            f"--trainers is {inert(text)}: give two different ones of {', '.join(TRAINERS)}, such as gd,word2vec."
        )
    return named[0], named[1]


@app.command()
def compare(
    corpus: CorpusArgument,
    trainers: Annotated[str, typer.Option(metavar="A,B", help="Which two of gd, sgd, word2vec.")] = "gd,word2vec",
    vocab_size: VocabSize = 10_000,
    dim: Dim = None,
    window: Window = 16,
    negative_weight: NegativeWeight = 1.0,
    tokenizer: TokenizerOption = "letters",
    analogies: AnalogiesOption = None,
    protocol: ProtocolOption = "questions",
    sigma: Sigma = 1e-4,
    step_size: RunStepSize = None,
    steps: Steps = None,
    seed: Seed = 0,
    precision: Precision = "auto",
    force: Force = False,
    device: DeviceOption = "auto",
    threads: Threads = None,
    keep_gb: KeepGb = 2.0,
    fps: Fps = 4.0,
    ascii_only: Ascii = False,
    out: Annotated[
        Path | None, typer.Option(metavar="RUN", help="Folder of the first run, the second in RUN-2 [default: runs/].")
    ] = None,
) -> None:
    """Open the app, run two trainers in turn on the same corpus, and show both in the same charts."""
    given = locals()
    first, second = _two_trainers(trainers)
    from qwem_tui.tui.launcher import Screen, announce, open_app, require_terminal

    require_terminal("use `qwem-tui train` with --trainer, once for each, to train without a screen", "-" in corpus)
    announce()
    config = _run_config({**given, "trainer": first}, spare_cores=1)
    raise typer.Exit(open_app(config, out, Screen(fps, ascii_only), second))


@app.command()
def train(
    corpus: CorpusArgument,
    vocab_size: VocabSize = 10_000,
    dim: Dim = None,
    window: Window = 16,
    negative_weight: NegativeWeight = 1.0,
    tokenizer: TokenizerOption = "letters",
    analogies: AnalogiesOption = None,
    protocol: ProtocolOption = "questions",
    sigma: Sigma = 1e-4,
    trainer: TrainerOption = "gd",
    step_size: RunStepSize = None,
    steps: Steps = None,
    seed: Seed = 0,
    precision: Precision = "auto",
    force: Force = False,
    device: DeviceOption = "auto",
    threads: Threads = None,
    keep_gb: KeepGb = 2.0,
    until: Until = None,
    json_lines: Annotated[bool, typer.Option("--json", help="Write each frame to stdout as a line of JSON.")] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="RUN", help="Run folder to write [default: a new one in runs/ here].")
    ] = None,
) -> None:
    """Train without a screen, into a run folder."""
    given = locals()
    from qwem_tui.commands.headless_run import train_headless
    from qwem_tui.engine.goals import parse_goal

    goal = None if until is None else parse_goal(until)
    config = _run_config(given, spare_cores=0)
    raise typer.Exit(train_headless(config, out, json_lines, goal))


def _began_in_app(run: Path) -> bool:
    """Return whether the run in a folder began in the app; whoever opens it says what is wrong with it."""
    import json

    try:
        return json.loads((run / "run.json").read_text(encoding="utf-8")).get("screen") is True
    except (OSError, ValueError, AttributeError):
        return False


@app.command()
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
        from qwem_tui.tui.launcher import require_terminal

        require_terminal("leave out --screen")
    if screen is None:
        screen = not json_lines and sys.stdin.isatty() and sys.stdout.isatty() and _began_in_app(run)
    if screen:
        from qwem_tui.tui.launcher import announce

        announce(on_hangup == "continue")
    from qwem_tui.engine.commands import SetStepSize
    from qwem_tui.engine.goals import parse_goal
    from qwem_tui.study.study import check_step_fraction

    goal = None if until is None else parse_goal(until)
    change = None
    if step_size is not None:
        check_step_fraction(step_size, force)
        change = SetStepSize(step_size, force)
    if screen:
        from qwem_tui.tui.launcher import Screen, resume_app

        raise typer.Exit(resume_app(run, steps, change, goal, Screen(fps, ascii_only, on_hangup == "continue")))
    from qwem_tui.commands.headless_run import resume_headless

    raise typer.Exit(resume_headless(run, steps, change, json_lines, goal))


@app.command()
def attach(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run that another process goes on with.")],
    fps: Fps = 4.0,
    ascii_only: Ascii = False,
) -> None:
    """Show a run live that goes on without a screen, or in another one, and steer it; q leaves it running."""
    from qwem_tui.tui.launcher import Screen, announce, attach_app, require_terminal

    require_terminal("attach from one, such as with ssh -t")
    announce()
    raise typer.Exit(attach_app(run, Screen(fps, ascii_only)))


def _sizes(text: str | None) -> tuple[int, ...] | None:
    """Return the sizes in `text`, such as "8,16,32"; raises UsageError where they are not whole numbers."""
    from qwem_tui.base.errors import UsageError
    from qwem_tui.base.printable import inert

    try:
        return None if text is None else tuple(int(part) for part in text.split(","))
    except ValueError:
        raise UsageError(f"--dims is {inert(text or '')}: give whole numbers and commas, such as 8,16,32.") from None


@app.command()
def predict(
    corpus: CorpusArgument,
    vocab_size: VocabSize = 10_000,
    dims: Annotated[
        str | None, typer.Option(metavar="8,16,32", help="Sizes to look at [default: every one to 32, then by 10%].")
    ] = None,
    max_dim: Annotated[int, typer.Option(help="Largest size to look at where --dims is not given.")] = 200,
    window: Window = 16,
    window_shape: WindowShapeOption = "dynamic",
    tokenizer: TokenizerOption = "letters",
    analogies: AnalogiesOption = None,
    protocol: ProtocolOption = "questions",
    target: Annotated[
        Literal["mstar", "ppmi", "pmi"], typer.Option(help="What is factorised: M*, or a baseline in closed form.")
    ] = "mstar",
    negative_weight: NegativeWeight = 1.0,
    fraction: Annotated[
        float, typer.Option(help="The critical size is where accuracy reaches this share of its peak.")
    ] = 0.5,
    bootstrap: Annotated[int, typer.Option(help="Resamples of the word pairs, for the intervals.")] = 200,
    halves: Annotated[bool, typer.Option("--halves", help="Repeat all on two halves of the documents.")] = False,
    explain: Annotated[
        str | None, typer.Option(metavar="CATEGORY", help="Say why a category is early or late.")
    ] = None,
    missing: Annotated[bool, typer.Option("--missing", help="List questions' words outside the vocabulary.")] = False,
    dim: Annotated[
        int | None, typer.Option(help="Size of the run whose steps are foretold [default: 64, or what can be learned].")
    ] = None,
    sigma: Sigma = 1e-4,
    step_size: StepSize = 0.5,
    seed: Annotated[int, typer.Option(help="Seed of the resampling and of the run's start.")] = 0,
    device: DeviceOption = "auto",
    threads: Annotated[int | None, typer.Option(help="CPU threads [default: all cores].")] = None,
    json_form: Annotated[bool, typer.Option("--json", help="Write JSON (qwem-predict/1).")] = False,
    csv_form: Annotated[bool, typer.Option("--csv", help="Write CSV, a row a category.")] = False,
    ascii_only: Ascii = False,
) -> None:
    """Say what a model of any size will be able to do, and when; nothing is trained."""
    given = locals()
    from qwem_tui.base.errors import UsageError

    if json_form and csv_form:
        raise UsageError("--json and --csv exclude each other: give one of them.")
    if explain is not None and (json_form or csv_form):
        raise UsageError("--explain writes text: leave out --json and --csv.")
    if missing and csv_form:
        raise UsageError("--missing has no place in CSV: use --json, or neither.")
    sizes = _sizes(dims)
    from qwem_tui.commands.predict import predict_headless
    from qwem_tui.commands.study_options import study_config
    from qwem_tui.study.predict import PredictConfig

    config = PredictConfig(study_config(given), target, sizes, max_dim, fraction, bootstrap, halves, explain)
    form: Literal["table", "json", "csv"] = "json" if json_form else "csv" if csv_form else "table"
    raise typer.Exit(predict_headless(config, device, threads, form, missing, ascii_only))


app.command()(plan)
app.command()(sweep)


@app.command()
def samples(
    name: Annotated[str | None, typer.Argument(help="The sample to write out; without one, list them.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it to FILE [default: stdout].")] = None,
    strengths: Annotated[
        str | None,
        typer.Option(metavar="S1,S2,...", help="attributes: one of these strengths, each above 0 and below 1."),
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="attributes: one of this seed [default: 0].")] = None,
) -> None:
    """List the sample corpora and analogies, or write one out."""
    from qwem_tui.base.atomic import atomic_file
    from qwem_tui.base.errors import UsageError
    from qwem_tui.base.printable import inert
    from qwem_tui.corpus.samples.catalogue import SAMPLES, sample_bytes

    if name is None:
        if strengths is not None or seed is not None:
            raise UsageError("--strengths and --seed need a sample's name: attributes or attributes-analogies.")
        width = max(len(sample.name) for sample in SAMPLES)
        for sample in SAMPLES:
            size = sample.path.stat().st_size
            typer.echo(f"{sample.name:{width}} {sample.kind:9} {size / 1e6:4.1f} MB  {sample.description}")
        return
    data = sample_bytes(name, strengths, seed)
    if out is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    if out.exists():
        raise UsageError(f"{inert(str(out))} exists already: give another --out.")
    with atomic_file(out) as temporary:
        temporary.write_bytes(data)
    typer.echo(f"{name}: {len(data):,} bytes written to {out}", err=True)


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
