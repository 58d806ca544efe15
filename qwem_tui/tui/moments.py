"""The embeddings of a run at any moment: now, at a checkpoint, or as they are forecast."""

from __future__ import annotations

import numpy as np

from qwem_tui.engine.forecast_state import ForecastStates
from qwem_tui.engine.frame import Snapshot
from qwem_tui.engine.source import RunSource
from qwem_tui.engine.timeline import Timeline
from qwem_tui.study.study import Forecast
from qwem_tui.tui.session import Session, latest_frame


class Moments:
    """Finds what a run held at a step; what forecasts take is worked out once a run, in a thread."""

    def __init__(self, session: Session) -> None:
        """Know the runs of `session`."""
        self._session = session
        self._states: list[tuple[Forecast, ForecastStates]] = []

    def prepare(self, source: RunSource) -> None:
        """Begin to work out what forecasts of `source` take; for the screen's thread."""
        study = source.study()
        if study is not None:
            states = self._states_of(study)
            if states is None:
                states = ForecastStates(study)
                self._forget()
                self._states.append((study, states))
            states.start()

    def remark(self, source: RunSource) -> str:
        """Return in words how far forecasts of `source` are prepared; empty where they are, or never will be."""
        study = source.study()
        states = None if study is None else self._states_of(study)
        if states is None or states.ready or states.missing:
            return ""
        if states.error is not None:
            return f"no states can be forecast: {states.error}"
        stage = states.stage
        share = f" {stage.done / stage.total:.0%}" if stage is not None and stage.total else ""
        return f"preparing forecasts{share} ..."

    def snapshot(self, source: RunSource, step: int | None, timeout: float) -> Snapshot | None:
        """Return the embeddings of `source` at `step`, or (None) its latest; for a worker thread.

        Where neither the run nor a checkpoint has that step it is forecast; where that cannot be, or not yet, it is the
        nearest checkpoint or the latest state, as the snapshot says.
        """
        frame = latest_frame(source)
        if step is None or frame is None or frame.step == step:
            return source.latest_snapshot(timeout)
        saved = source.checkpoint_steps()
        found = source.snapshot_of(step) if step in saved else self._forecast(source, step)
        if found is None and saved:
            found = source.snapshot_of(min(saved, key=lambda each: abs(each - step)))
        return found or source.latest_snapshot(timeout)

    def _forecast(self, source: RunSource, step: int) -> Snapshot | None:
        study = source.study()
        states = None if study is None else self._states_of(study)
        changes = source.status().changes
        embeddings = None if states is None else states.at(step, changes)
        if study is None or embeddings is None:
            return None
        return Snapshot(
            step,
            Timeline(study.step_size, changes).t_at(step),
            study.vocabulary.words,
            study.vocabulary.counts,
            np.ascontiguousarray(embeddings.float().cpu().numpy()),
            "forecast",
        )

    def _states_of(self, study: Forecast) -> ForecastStates | None:
        return next((states for known, states in self._states if known is study), None)

    def _forget(self) -> None:
        """Let go of the states of runs that are gone: they take as much as the run itself."""
        studies = [run.study() for run in self._session.runs]
        for known, states in self._states:
            if all(known is not study for study in studies):
                states.stop()
        self._states = [each for each in self._states if any(each[0] is study for study in studies)]

    def stop(self) -> None:
        """End what is being worked out. Safe inside a signal handler."""
        for _, states in self._states:
            states.stop()
