"""What the screen costs the engine: the same run with and without it, in turn, in a true pty. Skips without data."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from qwem_tui.engine.remote.socket_path import published
from tests.benchmarks.reference_corpus import BOOKS, QUESTIONS
from tests.end_to_end.terminal import COMMAND, Terminal
from tests.engine.remote.client import Client
from tests.waiting import PATIENCE, wait_for

#: Slices are so short that what else the machine does is mostly the same for the two of a round, and many, so that what
#: is not evens out.
ROUNDS, STEPS = 30, 120
#: The step size is small for the run to last long enough.
OPTIONS = (
    str(BOOKS), "--analogies", str(QUESTIONS), "--vocab-size", "3000", "--dim", "64", "--step-size", "0.05",
    "--threads", "1",
)  # fmt: skip
ASKED = 0.95

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(not BOOKS.exists(), reason="the reference corpus is not here"),
]


def client_of(run: Path) -> Client:
    """Return a client of a run, once it is there and has been told to pause."""
    wait_for(lambda: published(run) is not None)
    client = Client(run)
    wait_for(lambda: client.phase() not in ("preparing", "starting"))
    client.ask(do="pause")
    wait(client)
    return client


def wait(client: Client) -> None:
    wait_for(lambda: client.phase() == "paused")


def seconds(client: Client) -> float:
    """Return how long the next steps take."""
    until = client.step() + STEPS
    began = time.perf_counter()
    assert client.ask(do="step", count=STEPS)["ok"]
    # it is paused for a moment still
    wait_for(lambda: client.step() >= until)
    taken = time.perf_counter() - began
    wait(client)
    return taken


@contextmanager
def in_the_app(run: Path, cwd: Path) -> Iterator[Client]:
    terminal = Terminal("run", *OPTIONS, "--out", str(run), cwd=cwd, size=(160, 45))
    # what is read is thrown away: an emulator written in Python would take the other core for itself
    swallow = threading.Thread(target=_swallow, args=(terminal,), daemon=True)
    swallow.start()
    client = client_of(run)
    yield client
    client.ask(do="stop")
    client.close()
    swallow.join(PATIENCE)


def _swallow(terminal: Terminal) -> None:
    try:
        while os.read(terminal.child.child_fd, 65536):
            pass
    except OSError:
        pass


@contextmanager
def headless(run: Path) -> Iterator[Client]:
    command = [*COMMAND, "train", *OPTIONS, "--out", str(run)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    client = client_of(run)
    yield client
    client.ask(do="stop")
    client.close()
    process.wait(PATIENCE)


def test_the_app_against_no_screen_at_equal_thread_count(tmp_path: Path) -> None:
    took = np.empty((ROUNDS, 2))
    with headless(tmp_path / "headless") as without, in_the_app(tmp_path / "app", tmp_path) as within:
        pair = (without, within)
        for client in pair:
            seconds(client)  # the first of each is not like the others
        for number in range(ROUNDS):
            for which in (0, 1) if number % 2 else (1, 0):
                took[number, which] = seconds(pair[which])
    rates = STEPS / took
    plain, shown = np.median(rates, axis=0)
    print(f"\nsteps per second, median: {plain:.1f} without a screen, {shown:.1f} in the app")
    drawn = np.random.default_rng(0).integers(0, ROUNDS, (2000, ROUNDS))
    ratio = took[:, 0] / took[:, 1]
    low, high = np.quantile(np.median(ratio[drawn], axis=1), [0.025, 0.975])
    print(
        f"app / headless: median of {ROUNDS} rounds {np.median(ratio):.3f} (95%: {low:.3f} to {high:.3f}), all steps "
        f"together {took[:, 0].sum() / took[:, 1].sum():.3f}; asked: {ASKED}; a single round varies by "
        f"{ratio.std():.0%}; load average {os.getloadavg()[0]:.1f}"
    )
    assert np.isfinite(ratio).all()
