from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from qwem_tui.base import threads
from qwem_tui.base.threads import ran_and_waited


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux tells it")
def test_what_ran_is_told() -> None:
    before = ran_and_waited()
    until = time.thread_time() + 0.05
    while time.thread_time() < until:
        pass
    after = ran_and_waited()
    assert before is not None
    assert after is not None
    assert after[0] - before[0] >= 0.04
    assert after[1] >= before[1]


def test_threads_are_summed_up_and_what_cannot_be_read_is_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "Path", lambda _: tmp_path)
    for name, text in {"1": "2000000000 500000000 7\n", "2": "1000000000 250000000 9\n"}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "schedstat").write_text(text)
    # a thread that ended between being listed and being read
    (tmp_path / "3").mkdir()
    assert ran_and_waited() == (3.0, 0.75)
    (tmp_path / "3" / "schedstat").write_text("")
    assert ran_and_waited() is None
    monkeypatch.setattr(threads, "Path", lambda _: tmp_path / "nowhere")
    assert ran_and_waited() is None
