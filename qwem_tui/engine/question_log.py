"""Which questions were right at which evaluated step, bounded in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", np.int32, np.int64)
MOST_BYTES = 32 * 2**20
_VERSIONS = count()
#: Bytes of an evaluated step, and of a question that changed with it.
_STEP_BYTES, _CHANGE_BYTES = 8, 12


@dataclass(frozen=True)
class QuestionState:
    """Which questions were right at the evaluated `step`: `correct` (N,), and `since` (N,) which step each was so."""

    step: int
    correct: NDArray[np.bool_]
    since: NDArray[np.int64]


@dataclass(frozen=True)
class Outcomes:
    """All that is known of N questions at one moment of a run; nothing in it changes any more.

    `steps` (n,) are the evaluated ones, ascending. At the first of them the questions were `correct` (N,), `since` (N,)
    those steps; `changed` (m,) numbers the questions that turned from right to wrong or back at `changed_at` (m,),
    ascending. `began` is the first step that was ever evaluated: what is so since then may have been so before.
    `version` changes whenever anything does, and no two runs share one.
    """

    version: int
    began: int | None
    steps: NDArray[np.int64]
    correct: NDArray[np.bool_]
    since: NDArray[np.int64]
    changed: NDArray[np.int32]
    changed_at: NDArray[np.int64]

    @property
    def latest(self) -> int | None:
        """Return the latest evaluated step, None before the first."""
        return int(self.steps[-1]) if len(self.steps) else None

    def state_at(self, step: int) -> QuestionState | None:
        """Return the state at the last evaluated step up to `step`; None where none is known that early."""
        place = int(np.searchsorted(self.steps, step, "right"))
        if place == 0:
            return None
        last = int(np.searchsorted(self.changed_at, step, "right"))
        changed, at = self.changed[:last], self.changed_at[:last]
        odd = np.bincount(changed, minlength=len(self.correct)) % 2 == 1
        since = self.since.copy()
        np.maximum.at(since, changed, at)
        return QuestionState(int(self.steps[place - 1]), self.correct ^ odd, since)

    def records(self) -> Iterator[tuple[int, NDArray[np.bool_]]]:
        """Yield every evaluated step with the questions (N,) that were right there."""
        correct = self.correct.copy()
        first = 0
        for step, last in zip(self.steps.tolist(), np.searchsorted(self.changed_at, self.steps, "right"), strict=True):
            correct[self.changed[first:last]] ^= True
            yield step, correct.copy()
            first = last


class _Growing(Generic[Number]):
    """Numbers that are appended; what was handed out is never written again."""

    def __init__(self, kept: NDArray[Number]) -> None:
        self._room = np.concatenate([kept, np.empty(max(64, len(kept)), kept.dtype)])
        self._count = len(kept)

    def add(self, more: NDArray[np.int64]) -> None:
        needed = self._count + len(more)
        if needed > len(self._room):
            self._room = np.concatenate([self.view(), np.empty(needed, self._room.dtype)])
        self._room[self._count : needed] = more
        self._count = needed

    def view(self) -> NDArray[Number]:
        return self._room[: self._count]


class QuestionLog:
    """The outcomes of a run, up to a number of bytes; one thread adds, any thread reads.

    Changes are kept, not states: most questions stay as they are from one evaluated step to the next. Where there are
    too many, the older half of the steps can be asked no longer; since when the present state holds stays exact.
    """

    def __init__(self, questions: int, most_bytes: int = MOST_BYTES) -> None:
        """Begin before the first evaluated step of so many `questions`."""
        self.questions = questions
        self._most = most_bytes
        self._lock = threading.Lock()
        self._clear()

    def _clear(self) -> None:
        nothing = np.zeros(self.questions, np.int64)
        empty = np.empty(0, np.int64)
        self._begin(Outcomes(0, None, empty, nothing > 0, nothing, empty.astype(np.int32), empty))
        self._present = nothing > 0

    def _begin(self, kept: Outcomes) -> None:
        """Stand where `kept` ends."""
        self._steps, self._at = _Growing(kept.steps), _Growing(kept.changed_at)
        self._changed = _Growing(kept.changed)
        self._publish(kept)

    def _publish(self, at_first: Outcomes) -> None:
        """Show what there is now; began, correct and since are those of `at_first`."""
        self._outcomes = replace(
            at_first,
            version=next(_VERSIONS),
            steps=self._steps.view(),
            changed=self._changed.view(),
            changed_at=self._at.view(),
        )

    def outcomes(self) -> Outcomes:
        """Return all that is known now."""
        with self._lock:
            return self._outcomes

    def append(self, step: int, correct: NDArray[np.bool_]) -> None:
        """Add which questions (N,) were right at `step`; what was known of it, and of later ones, is dropped.

        Raises ValueError for another number of questions, or a negative step.
        """
        if correct.shape != (self.questions,) or step < 0:
            raise ValueError(f"{correct.shape} outcomes at step {step} do not belong to {self.questions} questions")
        with self._lock:
            self._rewind(step - 1)
            if self._outcomes.latest is None:
                present = correct.copy()
                since = np.full(self.questions, step, np.int64)
                self._steps.add(np.array([step]))
                self._publish(replace(self._outcomes, began=step, correct=present, since=since))
            else:
                turned = np.flatnonzero(correct != self._present)
                self._steps.add(np.array([step]))
                self._changed.add(turned)
                self._at.add(np.full(len(turned), step))
                self._publish(self._outcomes)
            self._present = correct.copy()
            if self._size() > self._most and len(self._outcomes.steps) > 1:
                self._forget()

    def rewind(self, step: int) -> None:
        """Drop all that is known of steps after `step`."""
        with self._lock:
            self._rewind(step)

    def _rewind(self, step: int) -> None:
        latest = self._outcomes.latest
        if latest is None or latest <= step:
            return
        state = self._outcomes.state_at(step)
        if state is None:
            self._clear()
            return
        kept = self._outcomes
        steps, changes = (int(np.searchsorted(of, step, "right")) for of in (kept.steps, kept.changed_at))
        self._begin(
            replace(
                kept, steps=kept.steps[:steps], changed=kept.changed[:changes], changed_at=kept.changed_at[:changes]
            )
        )
        self._present = state.correct

    def _size(self) -> int:
        return _STEP_BYTES * len(self._outcomes.steps) + _CHANGE_BYTES * len(self._outcomes.changed)

    def _forget(self) -> None:
        """Begin at the step in the middle of what is kept."""
        kept = self._outcomes
        # the middle of the changes, which take the room; where there are none, of the steps
        middle = (
            kept.changed_at[len(kept.changed_at) // 2] if len(kept.changed_at) else kept.steps[len(kept.steps) // 2]
        )
        first = max(1, int(np.searchsorted(kept.steps, middle)))
        state = kept.state_at(int(kept.steps[first]))
        assert state is not None
        changes = int(np.searchsorted(kept.changed_at, state.step, "right"))
        self._begin(
            replace(
                kept,
                steps=kept.steps[first:],
                correct=state.correct,
                since=state.since,
                changed=kept.changed[changes:],
                changed_at=kept.changed_at[changes:],
            )
        )
