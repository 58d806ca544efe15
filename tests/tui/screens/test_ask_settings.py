"""The form that asks with which settings to start again."""

from __future__ import annotations

import pytest

from qwem_tui.base.errors import UsageError
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.study import Study
from qwem_tui.tui.screens.ask_settings import AskSettings, filled_in
from tests.tui.driving import asked, opened, screen_text, until
from tests.tui.fake_run import FakeRun

ANSWERS = {
    "trainer": "gd", "dim": "", "sigma": "", "step-size": "", "seed": "", "steps": "", "precision": "auto",
}  # fmt: skip


def test_what_is_left_empty_is_the_default() -> None:
    begun = StudyConfig(("x",), dim=7, sigma=0.1, step_fraction=0.2, seed=3, steps=9, trainer="sgd", window=5)
    assert filled_in(begun, ANSWERS) == StudyConfig(("x",), window=5)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"dim": "many"}, "dim: give a whole number"),
        ({"dim": "0"}, "--dim is 0"),
        ({"sigma": "x"}, "sigma: give a number"),
        ({"sigma": "0"}, "--sigma is 0"),
        ({"step-size": "inf"}, "step size: give a number"),
        ({"step-size": "1"}, "--step-size is 1"),
        ({"seed": "1.5"}, "seed: give a whole number"),
        ({"steps": "-3"}, "--steps is -3"),
        ({"sigma": "1e-8", "precision": "float32"}, "--precision float32 drowns"),
    ],
)
def test_settings_that_make_no_sense_are_refused(typed: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        filled_in(StudyConfig(("x",)), {**ANSWERS, **typed})


async def test_the_settings_are_seen_whole_in_40_columns(gd: Study) -> None:
    async with opened(FakeRun(gd), (40, 12)) as (app, pilot):
        await asked(app, pilot, "r", AskSettings)
        await pilot.pause()
        text = screen_text(app)
        assert all(word in text for word in ("sgd", "word2vec", "default (0.5 of the limit)")), text
        await pilot.press("shift+tab")
        await until(pilot, lambda: "[auto]" in screen_text(app) and "float64" in screen_text(app))
        assert "float32" in screen_text(app)
        await pilot.press("right", "right")
        await until(pilot, lambda: "[float64]" in screen_text(app))
