"""Hands keys on one at a time: each once the one before it has done what it does."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from textual.app import App
from textual.events import Key
from textual.message import Message

#: Seconds after which a key no longer waits for what the key before it does, and for a window to be there.
_PATIENCE = 0.5
#: Turns of the event loop in which a window that a key opens is there.
_TURNS = 50


class KeyDone(Message):
    """Follows a key on its way from the widget in focus up to the app: what the key does is done."""


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
        self._on_its_way = 0

    async def take(self, key: Key) -> None:
        """Hand `key` on, or keep it until the one before it is done."""
        self._waiting.append(key)
        if not self._on_its_way:
            await self._next()

    async def done(self) -> None:
        """Hand the next key on: what the one before it does is done."""
        # a worker that it started opens a window in its first turn, which takes a few more to have a field in focus
        await asyncio.sleep(0)
        for _ in range(_TURNS):
            await asyncio.sleep(0)
            # of a window None stands for what the app does: its first field is in focus
            if self._app.screen.is_mounted and (self._app.focused or self._app.screen.AUTO_FOCUS == ""):
                break
        await self._next()

    async def _next(self) -> None:
        self._on_its_way = 0
        if self._waiting:
            self._on_its_way = number = id(key := self._waiting.popleft())
            target = self._app.focused or self._app.screen
            await self._hand_on(key)
            target.post_message(KeyDone())
            self._app.set_timer(_PATIENCE, lambda: self._give_up(number))

    async def _give_up(self, number: int) -> None:
        if self._on_its_way == number:
            await self._next()
