"""In which style a terminal writes, and the shortest way from one style to another (ECMA-48, SGR)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

#: What ends each attribute.
_OFF = {1: 22, 2: 22, 3: 23, 4: 24, 5: 25, 6: 25, 7: 27, 8: 28, 9: 29, 21: 24, 53: 55}
#: The colours of a terminal that has 16, and which of them are dark.
_OF_16 = frozenset(map(str, (*range(30, 38), *range(90, 98))))
_DARK = frozenset(("30", "31", "34", "35", "90"))
#: Those that a blank shows too.
_ON_BLANKS = frozenset((4, 7, 9, 21, 53))


@dataclass(frozen=True)
class Pen:
    """A style: attributes and the colours of characters and ground, as codes; a colour of "" may be any."""

    attributes: frozenset[int] = frozenset()
    color: str = "39"
    ground: str = "49"

    @property
    def on_blanks(self) -> Pen:
        """Return what matters of it for a blank."""
        return self if self.attributes & _ON_BLANKS else _any_color(self.ground)


@lru_cache
def _any_color(ground: str) -> Pen:
    return Pen(frozenset(), "", ground)


PLAIN = Pen()


@lru_cache(4096)
def pen_of(codes: str) -> Pen:
    """Return the style that the `codes` of one SGR sequence set, all that they do not name being plain."""
    attributes: set[int] = set()
    color, ground = PLAIN.color, PLAIN.ground
    parts = codes.split(";")
    while parts:
        code = int(parts.pop(0) or 0)
        if code in (38, 48):
            taken = 2 if parts[:1] == ["5"] else 4
            name = ";".join((str(code), *parts[:taken]))
            del parts[:taken]
            color, ground = (name, ground) if code == 38 else (color, name)
        elif 30 <= code <= 39 or 90 <= code <= 97:
            color = str(code)
        elif 40 <= code <= 49 or 100 <= code <= 107:
            ground = str(code)
        elif code in _OFF:
            attributes.add(code)
        else:
            attributes.clear()
            color, ground = PLAIN.color, PLAIN.ground
    if color in _OF_16 and ground == str(int(color) + 10):
        # two colours that are one among 16: what is written is to be seen
        color = "97" if color in _DARK else "30"
    return Pen(frozenset(attributes), color, ground)


@lru_cache(4096)
def changed(now: Pen, to: Pen) -> tuple[str, Pen]:
    """Return what makes of the style `now` one that serves for `to`, and the style that it is then."""
    # a blank is not bold
    wanted = now.attributes - _ON_BLANKS if not to.color else to.attributes
    ended = {_OFF[each] for each in now.attributes - wanted}
    # 22 ends bold and faint together
    codes = [
        *sorted(ended), *(each for each in sorted(wanted) if each not in now.attributes or _OFF[each] in ended)
    ]  # fmt: skip
    parts = [*map(str, codes)]
    color = to.color or now.color
    if color != now.color:
        parts.append(color)
    if to.ground != now.ground:
        parts.append(to.ground)
    return (f"\x1b[{';'.join(parts)}m" if parts else ""), Pen(wanted, color, to.ground)
