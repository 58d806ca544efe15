"""What a sweep costs beside predicting each of its cells, on books. Skips without the data."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.reference_corpus import BOOKS, QUESTIONS
from tests.end_to_end.terminal import COMMAND

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(not BOOKS.exists(), reason="the reference corpus is not here"),
]

COMMON = (str(BOOKS), "--vocab-size", "3000", "--analogies", str(QUESTIONS))


def run(*arguments: str, cwd: Path) -> tuple[float, Any]:
    began = time.perf_counter()
    done = subprocess.run([*COMMAND, *arguments, *COMMON, "--json"], cwd=cwd, capture_output=True, check=True)
    return time.perf_counter() - began, json.loads(done.stdout)


def step_for_longer(category: dict[str, Any]) -> int | None:
    """Return predict's step; where its threshold is reached for a moment only, the step that its reason names."""
    reason = category["reason"] or ""
    if "for a moment only" not in reason:
        step: int | None = category["critical_step"]
        return step
    named = re.search(r"for longer at step ([\d,]+)", reason)
    return None if named is None else int(named[1].replace(",", ""))


def test_a_sweep_is_what_predict_says_in_a_fraction_of_its_time(tmp_path: Path) -> None:
    windows, sigmas = ("4", "16"), ("1e-2", "1e-4", "1e-8")
    over = ("--over", f"window={','.join(windows)}", "--over", f"sigma={','.join(sigmas)}")
    seconds, swept = run("sweep", *over, cwd=tmp_path)
    alone = 0.0
    for cell in swept["cells"]:
        window, sigma = cell["levels"]["window"], cell["levels"]["sigma"]
        took, predicted = run("predict", "--window", str(window), "--sigma", repr(sigma), cwd=tmp_path)
        alone += took
        found = cell["result"]
        for mine, other in zip(
            (*found["categories"], found["overall"]), (*predicted["categories"], predicted["overall"]), strict=True
        ):
            for key in ("attempted", "peak_accuracy", "critical_size", "critical_size_interval"):
                assert mine[key] == other[key], (window, sigma, mine["name"], key)
            assert mine["critical_step"] == step_for_longer(other), (window, sigma, mine["name"])
    again, _ = run("sweep", *over, cwd=tmp_path)
    print(
        f"\n{len(swept['cells'])} cells on {os.cpu_count()} cores: sweep {seconds:.0f} s, predict once for each "
        f"{alone:.0f} s: {alone / seconds:.1f} times; the finished sweep again {again:.0f} s "
        f"(load {os.getloadavg()[0]:.1f})"
    )
