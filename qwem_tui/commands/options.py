"""Arguments and options that several commands share, in words of their own only where one differs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from qwem_tui.base.names import PrecisionName, TrainerName, WindowShape

if TYPE_CHECKING:
    from qwem_tui.engine.run_config import RunConfig
    from qwem_tui.study.config import StudyConfig

TokenizerChoice = Literal["letters", "whitespace"]
ProtocolChoice = Literal["questions", "pairs"]
DeviceChoice = Literal["auto", "cpu", "cuda"]

CorpusArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="CORPUS...",
        help="A text file (each line a document), a folder of text files, .gz/.bz2/.xz/.zip of either, or - for stdin.",
    ),
]
VocabSize = Annotated[int, typer.Option(help="Model so many of the most frequent words.")]
Dim = Annotated[int | None, typer.Option(help="Size of the embeddings [default: 64, or as many as can be learned].")]
Window = Annotated[int, typer.Option(help="Words on each side that count as context, nearer ones more.")]
WindowShapeOption = Annotated[
    WindowShape, typer.Option(help="dynamic: nearer words count more, as in word2vec; flat: all alike.")
]
TokenizerOption = Annotated[
    TokenizerChoice, typer.Option(help="letters: words of any script; whitespace: text that is already segmented.")
]
AnalogiesOption = Annotated[
    str | None, typer.Option(metavar="FILE", help="Analogy questions [default: everyday English, built in].")
]
ProtocolOption = Annotated[
    ProtocolChoice, typer.Option(help="questions: the file's lines; pairs: all ordered pairs of its word pairs.")
]
Sigma = Annotated[float, typer.Option(help="Standard deviation of the starting weights.")]
StepSize = Annotated[float, typer.Option(help="Step size, in units of the largest stable one.")]
RunStepSize = Annotated[
    float | None,
    typer.Option(help="Step size, in units of the largest stable one [default: 0.5; sgd: as large as noise allows]."),
]
TrainerOption = Annotated[
    TrainerName, typer.Option(help="gd: full batches; sgd: the paper's algorithm, on sampled pairs; word2vec itself.")
]
Precision = Annotated[
    PrecisionName, typer.Option(help="auto: float32, or float64 where the start is too small for it.")
]
Force = Annotated[bool, typer.Option("--force", help="Allow a step size that is not stable, or too little precision.")]
KeepGb = Annotated[float, typer.Option(help="Space for checkpoints, in GB: older ones are thinned beyond it.")]
Until = Annotated[
    str | None,
    typer.Option(
        metavar="GOAL", help="Stop at mode, mode=8, category, category=NAME, t=1.5 (in tau_1), loss=0.8 or step=500."
    ),
]
Steps = Annotated[int | None, typer.Option(help="Stop after so many steps [default: when done].")]
Seed = Annotated[int, typer.Option(help="Seed of the starting weights.")]
DeviceOption = Annotated[DeviceChoice, typer.Option(help="Where to compute.")]
Threads = Annotated[
    int | None, typer.Option(help="CPU threads for training [default: all cores; one less in the app].")
]
NegativeWeight = Annotated[float, typer.Option(help="Weight k of the negative samples in M*.")]
Fps = Annotated[float, typer.Option(help="Look at the run so many times a second.")]
Ascii = Annotated[bool, typer.Option("--ascii", help="Draw without braille and box characters.")]
OnHangup = Annotated[
    Literal["stop", "continue"],
    typer.Option(help="When the terminal goes away: stop, or continue without a screen until done (see attach)."),
]


#: Fields that are called otherwise on the command line.
_OPTIONS = {"sources": "corpus", "step_fraction": "step_size", "forced": "force"}


def study_config(given: Mapping[str, Any]) -> StudyConfig:
    """Return the study that the parameters of a command ask for; those that it does not take are as by default.

    `given` are all of its parameters by name, such as its `locals()`; others than those of a study are passed over.
    """
    from dataclasses import fields

    from qwem_tui.study.config import StudyConfig

    names = {field.name: _OPTIONS.get(field.name, field.name) for field in fields(StudyConfig)}
    found = {field: given[option] for field, option in names.items() if option in given}
    return StudyConfig(**{**found, "sources": tuple(found["sources"])})


def run_config(given: Mapping[str, Any], spare_cores: int) -> RunConfig:
    """Return the run that the parameters of a command ask for (see `study_config`)."""
    from qwem_tui.base.errors import UsageError
    from qwem_tui.engine.run_config import RunConfig

    keep_gb = given["keep_gb"]
    if not 0 < keep_gb < float("inf"):
        raise UsageError(f"--keep-gb is {keep_gb:g}: give a number above 0, such as 2.")
    return RunConfig(
        study_config(given),
        device=given["device"],
        training_threads=given["threads"],
        spare_cores=spare_cores,
        keep_bytes=round(keep_gb * 1e9),
    )
