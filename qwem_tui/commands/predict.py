"""`qwem-tui predict`: progress on stderr, the answer on stdout."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Annotated, Literal

import typer

from qwem_tui.base.ascii import to_ascii
from qwem_tui.base.errors import Named, SettingError, UsageError
from qwem_tui.base.memory import limit_memory
from qwem_tui.base.printable import printable
from qwem_tui.commands.options import (
    AnswerOptions,
    ComputeOptions,
    CriticalSizeOptions,
    ForecastOptions,
    ShapedTextOptions,
)
from qwem_tui.commands.signature import command


@dataclass(frozen=True)
class PredictOptions(CriticalSizeOptions):
    """What is predicted."""

    max_dim: Annotated[int, typer.Option(help="Largest size to evaluate where --dims is not given.")] = 200
    dims: Annotated[
        str | None, typer.Option(metavar="8,16,32", help="Sizes to evaluate [default: every one to 32, then by 10%].")
    ] = None
    target: Annotated[
        Literal["mstar", "ppmi", "pmi"], typer.Option(help="What is factorised: M*, or a baseline in closed form.")
    ] = "mstar"
    halves: Annotated[bool, typer.Option("--halves", help="Repeat all on two halves of the documents.")] = False
    explain: Annotated[str | None, typer.Option(metavar="CATEGORY", help="Say why a category is early or late.")] = None
    missing: Annotated[bool, typer.Option("--missing", help="List questions' words outside the vocabulary.")] = False


@dataclass(frozen=True)
class PredictForecastOptions(ForecastOptions):
    """The run whose steps are forecast."""

    dim: Annotated[
        int | None, typer.Option(help="Size of the run whose steps are forecast [default: 64, or what can be learned].")
    ] = None
    seed: Annotated[int, typer.Option(help="Seed of the resampling and of the run's start.")] = 0


@dataclass(frozen=True)
class PredictAnswerOptions(AnswerOptions):
    """In which form the prediction is written."""

    json_form: Annotated[bool, typer.Option("--json", help="Write JSON (qwem-predict/1).")] = False
    csv_form: Annotated[bool, typer.Option("--csv", help="Write CSV, a row a category.")] = False


def _sizes(text: str) -> tuple[int, ...]:
    """Return the sizes in `text`, such as "8,16,32"; raises SettingError where they are not whole numbers."""
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise SettingError("dims", printable(text), "give whole numbers and commas, such as 8,16,32.") from None


@command
def predict(
    text: ShapedTextOptions,
    asked: PredictOptions,
    run: PredictForecastOptions,
    compute: ComputeOptions,
    answer: PredictAnswerOptions,
) -> None:
    """Say what a model of any size will be able to do, and when; nothing is trained."""
    if asked.explain is not None and answer.form != "table":
        raise UsageError(Named("explain"), " writes text: leave out ", Named("json"), " and ", Named("csv"), ".")
    if asked.missing and answer.form == "csv":
        raise UsageError(Named("missing"), " has no place in CSV: use ", Named("json"), ", or neither.")
    dims = None if asked.dims is None else _sizes(asked.dims)
    # not before: they load PyTorch, which --help need not wait for
    import torch
    from rich.console import Console, Group, RenderableType
    from rich.text import Text

    from qwem_tui.base.device import choose_device
    from qwem_tui.commands.output import check_stdout, write_answer
    from qwem_tui.commands.progress_bar import ProgressBar
    from qwem_tui.commands.settings import study_config
    from qwem_tui.formats.prediction.data import prediction_json, write_prediction_csv
    from qwem_tui.formats.prediction.explanation import explanation_lines
    from qwem_tui.formats.prediction.table import PredictionReport
    from qwem_tui.study.predict import predict as predicted
    from qwem_tui.study.prediction import PredictConfig

    config = PredictConfig(
        study_config(text, run),
        target=asked.target,
        dims=dims,
        largest_dim=asked.max_dim,
        fraction=asked.fraction,
        draws=asked.bootstrap,
        halves=asked.halves,
        explain=asked.explain,
    )
    limit_memory(compute.memory_bytes)
    check_stdout()
    device = choose_device(compute.device)
    if compute.threads is not None:
        torch.set_num_threads(compute.threads)
    with ProgressBar(Console(stderr=True)) as bar:
        prediction = predicted(config, device, bar, sys.stdin.buffer)

    def table(console: Console, plain: bool) -> RenderableType:
        report = PredictionReport(prediction, plain, asked.missing)
        if prediction.explanation is None:
            return report
        lines = explanation_lines(prediction.explanation, min(console.width, 100))
        shown = (Text(to_ascii(line) if plain else line, no_wrap=True, overflow="ignore") for line in lines)
        return Group(report, "", *shown)

    write_answer(
        answer,
        lambda: prediction_json(prediction, asked.missing),
        lambda file: write_prediction_csv(prediction, file),
        table,
        prediction.warnings,
    )
