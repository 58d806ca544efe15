"""`qwem-tui run`: the app on a corpus."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qwem_tui.commands.options import (
    AnalogiesOption,
    Ascii,
    CorpusArgument,
    DeviceOption,
    Dim,
    Force,
    Fps,
    KeepGb,
    NegativeWeight,
    OnHangup,
    Precision,
    ProtocolOption,
    RunStepSize,
    Seed,
    Sigma,
    Steps,
    Threads,
    TokenizerOption,
    TrainerOption,
    VocabSize,
    Window,
    run_config,
)

if TYPE_CHECKING:
    from qwem_tui.engine.run_config import RunConfig

#: Time to learn all modes of the sample corpus; settling takes a few seconds more.
SAMPLE_SECONDS = 24.0


def sample_config() -> RunConfig:
    """Return the run of the sample corpus, slowed down so that one sees it."""
    from qwem_tui.corpus.samples.catalogue import TOYWORLD
    from qwem_tui.engine.run_config import RunConfig
    from qwem_tui.study.config import StudyConfig

    return RunConfig(StudyConfig((str(TOYWORLD.path),)), spare_cores=1, paced_seconds=SAMPLE_SECONDS)


def run_sample(stays: bool) -> int:
    """Open the app on the sample corpus; return its exit code. The run `stays` when the terminal goes away."""
    from qwem_tui.tui.launcher import ScreenOptions, announce, open_app
    from qwem_tui.tui.terminal import require_terminal

    require_terminal("use `qwem-tui train CORPUS` to train without a screen")
    announce(stays)
    return open_app(sample_config(), None, ScreenOptions(stays=stays))


def run(
    corpus: CorpusArgument,
    vocab_size: VocabSize = 10_000,
    dim: Dim = None,
    window: Window = 16,
    negative_weight: NegativeWeight = 1.0,
    tokenizer: TokenizerOption = "letters",
    analogies: AnalogiesOption = None,
    protocol: ProtocolOption = "questions",
    sigma: Sigma = 1e-4,
    trainer: TrainerOption = "gd",
    step_size: RunStepSize = None,
    steps: Steps = None,
    seed: Seed = 0,
    precision: Precision = "auto",
    force: Force = False,
    device: DeviceOption = "auto",
    threads: Threads = None,
    keep_gb: KeepGb = 2.0,
    fps: Fps = 4.0,
    ascii_only: Ascii = False,
    on_hangup: OnHangup = "stop",
    out: Annotated[
        Path | None, typer.Option(metavar="RUN", help="Run folder to write [default: a new one in runs/ here].")
    ] = None,
) -> None:
    """Open the app on a corpus and watch it being learned."""
    given = locals()
    from qwem_tui.tui.launcher import ScreenOptions, announce, open_app
    from qwem_tui.tui.terminal import require_terminal

    require_terminal("use `qwem-tui train` with the same arguments to train without a screen", "-" in corpus)
    stays = on_hangup == "continue"
    announce(stays)
    config = run_config(given, spare_cores=1)
    raise typer.Exit(open_app(config, out, ScreenOptions(fps, ascii_only, stays)))
