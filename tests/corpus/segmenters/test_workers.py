from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import NoReturn

import pytest

from qwem_tui.base.errors import Cancelled, QwemError
from qwem_tui.corpus.segmenters.workers import Cut, segmented
from qwem_tui.corpus.word_settings import WordSettings
from tests.corpus.segmenters.texts import japanese_text

pytest.importorskip("fugashi")
pytest.importorskip("unidic_lite")

SETTINGS = [WordSettings("mecab"), WordSettings("mecab", dictionary_form=True)]


def nobody() -> None:
    return


def texts() -> Iterator[tuple[str, bool]]:
    """A document a line, the first of them in two texts."""
    lines = japanese_text(documents=40).splitlines()
    yield "東京。", False
    yield from ((line, True) for line in lines)
    yield "", True
    yield "終わり", True


def cut(workers: int, batch: int = 500, worth: int = 0) -> Generator[Cut]:
    return segmented(texts(), SETTINGS, nobody, workers=workers, batch=batch, worth_processes=worth)


def test_words_and_their_order_are_the_same_for_any_number_of_processes() -> None:
    expected = list(cut(1))
    assert [ends for _, ends in expected] == [ends for _, ends in texts()]
    assert expected[0] == (("東京", "東京"), False)
    assert expected[-2:] == [(("", ""), True), (("終わり", "終わり"), True)]
    assert multiprocessing.active_children() == []
    for workers, batch, worth in ((2, 500, 0), (3, 1, 0), (2, 500, 1500), (8, 100_000, 0)):
        assert list(cut(workers, batch, worth)) == expected
        assert multiprocessing.active_children() == []


def test_whoever_is_told_to_stop_leaves_no_process() -> None:
    calls = []

    def stop() -> None:
        calls.append(len(multiprocessing.active_children()))
        if calls[-1]:
            raise Cancelled

    endless = (text for _ in iter(int, 1) for text in texts())
    with (
        closing(segmented(endless, SETTINGS, stop, workers=2, batch=20_000, worth_processes=0)) as found,
        pytest.raises(Cancelled),
    ):
        list(found)
    assert calls[-1]
    assert multiprocessing.active_children() == []


def test_texts_that_cannot_be_read_on_leave_no_process() -> None:
    def broken() -> Iterator[tuple[str, bool]]:
        yield from texts()
        raise QwemError("The file is damaged.")

    with pytest.raises(QwemError, match="damaged"):
        list(segmented(broken(), SETTINGS, nobody, workers=2, batch=200, worth_processes=0))
    assert multiprocessing.active_children() == []


def test_a_generator_that_is_closed_ends_its_processes() -> None:
    with closing(cut(2, batch=100)) as found:
        while not multiprocessing.active_children():
            next(found)
    assert multiprocessing.active_children() == []


def test_signals_of_the_terminal_do_not_reach_the_processes() -> None:
    with closing(cut(2, batch=100)) as found:
        done = []
        while not multiprocessing.active_children():
            done.append(next(found))
        for process in multiprocessing.active_children():
            assert process.pid is not None
            for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
                os.kill(process.pid, number)
        done += found
    assert done == list(cut(1))


def test_a_process_that_is_killed_ends_in_a_sentence() -> None:
    def killed() -> NoReturn:
        with closing(cut(2, batch=100)) as found:
            for _ in found:
                for process in multiprocessing.active_children():
                    process.kill()
        raise AssertionError

    with pytest.raises(QwemError, match=r"A process that cuts the text into words ended \(code -9\), which the system"):
        killed()
    assert multiprocessing.active_children() == []
