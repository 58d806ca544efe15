"""The transport bar: what the run is doing, in one line."""

from __future__ import annotations

from dataclasses import dataclass

from rich.text import Text
from textual.widgets import Static

from qwem_tui.base.memory import readable_bytes
from qwem_tui.base.plain import to_ascii
from qwem_tui.engine.frame import Frame
from qwem_tui.engine.source import Phase, Status
from qwem_tui.study.study import Study
from qwem_tui.tui.charts import ChartView

_SYMBOLS = {
    Phase.PREPARING: ("…", "preparing"),
    Phase.RUNNING: ("▶", "running"),
    Phase.PAUSED: ("‖", "paused"),
    Phase.DONE: ("✓", "done"),
    Phase.FAILED: ("✗", "failed"),
    Phase.STOPPED: ("■", "stopped"),
}


@dataclass(frozen=True)
class TransportState:
    """What the bar shows."""

    status: Status
    study: Study
    frame: Frame
    device: str
    memory: int


def transport_line(state: TransportState, width: int, plain: bool = False) -> str:
    """Return the bar's text in at most `width` cells: the long form where it fits, else shorter ones.

    With `plain` it is in ASCII.
    """
    status, study, frame = state.status, state.study, state.frame
    symbol, word = _SYMBOLS[status.phase]
    tau = f"{frame.t / study.tau_1:.2f}"
    total = max(study.expected_steps, frame.step)
    rate = f"{status.steps_per_second:,.0f}" if status.steps_per_second >= 10 else f"{status.steps_per_second:.1f}"
    memory = readable_bytes(state.memory)
    limited = status.pace is not None and status.phase is Phase.RUNNING
    ahead = study.trajectory.loss
    foretold = f"{ahead[min(frame.step, len(ahead) - 1)]:.4f}"
    forms: tuple[str, ...] = (
        f"{symbol} {word}   step {frame.step:,} of about {total:,}   t/τ₁ {tau}   loss {frame.loss:.4f} (foretold "
        f"{foretold}, floor {study.loss_floor:.4f})   {frame.modes_learned} of {study.dim} modes learned   "
        f"{rate} steps/s{' (paced, f: full speed)' if limited else ''}   {state.device}   {memory}",
        f"{symbol} {word}  step {frame.step:,}/~{total:,}  t/τ₁ {tau}  loss {frame.loss:.4f} (foretold {foretold}, "
        f"floor {study.loss_floor:.4f})  {frame.modes_learned}/{study.dim} modes  {rate} steps/s  {state.device}  "
        f"{memory}",
        f"{symbol} {word}   step {frame.step:,} of about {total:,}   t/τ₁ {tau}   "
        f"loss {frame.loss:.4f} (floor {study.loss_floor:.4f})   {frame.modes_learned} of {study.dim} modes learned   "
        f"{rate} steps/s{' (paced, f: full speed)' if limited else ''}   {state.device}   {memory}",
        f"{symbol} {word}  step {frame.step:,}/~{total:,}  t/τ₁ {tau}  loss {frame.loss:.4f} (floor "
        f"{study.loss_floor:.4f})  {frame.modes_learned}/{study.dim} modes  {rate} steps/s  {state.device}  {memory}",
        f"{symbol} {word} {frame.step:,}/{total:,} t/τ₁ {tau} loss {frame.loss:.3f} (floor {study.loss_floor:.3f}) "
        f"{frame.modes_learned}/{study.dim} modes {rate}/s {state.device} {memory}",
        f"{symbol} {frame.step:,}/{total:,} t/τ₁ {tau} loss {frame.loss:.3f} floor {study.loss_floor:.3f} "
        f"{frame.modes_learned}/{study.dim} modes {rate}/s {state.device[:6]} {memory.replace(' ', '')}",
        f"{symbol} {frame.step:,}/{total:,} loss {frame.loss:.3f} {frame.modes_learned}/{study.dim} modes {rate}/s",
        f"{symbol} {frame.step:,} loss {frame.loss:.3f} {frame.modes_learned}/{study.dim}",
    )
    if plain:
        forms = tuple(to_ascii(form) for form in forms)
    return next((form for form in forms if len(form) <= width), forms[-1][:width])


class Transport(Static):
    """The transport bar."""

    def __init__(self, *, id: str) -> None:
        super().__init__("", id=id, markup=False)
        self._line = ""

    def show(self, state: TransportState) -> None:
        """Show `state`; repaints only where the text changes."""
        line = transport_line(state, max(1, self.size.width - 2), ChartView.ascii_mode)
        if line != self._line:
            self._line = line
            self.update(Text(line, no_wrap=True))
