"""A column of CSV as texts."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from qwem_tui.base.errors import QwemError
from qwem_tui.base.printable import printable
from qwem_tui.corpus.reading.records import full_lines

Quoting = Literal[0, 3]
_DELIMITERS = ",\t;|"
#: A field that is larger than this has a quote that is never closed, and would swallow the rest of the file.
_MOST_CHARACTERS = 1 << 28


def delimiter_of(head: str, column: str) -> str | None:
    """Return what separates the columns of a table that begins with `head` and has `column` in its heading line."""
    heading = head.lstrip("\n").partition("\n")[0]
    return next((each for each in _DELIMITERS if column in _cells(heading, each)), None)


def _cells(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter), [])


def _quotes(head: str, delimiter: str) -> bool:
    """Return whether quotes hold fields together.

    They do, but for what is separated by tabs, where they often stand for themselves: where one is closed in the middle
    of a field, or none closes it in most of what is looked at.
    """
    if delimiter != "\t":
        return True
    lines = [f"{line}\n" for line in head.split("\n")]
    reader, good = csv.reader(lines, delimiter=delimiter, strict=True), 0
    try:
        for _ in reader:
            good = reader.line_num
    except csv.Error:
        # what was looked at may end inside of a field
        return reader.line_num == len(lines) and 2 * good > len(lines)
    return True


def csv_records(
    blocks: Iterable[str], head: str, delimiter: str, column: str, name: str
) -> Iterator[Mapping[str, str]]:
    """Yield the rows of a table with a heading, each with `column` alone; a row without that column has none.

    Raises QwemError, with the number of the line, for a quote that is never closed, or in the middle of a field.
    """
    quoting: Quoting = csv.QUOTE_MINIMAL if _quotes(head, delimiter) else csv.QUOTE_NONE
    # the limit is that of the process, 131,072 characters: pages of a web crawl are longer
    before = csv.field_size_limit(_MOST_CHARACTERS)
    reader = csv.reader((f"{line}\n" for line in full_lines(blocks)), delimiter=delimiter, quoting=quoting, strict=True)
    # an empty line is no row
    rows = filter(None, reader)
    try:
        at = next(rows).index(column)
        for row in rows:
            yield {column: row[at]} if at < len(row) else {}
    except csv.Error as error:
        reason = printable(str(error))
        raise QwemError(
            f"{name}, line {reader.line_num:,}, is no row of a table ({reason}): see to its quotes; one inside a "
            "quoted field is written twice."
        ) from error
    finally:
        csv.field_size_limit(before)
