"""The windows that explain the run in front: a category in detail, its modes one by one, and the map of words."""

from __future__ import annotations

from collections.abc import Callable

from textual.screen import Screen

from qwem_tui.study.study import Forecast
from qwem_tui.tui.key_guard import Guard
from qwem_tui.tui.moment_shown import MomentShown
from qwem_tui.tui.moments import Moments
from qwem_tui.tui.notices import Notices
from qwem_tui.tui.panes.why_pane import Explained
from qwem_tui.tui.rendering.view import View
from qwem_tui.tui.run_display import RunDisplay
from qwem_tui.tui.screens.category import CategoryScreen, Tab
from qwem_tui.tui.screens.map import MapScreen
from qwem_tui.tui.screens.modes import ModesScreen
from qwem_tui.tui.session import Session


class Explanations:
    """Opens windows about the run in front."""

    def __init__(
        self,
        session: Session,
        guard: Guard,
        notices: Notices,
        open_window: Callable[[Screen[None]], None],
        typed: Callable[[], tuple[str, ...]],
        moments: Moments,
        display: RunDisplay,
    ) -> None:
        """Open them by `open_window`, at the moment that `display` shows; `typed` returns the words asked about."""
        self._session = session
        self._guard = guard
        self._notices = notices
        self._open_window = open_window
        self._typed = typed
        self._moments = moments
        self._display = display
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
        moment = self._moment()
        self._open_window(
            CategoryScreen(
                study, moment, category, self._known_of(study), tab, lambda: self._open_map(moment, study, category)
            )
        )

    def show_map(self, category: str | None) -> None:
        """Show the map of words, beginning with the pairs of `category`; None is the first one."""
        study = self._session.front.study()
        if self._guard.has_begun() and study is not None:
            self._open_map(self._moment(), study, category)

    def _moment(self) -> MomentShown:
        return MomentShown(self._session.front, self._moments, self._display)

    def _open_map(self, moment: MomentShown, study: Forecast, category: str | None) -> None:
        self._open_window(MapScreen(study, category, moment, self._typed))

    def _known_of(self, study: Forecast) -> Explained:
        # what is known of runs that are gone would hold their eigenvectors
        studies = [run.study() for run in self._session.runs]
        self._known = [each for each in self._known if any(each[0] is one for one in studies)]
        for known_study, known in self._known:
            if known_study is study:
                return known
        self._known.append((study, {}))
        return self._known[-1][1]

    def show_modes(self, view: Callable[[], View]) -> None:
        """Show the modes one by one, at the moment of what `view` returns, now and from then on."""
        study = self._session.front.study()
        if not self._guard.has_begun() or study is None:
            return
        if not study.trajectory.is_forecast:
            self._notices.show(f"Modes are not defined for {study.config.trainer}: nothing of them is forecast.")
            return
        self._open_window(ModesScreen(view))
