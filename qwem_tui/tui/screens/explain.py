"""Why one category is early or late: the detail view."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.events import Resize
from textual.screen import ModalScreen
from textual.widgets import Static
from textual.worker import Worker, get_current_worker

from qwem_tui.base.ascii import to_ascii
from qwem_tui.base.errors import Cancelled, QwemError
from qwem_tui.base.printable import printable
from qwem_tui.formats.prediction.explanation import WIDTH, explanation_lines, in_short
from qwem_tui.study.explain import Explanation, explain
from qwem_tui.study.study import Forecast
from qwem_tui.tui.charts import ChartView, Marker, Plot, Series
from qwem_tui.tui.rendering.naming import label
from qwem_tui.tui.rendering.palette import Palette, palette

#: From this width on the two charts stand side by side.
_WIDE = 100
#: Columns of border, padding and scrollbar.
_AROUND_TEXT = 5


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


def _cusp(explanation: Explanation, colors: Palette) -> tuple[Marker, ...]:
    return () if explanation.cusp is None else (Marker(float(explanation.cusp), "cusp", colors.forecast),)


def _critical(explanation: Explanation) -> tuple[float | None, str]:
    """Return the place of the upright line at the critical size, and words on it for the title."""
    size = explanation.critical.critical_size
    return (None, "") if size is None else (float(size), f" (dashed line: critical size {size})")


def snr_plot(explanation: Explanation, colors: Palette) -> Plot:
    """Return the SNR by size, chance dotted, a mark at d = N (cusp) and an upright line at the critical size."""
    task = explanation.task
    x = np.asarray(task.dims, np.float64)
    place, said = _critical(explanation)
    return Plot(
        (
            Series(x, task.null_snr, colors.forecast, dotted=True, label="chance"),
            Series(x, task.snr, colors.line(0), label="SNR"),
        ),
        _cusp(explanation, colors),
        x_label="size d",
        y_label=f"SNR of the task vectors{said}",
        log_x=True,
        y_min=0.0,
        cursor=place,
    )


def shares_plot(explanation: Explanation, colors: Palette) -> Plot:
    """Return by size the mean's share of the task vectors, chance dotted, and the accuracy with and without b - a."""
    task = explanation.task
    x = np.asarray(task.dims, np.float64)
    return Plot(
        (
            Series(x, task.null_share, colors.forecast, dotted=True, label="chance"),
            Series(x, explanation.without, colors.line(2), label="without"),
            Series(x, task.mean_share, colors.line(0), label="mean"),
            Series(x, explanation.critical.accuracy, colors.line(1), label="right"),
        ),
        _cusp(explanation, colors),
        x_label="size d",
        y_label="mean's share; questions right, with and without b-a",
        log_x=True,
        y_min=0.0,
        y_max=1.0,
        y_percent=True,
        cursor=_critical(explanation)[0],
    )


def spectrum_plot(explanation: Explanation, colors: Palette) -> Plot:
    """Return the eigenvalues of G by rank, and dotted where those of the fitted law of noise would lie."""
    task, bulk = explanation.task, explanation.bulk
    found = task.eigenvalues[::-1]
    series = [Series(np.arange(1.0, len(found) + 1), found, colors.line(0), label="found", marker=True)]
    if bulk is not None:
        # the law is that of all but the spike
        expected = bulk.expected()[::-1]
        ranks = np.arange(2.0, len(expected) + 2)
        series.append(Series(ranks, expected, colors.forecast, dotted=True, label="noise"))
    return Plot(
        tuple(series),
        x_label="rank of the eigenvalue",
        y_label=f"eigenvalues of G at size {task.at}; dotted: fitted Marchenko-Pastur law",
        x_min=0.0,
        y_min=0.0,
    )


class ExplainScreen(ModalScreen[None]):
    """Charts and sentences on one category, computed when it opens, in a thread."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,enter,w", "dismiss", "Close")]
    DEFAULT_CSS = """
    ExplainScreen { align: center middle; }
    ExplainScreen #explain {
        width: 160; max-width: 100%; height: 96%; border: round $primary; background: $surface; padding: 0 1;
        scrollbar-size: 1 1;
    }
    ExplainScreen #explain-charts { layout: vertical; height: 20; display: none; }
    ExplainScreen #explain-charts ChartView { height: 10; width: 1fr; }
    ExplainScreen.wide #explain-charts { layout: horizontal; height: 16; }
    ExplainScreen.wide #explain-charts ChartView { height: 16; margin-right: 2; }
    ExplainScreen.found #explain-charts { display: block; }
    ExplainScreen #explain-spectrum { height: 12; width: 1fr; max-width: 80; margin-top: 1; display: none; }
    ExplainScreen.found #explain-spectrum { display: block; }
    ExplainScreen #explain-text { margin-top: 1; }
    ExplainScreen.ascii #explain { border: ascii $primary; scrollbar-size: 0 0; }
    """

    def __init__(self, study: Forecast, category: str) -> None:
        """Explain the category called `category` of `study`."""
        super().__init__()
        self._study = study
        self._category = category
        self.explanation: Explanation | None = None

    def compose(self) -> ComposeResult:
        """Yield the charts, and the text below them."""
        with VerticalScroll(id="explain") as box:
            # the name comes from a file: it is no markup
            box.border_title = Text(self._plain(f"why {printable(self._category)} is early or late"))
            box.border_subtitle = "esc closes, up and down scroll"
            yield Static("", id="explain-short", markup=False)
            with Container(id="explain-charts"):
                yield ChartView(id="explain-snr")
                yield ChartView(id="explain-shares")
            yield Static("Computing its task vectors at every size ...", id="explain-text", markup=False)
            yield ChartView(id="explain-spectrum")

    def on_mount(self) -> None:
        """Begin."""
        self.set_class(ChartView.ascii_mode, "ascii")
        self._compute()

    def on_resize(self, event: Resize) -> None:
        """Put the charts side by side where there is room, and fit the text."""
        self.set_class(event.size.width >= _WIDE, "wide")
        self._write()

    @work(thread=True, exclusive=True, group="explain")
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
            self.app.call_from_thread(self._show, found)

    def _show(self, found: Explanation | str) -> None:
        if not self.is_mounted:
            return
        if isinstance(found, str):
            self.query_one("#explain-text", Static).update(self._plain(found))
            return
        self.explanation = found
        colors = palette(self.app.current_theme.dark)
        self.query_one("#explain-snr", ChartView).show(snr_plot(found, colors))
        self.query_one("#explain-shares", ChartView).show(shares_plot(found, colors))
        self.query_one("#explain-spectrum", ChartView).show(spectrum_plot(found, colors))
        self.add_class("found")
        self._write()

    def _write(self) -> None:
        if self.explanation is not None:
            lines = explanation_lines(self.explanation, min(WIDTH, self.size.width - _AROUND_TEXT))
            self.query_one("#explain-text", Static).update(self._plain("\n".join(lines)))
            self.query_one("#explain-short", Static).update(self._plain(in_short(self.explanation)))

    @staticmethod
    def _plain(text: str) -> str:
        if not ChartView.ascii_mode:
            return text
        return "\n".join(to_ascii(line) for line in text.split("\n"))
