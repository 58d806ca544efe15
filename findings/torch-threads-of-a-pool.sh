#!/usr/bin/env bash
# torch: set_num_threads(1) in the main thread does not hold for products in threads begun later, until torch is asked there.
# Exits 0 while the behaviour is as described, and otherwise 1 after a line that begins with CHANGED.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6

venv/bin/python - <<'EOF'
import multiprocessing
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import torch


# Made in the main thread: filling so many numbers is a parallel region itself.
MATRIX = torch.ones(600, 600)


def threads_of_process() -> int:
    return len(os.listdir("/proc/self/task"))


def threads_begun_by_a_product() -> int:
    before = threads_of_process()
    torch.mm(MATRIX, MATRIX)
    return threads_of_process() - before


def after_asking() -> int:
    torch.get_num_threads()
    return threads_begun_by_a_product()


def after_a_parallel_region() -> int:
    torch.ones(2_000_000).sum()
    return threads_begun_by_a_product()


def begun(name: str) -> int:
    """Return how many threads a product begins, in a process of its own."""
    torch.set_num_threads(1)
    work = {"plain": threads_begun_by_a_product, "asked": after_asking, "region": after_a_parallel_region}
    if name == "main":
        return threads_begun_by_a_product()
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work[name]).result()


if __name__ == "__main__":
    cores = len(os.sched_getaffinity(0))
    print("torch", torch.__version__, "cores", cores)
    if cores < 2:
        print("not run: on one core there is nothing to see")
        sys.exit(0)
    print("expected: after torch.set_num_threads(1) no product begins a thread, whichever thread runs it")
    observed = {}
    for name in ("main", "plain", "asked", "region"):
        with multiprocessing.get_context("fork").Pool(1) as process:
            observed[name] = process.apply(begun, (name,))
    print("observed, threads begun by torch.mm in the main thread:", observed["main"])
    print("observed, in a thread of a pool:                       ", observed["plain"])
    print("observed, there, after torch.get_num_threads():        ", observed["asked"])
    print("observed, there, after a sum of two million numbers:   ", observed["region"])
    if not (observed["main"] == 0 and observed["plain"] > 0 and observed["asked"] == observed["region"] == 0):
        print("CHANGED: the number set in the main thread holds in threads begun later, or asking no longer helps")
        sys.exit(1)
EOF
