"""Parquet and Arrow."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path
from typing import Any

import pytest

from qwem_tui.base.errors import QwemError, UsageError
from tests.corpus.sources import found, read, write

TEXTS = [f"text {number} of its own\nin two lines" for number in range(300)] + [None, ""]
EXPECTED = [text.replace("\n", " ") for text in TEXTS if text]


def written(kind: str, path: Path, **columns: Any) -> Path:
    """Write a table of more row groups or batches than one."""
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet

    table = pa.table(columns)
    if kind == "Parquet":
        pyarrow.parquet.write_table(table, path, row_group_size=70)
    elif kind == "Arrow":
        with pa.ipc.new_file(path, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as file:
            file.write_table(table, 70)
    else:
        with pa.ipc.new_stream(path, table.schema) as stream:
            stream.write_table(table, 70)
    return path


@pytest.mark.parametrize("kind", ["Parquet", "Arrow", "stream"])
def test_a_column_is_read_whatever_the_file_is_called(kind: str, tmp_path: Path) -> None:
    path = written(kind, tmp_path / "any", id=list(range(302)), text=TEXTS)
    data = path.read_bytes()
    packed = write(tmp_path / "folder" / "a.gz", gzip.compress(data))
    for documents, facts in (found(path), found("-", stdin=data), found(packed), found(packed.parent)):
        assert documents == EXPECTED
        assert facts.without_text == 2
        assert facts.containers == (("Parquet" if kind == "Parquet" else "Arrow", 1),)
    assert read(path, lines=True)[:2] == ["text 0 of its own", "in two lines"]


def test_columns_by_their_path(tmp_path: Path) -> None:
    records = [{"inner": "deep", "n": 1}, {"inner": None, "n": 2}]
    path = written("Parquet", tmp_path / "a", meta=records, **{"a.b": ["dotted", "names"]}, words=[["x", "y"], []])
    assert read(path, text_field="meta.inner") == ["deep"]
    assert read(path, text_field="a.b") == ["dotted", "names"]
    assert read(path, text_field="words") == ["x y"]
    with pytest.raises(UsageError, match=r"has no text in a field body: its fields are meta, a\.b, words;"):
        read(path, text_field="body")
    with pytest.raises(UsageError, match=r"none of its fields .* is long: name the one to read with --text-field"):
        read(path)


def test_a_damaged_file(tmp_path: Path) -> None:
    data = written("Parquet", tmp_path / "a", text=TEXTS).read_bytes()
    for content in (data[:-50], data[:100] + bytes(100) + data[200:]):
        with pytest.raises(QwemError, match="is cut short, damaged"):
            read(write(tmp_path / "b", content))


def test_without_pyarrow_it_is_said_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    path = write(tmp_path / "a", b"PAR1" + bytes(100) + b"PAR1")
    with pytest.raises(QwemError) as caught:
        read(path)
    assert str(caught.value) == (
        f"{path} is a Parquet file, which pyarrow reads: install it with pip install pyarrow (or pip install "
        "'qwem-tui[parquet]')."
    )
