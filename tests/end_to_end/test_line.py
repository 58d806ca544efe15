"""What goes over the line to the terminal."""

from __future__ import annotations

import re
from pathlib import Path

from tests.end_to_end.long_runs import LONG
from tests.end_to_end.terminal import Forked, Terminal, step_on
from tests.end_to_end.zygote import Zygote


def unseen(terminal: Terminal) -> list[str]:
    """The characters that have the colour of their ground."""
    cells = [cell for row in terminal.screen.buffer.values() for cell in row.values()]
    return [cell.data for cell in cells if cell.data.strip() and cell.fg == cell.bg]


def test_low_bandwidth_takes_sixteen_colours_and_all_of_it_can_be_read(text_file: Path, tmp_path: Path) -> None:
    options = (*LONG["gd"], "--out", "run", "--low-bandwidth")
    terminal = Terminal("run", str(text_file), *options, cwd=tmp_path, size=(160, 45), env={"COLORTERM": "truecolor"})
    terminal.answer()
    terminal.wait_for(lambda text: step_on(text) >= 1 and "1 singular" in text)
    assert unseen(terminal) == []
    for key, there in (("?", "pause and resume"), ("\x1bu", "esc: cancel"), ("\x1b/cat", "4 words"), ("\x1bt", "cat")):
        terminal.press(key)
        terminal.wait_for(lambda text, there=there: there in text)  # type: ignore[misc]
        assert unseen(terminal) == []
    terminal.press(" ")
    terminal.wait_for(lambda text: "‖" in text)
    assert not re.search(rb"\x1b\[[0-9;]*[34]8;[0-9;]*m", terminal.raw)
    terminal.press("q")
    assert terminal.exit_code() == 0
    assert terminal.restored


def test_where_the_terminal_is_slow_to_answer_nothing_is_typed_into_the_shell(
    zygote: Zygote, text_file: Path, tmp_path: Path
) -> None:
    terminal = Forked(zygote, "run", str(text_file), *LONG["gd"], "--out", "run", cwd=tmp_path)
    asked = 0

    def catch_up(but: int) -> None:
        """Answer what was asked, but for the last."""
        nonlocal asked
        queries = terminal.raw.count(b"\x1b[5n")
        while asked < queries - but:
            terminal.press("\x1b[0n")
            asked += 1

    def is_there(text: str) -> bool:
        catch_up(1)
        return step_on(text) >= 1

    terminal.wait_for(is_there)
    terminal.press("q")

    def has_left(_: str) -> bool:
        # the last answer comes once it has ended all else, before it gives the terminal back
        catch_up(0)
        return b"\x1b[?1049l" in terminal.raw

    terminal.wait_for(has_left)
    assert terminal.exit_code() == 0
    assert b"[0n" not in terminal.raw
