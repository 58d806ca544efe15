"""Why one category is early or late: charts and sentences."""

from __future__ import annotations

from collections.abc import MutableMapping

from textual import work
from textual.app import ComposeResult
from textual.containers import Container, VerticalScroll
from textual.events import Resize
from textual.widgets import Static
from textual.worker import Worker, get_current_worker

from qwem_tui.base.errors import Cancelled, QwemError
from qwem_tui.formats.prediction.explanation import WIDTH, explanation_lines, in_short
from qwem_tui.study.explain import Explanation, explain
from qwem_tui.study.study import Forecast
from qwem_tui.tui.charts import ChartView
from qwem_tui.tui.rendering.explanation_plots import shares_plot, snr_plot, spectrum_plot
from qwem_tui.tui.rendering.naming import label
from qwem_tui.tui.rendering.palette import palette
from qwem_tui.tui.screens.question import shown

#: From this width of the screen on the two charts stand side by side.
_WIDE = 100
#: Columns of border, padding and scrollbar.
_AROUND_TEXT = 5
#: By category, what was found; or why nothing was, in a sentence.
Explained = MutableMapping[str, Explanation | str]


class _UntilClosed:
    """Progress of a worker thread: ends the work once nobody waits for it."""

    def __init__(self, worker: Worker[None]) -> None:
        self._worker = worker

    def stage(self, name: str, total: float | None = None) -> None:
        """Raise Cancelled where the worker is."""
        self.advance(0)

    def advance(self, done: float) -> None:
        """Raise Cancelled where the worker is."""
        if self._worker.is_cancelled:
            raise Cancelled


class WhyPane(VerticalScroll):
    """Charts and sentences on one category, computed by `begin` in a thread unless they are known already."""

    DEFAULT_CSS = """
    WhyPane { scrollbar-size: 1 1; }
    WhyPane #explain-charts { layout: vertical; height: 20; display: none; }
    WhyPane #explain-charts ChartView { height: 10; width: 1fr; }
    WhyPane.wide #explain-charts { layout: horizontal; height: 16; }
    WhyPane.wide #explain-charts ChartView { height: 16; margin-right: 2; }
    WhyPane.found #explain-charts { display: block; }
    WhyPane #explain-spectrum { height: 12; width: 1fr; max-width: 80; margin-top: 1; display: none; }
    WhyPane.found #explain-spectrum { display: block; }
    WhyPane #explain-text { margin-top: 1; }
    """

    def __init__(self, study: Forecast, category: str, known: Explained, *, id: str) -> None:
        """Explain the category called `category` of `study`; what is found is put into `known`."""
        super().__init__(id=id)
        self._study = study
        self._category = category
        self._known = known
        self._begun = False
        self.explanation: Explanation | None = None

    def compose(self) -> ComposeResult:
        """Yield the charts, and the text below them."""
        yield Static("", id="explain-short", markup=False)
        with Container(id="explain-charts"):
            yield ChartView(id="explain-snr")
            yield ChartView(id="explain-shares")
        yield Static("Computing its task vectors at every size ...", id="explain-text", markup=False)
        yield ChartView(id="explain-spectrum")

    def begin(self) -> None:
        """Show what is known, or begin to compute it, at the first call."""
        if self._begun:
            return
        self._begun = True
        if self._category in self._known:
            self._show(self._known[self._category])
        else:
            self._compute()

    def on_resize(self, event: Resize) -> None:
        """Put the charts side by side where there is room, and fit the text."""
        self.set_class(self.screen.size.width >= _WIDE, "wide")
        self._write()

    @work(thread=True, group="explain")
    def _compute(self) -> None:
        worker = get_current_worker()
        study, progress = self._study, _UntilClosed(worker)
        try:
            words = study.vocabulary.words
            more_words = len(words) >= study.config.vocab_size
            found: Explanation | str = explain(
                study.spectrum,
                study.analogies,
                words,
                self._category,
                progress=progress,
                more_words=more_words,
                settings=study.config.words,
            )
        except QwemError as error:
            found = error.sentence(label)
        except Cancelled:
            return
        if not worker.is_cancelled:
            self.app.call_from_thread(self._take, found)

    def _take(self, found: Explanation | str) -> None:
        self._known[self._category] = found
        if self.is_mounted:
            self._show(found)

    def _show(self, found: Explanation | str) -> None:
        if isinstance(found, str):
            self.query_one("#explain-text", Static).update(shown(found))
            return
        self.explanation = found
        colors = palette(self.app.theme)
        self.query_one("#explain-snr", ChartView).show(snr_plot(found, colors))
        self.query_one("#explain-shares", ChartView).show(shares_plot(found, colors))
        self.query_one("#explain-spectrum", ChartView).show(spectrum_plot(found, colors))
        self.add_class("found")
        self._write()

    def _write(self) -> None:
        if self.explanation is not None:
            lines = explanation_lines(self.explanation, min(WIDTH, self.screen.size.width - _AROUND_TEXT))
            self.query_one("#explain-text", Static).update(shown("\n".join(lines)))
            self.query_one("#explain-short", Static).update(shown(in_short(self.explanation)))
