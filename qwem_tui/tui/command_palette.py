"""What the command palette offers: what the keys do now, in plain words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Protocol, runtime_checkable

from textual.command import DiscoveryHit, Hit, Hits, Provider

from qwem_tui.tui.actions import APP_ACTS, DISPLAY_ACTS

_WORDS = {act.action: act.words for act in (*APP_ACTS, *DISPLAY_ACTS) if act.words}
_WORDS["select_cursor"] = "Show the category question by question"
#: What there is no use in finding by name: it is the palette, says only why something else cannot be done, or is what
#: Textual gives keys for on every screen.
_NOT_OFFERED = (
    *("command_palette", "app.command_palette", "not_here", "not_steered"),
    *("app.focus_next", "app.focus_previous", "screen.copy_text", "help_quit"),
)


@runtime_checkable
class Refusing(Protocol):
    """An app that knows which actions would only be refused now."""

    def would_refuse(self, action: str) -> bool:
        """Return whether `action` can do nothing now but say so."""


class Commands(Provider):
    """The actions of the keys that act on the screen below the palette."""

    async def discover(self) -> Hits:
        """Yield all of them."""
        for words, key, run in self._commands():
            yield DiscoveryHit(words, run, help=f"key: {key}")

    async def search(self, query: str) -> Hits:
        """Yield those whose words match `query`."""
        matcher = self.matcher(query)
        for words, key, run in self._commands():
            if (score := matcher.match(words)) > 0:
                yield Hit(score, matcher.highlight(words), run, help=f"key: {key}")

    def _commands(self) -> Iterator[tuple[str, str, Callable[[], Any]]]:
        """Yield the words of each, its key and what does it."""
        seen = set(_NOT_OFFERED)
        for node, binding, enabled, _ in self.screen.active_bindings.values():
            action = binding.action
            words = _WORDS.get(action.removeprefix("app."), binding.description)
            if action in seen or not enabled or not words:
                continue
            if isinstance(self.app, Refusing) and self.app.would_refuse(action):
                continue
            seen.add(action)
            yield words, self.app.get_key_display(binding), partial(self.app.run_action, action, node)
