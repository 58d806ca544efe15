"""The framing of the socket: lines come out as they went in, however their bytes were cut."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwem_tui.engine.remote.connection import LONGEST_LINE, MOST_WAITING, Connection, ConnectionLost

_LINES = st.lists(st.binary(max_size=200).map(lambda data: data.replace(b"\n", b"")), max_size=20)


class _Scripted:
    """A socket that gives the chunks it was made with, and takes only a few bytes at a time."""

    def __init__(self, chunks: list[bytes], takes: Iterator[int]) -> None:
        self._chunks, self._takes = chunks, takes
        self.taken = b""

    def setblocking(self, _: bool) -> None:
        """Do nothing: it never waits."""

    def recv(self, most: int) -> bytes:
        if not self._chunks:
            raise BlockingIOError
        chunk = self._chunks.pop(0)
        if len(chunk) > most:
            self._chunks.insert(0, chunk[most:])
        return chunk[:most]

    def send(self, data: bytes) -> int:
        taken = next(self._takes, len(data))
        if taken == 0:
            raise BlockingIOError
        self.taken += data[:taken]
        return min(taken, len(data))


def connection_of(scripted: _Scripted) -> Connection:
    return Connection(scripted)  # type: ignore[arg-type]


@given(_LINES, st.binary(max_size=50).map(lambda data: data.replace(b"\n", b"")), st.data())
def test_lines_arrive_whole_whatever_the_chunks(lines: list[bytes], rest: bytes, data: st.DataObject) -> None:
    stream = b"".join(line + b"\n" for line in lines) + rest
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=30)))
    chunks = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True) if b > a]
    scripted = _Scripted(chunks, iter(()))
    connection = connection_of(scripted)
    received = []
    while scripted._chunks:
        received += connection.receive()
    assert received == lines
    assert connection.receive() == []


_MESSAGES = st.lists(
    st.dictionaries(st.text(max_size=10), st.integers() | st.text(max_size=50) | st.none() | st.booleans(), max_size=4),
    max_size=10,
)


@given(_MESSAGES, st.lists(st.integers(0, 40), max_size=60))
def test_messages_are_sent_whole_whatever_the_other_side_takes(
    messages: list[dict[str, object]], takes: list[int]
) -> None:
    scripted = _Scripted([], iter(takes))
    connection = connection_of(scripted)
    for message in messages:
        connection.send(message)
    for _ in range(len(takes) + 1):
        connection.flush()
    assert not connection.sending
    *sent, after = scripted.taken.split(b"\n")
    assert after == b""
    assert [json.loads(line) for line in sent] == messages


def test_a_number_that_is_not_finite_is_sent_as_null() -> None:
    scripted = _Scripted([], iter(()))
    connection_of(scripted).send({"loss": float("nan"), "t": float("inf")})
    assert scripted.taken == b'{"loss": null, "t": null}\n'


def test_a_line_without_an_end_and_a_side_that_does_not_read_end_it() -> None:
    connection = connection_of(_Scripted([b"x" * (LONGEST_LINE + 1)], iter(())))
    with pytest.raises(ConnectionLost):
        [connection.receive() for _ in range(LONGEST_LINE)]
    refusing = connection_of(_Scripted([], iter([0] * 10)))
    with pytest.raises(ConnectionLost):
        refusing.send({"text": "x" * MOST_WAITING})


def test_a_side_that_is_gone_ends_it() -> None:
    here, there = socket.socketpair()
    connection = Connection(here)
    there.close()
    with pytest.raises(ConnectionLost):
        connection.receive()
    with pytest.raises(ConnectionLost):
        connection.send({})
    connection.close()
