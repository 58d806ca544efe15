"""From the options of a command to what is studied: the same for all commands that take a corpus."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qwem_tui.study.study import StudyConfig

#: Fields that are called otherwise on the command line.
_OPTIONS = {"sources": "corpus", "step_fraction": "step_size", "forced": "force"}


def study_config(given: Mapping[str, Any]) -> StudyConfig:
    """Return the study that the parameters of a command ask for; those that it does not take are as by default.

    `given` are all of its parameters by name, such as its `locals()`; others than those of a study are passed over.
    """
    from dataclasses import fields

    from qwem_tui.study.study import StudyConfig

    names = {field.name: _OPTIONS.get(field.name, field.name) for field in fields(StudyConfig)}
    found = {field: given[option] for field, option in names.items() if option in given}
    return StudyConfig(**{**found, "sources": tuple(found["sources"])})
