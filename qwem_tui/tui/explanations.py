"""The windows that explain the run in front: a category in detail, its modes one by one, and the map of words."""

from __future__ import annotations

from collections.abc import Callable

from textual.screen import Screen

from qwem_tui.engine.source import RunSource
from qwem_tui.study.study import Forecast
from qwem_tui.tui.key_guard import Guard
from qwem_tui.tui.notices import Notices
from qwem_tui.tui.panes.why_pane import Explained
from qwem_tui.tui.rendering.palette import palette
from qwem_tui.tui.rendering.view import Run, View
from qwem_tui.tui.screens.category import CategoryScreen, Tab
from qwem_tui.tui.screens.map import MapScreen
from qwem_tui.tui.screens.modes import ModesScreen
from qwem_tui.tui.session import Session, latest_frame

#: Seconds to wait for a run's embeddings.
_PATIENCE = 5.0


class Explanations:
    """Opens windows about the run in front."""

    def __init__(
        self,
        session: Session,
        guard: Guard,
        notices: Notices,
        open_window: Callable[[Screen[None]], None],
        typed: Callable[[], tuple[str, ...]],
    ) -> None:
        """Open them by `open_window`; `typed` returns the words that were asked about."""
        self._session = session
        self._guard = guard
        self._notices = notices
        self._open_window = open_window
        self._typed = typed
        #: why the categories of each run that is shown are early or late, as far as that was computed
        self._known: list[tuple[Forecast, Explained]] = []

    def show_category(self, category: str | None, tab: Tab) -> None:
        """Show `category` in detail, beginning with `tab`; None is none chosen."""
        study = self._session.front.study()
        if not self._guard.has_begun() or study is None:
            return
        if category is None:
            self._notices.show("Choose a category in the table of pane 3 first: key 3 shows it.")
            return
        known, source = self._known_of(study), self._session.front
        self._open_window(
            CategoryScreen(study, source, category, known, tab, lambda: self._open_map(source, study, category))
        )

    def show_map(self, category: str | None) -> None:
        """Show the map of words, beginning with the pairs of `category`; None is the first one."""
        study = self._session.front.study()
        if self._guard.has_begun() and study is not None:
            self._open_map(self._session.front, study, category)

    def _open_map(self, source: RunSource, study: Forecast, category: str | None) -> None:
        def step() -> int | None:
            frame = latest_frame(source)
            return None if frame is None else frame.step

        self._open_window(MapScreen(study, category, lambda: source.latest_snapshot(_PATIENCE), step, self._typed))

    def _known_of(self, study: Forecast) -> Explained:
        # what is known of runs that are gone would hold their eigenvectors
        studies = [run.study() for run in self._session.runs]
        self._known = [each for each in self._known if any(each[0] is one for one in studies)]
        for known_study, known in self._known:
            if known_study is study:
                return known
        self._known.append((study, {}))
        return self._known[-1][1]

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
