"""The windows that explain the run in front: why a category is early or late, and its modes one by one."""

from __future__ import annotations

from collections.abc import Callable

from textual.screen import Screen

from qwem_tui.tui.key_guard import Guard
from qwem_tui.tui.notices import Notices
from qwem_tui.tui.rendering.palette import palette
from qwem_tui.tui.rendering.view import Run, View
from qwem_tui.tui.screens.explain import ExplainScreen
from qwem_tui.tui.screens.modes import ModesScreen
from qwem_tui.tui.session import Session


class Explanations:
    """Opens windows about the run in front."""

    def __init__(
        self, session: Session, guard: Guard, notices: Notices, open_window: Callable[[Screen[None]], None]
    ) -> None:
        """Open them by `open_window`."""
        self._session = session
        self._guard = guard
        self._notices = notices
        self._open_window = open_window

    def show_category(self, category: str | None) -> None:
        """Explain `category`; None is none chosen."""
        study = self._session.front.study()
        if not self._guard.has_begun() or study is None:
            return
        if category is None:
            self._notices.show("Choose a category in the table of pane 3 first: key 3 shows it.")
            return
        self._open_window(ExplainScreen(study, category))

    def show_modes(self, dark: bool) -> None:
        """Show the modes one by one, on a `dark` ground or a light one."""
        source = self._session.front
        study, history = source.study(), source.history()
        if not self._guard.has_begun() or study is None or history is None:
            return
        if not study.trajectory.is_forecast:
            self._notices.show(f"Modes are not defined for {study.config.trainer}: nothing of them is forecast.")
            return
        colors = palette(dark)
        self._open_window(
            ModesScreen(lambda: View(Run(study, history.columns(), source.status().changes), False, colors))
        )
