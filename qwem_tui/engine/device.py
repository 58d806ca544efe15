"""Where to compute, and with how many threads."""

from __future__ import annotations

import os

import torch

from qwem_tui.base.errors import UsageError


def choose_device(name: str) -> torch.device:
    """Return the device for `auto`, `cpu` or `cuda`; raises UsageError where CUDA is asked for and not there."""
    if name == "cpu":
        return torch.device("cpu")
    if torch.cuda.is_available():
        return torch.device("cuda")
    if name == "cuda":
        raise UsageError("--device cuda: PyTorch sees no CUDA device here; use --device cpu, or auto.")
    return torch.device("cpu")


def core_count() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def describe(device: str) -> str:
    """Return a device (such as `cuda:0`) in words, such as `cpu` or `NVIDIA H100`."""
    return str(torch.cuda.get_device_name(device)) if device.startswith("cuda") else device
