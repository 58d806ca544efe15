"""`qwem-tui plan`: progress on stderr, the answer on stdout."""

from __future__ import annotations

import json
import sys
from io import TextIOWrapper
from typing import Literal

from rich.console import Console

from qwem_tui.engine.device import choose_device
from qwem_tui.formats.plan_json import plan_json, write_plan_csv
from qwem_tui.formats.plan_table import PlanReport
from qwem_tui.narrator import Narrator
from qwem_tui.study.plan import PlanConfig, plan
from qwem_tui.training.calibrate import gd_timer, sgd_timer

Form = Literal["table", "json", "csv"]


def plan_headless(config: PlanConfig, device_name: str, threads: int | None, form: Form, ascii_only: bool) -> int:
    """Plan and print; return the exit code.

    Raises QwemError for what the user can mend; nothing is printed on stdout then.
    """
    import torch

    device = choose_device(device_name)
    if threads is not None:
        torch.set_num_threads(threads)
    timer = (sgd_timer if config.trained_by == "sgd" else gd_timer)(config.study)
    with Narrator(Console(stderr=True)) as narrator:
        planned = plan(config, device, timer, narrator, sys.stdin.buffer)
    if form == "json":
        print(json.dumps(plan_json(planned), allow_nan=False))
    elif form == "csv":
        if isinstance(sys.stdout, TextIOWrapper):
            # a name that the terminal cannot show must not end it half-way
            sys.stdout.reconfigure(errors="backslashreplace")
        write_plan_csv(planned, sys.stdout)
    else:
        console = Console(highlight=False, markup=False, emoji=False)
        plain = ascii_only or not console.encoding.lower().startswith("utf")
        console.print(PlanReport(planned, plain))
    sys.stdout.flush()
    return 0
