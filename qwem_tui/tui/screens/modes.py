"""The modes of the run in front, one by one, as it proceeds."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from qwem_tui.tui.rendering.modes import mode_lines, mode_rows
from qwem_tui.tui.rendering.view import View

_EVERY_SECONDS = 1.0
WORDS = """\
lambda_k   the k-th eigenvalue of M*; s_k of W grows to its square root
tau_k      the time t of its half-way, from lambda_k and the start alone
forecast   the step at which s_k^2 comes to half of lambda_k: learned
learned    the first measured step at which it had; of its end: s_k now
           in units of sqrt(lambda_k)
Late modes compete with those beyond the model's size, and come later
than forecast, each of which is forecast by itself.
"""


class ModesScreen(ModalScreen[None]):
    """A row a mode: eigenvalue, half-way time, when it is forecast to be learned, when it was, and where it stands."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,m,q,enter", "dismiss", "Close")]

    def __init__(self, current: Callable[[], View]) -> None:
        """Show the view that `current` returns, now and from then on."""
        super().__init__()
        self._current = current
        self._shown: object = None

    def compose(self) -> ComposeResult:
        """Yield the words and the table."""
        with VerticalScroll(id="help") as box:
            box.border_title = "modes"
            box.border_subtitle = "esc closes, up and down scroll"
            yield Static(WORDS, markup=False)
            yield Static("", id="modes", markup=False)

    def on_mount(self) -> None:
        """Draw, now and every second."""
        self._draw()
        self.set_interval(_EVERY_SECONDS, self._draw)

    def _draw(self) -> None:
        view = self._current()
        if view.key != self._shown:
            self._shown = view.key
            self.query_one("#modes", Static).update("\n".join(mode_lines(mode_rows(view))))
