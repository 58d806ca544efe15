"""The command `plan`: thin, like the others in `cli.py`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from qwem_tui.commands.options import (
    AnalogiesOption,
    Ascii,
    CorpusArgument,
    DeviceOption,
    NegativeWeight,
    ProtocolOption,
    Sigma,
    StepSize,
    TokenizerOption,
    VocabSize,
    Window,
    WindowShapeOption,
)


def plan(
    corpus: CorpusArgument,
    vocab_size: VocabSize = 10_000,
    dim: Annotated[int | None, typer.Option(help="Size of your model, to say whether it is large enough.")] = None,
    max_dim: Annotated[int, typer.Option(help="Largest size to look at; smaller ones for parts of the text.")] = 200,
    window: Window = 16,
    window_shape: WindowShapeOption = "dynamic",
    tokenizer: TokenizerOption = "letters",
    analogies: AnalogiesOption = None,
    protocol: ProtocolOption = "questions",
    negative_weight: NegativeWeight = 1.0,
    need: Annotated[
        list[str] | None, typer.Option(metavar="CATEGORY:ACCURACY", help="An ability that matters; may be repeated.")
    ] = None,
    appear: Annotated[
        int | None, typer.Option(help="Categories that the small trial must show [default: half of those it could].")
    ] = None,
    domain: Annotated[
        list[str] | None, typer.Option(metavar="OWN", help="Your own text, beside a general CORPUS; may be repeated.")
    ] = None,
    repeats: Annotated[int, typer.Option(help="Disjoint parts of each size: 1, 2, 4, ...")] = 4,
    fraction: Annotated[
        float, typer.Option(help="The critical size is where accuracy reaches this share of its peak.")
    ] = 0.5,
    bootstrap: Annotated[int, typer.Option(help="Resamples of the word pairs, for the intervals.")] = 200,
    calibrate: Annotated[Literal["gd", "sgd"], typer.Option(help="The trainer that is timed here.")] = "gd",
    speedup: Annotated[
        float | None, typer.Option(help="Give times also for a device so many times as fast as this one.")
    ] = None,
    sigma: Sigma = 1e-4,
    step_size: StepSize = 0.5,
    seed: Annotated[int, typer.Option(help="Seed of the dealing, the resampling and the runs' starts.")] = 0,
    device: DeviceOption = "auto",
    threads: Annotated[int | None, typer.Option(help="CPU threads [default: all cores].")] = None,
    json_form: Annotated[bool, typer.Option("--json", help="Write JSON (qwem-plan/1).")] = False,
    csv_form: Annotated[bool, typer.Option("--csv", help="Write CSV, a row a category and size of text.")] = False,
    html: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write also a page to FILE, with charts and a glossary, to be read in a browser."
        ),
    ] = None,
    on_screen: Annotated[bool, typer.Option("--screen", help="Show the plan in the app instead; q leaves.")] = False,
    ascii_only: Ascii = False,
) -> None:
    """Say which abilities a text can teach, with how much of it and how large a model, and in which stages."""
    given = locals()
    from qwem_tui.base.errors import UsageError

    if json_form and csv_form:
        raise UsageError("--json and --csv exclude each other: give one of them.")
    if on_screen and (json_form or csv_form or html is not None):
        raise UsageError("--screen shows the plan: leave out --json, --csv and --html.")
    if calibrate == "sgd" and window_shape != "dynamic":
        raise UsageError(f"--window-shape {window_shape} is for --calibrate gd: sgd draws its pairs dynamically.")
    if on_screen:
        from qwem_tui.tui.launcher import announce, require_terminal

        require_terminal("leave out --screen", "-" in (*corpus, *(domain or ())))
        announce()
    from qwem_tui.commands.plan import plan_headless, plan_on_screen
    from qwem_tui.commands.study_options import study_config
    from qwem_tui.study.plan.planner import PlanConfig
    from qwem_tui.study.plan.requirements import parse_need

    config = PlanConfig(
        study=study_config(given),
        largest_dim=max_dim,
        fraction=fraction,
        draws=bootstrap,
        repeats=repeats,
        needs=tuple(map(parse_need, need or ())),
        appear=appear,
        trained_by=calibrate,
        speedup=speedup,
        domain=tuple(domain or ()),
    )
    if on_screen:
        raise typer.Exit(plan_on_screen(config, device, threads, ascii_only))
    form: Literal["table", "json", "csv"] = "json" if json_form else "csv" if csv_form else "table"
    raise typer.Exit(plan_headless(config, device, threads, form, ascii_only, html))
