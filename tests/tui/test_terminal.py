"""The terminal that the app is shown in."""

from __future__ import annotations

import os
import select

import pytest

from qwem_tui.base.errors import UsageError
from qwem_tui.tui.terminal import let_go_of_terminal, require_terminal, take_stdin, terminal_is_gone, without_colors


def test_without_a_terminal_nothing_comes_and_everything_can_be_written() -> None:
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            let_go_of_terminal()
            # what can be read without end keeps the thread that waits for keys busy
            silent = select.select([0], [], [], 0) == ([], [], [])
            code = 0 if silent and os.write(1, b"x" * 100_000) == os.write(2, b"x" * 100_000) == 100_000 else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_a_terminal_that_was_closed_at_its_other_end_is_known() -> None:
    ours, theirs = os.openpty()
    assert not terminal_is_gone(theirs)
    os.close(ours)
    assert terminal_is_gone(theirs)
    os.close(theirs)


def test_without_a_terminal_the_advice_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: False, raising=False)
    with pytest.raises(UsageError, match="use train"):
        require_terminal("use train")


def test_stdin_is_left_alone_where_it_is_no_source() -> None:
    assert take_stdin(("text.txt",), "run") is None


def test_terminals_without_colours_are_known_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {}
    for name in ("xterm-256color", "screen", "vt100", "xterm-mono", "dumb"):
        monkeypatch.setenv("TERM", name)
        found[name] = without_colors()
    assert [name for name, without in found.items() if without] == ["vt100", "xterm-mono", "dumb"]
