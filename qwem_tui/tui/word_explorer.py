"""Asks the run in front about words, in a thread, and shows what it says as it trains."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from textual.app import App
from textual.worker import get_current_worker

from qwem_tui.base.errors import UsageError
from qwem_tui.corpus.tokenizers import word_form
from qwem_tui.engine.frame import MadeOf, Snapshot
from qwem_tui.engine.source import RunSource
from qwem_tui.engine.timeline import Timeline
from qwem_tui.study.study import Forecast, Study
from qwem_tui.study.word_query import (
    Analogy,
    Answers,
    Found,
    Query,
    RightFrom,
    answer_query,
    parse_query,
    right_from_size,
    right_from_step,
    row_of,
    words_of,
)
from qwem_tui.theory.trajectory import ForecastRun, beyond
from qwem_tui.tui.moments import Moments
from qwem_tui.tui.panes.words_pane import WordsPane, WordsShown
from qwem_tui.tui.rendering.words import FirstRight, moment_text
from qwem_tui.tui.run_display import RunDisplay
from qwem_tui.tui.session import Session, latest_frame
from qwem_tui.vectors.queries import UnitVectors

#: Seconds to wait for a run's embeddings.
_PATIENCE = 5.0


@dataclass(frozen=True)
class _Asked:
    """What is worked out in one go: of which run, at which step (`cursor` None: its latest, `step`), which queries.

    `remark` says how far forecasts are prepared.
    """

    source: RunSource
    study: Forecast
    step: int
    cursor: int | None
    remark: str
    query: Query | None
    watched: tuple[Query, ...]
    count: int


class WordExplorer:
    """Holds what is asked and watched, and draws it on the pane of words."""

    def __init__(self, app: App[int], session: Session, moments: Moments, display: RunDisplay) -> None:
        """Ask the runs of `session` at the moment that `display` shows."""
        self._app = app
        self._session = session
        self._moments = moments
        self._display = display
        self.query: Query | None = None
        self.watched: tuple[Query, ...] = ()
        self._refusal = ""
        self._done: _Asked | None = None
        self._busy = False
        #: when analogies are first right, by study and analogy; None while that is being worked out
        self._first: dict[tuple[int, Analogy], FirstRight | None] = {}
        #: since when analogies were seen to be right, by run
        self._seen: dict[tuple[RunSource, Analogy], int] = {}
        self._vectors: tuple[tuple[RunSource, int, MadeOf], UnitVectors] | None = None

    def _pane(self) -> WordsPane | None:
        return self._display.words if self._display.is_there else None

    def ask(self, text: str) -> None:
        """Show what the run says to `text`, from now on."""
        study = self._session.front.study()
        if study is None:
            return
        try:
            query = parse_query(text, word_form(study.config.words), study.vocabulary.index)
            self.query, self._refusal = _with_known_answer(query, study), ""
        except UsageError as error:
            self._refusal = str(error)
        pane = self._pane()
        if pane is not None:
            pane.line.remember(text)
            pane.show(replace(pane.shown, refusal=self._refusal))
        self.follow()

    def watch(self) -> str:
        """Keep what is asked in view, or no longer; return what is to be said."""
        if self.query is None:
            return "Ask about a word first: / opens the line."
        if self.query in self.watched:
            self.watched = tuple(each for each in self.watched if each != self.query)
        else:
            self.watched = (*self.watched, self.query)
        self.follow()
        return ""

    def words_asked(self) -> tuple[str, ...]:
        """Return the words of what is asked and watched."""
        queries = (*(() if self.query is None else (self.query,)), *self.watched)
        return tuple(dict.fromkeys(word for query in queries for word in words_of(query)))

    def follow(self) -> None:
        """Bring the pane up to date with the run in front, where it is seen and something has changed."""
        source, pane = self._session.front, self._pane()
        study, frame = source.study(), latest_frame(source)
        if pane is None or not pane.display or study is None or frame is None or self._busy:
            return
        pane.line.know(study.vocabulary.words)
        if self.query is None and not self.watched:
            return
        cursor = self._display.cursor
        if cursor is not None and cursor != frame.step:
            self._moments.prepare(source)
        step = frame.step if cursor is None else cursor
        asked = _Asked(source, study, step, cursor, self._moments.remark(source), self.query, self.watched, pane.room)
        if asked == self._done:
            return
        self._busy = True
        self._app.run_worker(partial(self._work, asked), group="words", thread=True)

    def _work(self, asked: _Asked) -> None:
        """Work out what is asked, and have it shown; in a thread."""
        worker = get_current_worker()
        snapshot = self._moments.snapshot(asked.source, asked.cursor, _PATIENCE)
        shown = None if snapshot is None else self._look(asked, snapshot)
        if not worker.is_cancelled:
            self._app.call_from_thread(self._show, asked, shown)

    def _look(self, asked: _Asked, snapshot: Snapshot) -> WordsShown:
        study = asked.study
        moment = asked.source, snapshot.step, snapshot.made_of
        if self._vectors is None or self._vectors[0] != moment:
            self._vectors = moment, UnitVectors(snapshot.embeddings)
        words, index, vectors = study.vocabulary.words, study.vocabulary.index, self._vectors[1]

        def look(query: Query) -> Found:
            found = answer_query(query, vectors, words, index, study.spectrum, asked.count)
            if isinstance(found, Answers):
                key = asked.source, found.query
                if asked.cursor is None and found.place == 1:
                    self._seen.setdefault(key, snapshot.step)
                elif asked.cursor is None:
                    self._seen.pop(key, None)
            return found

        remark = f" ({asked.remark})" if asked.remark and snapshot.step != asked.step else ""
        return WordsShown(
            title=f"4 words, {moment_text(snapshot)}{remark}",
            words=words,
            found=None if asked.query is None else look(asked.query),
            watched=tuple(look(query) for query in asked.watched),
        )

    def _show(self, asked: _Asked, shown: WordsShown | None) -> None:
        self._busy, self._done = False, asked
        pane = self._pane()
        if pane is None:
            return
        if shown is None:
            pane.show(replace(pane.shown, title="4 words", refusal="The run has no embeddings to show yet."))
            return
        if isinstance(asked.query, Analogy):
            shown = replace(
                shown,
                first=self._first_of(asked.source, asked.study, asked.query),
                seen_right=None if asked.cursor is not None else self._seen.get((asked.source, asked.query)),
            )
        pane.show(replace(shown, refusal=self._refusal))
        if asked.query != self.query or asked.watched != self.watched:
            self.follow()

    def _first_of(self, source: RunSource, study: Forecast, query: Analogy) -> FirstRight | None:
        """Return when `query` is first answered right; None where that is not known, or not yet: it is worked out."""
        key = id(study), query
        if key not in self._first and row_of(query, study.vocabulary.index) is not None:
            self._first[key] = None
            self._app.run_worker(partial(self._find_first, study, query), group="first", thread=True)
        first = self._first.get(key)
        if first is None or first.step is None:
            return first
        # forecast at the step size that the run began with
        timeline, step = Timeline(study.step_size, source.status().changes), first.step
        first_step, lasting = (
            None if at is None else timeline.step_at(at * study.step_size) for at in (step.first, step.lasting)
        )
        return replace(first, step=RightFrom(first_step, lasting))

    def _find_first(self, study: Forecast, query: Analogy) -> None:
        """Work out when an analogy is first answered right; in a thread."""
        worker = get_current_worker()
        question = row_of(query, study.vocabulary.index)
        assert question is not None
        wide = study.statistics.wide if isinstance(study, Study) else study.spectrum
        size, step = right_from_size(question, wide), None
        if isinstance(study, Study) and study.trajectory.is_forecast:
            run = ForecastRun(study.W0, wide.truncated(beyond(study.dim)), study.step_size)
            step = right_from_step(question, _walk(run), study.trajectory.steps.tolist())
        if not worker.is_cancelled:
            self._app.call_from_thread(self._take_first, study, query, FirstRight(size, len(wide.eigenvalues), step))

    def _take_first(self, study: Forecast, query: Analogy, first: FirstRight) -> None:
        self._first[id(study), query] = first
        source, pane = self._session.front, self._pane()
        if pane is not None and query == self.query and source.study() is study:
            pane.show(replace(pane.shown, first=self._first_of(source, study, query)))


def _walk(forecast: ForecastRun) -> Callable[[int], torch.Tensor]:
    """Return `forecast.at`, which goes on from the steps it has been at before."""
    runs = [forecast.start]

    def at(step: int) -> torch.Tensor:
        run = max((run for run in runs if run.step <= step), key=lambda run: run.step).copy()
        run.advance(step - run.step)
        runs.append(run)
        return forecast.embeddings(run)

    return at


def _with_known_answer(query: Query, study: Forecast) -> Query:
    """Return `query` with the answer that the analogies of `study` give, where it is one of theirs without one."""
    index = study.vocabulary.index
    if not isinstance(query, Analogy) or query.answer is not None:
        return query
    rows = [index.get(word, -1) for word in (query.a, query.b, query.a2)]
    same = np.flatnonzero((study.analogies.questions[:, :3] == rows).all(axis=1))
    return replace(query, answer=study.vocabulary.words[study.analogies.questions[same[0], 3]]) if len(same) else query
