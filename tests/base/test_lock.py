"""One writer at a time for a folder, and whoever looks who it is."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from qwem_tui.base.errors import QwemError
from qwem_tui.base.lock import locked, writer_of


def test_who_writes_a_folder_is_known_as_long_as_they_do(tmp_path: Path) -> None:
    assert writer_of(tmp_path) is None
    assert not list(tmp_path.iterdir())
    with locked(tmp_path):
        assert (writer_of(tmp_path) or "").startswith(f"pid {os.getpid()} on ")
        with pytest.raises(QwemError, match=f"is being written by pid {os.getpid()} on .*: leave it."):
            locked(tmp_path, "leave it")
    assert writer_of(tmp_path) is None
    # looking has not taken it
    locked(tmp_path).close()


def test_somebody_who_looks_does_not_keep_a_writer_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lock").touch()
    with (tmp_path / "lock").open(encoding="utf-8") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        # their look ends while the writer waits
        monkeypatch.setattr("qwem_tui.base.lock.time.sleep", lambda _: looking.close())
        locked(tmp_path).close()
