"""The footer: the keys that act now, as many as there is room for."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.events import Resize
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

from qwem_tui.tui.actions import FOOTER_FIRST

_RANKS = {action: rank for rank, action in enumerate(FOOTER_FIRST, 1)}


class KeysFooter(Footer):
    """Shows the keys of what has the focus first; of the others those that matter most, in their usual order."""

    def __init__(self) -> None:
        super().__init__(compact=True, show_command_palette=False)

    def compose(self) -> ComposeResult:
        """Yield the keys for which there is room."""
        keys = [each for each in super().compose() if isinstance(each, FooterKey)]
        room = self.app.size.width
        kept: set[FooterKey] = set()
        for key in sorted(keys, key=lambda key: _RANKS.get(key.action, 0)):
            # between key and word, and behind the word, is a cell each
            room -= len(key.key_display) + len(key.description) + 2
            if room < 0 and kept:
                break
            kept.add(key)
        yield from (key for key in keys if key in kept)

    def on_resize(self, event: Resize) -> None:
        """Use the room there is."""
        self.refresh(recompose=True)
