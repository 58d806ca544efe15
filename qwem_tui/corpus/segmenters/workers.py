"""Documents cut into words by processes: MeCab never lets go of Python's lock, and the others seldom."""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

from qwem_tui.base.errors import QwemError
from qwem_tui.base.processes import without_signals
from qwem_tui.base.threads import core_count
from qwem_tui.corpus.segmenters.words import piece_cutter, pieces
from qwem_tui.corpus.word_settings import WordSettings

#: Characters that are cut before processes are started, which take half a second, and that one is given at once.
_WORTH_PROCESSES, _BATCH = 300_000, 100_000
#: Seconds between calls of `waiting`, and that a process whose link has ended may take to end.
_PATIENCE, _ENDING = 0.2, 2.0
#: More do not help: the words of all are numbered by one.
_MOST_WORKERS = 8


#: The words of a piece of text by each setting, blanks between them, and whether a document ends with it.
Cut = tuple[tuple[str, ...], bool]


@dataclass
class _Batch:
    """Pieces of text, and whether each is the last of its document."""

    pieces: list[str] = field(default_factory=list)
    last: list[bool] = field(default_factory=list)
    characters: int = 0


def _cutter(settings: Sequence[WordSettings]) -> Callable[[str], tuple[str, ...]]:
    """Return what finds the words of a piece of text by each of `settings`, with blanks between them."""
    cutters = [piece_cutter(each) for each in settings]
    return lambda piece: tuple(" ".join(cut(piece)) for cut in cutters)


def _work(link: Connection, settings: Sequence[WordSettings]) -> None:
    """Cut what comes until nobody is there to send it; whoever started this process decides when it ends."""
    try:
        cut = _cutter(settings)
        while True:
            link.send([cut(piece) for piece in link.recv()])
    except (EOFError, OSError):
        return


class _Process:
    """One process, and the batch that it is at."""

    def __init__(self, settings: Sequence[WordSettings]) -> None:
        context = multiprocessing.get_context("spawn")
        self._link, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs, settings), name="cutter of words", daemon=True)
        # who started it is told, and may go on
        with without_signals(signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
            self._process.start()
        # so that the link ends with the process
        theirs.close()
        self._batch = _Batch()

    def give(self, batch: _Batch) -> None:
        """Give it a batch; it has none."""
        self._batch = batch
        try:
            self._link.send(batch.pieces)
        except OSError as error:
            raise self._ended() from error

    def take(self, waiting: Callable[[], None]) -> Iterable[Cut]:
        """Return the words of each piece of its batch, and whether that is the last of its document."""
        if not self._batch.pieces:
            return ()
        while not self._link.poll(_PATIENCE):
            waiting()
        try:
            found = self._link.recv()
        except (EOFError, OSError) as error:
            raise self._ended() from error
        return zip(found, self._batch.last, strict=True)

    def _ended(self) -> QwemError:
        self._process.join(_ENDING)
        return QwemError(
            f"A process that cuts the text into words ended (code {self._process.exitcode}), which the system does "
            "where memory is short: free some, and try again."
        )

    def end(self) -> None:
        """End it at once; it has nothing to tidy up."""
        self._process.kill()
        self._process.join()
        self._link.close()


def _batches(texts: Iterable[tuple[str, bool]], size: int) -> Iterator[_Batch]:
    batch = _Batch()
    for text, ends in texts:
        *inside, end = pieces(text)
        for piece, last in (*((piece, False) for piece in inside), (end, ends)):
            batch.pieces.append(piece)
            batch.last.append(last)
            batch.characters += len(piece)
            if batch.characters >= size:
                yield batch
                batch = _Batch()
    if batch.pieces:
        yield batch


def _by_processes(
    batches: Iterable[_Batch], settings: Sequence[WordSettings], workers: int, waiting: Callable[[], None]
) -> Iterator[Cut]:
    processes: list[_Process] = []
    try:
        while len(processes) < workers:
            processes.append(_Process(settings))
        # the first has been at its batch for the longest
        turn = deque(processes)
        for batch in batches:
            found = turn[0].take(waiting)
            turn[0].give(batch)
            turn.rotate(-1)
            yield from found
        for process in turn:
            yield from process.take(waiting)
    finally:
        for process in processes:
            process.end()


def segmented(
    texts: Iterable[tuple[str, bool]],
    settings: Sequence[WordSettings],
    waiting: Callable[[], None],
    workers: int | None = None,
    batch: int = _BATCH,
    worth_processes: int = _WORTH_PROCESSES,
) -> Generator[Cut]:
    """Yield the words of `texts` by each of `settings`, blanks between them, and whether a document ends with them.

    Each text comes with whether its document ends with it; long ones come back in pieces. The words are the same for
    any number of `workers`. From `worth_processes` characters on these are processes, with a batch of characters each;
    close the generator to end them. `waiting` is called many times a second and may raise.
    Raises SettingError as `piece_cutter` does, before the first text, and QwemError where a process ends.
    """
    cut = _cutter(settings)
    workers = min(core_count(), _MOST_WORKERS) if workers is None else workers
    batches, here = _batches(texts, batch), 0
    for each in batches:
        for piece, last in zip(each.pieces, each.last, strict=True):
            waiting()
            yield cut(piece), last
        here += each.characters
        if here >= worth_processes and workers > 1:
            yield from _by_processes(batches, settings, workers, waiting)
