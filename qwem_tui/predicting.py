"""`qwem-tui predict`: progress on stderr, the answer on stdout."""

from __future__ import annotations

import json
import sys
from io import TextIOWrapper
from typing import Literal

from rich.console import Console

from qwem_tui.base.plain import to_ascii
from qwem_tui.engine.device import choose_device
from qwem_tui.formats.explanation import explanation_lines
from qwem_tui.formats.prediction import prediction_json, write_prediction_csv
from qwem_tui.formats.prediction_table import PredictionReport
from qwem_tui.narrator import Narrator
from qwem_tui.study.predict import PredictConfig, Prediction, predict

Form = Literal["table", "json", "csv"]


def _print_table(prediction: Prediction, missing: bool, ascii_only: bool) -> None:
    console = Console(highlight=False, markup=False, emoji=False)
    plain = ascii_only or not console.encoding.lower().startswith("utf")
    console.print(PredictionReport(prediction, plain, missing))
    if prediction.explanation is not None:
        console.print()
        for line in explanation_lines(prediction.explanation, min(console.width, 100)):
            console.print(to_ascii(line) if plain else line, soft_wrap=True)


def predict_headless(
    config: PredictConfig, device_name: str, threads: int | None, form: Form, missing: bool, ascii_only: bool
) -> int:
    """Predict and print; return the exit code.

    Raises QwemError for what the user can mend; nothing is printed on stdout then.
    """
    import torch

    device = choose_device(device_name)
    if threads is not None:
        torch.set_num_threads(threads)
    with Narrator(Console(stderr=True)) as narrator:
        prediction = predict(config, device, narrator, sys.stdin.buffer)
    if form == "json":
        print(json.dumps(prediction_json(prediction, missing), allow_nan=False))
    elif form == "csv":
        if isinstance(sys.stdout, TextIOWrapper):
            # a name that the terminal cannot show must not end it half-way
            sys.stdout.reconfigure(errors="backslashreplace")
        write_prediction_csv(prediction, sys.stdout)
    else:
        _print_table(prediction, missing, ascii_only)
    sys.stdout.flush()
    return 0
