"""Hands keys on one at a time: each once the one before it has done what it does."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from itertools import count

from textual.app import App
from textual.events import Key
from textual.message import Message
from textual.widget import Widget

#: Seconds after which a key no longer waits for what the key before it does, and between two looks at whether what
#: took that key is still there.
_PATIENCE, _LOOK_EVERY = 10.0, 0.02
#: So many times a message follows a key: what the key does may be to post one (an input that it was submitted), and
#: what takes that may post another.
_ROUNDS = 3
#: Turns of the event loop in which a window that a key opens is there.
_TURNS = 50


class KeyDone(Message):
    """Follows a key on its way from the widget in focus up to the app: what the key does is done."""

    def __init__(self, number: int, target: Widget, rounds: int = _ROUNDS) -> None:
        """Follow the key of that number, which went to `target`, for so many rounds."""
        super().__init__()
        self.number, self.target, self.rounds = number, target, rounds


class KeyOrder:
    """Holds keys back that arrive while another is on its way.

    Textual hands a key to the widget in focus and looks for its binding once it has come back up: by then those typed
    right behind it are with that widget as well, and an input that the first key opened does not get them.
    """

    def __init__(self, app: App[int], hand_on: Callable[[Key], Awaitable[None]]) -> None:
        """Hand the keys of `app` on by `hand_on`."""
        self._app = app
        self._hand_on = hand_on
        self._waiting: deque[Key] = deque()
        self._numbers = count(1)
        #: the number of the key that is on its way
        self._on_its_way: int | None = None
        self._is_busy = False

    async def take(self, key: Key) -> None:
        """Hand `key` on, or keep it until the one before it is done."""
        self._waiting.append(key)
        if not self._is_busy:
            await self._next()

    async def followed(self, key: KeyDone) -> None:
        """Send what followed a key after it again, or hand the next key on."""
        if key.rounds == 1 or not key.target.post_message(KeyDone(key.number, key.target, key.rounds - 1)):
            await self._done(key.number)

    async def _done(self, number: int) -> None:
        """Hand the next key on, if key `number` is the one on its way."""
        if number != self._on_its_way:
            return
        self._on_its_way = None
        # a worker that it started opens a window in its first turn, which takes a few more to have a field in focus
        await asyncio.sleep(0)
        for _ in range(_TURNS):
            await asyncio.sleep(0)
            if not self._app.screen_stack:
                # it is being left
                return
            # of a window None stands for what the app does: its first field is in focus
            if self._app.screen.is_mounted and (self._app.focused or self._app.screen.AUTO_FOCUS == ""):
                break
        await self._next()

    async def _next(self) -> None:
        self._is_busy = bool(self._waiting)
        if self._waiting:
            key = self._waiting.popleft()
            self._on_its_way = number = next(self._numbers)
            target = self._app.focused or self._app.screen
            await self._hand_on(key)
            target.post_message(KeyDone(number, target))
            self._look_later(number, target, time.monotonic() + _PATIENCE)

    def _look_later(self, number: int, target: Widget, until: float) -> None:
        """See to it that the key is done once `target`, which took it, is gone, and the message behind it with it."""

        async def look() -> None:
            if number == self._on_its_way:
                if not target.is_attached or time.monotonic() > until:
                    await self._done(number)
                else:
                    self._look_later(number, target, until)

        self._app.set_timer(_LOOK_EVERY, look)
