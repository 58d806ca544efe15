"""A column of Parquet and Arrow files as texts."""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, BinaryIO, Literal

from qwem_tui.base.errors import QwemError
from qwem_tui.corpus.reading.facts import Findings
from qwem_tui.corpus.reading.records import chosen_field, texts_of
from qwem_tui.corpus.reading.refusals import damaged

#: Rows taken at once: a row may be a book.
_ROWS = 64


def table_texts(
    kind: Literal["Parquet", "Arrow", "Arrow stream"],
    file: BinaryIO,
    name: str,
    asked: str | None,
    findings: Findings,
) -> Iterator[str]:
    """Yield the texts of a column; `file` can be sought in, but for a stream.

    Raises QwemError where pyarrow is missing or the file is damaged, UsageError where no column is a text's.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        what = "a Parquet" if kind == "Parquet" else "an Arrow"
        raise QwemError(
            f"{name} is {what} file, which pyarrow reads: install it with pip install pyarrow (or "
            "pip install 'qwem-tui[parquet]')."
        ) from error
    try:
        if kind == "Parquet":
            yield from _parquet_texts(file, name, asked, findings)
        else:
            yield from texts_of(_arrow_rows(kind, file), name, asked, findings)
    except pyarrow.ArrowException as error:
        raise damaged(name, error) from error


def _parquet_texts(file: BinaryIO, name: str, asked: str | None, findings: Findings) -> Iterator[str]:
    import pyarrow.parquet

    # read ahead, it holds whole row groups, which may be all of the file
    with pyarrow.parquet.ParquetFile(file, pre_buffer=False, buffer_size=1 << 20) as table:
        first = next(table.iter_batches(_ROWS), None)
        if first is None:
            return
        field = chosen_field(first.to_pylist(), name, asked)
        del first
        # a column with a dot in its name is not to be had by its name: the path of a nested one is written so
        column = field if field in table.schema_arrow.names else field.partition(".")[0]
        batches = table.iter_batches(_ROWS, columns=None if "." in column else [column])
        yield from texts_of(chain.from_iterable(map(_rows, batches)), name, asked, findings, field)


def _arrow_rows(kind: str, file: BinaryIO) -> Iterator[Mapping[str, Any]]:
    import pyarrow

    if kind == "Arrow":
        with pyarrow.ipc.open_file(file) as table:
            for number in range(table.num_record_batches):
                yield from _rows(table.get_batch(number))
    else:
        with pyarrow.ipc.open_stream(file) as stream:
            for batch in stream:
                yield from _rows(batch)


def _rows(batch: Any) -> Iterator[Mapping[str, Any]]:
    for begin in range(0, len(batch), _ROWS):
        yield from batch.slice(begin, _ROWS).to_pylist()


def seekable(file: io.BufferedReader) -> BinaryIO:
    """Return a copy of what `file` holds that can be sought in; closing it removes it from the disk."""
    copy = tempfile.TemporaryFile()  # noqa: SIM115 - whoever asked for it closes it
    try:
        shutil.copyfileobj(file, copy, 1 << 20)
    except BaseException:
        copy.close()
        raise
    copy.seek(0)
    return copy
