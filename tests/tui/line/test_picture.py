"""What is sent makes an emulator show what Textual's own bytes do, and is nothing where nothing changes."""

from __future__ import annotations

import pyte
from hypothesis import given
from hypothesis import strategies as st

from qwem_tui.tui.line.picture import Picture

COLUMNS, ROWS = 12, 3
STYLES = ("", "1", "38;2;1;2;3", "1;38;2;1;2;3;48;2;9;9;9", "4;31;48;2;9;9;9", "2;3;38;5;9", "7;97;41", "1;2;39;49")


def screen() -> tuple[pyte.Screen, pyte.Stream]:
    shown = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.Stream(shown)
    # as the app has it
    stream.feed("\x1b[?7l")
    return shown, stream


def move(x: int, y: int) -> str:
    return f"\x1b[{y + 1};{x + 1}H"


@st.composite
def written(draw: st.DrawFn) -> str:
    """As Textual writes: a place, and pieces each with all of its style, none beyond the edge."""
    x, y = draw(st.integers(0, COLUMNS - 1)), draw(st.integers(0, ROWS - 1))
    parts = [move(x, y)]
    while x < COLUMNS and draw(st.booleans()):
        style, text = draw(st.sampled_from(STYLES)), draw(st.text("ab  ⠿─", min_size=1, max_size=COLUMNS - x))
        parts.append(f"\x1b[{style}m{text}\x1b[0m" if style else text)
        x += len(text)
    return "".join(parts)


def looks(shown: pyte.Screen) -> list[list[tuple[str, ...]]]:
    rows = []
    for y in range(ROWS):
        row = []
        for x in range(COLUMNS):
            cell = shown.buffer[y][x]
            ground = (str(cell.fg), str(cell.bg)) if cell.reverse else (str(cell.bg), "")
            line = (str(cell.underscore), str(cell.strikethrough), str(cell.reverse))
            # of a blank nothing else is seen
            seen = cell.data != " " or cell.underscore or cell.reverse
            ink = (str(cell.fg), str(cell.bold), str(cell.italics)) if seen else ()
            row.append((cell.data, *ground, *line, *ink))
        rows.append(row)
    return rows


@given(st.lists(st.lists(written(), max_size=6), min_size=1, max_size=4))
def test_an_emulator_shows_the_same_as_without(frames: list[list[str]]) -> None:
    plain, as_written = screen()
    ours, as_sent = screen()
    picture = Picture((COLUMNS, ROWS))
    blank = "".join(move(0, y) + " " * COLUMNS for y in range(ROWS))
    for frame in ([blank], *frames):
        data = "".join(frame) + move(0, 0)
        as_written.feed(data)
        assert picture.write(data) == ""
        as_sent.feed(picture.changes())
        assert looks(ours) == looks(plain)
        assert picture.changes() == ""


def test_only_cells_that_change_are_sent() -> None:
    picture = Picture((40, 2))
    picture.write(f"{move(0, 0)}\x1b[1;38;2;1;2;3;48;2;4;5;6mstep 1,234 loss 0.5678 and more\x1b[0m{move(0, 0)}")
    picture.changes()
    picture.write(f"{move(0, 0)}\x1b[1;38;2;1;2;3;48;2;4;5;6mstep 1,235 loss 0.5671 and more\x1b[0m{move(0, 0)}")
    assert picture.changes() == "\x1b[9C5\x1b[11C1\x1b[H"


def test_a_style_is_sent_once_for_all_that_have_it() -> None:
    picture = Picture((10, 1))
    picture.write(f"{move(0, 0)}\x1b[31;48;2;4;5;6mab\x1b[0m\x1b[31;48;2;4;5;6mcd\x1b[0m\x1b[48;2;4;5;6m  \x1b[0m")
    assert picture.changes().startswith("\x1b[H\x1b[0m\x1b[31;48;2;4;5;6mabcd  ")


def test_what_is_not_the_picture_is_given_back_and_nothing_can_act_on_the_terminal_but_that() -> None:
    picture = Picture((10, 1))
    other = picture.write(f"\x1b[?1049h{move(0, 0)}a\rb\tc\x9b2J\x07\x1b[?2026$p\x1b[>1u{move(0, 0)}")
    assert other == "\x1b[?1049h\x07\x1b[?2026$p\x1b[>1u"
    assert picture.changes() == "\x1b[H\x1b[0mabc2J\x1b[H"


def test_a_wide_character_is_written_whole_and_what_follows_at_its_place() -> None:
    picture = Picture((10, 1))
    picture.write(f"{move(0, 0)}猫と x{move(0, 0)}")
    assert picture.changes() == "\x1b[H\x1b[0m猫と x\x1b[H"
    picture.write(f"{move(0, 0)}犬と y{move(0, 0)}")
    assert picture.changes() == "犬\x1b[1;6Hy\x1b[H"
    # an accent of its own goes with its letter
    picture.write(f"{move(0, 0)}e\u0301{move(0, 0)}")
    assert picture.changes() == "e\u0301\x1b[H"


def test_a_terminal_of_another_size_or_brought_back_is_sent_all() -> None:
    picture = Picture((4, 1))
    picture.write(f"{move(0, 0)}abcd{move(0, 0)}")
    picture.changes()
    picture.resize((4, 1))
    assert picture.changes() == ""
    picture.resize((3, 2))
    assert picture.changes() == "\x1b[H\x1b[0mabc\x1b[H"
    picture.forget()
    assert picture.changes() == "\x1b[H\x1b[0mabc\x1b[H"


def test_among_sixteen_colours_what_is_written_differs_from_its_ground() -> None:
    picture = Picture((4, 1))
    picture.write(f"{move(0, 0)}\x1b[30;40ma\x1b[0m\x1b[37;47mb\x1b[0m\x1b[31;40mc\x1b[0m{move(0, 0)}")
    assert picture.changes() == "\x1b[H\x1b[0m\x1b[97;40ma\x1b[30;47mb\x1b[31;40mc\x1b[H"
