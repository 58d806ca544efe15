"""Asks until when to run."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, OptionList, Static

from qwem_tui.base.errors import UsageError
from qwem_tui.base.printable import printable
from qwem_tui.engine.frame import Frame
from qwem_tui.engine.goals import (
    CategoryCrossed,
    Goal,
    LossBelow,
    ModesLearned,
    StepReached,
    TimeReached,
    goal_text,
    parse_goal,
)
from qwem_tui.engine.history import crossed_ones
from qwem_tui.engine.training_loop.goal_watch import GoalWatch
from qwem_tui.tui.rendering.naming import label
from qwem_tui.tui.rendering.plots import order_shown
from qwem_tui.tui.rendering.view import View
from qwem_tui.tui.screens.question import Question, shown

_TEXT_WIDTH = 24


@dataclass(frozen=True)
class Offer:
    """A goal that can be chosen, and what it means."""

    goal: Goal
    meaning: str

    @property
    def text(self) -> str:
        """Return the goal as it is typed; names in it may come from a file."""
        return printable(goal_text(self.goal))


def offers(view: View, frame: Frame) -> tuple[Offer, ...]:
    """Return goals that the run shown can reach from `frame` on, one of each kind first, then each category."""
    return tuple(_offers(view, frame))


def nothing_left(offered: Iterable[Offer], view: View, frame: Frame) -> str:
    """Return in a sentence that neither a mode nor a category is among what is `offered`; empty where one is."""
    kinds = {type(offer.goal) for offer in offered}
    if kinds & {ModesLearned, CategoryCrossed}:
        return ""
    modes = "" if frame.modes_learned is None else f"all {view.study.dim} modes are learned, and "
    loss = "a loss, a time" if LossBelow in kinds else "a time"
    sentence = f"{modes}no category is left that could cross its threshold: run on to {loss} or a step."
    return sentence[0].upper() + sentence[1:]


def _offers(view: View, frame: Frame) -> Iterator[Offer]:
    study = view.study
    if frame.modes_learned is not None and frame.modes_learned < study.dim:
        yield Offer(ModesLearned(), f"the next mode is learned; {frame.modes_learned} of {study.dim} are")
    crossed = crossed_ones(study.trajectory, view.columns)
    left = [i for i in order_shown(view) if study.trajectory.measurable(i) and i not in crossed]
    if left:
        yield Offer(CategoryCrossed(), "the next category crosses its threshold")
    now = frame.t / study.time_unit
    yield Offer(TimeReached(math.floor(2 * now + 1.5) / 2), f"t / {study.time_name}; now {now:.4g}")
    yield from _lower_loss(frame.loss, study.loss_floor)
    yield Offer(StepReached(100 * ((frame.step + 50) // 100 + 1)), f"that step; now {frame.step:,}")
    for category in left:
        step = view.forecast_step(category)
        meaning = f"crosses {study.trajectory.threshold[category]:.0%}"
        if step is not None:
            meaning += f"; {'forecast at' if step > frame.step else 'was forecast at'} step {step:,}"
        yield Offer(CategoryCrossed(study.analogies.names[category]), meaning)


def _lower_loss(loss: float, floor: float | None) -> Iterator[Offer]:
    """Yield a loss half-way to the floor, or a little below the present one, in as few digits as distinguish them."""
    wanted = 0.95 * loss if floor is None else (loss + floor) / 2
    for digits in (3, 4):
        below = round(wanted, digits)
        if (floor or 0.0) < below < loss:
            least = "" if floor is None else f", the floor {floor:.4f}"
            yield Offer(LossBelow(below), f"the loss is below; now {loss:.4f}{least}")
            return


class AskGoal(Question[Goal]):
    """Dismisses with a goal that can be reached from where the run stands, or None."""

    TITLE_TEXT = "run until?"
    KEYS_TEXT = "up, down: choose; enter: go; esc: cancel; F1: help"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "choose(-1)", show=False),
        Binding("down", "choose(1)", show=False),
    ]

    def __init__(self, view: View, frame: Frame) -> None:
        """Ask about the run of `view`, which stands at `frame`."""
        super().__init__()
        self._view = view
        self._frame = frame
        self._offers = offers(view, frame)

    def compose_question(self) -> ComposeResult:
        """Yield the question, and goals to choose from."""
        if sentence := nothing_left(self._offers, self._view, self._frame):
            yield Static(sentence, markup=False)
        yield Input(self._offers[0].text, select_on_focus=True)
        lines = [shown(f"{offer.text:{_TEXT_WIDTH}} {offer.meaning}") for offer in self._offers]
        for line in lines:
            line.no_wrap = True
        goals = OptionList(*lines, markup=False, compact=True)
        goals.can_focus = False
        yield goals

    def on_mount(self) -> None:
        """Show which goal stands in the input."""
        self.query_one(OptionList).highlighted = 0

    def action_choose(self, by: int) -> None:
        """Go to the next goal, or the one before."""
        goals = self.query_one(OptionList)
        self._put(((goals.highlighted or 0) + by) % len(self._offers))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take the goal that was clicked."""
        self._put(event.option_index)

    def _put(self, at: int) -> None:
        self.query_one(OptionList).highlighted = at
        text = self.query_one(Input)
        text.value = self._offers[at].text
        text.cursor_position = len(text.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Close with a goal that can be reached."""
        try:
            # a name may hold what cannot be shown, nor typed
            known = {offer.text: offer.goal for offer in self._offers}
            goal = known.get(event.value.strip()) or parse_goal(event.value)
            crossed = crossed_ones(self._view.study.trajectory, self._view.columns)
            GoalWatch(goal, self._view.study, self._frame, crossed)
        except UsageError as error:
            self.refuse(error.sentence(label))
        else:
            self.dismiss(goal)
