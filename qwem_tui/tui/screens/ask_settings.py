"""Asks with which settings to start again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input, Label

from qwem_tui.base.errors import SettingError, UsageError
from qwem_tui.base.names import PRECISIONS, TRAINERS, PrecisionName, TrainerName
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.study import Forecast
from qwem_tui.tui.panes.option_row import OptionRow
from qwem_tui.tui.rendering.naming import label, step_fraction
from qwem_tui.tui.screens.question import Question, number


def _whole(name: str, text: str, default: int | None) -> int | None:
    if not text.strip():
        return default
    try:
        return int(text)
    except ValueError:
        raise UsageError(f"{name}: give a whole number, or nothing for the default.") from None


def _number(name: str, text: str, default: float | None) -> float | None:
    if not text.strip():
        return default
    value = number(text)
    if value is None:
        raise UsageError(f"{name}: give a number, or nothing for the default.")
    return value


def filled_in(asked: StudyConfig, answers: Mapping[str, str]) -> StudyConfig:
    """Return `asked` with what was typed; what was left empty is the default.

    Raises UsageError where something is no number, or makes no sense.
    """
    return replace(
        asked,
        trainer=cast(TrainerName, answers["trainer"]),
        dim=_whole("dim", answers["dim"], None),
        sigma=_number("sigma", answers["sigma"], StudyConfig.sigma) or 0.0,
        step_fraction=_number("step size", answers["step-size"], None),
        seed=_whole("seed", answers["seed"], 0) or 0,
        steps=_whole("steps", answers["steps"], None),
        precision=cast(PrecisionName, answers["precision"]),
    )


class AskSettings(Question[StudyConfig]):
    """Dismisses with the settings, or None; what only force allows is asked for twice."""

    TITLE_TEXT = "start again from step 0"
    KEYS_TEXT = "up, down: field; enter: start; esc: cancel; F1: help"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "app.focus_previous", show=False),
        Binding("down", "app.focus_next", show=False),
    ]

    def __init__(self, asked: StudyConfig, study: Forecast) -> None:
        """Ask about a run like that of `study`, which was begun as `asked`."""
        super().__init__()
        self._asked = asked
        self._study = study
        self._insisted: Mapping[str, str] | None = None

    def compose_question(self) -> ComposeResult:
        """Yield the form."""
        asked, study = self._asked, self._study
        yield from self._row("trainer", OptionRow(TRAINERS, asked.trainer, id="trainer"))
        yield from self._row("dim", self._input("dim", asked.dim, f"default ({study.dim} now)"))
        yield from self._row("sigma", self._input("sigma", asked.sigma, f"default ({StudyConfig.sigma:g})"))
        now = f"default ({step_fraction(study):.3g} of the limit)"
        yield from self._row("step size", self._input("step-size", asked.step_fraction, now))
        yield from self._row("seed", self._input("seed", asked.seed, "default (0)"))
        end = "until it is done" if study.has_modes else f"default ({study.config.steps:,} now)"
        yield from self._row("steps", self._input("steps", asked.steps, end))
        yield from self._row("precision", OptionRow(PRECISIONS, asked.precision, id="precision"))

    @staticmethod
    def _input(name: str, value: object, placeholder: str) -> Input:
        text = "" if value is None else str(value)
        return Input(text, placeholder, compact=True, select_on_focus=True, id=name)

    @staticmethod
    def _row(label: str, field: Input | OptionRow) -> ComposeResult:
        with Horizontal(classes="setting"):
            yield Label(label)
            yield field

    def answers(self) -> dict[str, str]:
        """Return what stands in the form, by field."""
        fields = (*self.query(Input), *self.query(OptionRow))
        return {field.id or "": field.value for field in fields}

    def on_input_submitted(self) -> None:
        """Close with settings that make sense."""
        self._submit()

    def on_option_row_submitted(self) -> None:
        """Close with settings that make sense."""
        self._submit()

    def _submit(self) -> None:
        answers = self.answers()
        try:
            begun = replace(self._asked, forced=self._asked.forced or answers == self._insisted)
            settings = filled_in(begun, answers)
        except SettingError as error:
            self.refuse(error.worded(label(error.setting), label, insist="enter again insists"))
            self._insisted = answers
        except UsageError as error:
            self.refuse(error.sentence(label))
        else:
            self.dismiss(settings)
