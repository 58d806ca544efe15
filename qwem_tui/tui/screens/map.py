"""The map of words: a category's pairs as arrows, or the plane of two modes, as the run proceeds."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import get_current_worker

from qwem_tui.base.printable import printable
from qwem_tui.engine.frame import Snapshot
from qwem_tui.study.study import Forecast
from qwem_tui.theory.task_vectors import distinct_pairs
from qwem_tui.tui.charts import ChartView
from qwem_tui.tui.moment_shown import MomentShown
from qwem_tui.tui.rendering.map import WordMap, limits_for, map_lines, modes_map, pairs_map
from qwem_tui.tui.rendering.map_picture import as_text, draw_map
from qwem_tui.tui.rendering.palette import palette
from qwem_tui.tui.rendering.words import moment_text
from qwem_tui.tui.screens.question import shown
from qwem_tui.vectors.planes import Floats, PairsPlane

#: Seconds between looks, and to wait for a run's embeddings.
_LOOK_EVERY, _PATIENCE = 1.0, 5.0
#: By how much a press zooms, and how often it does in and out.
_ZOOM, _MOST_ZOOM = 1.5, 8


@dataclass(frozen=True)
class Choice:
    """What is on the map: the pairs of the category with this number, or these two modes, counted from 1."""

    category: int
    modes: tuple[int, int] = (1, 2)
    by_modes: bool = False


@dataclass(frozen=True)
class _Wanted:
    """What is worked out in one go: of which moment which map, with which rows of the vocabulary pointed out."""

    moment: Hashable
    choice: Choice
    typed: tuple[int, ...]


class _Picture(Widget):
    """A map, or a sentence where there is none."""

    DEFAULT_CSS = "_Picture { height: 1fr; }"

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._shown: WordMap | str = ""
        self._limits = (1.0, 1.0)

    def show(self, what: WordMap | str, limits: tuple[float, float] = (1.0, 1.0)) -> None:
        """Show a map to these limits, or a sentence."""
        self._shown, self._limits = what, limits
        self.refresh()

    def render(self) -> Text:
        """Return the picture at the present size."""
        if isinstance(self._shown, str):
            return shown(self._shown)
        colors = palette(self.app.theme)
        return as_text(draw_map(self._shown, self._limits, *self.size, ChartView.ascii_mode, colors))


class MapScreen(ModalScreen[None]):
    """Words in a plane, drawn anew when the moment changes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,M", "dismiss", "Close"),
        Binding("down,c", "category(1)"),
        Binding("up,C", "category(-1)"),
        Binding("m", "turn"),
        Binding("left_square_bracket", "mode(0, -1)"),
        Binding("right_square_bracket", "mode(0, 1)"),
        Binding("left_curly_bracket", "mode(1, -1)"),
        Binding("right_curly_bracket", "mode(1, 1)"),
        Binding("plus,equals_sign", "zoom(1)"),
        Binding("minus,underscore", "zoom(-1)"),
        Binding("left", "move(-1)"),
        Binding("right", "move(1)"),
        Binding("comma", "step(-1)"),
        Binding("full_stop", "step(1)"),
        Binding("end", "latest"),
    ]
    DEFAULT_CSS = """
    MapScreen { align: center middle; }
    MapScreen #map { width: 100%; height: 100%; border: round $primary; background: $surface; padding: 0 1; }
    MapScreen #map-head, MapScreen #map-axes { height: 1; text-wrap: nowrap; color: $text-muted; }
    MapScreen #map-head { text-style: bold; }
    MapScreen.ascii #map { border: ascii $primary; }
    """

    def __init__(
        self,
        study: Forecast,
        category: str | None,
        moment: MomentShown,
        typed: Callable[[], tuple[str, ...]],
    ) -> None:
        """Show the pairs of `category` (None: of the first) of the run of `study` at `moment`.

        `typed` returns the words that were asked about.
        """
        super().__init__()
        self._study = study
        self._moment, self._typed = moment, typed
        names = study.analogies.names
        self.choice = Choice(0 if category is None else names.index(category), (1, min(2, study.dim)))
        self._pairs = [distinct_pairs(study.analogies, number) for number in range(len(names))]
        self._busy = False
        self._done: _Wanted | None = None
        self._taken: tuple[Hashable, Snapshot | None] | None = None
        #: what is on the map, of which choice, and how far its axes go
        self.map: WordMap | None = None
        self._of: Choice | None = None
        self._limits: tuple[float, float] | None = None
        self._zoom = 0

    def compose(self) -> ComposeResult:
        """Yield what there is to say, the map, and what its axes are."""
        with Vertical(id="map"):
            yield Static("", id="map-head", markup=False)
            yield _Picture(id="map-picture")
            yield Static("", id="map-axes", markup=False)

    def on_mount(self) -> None:
        """Begin to follow the run."""
        self.set_class(ChartView.ascii_mode, "ascii")
        self._title("")
        self.set_interval(_LOOK_EVERY, self._look)
        self._look()

    # what keys do

    def action_category(self, by: int) -> None:
        """Show the pairs of the next category, or of the one before."""
        count = len(self._pairs)
        if count:
            at = self.choice.category if self.choice.by_modes else (self.choice.category + by) % count
            self._choose(replace(self.choice, category=at, by_modes=False))

    def action_turn(self) -> None:
        """Show modes, or pairs."""
        self._choose(replace(self.choice, by_modes=not self.choice.by_modes))

    def action_mode(self, axis: int, by: int) -> None:
        """Show another mode on an axis."""
        if self.choice.by_modes:
            modes = list(self.choice.modes)
            modes[axis] = (modes[axis] - 1 + by) % self._study.dim + 1
            self._choose(replace(self.choice, modes=(modes[0], modes[1])))

    def action_zoom(self, by: int) -> None:
        """Show less, larger, or more."""
        self._zoom = max(-_MOST_ZOOM, min(_MOST_ZOOM, self._zoom + by))
        self._draw()

    def action_move(self, cells: int) -> None:
        """Move the time cursor by so many columns of the charts."""
        self._moment.move(cells)
        self._look()

    def action_step(self, by: int) -> None:
        """Move the time cursor by a step."""
        self._moment.move_by_steps(by)
        self._look()

    def action_latest(self) -> None:
        """Show the latest from now on."""
        self._moment.show_latest()
        self._look()

    def _choose(self, choice: Choice) -> None:
        self.choice, self._zoom = choice, 0
        self._look()

    # what follows the run

    def _look(self) -> None:
        """Have the map made that is wanted now, unless it is there, or one is being made."""
        if self._busy or not self.is_current:
            return
        if self._nothing():
            self.map = self._of = self._done = None
            self._title("")
            self._draw()
            return
        index = self._study.vocabulary.index
        typed = tuple(index[word] for word in self._typed() if word in index)
        wanted = _Wanted(self._moment.key(), self.choice, typed)
        if wanted != self._done:
            self._busy = True
            plane = None if self.map is None or self._of != wanted.choice else self.map.plane
            self._make(wanted, plane.heights if isinstance(plane, PairsPlane) else None)

    def _nothing(self) -> str:
        """Return why there is nothing to show of what was chosen; empty where there is."""
        if self.choice.by_modes:
            study = self._study
            return "" if study.has_modes else f"Modes are not defined for {study.config.trainer}: m shows pairs."
        if not self._pairs:
            return "There are no analogies: m shows modes."
        if not len(self._pairs[self.choice.category]):
            return "None of its questions can be asked: c shows another category."
        return ""

    @work(thread=True, group="map")
    def _make(self, wanted: _Wanted, heights: Floats | None) -> None:
        worker = get_current_worker()
        if self._taken is None or self._taken[0] != wanted.moment or self._taken[1] is None:
            self._taken = wanted.moment, self._moment.snapshot(_PATIENCE)
        snapshot, made = self._taken[1], None
        if snapshot is not None and wanted.choice.by_modes:
            modes = wanted.choice.modes
            vectors = self._study.spectrum.vectors[:, [k - 1 for k in modes]].cpu().numpy()
            made = modes_map(snapshot, vectors, modes, wanted.typed)
        elif snapshot is not None:
            made = pairs_map(snapshot, self._pairs[wanted.choice.category], wanted.typed, heights)
        if not worker.is_cancelled:
            self.app.call_from_thread(self._take, wanted, snapshot, made)

    def _take(self, wanted: _Wanted, snapshot: Snapshot | None, made: WordMap | None) -> None:
        self._busy, self._done = False, wanted
        if not self.is_mounted:
            return
        if wanted.choice != self.choice:
            self._look()
            return
        if made is not None:
            self._limits = limits_for(made, self._limits if self._of == wanted.choice else None)
        self.map, self._of = made, wanted.choice
        remark = self._moment.remark if snapshot is not None and snapshot.step != self._moment.step else ""
        self._title("" if snapshot is None else f"{moment_text(snapshot)}{f' ({remark})' if remark else ''}")
        self._draw()
        # the time cursor may have moved on meanwhile
        self._look()

    def _draw(self) -> None:
        picture = self.query_one(_Picture)
        head = axes = ""
        if self.map is None or self._limits is None:
            picture.show(self._nothing() or ("" if self._busy else "The run has no embeddings to show yet."))
        else:
            head, axes = map_lines(self.map)
            scale = _ZOOM**self._zoom
            picture.show(self.map, (self._limits[0] / scale, self._limits[1] / scale))
        self.query_one("#map-head", Static).update(shown(head))
        self.query_one("#map-axes", Static).update(shown(axes))

    def _title(self, moment: str) -> None:
        box, choice = self.query_one("#map"), self.choice
        names = self._study.analogies.names
        what = f"modes {choice.modes[0]}, {choice.modes[1]}" if choice.by_modes else ""
        if not what and names:
            # it comes from a file
            what = printable(names[choice.category])
        box.border_title = shown("  ".join(part for part in ("map of words", what, moment) if part))
        keys = "[ ] { }: modes  m: pairs" if choice.by_modes else "up, down: category  m: modes"
        box.border_subtitle = Text(f"{keys}  left, right: time  + -: zoom  esc: close")
