"""What is on screen until training begins."""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import ProgressBar, Static

from qwem_tui.base.ascii import to_ascii
from qwem_tui.engine.status import StageStatus
from qwem_tui.tui.charts import ChartView


class Preparing(Vertical):
    """The stages of the preparation, with a bar and an ETA for the one at hand."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._finished: list[str] = []
        self._current = ""

    def compose(self) -> ComposeResult:
        """Yield the list of stages and the bar."""
        yield Static("", id="stages", markup=False)
        yield ProgressBar(id="stage-bar", show_eta=False, show_percentage=False)
        yield Static("", id="stage-eta", markup=False)

    def begin(self) -> None:
        """Forget the stages of an earlier preparation."""
        self._finished, self._current = [], ""

    def show(self, stage: StageStatus) -> None:
        """Show the stage at hand below those that are finished."""
        if stage.name != self._current:
            if self._current:
                self._finished.append(self._current)
            self._current = stage.name
        lines = [f"✓ {name}" for name in self._finished] + [f"… {stage.name}"]
        text = "\n".join(lines)
        self.query_one("#stages", Static).update(Text(to_ascii(text) if ChartView.ascii_mode else text))
        self.query_one(ProgressBar).update(total=stage.total, progress=stage.done)
        share = f"{min(stage.done / stage.total, 1.0):.0%}, " if stage.total else ""
        # "0 s left" for the third second in a row is no estimate
        eta = f", about {stage.eta:.0f} s left" if stage.eta is not None and stage.eta >= 1 else ""
        self.query_one("#stage-eta", Static).update(Text(f"{share}{stage.elapsed:.0f} s{eta}"))
