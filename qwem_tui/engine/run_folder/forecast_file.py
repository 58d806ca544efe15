"""What is known of a run before it starts, in one file of its folder, so that it can be shown without its corpus."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from msgspec import Struct, structs
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from qwem_tui.analogies.protocols import Analogies, Protocol
from qwem_tui.base.atomic import atomic_file
from qwem_tui.base.codec import Count, decode, encode
from qwem_tui.base.errors import QwemError
from qwem_tui.base.printable import printable
from qwem_tui.corpus.vocabulary import Vocabulary
from qwem_tui.engine.run_folder.checkpoints import system_errors
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.study import Forecast
from qwem_tui.theory.reason import reason_of, text_of
from qwem_tui.theory.spectrum import Spectrum
from qwem_tui.theory.trajectory import Crossing, Trajectory

SCHEMA = "qwem-outlook/2"
NAME = "outlook.safetensors"
_ANALOGIES = ("questions", "category", "pairs", "attempted", "total")
_TRAJECTORY = ("modes", "modes_learned", "loss", "tau", "steps", "accuracy", "overall", "threshold")
_NUMBERS = ("frobenius_sq", "step_size", "step_limit", "time_unit")

Arrays = dict[str, NDArray[Any]]


class _AnalogiesText(Struct, frozen=True):
    protocol: Protocol
    names: tuple[str, ...]
    missing: tuple[tuple[str, ...], ...]


class _CrossingText(Struct, frozen=True, array_like=True):
    """A `Crossing`: its fields in their order."""

    step: Count | None
    modes: Count | None
    reason: str | None
    interval: tuple[Count, Count] | None
    fleeting: bool = False
    lasting: Count | None = None
    lasting_modes: Count | None = None


class _TrajectoryText(Struct, frozen=True):
    crossings: tuple[_CrossingText, ...]
    no_threshold: tuple[str | None, ...]
    overall_crossing: _CrossingText
    expected_steps: Count


class _ForecastText(Struct, frozen=True):
    """All of a forecast that is words or whole numbers."""

    config: StudyConfig
    digest: str
    documents: Count
    tokens: Count
    tokens_in_vocab: Count
    pairs_seen: Count
    words: tuple[str, ...]
    device: str
    precision: str
    warnings: tuple[str, ...]
    analogies: _AnalogiesText
    trajectory: _TrajectoryText


def _text(forecast: Forecast) -> _ForecastText:
    analogies, trajectory = forecast.analogies, forecast.trajectory
    return _ForecastText(
        forecast.config,
        forecast.digest,
        forecast.documents,
        forecast.tokens,
        forecast.tokens_in_vocab,
        forecast.pairs_seen,
        forecast.vocabulary.words,
        forecast.device,
        forecast.precision,
        forecast.warnings,
        _AnalogiesText(analogies.protocol, analogies.names, analogies.missing),
        _TrajectoryText(
            tuple(map(_crossing_text, trajectory.crossings)),
            tuple(map(text_of, trajectory.no_threshold)),
            _crossing_text(trajectory.overall_crossing),
            trajectory.expected_steps,
        ),
    )


def _arrays(forecast: Forecast) -> Arrays:
    """Return all of a forecast that is measured or worked out, by name; numbers are 0-d."""
    spectrum = forecast.spectrum
    arrays: Arrays = {
        "counts": forecast.vocabulary.counts,
        "eigenvalues": spectrum.eigenvalues.cpu().numpy(),
        # they are read for what words a mode is made of: seven digits are more than enough, and half the space
        "vectors": spectrum.vectors.float().cpu().numpy(),
        "vector_min": spectrum.vector_min.float().cpu().numpy(),
        **{name: np.array(getattr(spectrum, name), np.float64) for name in ("lambda_min", "lambda_next", "residual")},
        **{name: np.array(getattr(forecast, name), np.float64) for name in _NUMBERS},
        **{f"analogies.{name}": getattr(forecast.analogies, name) for name in _ANALOGIES},
        **{f"trajectory.{name}": getattr(forecast.trajectory, name) for name in _TRAJECTORY},
    }
    if len(forecast.analogies.alternatives):
        arrays["analogies.alternatives"] = forecast.analogies.alternatives
    if forecast.loss_floor is not None:
        arrays["loss_floor"] = np.array(forecast.loss_floor, np.float64)
    return arrays


def write_forecast(folder: Path, forecast: Forecast) -> None:
    """Write `forecast` into the run folder `folder`, eigenvectors in float32; raises QwemError where that cannot be."""
    # in ASCII, lone surrogates (a file name that is not UTF-8) survive; a header may not be as long as a vocabulary
    text = encode(_text(forecast)).encode("ascii")
    arrays = {"text": np.frombuffer(text, np.uint8), **_arrays(forecast)}
    with atomic_file(folder / NAME) as temporary, system_errors():
        # strided arrays would be written wrong
        save_file({name: np.asarray(array, order="C") for name, array in arrays.items()}, temporary, {"schema": SCHEMA})


def read_forecast(folder: Path) -> Forecast:
    """Return the forecast that `write_forecast` wrote into `folder`, on the CPU.

    Raises QwemError where there is none, or it is damaged, or of another version.
    """
    path = folder / NAME
    shown = printable(str(path))
    try:
        schema, arrays = _stored(path)
        forecast = _forecast(arrays) if schema == SCHEMA else None
    except FileNotFoundError as error:
        raise QwemError(f"{shown} is missing: without it this run cannot be shown; resuming it writes it.") from error
    except (OSError, SafetensorError, ValueError, KeyError, TypeError, QwemError) as error:
        reason = printable(error.clause() if isinstance(error, QwemError) else str(error).rstrip("."))
        raise QwemError(
            f"{shown} is damaged ({reason}): without it this run cannot be shown; resuming it writes it."
        ) from error
    if forecast is None:
        raise QwemError(f"{shown} was written by another version: it is {printable(schema)}, not {SCHEMA}.")
    return forecast


def _stored(path: Path) -> tuple[str, Arrays]:
    with safe_open(path, framework="np") as stored:
        schema = (stored.metadata() or {}).get("schema", "unknown")
        return schema, {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118 - it is no mapping


def _forecast(arrays: Arrays) -> Forecast:
    text = decode(_ForecastText, arrays["text"].tobytes(), "text")
    numbers: dict[str, Any] = {name: float(arrays[name]) for name in _NUMBERS}
    analogies, trajectory = text.analogies, text.trajectory
    forecast = Forecast(
        config=text.config,
        digest=text.digest,
        documents=text.documents,
        tokens=text.tokens,
        tokens_in_vocab=text.tokens_in_vocab,
        pairs_seen=text.pairs_seen,
        vocabulary=Vocabulary(text.words, arrays["counts"]),
        analogies=Analogies(
            protocol=analogies.protocol,
            names=analogies.names,
            missing=analogies.missing,
            # only where there are any
            alternatives=arrays.get("analogies.alternatives", np.empty((0, 2), np.int64)),
            **{name: arrays[f"analogies.{name}"] for name in _ANALOGIES},
        ),
        **numbers,
        spectrum=Spectrum(
            eigenvalues=torch.from_numpy(arrays["eigenvalues"]),
            vectors=torch.from_numpy(arrays["vectors"]).double(),
            lambda_min=float(arrays["lambda_min"]),
            lambda_next=float(arrays["lambda_next"]),
            vector_min=torch.from_numpy(arrays["vector_min"]).double(),
            residual=float(arrays["residual"]),
        ),
        device=text.device,
        precision=text.precision,
        loss_floor=float(arrays["loss_floor"]) if "loss_floor" in arrays else None,
        trajectory=Trajectory(
            **{name: arrays[f"trajectory.{name}"] for name in _TRAJECTORY},
            crossings=tuple(map(_crossing, trajectory.crossings)),
            no_threshold=tuple(None if text is None else reason_of(text) for text in trajectory.no_threshold),
            overall_crossing=_crossing(trajectory.overall_crossing),
            expected_steps=trajectory.expected_steps,
        ),
        warnings=text.warnings,
    )
    _check(forecast)
    return forecast


def _crossing_text(crossing: Crossing) -> _CrossingText:
    step, modes, reason, interval, fleeting, lasting, lasting_modes = crossing
    return _CrossingText(step, modes, text_of(reason), interval, fleeting, lasting, lasting_modes)


def _crossing(stored: _CrossingText) -> Crossing:
    reason = None if stored.reason is None else reason_of(stored.reason)
    return Crossing(*structs.astuple(structs.replace(stored, reason=reason)))


def _check(forecast: Forecast) -> None:
    """Raise ValueError where parts that belong together do not fit: a screen would stumble over that much later."""
    words, d, categories = len(forecast.vocabulary), forecast.dim, len(forecast.analogies.names)
    trajectory, analogies = forecast.trajectory, forecast.analogies
    steps, points, questions = len(trajectory.modes), len(trajectory.steps), len(analogies.questions)
    shapes = {
        "counts": (forecast.vocabulary.counts.shape, (words,)),
        "vectors": (tuple(forecast.spectrum.vectors.shape), (words, d)),
        "questions": (analogies.questions.shape, (questions, 4)),
        "category": (analogies.category.shape, (questions,)),
        "pairs": (analogies.pairs.shape, (questions, 2)),
        "alternatives": (analogies.alternatives.shape, (len(analogies.alternatives), 2)),
        "attempted": (analogies.attempted.shape, (categories,)),
        "total": (analogies.total.shape, (categories,)),
        "modes": (trajectory.modes.shape, (steps, d)),
        "modes_learned": (trajectory.modes_learned.shape, (steps,)),
        "loss": (trajectory.loss.shape, (steps,)),
        "accuracy": (trajectory.accuracy.shape, (points, categories)),
        "overall": (trajectory.overall.shape, (points,)),
        "threshold": (trajectory.threshold.shape, (categories,)),
        "crossings": ((len(trajectory.crossings),), (categories,)),
        "no_threshold": ((len(trajectory.no_threshold),), (categories,)),
    }
    for name, (found, wanted) in shapes.items():
        if found != wanted:
            raise ValueError(f"{name} is {found}, not {wanted}")
