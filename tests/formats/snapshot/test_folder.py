from __future__ import annotations

import errno
import io
import json
import os
from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors

from qwem_tui.base.errors import QwemError
from qwem_tui.formats.snapshot import folder as folder_module
from qwem_tui.formats.snapshot.folder import write_snapshot_folder
from qwem_tui.formats.snapshot.metrics_csv import write_metrics_csv
from tests.formats.snapshot.snapshots import frame, snapshot

FRAMES = [frame(0, None, None), frame(1234, [0.5], 0.5)]
CONFIGURATION: dict[str, object] = {"schema": "other/1", "seed": 0, "corpus": {"name": "bücher", "a": None}}


def write(folder: Path, screen: str | None = "<svg>ü</svg>") -> tuple[str, ...]:
    return write_snapshot_folder(folder, snapshot(), FRAMES, ("family",), 2.0, CONFIGURATION, screen)


def test_real_readers_open_every_file(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "a" / "step-1234"
    names = write(folder)
    assert names == ("config.json", "metrics.csv", "screen.svg", "vectors.npz", "vectors.txt")
    assert sorted(os.listdir(folder)) == list(names)
    assert os.listdir(folder.parent) == ["step-1234"]

    with np.load(folder / "vectors.npz", allow_pickle=False) as loaded:
        assert loaded["vectors"].tobytes() == snapshot().embeddings.tobytes()
    gensim = KeyedVectors.load_word2vec_format(str(folder / "vectors.txt"))
    assert gensim.vectors.tobytes() == snapshot().embeddings.tobytes()
    metrics = io.BytesIO()
    write_metrics_csv(FRAMES, ("family",), 2.0, metrics)
    assert (folder / "metrics.csv").read_bytes() == metrics.getvalue()
    assert (folder / "screen.svg").read_text(encoding="utf-8") == "<svg>ü</svg>"
    assert (folder / "config.json").read_text(encoding="utf-8") == (
        '{\n "corpus": {\n  "a": null,\n  "name": "bücher"\n },\n "made_of": "measured",\n'
        ' "schema": "qwem-snapshot/1",\n "seed": 0,\n "step": 1234,\n "t": 0.5\n}\n'
    )


def test_without_a_screen(tmp_path: Path) -> None:
    assert "screen.svg" not in write(tmp_path / "out", None)
    assert not (tmp_path / "out" / "screen.svg").exists()


def test_same_snapshot_same_bytes(tmp_path: Path) -> None:
    write(tmp_path / "a")
    for name in write(tmp_path / "b"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_file_names_that_are_not_utf_8_come_back(tmp_path: Path) -> None:
    source = os.fsdecode(b"caf\xe9 \xc3\xa9.txt")
    write_snapshot_folder(tmp_path / "out", snapshot(), FRAMES, ("family",), 2.0, {"sources": (source,)}, None)
    assert json.loads((tmp_path / "out" / "config.json").read_bytes())["sources"] == [source]


def test_existing_folder_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "out")
    with pytest.raises(QwemError, match="out exists already"):
        write(tmp_path / "out")


def test_nan_in_the_configuration_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        write_snapshot_folder(tmp_path / "out", snapshot(), FRAMES, ("family",), 2.0, {"loss": float("nan")}, None)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("writer", ["write_npz", "write_word2vec_text", "write_metrics_csv"])
def test_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writer: str) -> None:
    def full(*args: object, **_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(folder_module, writer, full)
    with pytest.raises(QwemError) as caught:
        write(tmp_path / "out")
    assert str(caught.value) == (
        f"Cannot write {tmp_path}/out: no space left on device; make room there, or choose another place."
    )
    assert os.listdir(tmp_path) == []
