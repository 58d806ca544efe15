"""Where to compute, and with how many threads."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import torch

from qwem_tui.base.errors import Named, SettingError
from qwem_tui.base.memory import resident_bytes


def choose_device(name: str) -> torch.device:
    """Return the device for `auto`, `cpu` or `cuda`; raises SettingError where CUDA is asked for and not there."""
    if name == "cpu":
        return torch.device("cpu")
    if torch.cuda.is_available():
        return torch.device("cuda")
    if name == "cuda":
        needed = ("PyTorch sees no CUDA device here; use ", Named("device"), " cpu, or auto.")
        raise SettingError("device", "cuda", needed, problem="")
    return torch.device("cpu")


def describe(device: str) -> str:
    """Return a device (such as `cuda:0`) in words, such as `cpu` or `NVIDIA H100`."""
    return str(torch.cuda.get_device_name(device)) if device.startswith("cuda") else device


def memory_in_use(device: str) -> int:
    """Return how many bytes this process uses on a device: of its own tensors on a GPU, else of main memory."""
    return int(torch.cuda.memory_allocated(device)) if device.startswith("cuda") else resident_bytes()


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether `error` says that memory, of the device or of the machine, did not suffice."""
    # PyTorch raises a bare RuntimeError on the CPU
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in str(error)


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute on one CPU thread inside the block: many small operations go several times as fast then.

    Where other programs keep the cores busy, threads wait for each other at every one of them: scoring took 7 to 80
    times as long. For the thread that trains or predicts alone: the setting is partly that of the whole process.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def own_threads(count: int, name: str) -> ThreadPoolExecutor:
    """Return a pool of `count` threads, called `name`, each of which computes on one CPU thread; use in `one_thread`.

    The setting of the thread that begins them does not reach new threads before torch shares out work of its own: until
    then they multiply matrices on all cores, and add up in another order (seen with PyTorch 2.13 and MKL 2024.2).
    """
    return ThreadPoolExecutor(count, name, torch.set_num_threads, (1,))
