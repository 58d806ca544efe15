from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.end_to_end.zygote import Zygote

# Two workers with two threads each on two cores: a thread that waits for another one must not keep that one's core from
# it. Read when PyTorch is imported, here and in what tests start.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# an empty file: the settings of whoever runs the tests are none of theirs
os.environ["QWEM_TUI_CONFIG"] = os.devnull
# nor is their list of runs: the one of the tests goes with them
_STATE = tempfile.TemporaryDirectory(prefix="qwem-tui-state-")
os.environ["XDG_STATE_HOME"] = _STATE.name


# how long an example takes says nothing on a busy machine
settings.register_profile("qwem", deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("qwem")


def pytest_configure() -> None:
    """Let what tests start end by the signals it is sent: started from a script or nohup, it would ignore them."""
    for number in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


def little_text(seed: int = 0, documents: int = 120, length: int = 60) -> str:
    """A made-up text in which capitals, countries and their words keep company, a document a line."""
    generator = random.Random(seed)
    pairs = [("paris", "france"), ("rome", "italy"), ("madrid", "spain"), ("athens", "greece"), ("oslo", "norway")]
    filler = "the of and to in a is that was he for it with as his on be at by".split()
    lines = []
    for number in range(documents):
        capital, country = pairs[number % len(pairs)]
        side = number // len(pairs) % 2
        own = [f"{country}{letter}" for letter in "abcdef"]
        marks = ["city", "mayor", "streets"] if side else ["land", "border", "people"]
        words = []
        for _ in range(length):
            draw = generator.random()
            if draw < 0.1:
                words.append(capital if side else country)
            elif draw < 0.3:
                words.append(marks[int(generator.random() * len(marks))])
            elif draw < 0.6:
                words.append(own[int(generator.random() * len(own))])
            else:
                words.append(filler[int(generator.random() ** 2 * len(filler))])
        lines.append(" ".join(words))
    return "\n".join(lines) + "\n"


@pytest.fixture
def text_file(tmp_path: Path) -> Path:
    path = tmp_path / "little.txt"
    path.write_text(little_text(), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    with Zygote() as started:
        yield started


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Threads that wait for each other cost more than products as small as those of tests; some ask for more."""
    torch = sys.modules.get("torch")
    if torch is None:
        yield
        return
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
