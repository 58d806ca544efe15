"""The transport bar: what the run is doing, in one line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.text import Text
from textual.widgets import Static

from qwem_tui.base.ascii import to_ascii
from qwem_tui.base.units import readable_bytes
from qwem_tui.engine.frame import Frame
from qwem_tui.engine.status import Phase, Status
from qwem_tui.study.study import Forecast
from qwem_tui.tui.charts import ChartView
from qwem_tui.tui.rendering.outcome import phase_shown
from qwem_tui.tui.rendering.reading import Reading
from qwem_tui.tui.rendering.view import View

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
    view: View
    frame: Frame
    device: str
    memory: int


def moment_forms(reading: Reading, latest: int, study: Forecast) -> Iterator[str]:
    """Yield the bar's text while the time cursor stands at `reading`, the longest first; `latest` is the run's step."""
    unit = "τ₁" if study.has_modes else "t₁"
    time = f"t/{unit} {reading.t / study.time_unit:.2f}"
    loss = "" if reading.loss is None else f"loss {reading.loss:.4f}"
    modes = "" if reading.modes_learned is None else f"{reading.modes_learned} of {study.dim} modes learned"
    head = f"◆ step {reading.step:,} {reading.made_of}"
    yield f"{head}   {time}   {loss}   {modes}   (the run is at step {latest:,}: esc or end shows that)"
    yield f"{head}  {time}  {loss}  {modes}  (run: {latest:,}, esc)"
    yield f"{head} {time} {loss} {modes.removesuffix(' learned')}"
    yield f"{head} {time}"


def transport_line(state: TransportState, width: int, plain: bool = False) -> str:
    """Return the bar's text in at most `width` cells: the long form where it fits, else shorter ones.

    With `plain` it is in ASCII.
    """
    if state.view.reading is not None:
        return _fitting(tuple(moment_forms(state.view.reading, state.frame.step, state.view.study)), width, plain)
    status, study, frame = state.status, state.view.study, state.frame
    symbol, word = _SYMBOLS[phase_shown(status)]
    unit = "τ₁" if study.has_modes else "t₁"
    time = f"t/{unit} {frame.t / study.time_unit:.2f}"
    total = study.expected_steps or 0
    if status.changes and study.has_modes:
        total = state.view.timeline.step_at(total * study.step_size)
    of_about = f" of about {max(total, frame.step):,}" if total else ""
    of = f"/{max(total, frame.step):,}" if total else ""
    rate = f"{status.steps_per_second:,.0f}" if status.steps_per_second >= 10 else f"{status.steps_per_second:.1f}"
    memory = readable_bytes(state.memory)
    paced = " (paced, f: full speed)" if status.pace is not None and status.phase is Phase.RUNNING else ""
    floor, losses = study.loss_floor, study.trajectory.loss
    # what is forecast of a step holds for the step size that the run began with
    at = round(frame.t / study.step_size)
    forecast = f"forecast {losses[min(at, len(losses) - 1)]:.4f}, " if len(losses) else ""
    long_loss = f"loss {frame.loss:.4f}" + ("" if floor is None else f" ({forecast}floor {floor:.4f})")
    loss = f"loss {frame.loss:.4f}" + ("" if floor is None else f" (floor {floor:.4f})")
    short_loss = f"loss {frame.loss:.3f}" + ("" if floor is None else f" (floor {floor:.3f})")
    if frame.modes_learned is None:
        long_modes = f"effective rank {frame.effective_rank:.1f}, modes not defined"
        modes = f"eff. rank {frame.effective_rank:.1f}"
    else:
        long_modes = f"{frame.modes_learned} of {study.dim} modes learned"
        modes = f"{frame.modes_learned}/{study.dim} modes"
    size = ""
    if status.changes and status.step_size is not None:
        size = f"   step size {status.step_size / study.step_limit:.3g} of the limit"
    forms: tuple[str, ...] = (
        f"{symbol} {word}   step {frame.step:,}{of_about}   {time}   {long_loss}   {long_modes}   {rate} steps/s{paced}"
        f"{size}   {state.device}   {memory}",
        f"{symbol} {word}  step {frame.step:,}{of}  {time}  {long_loss}  {modes}  {rate} steps/s{size}  "
        f"{state.device}  {memory}",
        f"{symbol} {word}   step {frame.step:,}{of_about}   {time}   {loss}   {long_modes}   {rate} steps/s{paced}   "
        f"{state.device}   {memory}",
        f"{symbol} {word}  step {frame.step:,}{of}  {time}  {loss}  {modes}  {rate} steps/s  {state.device}  {memory}",
        f"{symbol} {word} {frame.step:,}{of} {time} {short_loss} {modes} {rate}/s {state.device} {memory}",
        f"{symbol} {frame.step:,}{of} {time} {short_loss} {modes} {rate}/s {state.device[:6]} "
        f"{memory.replace(' ', '')}",
        f"{symbol} {frame.step:,}{of} loss {frame.loss:.3f} {modes} {rate}/s",
        f"{symbol} {frame.step:,} loss {frame.loss:.3f} {modes.removesuffix(' modes')}",
    )
    return _fitting(forms, width, plain)


def _fitting(forms: tuple[str, ...], width: int, plain: bool) -> str:
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
