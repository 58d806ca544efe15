"""Records with a text among their fields."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

import msgspec

from qwem_tui.base.errors import Named, QwemError, UsageError
from qwem_tui.base.printable import printable
from qwem_tui.corpus.reading.facts import Findings

_USUAL = ("text", "content")
#: A string of so many characters is a text, and not a name or a number; so many records are looked at.
_LONG, LOOKED_AT = 80, 100
_SHOWN = 12
_DECODER = msgspec.json.Decoder()


class NoFieldError(UsageError):
    """A file has no text in the field that was asked for, or none that is clearly the text."""


def _record(line: str) -> Any:
    """Return what a line of JSON is; raises ValueError (msgspec's own is one) where it makes no sense."""
    try:
        return _DECODER.decode(line)
    except msgspec.MsgspecError:
        # what Python's own json writes and others refuse: NaN, and halves of surrogate pairs, which no text can hold
        return json.loads(_without_halves(json.dumps(json.loads(line), ensure_ascii=False)))


def _without_halves(text: str) -> str:
    """Return `text` with U+FFFD for surrogates that are alone."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def is_record(line: str) -> bool:
    """Return whether a line is an object in JSON."""
    try:
        return isinstance(_record(line), dict)
    except (ValueError, RecursionError):
        return False


def texts_at(value: Any, path: str) -> Iterator[str]:
    """Yield the strings at a dotted path; of a list those of each of its items."""
    if isinstance(value, str) and not path:
        yield value
    elif isinstance(value, Mapping) and path:
        if path in value:
            yield from texts_at(value[path], "")
        else:
            name, _, rest = path.partition(".")
            if name in value:
                yield from texts_at(value[name], rest)
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        for item in value:
            yield from texts_at(item, path)


def chosen_field(records: Sequence[Mapping[str, Any]], name: str, asked: str | None) -> str:
    """Return the field that holds the text of `records`, the first of those of the file `name`.

    That is the one `asked` for, else `text`, else `content`, else the only one with long strings. Raises NoFieldError
    where none is, and where these records do not have the one asked for.
    """
    if asked is not None:
        # a field that is there may be empty in all of these
        if asked in _names(records) or any(True for record in records for _ in texts_at(record, asked)):
            return asked
        raise NoFieldError(
            f"{name} has no text in a field {printable(asked)}: its fields are {_listed(_names(records))}; name one of "
            "them with ",
            Named("text_field"),
            ".",
        )
    names = _names(records)
    strings = {field: max((len(text) for text in _strings(records, field)), default=-1) for field in names}
    for field in _USUAL:
        if strings.get(field, -1) >= 0:
            return field
    long = [field for field, size in strings.items() if size >= _LONG]
    if len(long) == 1:
        return long[0]
    which = f"of its fields {_listed(long)} hold texts" if long else f"none of its fields {_listed(names)} is long"
    raise NoFieldError(
        f"{name} has no field text or content, and {which}: name the one to read with ", Named("text_field"), "."
    )


def _names(records: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(chain.from_iterable(records)))


def _strings(records: Sequence[Mapping[str, Any]], field: str) -> Iterator[str]:
    return (record[field] for record in records if isinstance(record.get(field), str))


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(printable(name)[:40] for name in names[:_SHOWN])
    return f"{shown}, ..." if len(names) > _SHOWN else shown or "(none)"


def texts_of(
    records: Iterable[Mapping[str, Any]], name: str, asked: str | None, findings: Findings, field: str | None = None
) -> Iterator[str]:
    """Yield the text of each record that has one; where `field` is not given it is chosen by looking at the first."""
    left = iter(records)
    first = list(islice(left, LOOKED_AT)) if field is None else []
    if field is None:
        if not first:
            return
        field = chosen_field(first, name, asked)
    if asked is None:
        findings.field(field)
    for record in chain(first, left):
        text = "\n".join(texts_at(record, field))
        if not text:
            findings.without_text += 1
            continue
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        yield text


def full_lines(blocks: Iterable[str]) -> Iterator[str]:
    """Yield the lines of a text without their ends, each whole."""
    parts: list[str] = []
    for block in blocks:
        first, *others = block.split("\n")
        parts.append(first)
        if others:
            yield "".join(parts)
            yield from others[:-1]
            parts = [others[-1]]
    if last := "".join(parts):
        yield last


def json_records(blocks: Iterable[str], name: str) -> Iterator[Mapping[str, Any]]:
    """Yield the records of JSON lines; raises QwemError, with its number, for a line that is none."""
    for number, line in enumerate(full_lines(blocks), start=1):
        if not line or line.isspace():
            continue
        try:
            record = _record(line)
        except (ValueError, RecursionError) as error:
            reason = printable(str(error).partition("\n")[0].rstrip("."))
            raise QwemError(f"{name}, line {number:,}, is no JSON ({reason}): mend or leave out that line.") from error
        if not isinstance(record, dict):
            raise QwemError(f'{name}, line {number:,}, is no record with fields: write each as {{"text": ...}}.')
        yield record
