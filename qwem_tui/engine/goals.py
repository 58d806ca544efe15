"""Goals, until which a run goes: as values and as they are typed."""

from __future__ import annotations

import math

from msgspec import Struct

from qwem_tui.base.codec import Count, Finite
from qwem_tui.base.errors import UsageError
from qwem_tui.base.printable import printable


class ModesLearned(Struct, frozen=True, tag_field="kind", tag="modes-learned"):
    """`count` modes are learned; None: one more than now."""

    count: Count | None = None


class CategoryCrossed(Struct, frozen=True, tag_field="kind", tag="category-crossed"):
    """A category crosses its threshold, at a step that is evaluated; None: whichever is the next to do so."""

    name: str | None = None


class TimeReached(Struct, frozen=True, tag_field="kind", tag="time-reached"):
    """t reaches `units` of its units (tau_1; word2vec's t_1)."""

    units: Finite


class LossBelow(Struct, frozen=True, tag_field="kind", tag="loss-below"):
    """The loss is below `loss`."""

    loss: Finite


class StepReached(Struct, frozen=True, tag_field="kind", tag="step-reached"):
    """Step `step` is taken."""

    step: Count


Goal = ModesLearned | CategoryCrossed | TimeReached | LossBelow | StepReached


class ReachedThreshold(Struct, frozen=True):
    """The category `name` has reached `threshold`, an accuracy in [0, 1]."""

    name: str
    threshold: Finite


GOALS = "mode, mode=8, category, category=NAME, t=1.5, loss=0.8 or step=500"


def parse_goal(text: str) -> Goal:
    """Return the goal that `text` names, such as `mode`, `category=family`, `t=1.5`; raises UsageError if none."""
    kind, equals, value = (part.strip() for part in text.partition("="))
    try:
        match kind, bool(equals):
            case "mode", False:
                return ModesLearned()
            case "category", False:
                return CategoryCrossed()
            case "category", True if value:
                return CategoryCrossed(value)
            case (("mode" | "step"), True) if int(value) >= 1:
                return ModesLearned(int(value)) if kind == "mode" else StepReached(int(value))
            case (("t" | "loss"), True) if 0 < float(value) < math.inf:
                return TimeReached(float(value)) if kind == "t" else LossBelow(float(value))
    except ValueError:
        pass
    raise UsageError(f"{printable(text)!r} is no goal of a run: give {GOALS}.")


def _shortest(number: float) -> str:
    return f"{number:g}" if float(f"{number:g}") == number else repr(number)


def goal_text(goal: Goal) -> str:
    """Return `goal` as `parse_goal` reads it, to the last digit."""
    match goal:
        case ModesLearned(count):
            return "mode" if count is None else f"mode={count}"
        case CategoryCrossed(name):
            return "category" if name is None else f"category={name}"
        case TimeReached(units):
            return f"t={_shortest(units)}"
        case LossBelow(loss):
            return f"loss={_shortest(loss)}"
        case StepReached(step):
            return f"step={step}"
