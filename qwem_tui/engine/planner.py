"""A plan made on this machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

import torch

from qwem_tui.base.device import choose_device
from qwem_tui.base.progress import Progress
from qwem_tui.engine.step_timing import gd_timer, sgd_timer
from qwem_tui.study.plan.planner import Plan, PlanConfig, plan

#: Makes a plan on a device, by name, with so many CPU threads (None: as they are).
Planner = Callable[[PlanConfig, str, int | None, Progress], Plan]


def plan_here(
    config: PlanConfig, device_name: str, threads: int | None, progress: Progress, stdin: BinaryIO | None = None
) -> Plan:
    """Return the plan, its steps timed on this device; raises as `study.plan.plan`, and UsageError without CUDA."""
    device = choose_device(device_name)
    if threads is not None:
        torch.set_num_threads(threads)
    timer = (sgd_timer if config.trained_by == "sgd" else gd_timer)(config.study)
    return plan(config, device, timer, progress, stdin)
