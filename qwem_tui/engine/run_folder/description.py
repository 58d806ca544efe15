"""run.json: what a run is made from, as it is written and read."""

from __future__ import annotations

import platform
from dataclasses import replace
from typing import Annotated, Any

import numpy as np
import torch
from msgspec import UNSET, Meta, Struct, UnsetType

import qwem_tui
from qwem_tui.base.codec import AtLeastOne, Count, Finite, Positive
from qwem_tui.engine.schedule import Schedule
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.study import Forecast
from qwem_tui.theory.reason import text_of

SCHEMA = "qwem-run/1"
#: The settings that every version has written: one that is missing must not become the default without a word.
ALWAYS_WRITTEN = frozenset(
    "sources vocab_size dim window tokenizer analogies protocol sigma step_fraction steps seed negative_weight trainer "
    "precision forced window_shape".split()
)


class SchemaOnly(Struct):
    """The schema of a file, whatever else it holds."""

    schema: str


class CorpusDescription(Struct, kw_only=True):
    """The corpus: `digest` is sha256: and the SHA-256 of its documents."""

    digest: str
    documents: Count | UnsetType = UNSET
    tokens: Count | UnsetType = UNSET
    tokens_in_vocab: Count | UnsetType = UNSET


class TargetDescription(Struct):
    """The target M*."""

    frobenius_sq: Finite
    pairs_seen: Count


class CategoryDescription(Struct):
    """A category of questions; `reason` says why no step is forecast."""

    name: str
    attempted: Count
    total: Count
    predicted_step: Count | None
    reason: str | None


class ScheduleDescription(Struct):
    """A `Schedule`."""

    evaluate_every: AtLeastOne
    also: tuple[Count, ...]
    observe_every: AtLeastOne


class Parent(Struct):
    """The run folder and the step that a branch went off from."""

    run: str
    step: Count


class RawSettings(Struct):
    """The settings in run.json as they are written, to see which there are."""

    settings: dict[str, Any]


class RunDescription(Struct, kw_only=True):
    """What run.json holds, in the order of its keys.

    What a resumed run does not need may be unset; so may, in what is exported with a snapshot, `schema` and all from
    `schedule` on.
    """

    schema: str | UnsetType = UNSET
    settings: StudyConfig
    trainer: str | UnsetType = UNSET
    step_size: Positive | UnsetType = UNSET
    step_limit: Positive | UnsetType = UNSET
    tau_1: Finite | UnsetType | None = UNSET
    time_unit: Finite | UnsetType = UNSET
    loss_floor: Finite | UnsetType | None = UNSET
    dtype: str | UnsetType = UNSET
    device: str
    corpus: CorpusDescription
    vocab_size: Count | UnsetType = UNSET
    target: TargetDescription | UnsetType = UNSET
    eigenvalues: list[Finite] | UnsetType = UNSET
    lambda_min: Finite | UnsetType = UNSET
    categories: list[CategoryDescription] | UnsetType = UNSET
    versions: dict[str, str] | UnsetType = UNSET
    schedule: ScheduleDescription | UnsetType = UNSET
    threads: Annotated[int, Meta(ge=1, le=1024)] | UnsetType = UNSET
    begun_in: str | UnsetType = UNSET
    screen: bool | UnsetType = UNSET
    keep_bytes: Count | UnsetType = UNSET
    parent: Parent | UnsetType = UNSET


def describe(study: Forecast, schedule: Schedule | None = None, threads: int | None = None) -> RunDescription:
    """Return what made a run what it is: settings, corpus digest, seed, device, versions."""
    categories = zip(
        study.analogies.names,
        study.analogies.attempted.tolist(),
        study.analogies.total.tolist(),
        study.trajectory.crossing,
        map(text_of, study.trajectory.reason),
        strict=True,
    )
    return RunDescription(
        settings=replace(study.config, dim=study.dim),
        trainer=study.config.trainer,
        step_size=study.step_size,
        step_limit=study.step_limit,
        tau_1=study.tau_1,
        time_unit=study.time_unit,
        loss_floor=study.loss_floor,
        dtype=study.precision,
        device=study.device,
        corpus=CorpusDescription(
            digest=f"sha256:{study.digest}",
            documents=study.documents,
            tokens=study.tokens,
            tokens_in_vocab=study.tokens_in_vocab,
        ),
        vocab_size=len(study.vocabulary),
        target=TargetDescription(study.frobenius_sq, study.pairs_seen),
        eigenvalues=study.spectrum.eigenvalues.tolist(),
        lambda_min=study.spectrum.lambda_min,
        categories=[CategoryDescription(*category) for category in categories],
        versions={
            "qwem-tui": qwem_tui.__version__,
            "python": platform.python_version(),
            "torch": str(torch.__version__),
            "numpy": np.__version__,
        },
        schedule=UNSET
        if schedule is None
        else ScheduleDescription(schedule.evaluate_every, schedule.also, schedule.observe_every),
        threads=UNSET if threads is None else threads,
    )
