"""`qwem-tui predict`: progress on stderr, the answer on stdout."""

from __future__ import annotations

import sys

from rich.console import Console, Group, RenderableType
from rich.text import Text

from qwem_tui.base.ascii import to_ascii
from qwem_tui.base.device import check_threads, choose_device
from qwem_tui.commands.output import Form, check_stdout, write_answer
from qwem_tui.commands.progress_bar import Narrator
from qwem_tui.formats.prediction.data import prediction_json, write_prediction_csv
from qwem_tui.formats.prediction.explanation import explanation_lines
from qwem_tui.formats.prediction.table import PredictionReport
from qwem_tui.study.predict import PredictConfig, Prediction, predict


def _table(prediction: Prediction, missing: bool, console: Console, plain: bool) -> RenderableType:
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

    check_stdout()
    check_threads(threads)
    device = choose_device(device_name)
    if threads is not None:
        torch.set_num_threads(threads)
    with Narrator(Console(stderr=True)) as narrator:
        prediction = predict(config, device, narrator, sys.stdin.buffer)
    write_answer(
        form,
        ascii_only,
        lambda: prediction_json(prediction, missing),
        lambda file: write_prediction_csv(prediction, file),
        lambda console, plain: _table(prediction, missing, console, plain),
    )
    return 0
