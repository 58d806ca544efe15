"""From the options of a command to the settings of what it starts."""

from __future__ import annotations

from dataclasses import fields

from qwem_tui.commands.options import RunOptions, StudyOptions
from qwem_tui.engine.run_config import RunConfig
from qwem_tui.study.config import StudyConfig

#: Options that the fields of `StudyConfig` call otherwise.
_FIELDS = {"corpus": "sources", "step_size": "step_fraction", "force": "forced"}


def study_config(*groups: StudyOptions) -> StudyConfig:
    """Return the study that groups of options ask for; settings that none of them has are as by default.

    Raises SettingError where one makes no sense, and TypeError where a group has an option that is none of a study.
    """
    found = {field.name: getattr(group, field.name) for group in groups for field in fields(group)}
    settings = {_FIELDS.get(option, option): value for option, value in found.items()}
    return StudyConfig(**{**settings, "sources": tuple(settings["sources"])})


def run_config(options: RunOptions, spare_cores: int, *groups: StudyOptions) -> RunConfig:
    """Return the run that groups of options ask for (see `study_config`), `spare_cores` left free by default."""
    return RunConfig(
        study_config(*groups),
        device=options.device,
        training_threads=options.threads,
        spare_cores=spare_cores,
        keep_bytes=round(options.keep_gb * 1e9),
    )
