"""Sentences and tables that the command line prints too, scrolling."""

from __future__ import annotations

from rich.console import RenderableType
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static


class ReportPane(VerticalScroll):
    """A Rich renderable, as wide as there is room."""

    def compose(self) -> ComposeResult:
        """Yield what is scrolled."""
        yield Static("", markup=False)

    def show(self, report: RenderableType) -> None:
        """Show `report`, from its top; text in it is no markup."""
        self.query_one(Static).update(report)
        self.scroll_home(animate=False)
