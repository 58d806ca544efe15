"""`qwem-tui predict`: progress on stderr, the answer on stdout."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from qwem_tui.base.errors import UsageError
from qwem_tui.base.printable import printable
from qwem_tui.commands.options import (
    AnalogiesOption,
    Ascii,
    CorpusArgument,
    DeviceOption,
    NegativeWeight,
    ProtocolOption,
    Sigma,
    StepSize,
    TokenizerOption,
    VocabSize,
    Window,
    WindowShapeOption,
    study_config,
)

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from qwem_tui.commands.output import Form
    from qwem_tui.study.prediction import PredictConfig, Prediction


def _table(prediction: Prediction, missing: bool, console: Console, plain: bool) -> RenderableType:
    from rich.console import Group
    from rich.text import Text

    from qwem_tui.base.ascii import to_ascii
    from qwem_tui.formats.prediction.explanation import explanation_lines
    from qwem_tui.formats.prediction.table import PredictionReport

    report = PredictionReport(prediction, plain, missing)
    if prediction.explanation is None:
        return report
    lines = explanation_lines(prediction.explanation, min(console.width, 100))
    told = (Text(to_ascii(line) if plain else line, no_wrap=True, overflow="ignore") for line in lines)
    return Group(report, "", *told)


def predict_headless(
    config: PredictConfig, device_name: str, threads: int | None, form: Form, missing: bool, ascii_only: bool
) -> int:
    """Predict and print; return the exit code.

    Raises QwemError for what the user can mend; nothing is printed on stdout then.
    """
    import torch
    from rich.console import Console

    from qwem_tui.base.device import check_threads, choose_device
    from qwem_tui.commands.output import check_stdout, write_answer
    from qwem_tui.commands.progress_bar import ProgressBar
    from qwem_tui.formats.prediction.data import prediction_json, write_prediction_csv
    from qwem_tui.study import predict as closed_form

    check_stdout()
    check_threads(threads)
    device = choose_device(device_name)
    if threads is not None:
        torch.set_num_threads(threads)
    with ProgressBar(Console(stderr=True)) as bar:
        prediction = closed_form.predict(config, device, bar, sys.stdin.buffer)
    write_answer(
        form,
        ascii_only,
        lambda: prediction_json(prediction, missing),
        lambda file: write_prediction_csv(prediction, file),
        lambda console, plain: _table(prediction, missing, console, plain),
    )
    return 0


def _sizes(text: str | None) -> tuple[int, ...] | None:
    """Return the sizes in `text`, such as "8,16,32"; raises UsageError where they are not whole numbers."""
    try:
        return None if text is None else tuple(int(part) for part in text.split(","))
    except ValueError:
        raise UsageError(
            f"--dims is {printable(text or '')}: give whole numbers and commas, such as 8,16,32."
        ) from None


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
        int | None, typer.Option(help="Size of the run whose steps are forecast [default: 64, or what can be learned].")
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
    if json_form and csv_form:
        raise UsageError("--json and --csv exclude each other: give one of them.")
    if explain is not None and (json_form or csv_form):
        raise UsageError("--explain writes text: leave out --json and --csv.")
    if missing and csv_form:
        raise UsageError("--missing has no place in CSV: use --json, or neither.")
    sizes = _sizes(dims)
    from qwem_tui.study.prediction import PredictConfig

    config = PredictConfig(study_config(given), target, sizes, max_dim, fraction, bootstrap, halves, explain)
    form: Literal["table", "json", "csv"] = "json" if json_form else "csv" if csv_form else "table"
    raise typer.Exit(predict_headless(config, device, threads, form, missing, ascii_only))
