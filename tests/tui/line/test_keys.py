"""What a terminal sends, cut into keys; whatever the pieces are in which it comes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.events import AppFocus, Key, MouseDown, Paste
from textual.message import Message

from qwem_tui.tui.line.keys import TerminalInput


class Sent:
    """Input whose clock stands still until it is moved."""

    def __init__(self) -> None:
        self.now, self.answers = 0.0, 0
        self.source = TerminalInput(self._answered, lambda: self.now)

    def _answered(self) -> None:
        self.answers += 1

    def feed(self, *texts: str) -> list[str]:
        return [name(each) for text in texts for each in self.source.feed(text)]

    def after(self, seconds: float) -> list[str]:
        self.now += seconds
        return [name(each) for each in self.source.tick()]


def name(message: Message) -> str:
    return message.key if isinstance(message, Key) else type(message).__name__


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("\x1bW", ["escape", "W"]),
        ("\x1b\x1bu", ["escape", "escape", "u"]),
        ("\x1bn5\r", ["escape", "n", "5", "enter"]),
        ("\x1bP\x1bX\x1b]", ["escape", "P", "escape", "X", "escape", "right_square_bracket"]),
        ("\x1b\x1b[A", ["escape", "up"]),
        ("\x1b\r\x1b ", ["escape", "enter", "escape", "space"]),
        ("\x1b/cat\x1bm", ["escape", "slash", "c", "a", "t", "escape", "m"]),
        ("\x1bOA\x1b[1;2C\x1b[3~\x1bOP", ["up", "shift+right", "delete", "f1"]),
        ("\x1bOz", ["escape", "O", "z"]),
        ("\x1b[27u\x1b[97;5u", ["escape", "ctrl+a"]),
        ("日\x1b本", ["日", "escape", "本"]),
    ],
)
def test_escape_is_a_key_of_its_own(text: str, keys: list[str]) -> None:
    sent = Sent()
    assert sent.feed(text) == keys
    assert sent.source.patience is None
    # and so in single characters, too
    assert sent.feed(*text) == keys


def test_escape_alone_is_waited_for_no_longer_than_a_sequence_takes() -> None:
    sent = Sent()
    assert sent.feed("\x1b") == []
    assert sent.after(0.01) == []
    assert sent.after(0.1) == ["escape"]
    assert sent.feed("W") == ["W"]
    assert sent.feed("\x1b[") == []
    assert sent.after(1.0) == ["escape", "left_square_bracket"]


@given(
    st.lists(st.sampled_from(["\x1b[0n", "\x1b[0n\x1b[0n", "\x1b[A", "a", "\x1b[?62;4c", "\x1b[>1;10;0c", "\x1b[6n"]))
)
def test_answers_of_the_terminal_never_become_keys(texts: list[str]) -> None:
    whole, single = Sent(), Sent()
    wanted = [{"\x1b[A": "up", "a": "a"}[text] for text in texts if text in ("\x1b[A", "a")]
    assert whole.feed("".join(texts)) == wanted
    assert single.feed(*"".join(texts)) == wanted
    assert whole.answers == single.answers == "".join(texts).count("\x1b[0n")


def test_an_answer_that_is_cut_in_two_is_waited_for_and_one_cut_off_is_nothing() -> None:
    sent = Sent()
    assert sent.feed("\x1b[0") == []
    assert sent.after(0.5) == []
    assert sent.feed("nW") == ["W"]
    assert sent.answers == 1
    assert sent.feed("\x1b[0") == []
    assert sent.after(1.0) == []
    assert sent.feed("W") == ["W"]


def test_pastes_focus_and_the_mouse_are_told_apart_from_keys() -> None:
    sent = Sent()
    (paste,) = [*sent.source.feed("\x1b[200~a\x1bW"), *sent.source.feed("b\x1b[20"), *sent.source.feed("1~")]
    assert isinstance(paste, Paste)
    assert paste.text == "a\x1bWb"
    focus, mouse = sent.source.feed("\x1b[I\x1b[<0;3;4M")
    assert isinstance(focus, AppFocus)
    assert isinstance(mouse, MouseDown)
    assert (mouse.x, mouse.y) == (2, 3)
    # what is behind one that is not known is not taken with it
    assert sent.feed("\x1b[?1;2y", "\x1b[<0;3;4M") == ["MouseDown"]
