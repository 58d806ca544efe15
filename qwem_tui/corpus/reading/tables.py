"""A column of Parquet and Arrow files as texts."""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any, BinaryIO, Literal

from qwem_tui.base.errors import QwemError
from qwem_tui.corpus.reading.facts import Findings
from qwem_tui.corpus.reading.records import LOOKED_AT, chosen_field, texts_at, texts_of
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
        batches = _parquet if kind == "Parquet" else _arrow if kind == "Arrow" else _arrow_stream
        with batches(file) as (names, read):
            first = next(read(None), None)
            if first is None:
                return
            field = chosen_field(_looked_at(first, names, asked), name, asked)
            # a column with a dot in its name is not to be had by its name: the path of a nested one is written so
            column = field if field in names else field.partition(".")[0]
            rows = ({field: text} for batch in read(column) for text in _texts(batch, names, field))
            yield from texts_of(rows, name, asked, findings, field)
    except (pyarrow.ArrowException, OverflowError) as error:
        raise damaged(name, error) from error


_Read = Callable[["str | None"], Iterator[Any]]


@contextmanager
def _parquet(file: BinaryIO) -> Iterator[tuple[list[str], _Read]]:
    """Give the names of the columns, and what reads batches: of all columns, or of one with others beside it or not."""
    import pyarrow.parquet

    # read ahead, it holds whole row groups, which may be all of the file
    with pyarrow.parquet.ParquetFile(
        file, pre_buffer=False, buffer_size=1 << 20, page_checksum_verification=True
    ) as table:

        def read(column: str | None) -> Iterator[Any]:
            columns = None if column is None or "." in column else [column]
            return iter(table.iter_batches(_ROWS, columns=columns))

        yield table.schema_arrow.names, read


@contextmanager
def _arrow(file: BinaryIO) -> Iterator[tuple[list[str], _Read]]:
    import pyarrow

    with pyarrow.ipc.open_file(file) as table:
        yield table.schema.names, lambda _: map(table.get_batch, range(table.num_record_batches))


@contextmanager
def _arrow_stream(file: BinaryIO) -> Iterator[tuple[list[str], _Read]]:
    import pyarrow

    with pyarrow.ipc.open_stream(file) as stream:
        first = next(stream, None)

        def read(column: str | None) -> Iterator[Any]:
            found = [] if first is None else [first]
            return iter(found) if column is None else chain(found, stream)

        yield stream.schema.names, read


def _looked_at(batch: Any, names: list[str], asked: str | None) -> list[dict[str, Any]]:
    """Return the first rows, with nothing but what may be texts: dates that Python has no place for do no harm."""
    import pyarrow

    batch = batch.slice(0, LOOKED_AT)
    found: dict[str, list[Any]] = {}
    for at, name in enumerate(batch.schema.names):
        kind = batch.column(at).type
        kind = kind.value_type if pyarrow.types.is_dictionary(kind) else kind
        is_text = "string" in str(kind) and not pyarrow.types.is_nested(kind)
        found[name] = batch.column(at).to_pylist() if is_text else [None] * len(batch)
    if asked is not None and (asked in names or asked.partition(".")[0] in names):
        found[asked] = [text or None for text in _texts(batch, names, asked)]
    return [dict(zip(found, row, strict=True)) for row in zip(*found.values(), strict=True)]


def _texts(batch: Any, names: list[str], path: str) -> Iterator[str]:
    """Yield for each row the strings at a path, one a line."""
    import pyarrow
    import pyarrow.compute

    # by its place: two columns may have one name
    name, rest = (path, "") if path in names else (path.partition(".")[0], path.partition(".")[2])
    column = batch.column(batch.schema.names.index(name))
    while rest and pyarrow.types.is_struct(column.type):
        name, _, after = rest.partition(".")
        if column.type.get_field_index(name) < 0:
            break
        column, rest = pyarrow.compute.struct_field(column, name), after
    for begin in range(0, len(column), _ROWS):
        for value in column.slice(begin, _ROWS).to_pylist():
            yield value if isinstance(value, str) and not rest else "\n".join(texts_at(_decoded(value), rest))


def _decoded(value: Any) -> Any:
    """Return a value, and the text of bytes: some writers do not say that theirs are text."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


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
