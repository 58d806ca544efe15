"""`qwem-tui plan`: progress on stderr, the answer on stdout, and a page for a browser where asked for."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from qwem_tui.base.atomic import atomic_file
from qwem_tui.base.errors import QwemError, UsageError
from qwem_tui.base.printable import printable
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
    study_config,
)

if TYPE_CHECKING:
    from qwem_tui.base.progress import Progress
    from qwem_tui.commands.output import Form
    from qwem_tui.study.plan.planner import Plan, PlanConfig


class _Untouched(Exception):  # noqa: N818 - it is raised to leave a file as it was
    pass


def _check_page(page: Path) -> None:
    """Raise UsageError where `page` is there already, or could not be written."""
    if str(page) == "-":
        raise UsageError("--html -: stdout has the plan itself; give the name of a file.")
    if os.path.isdir(page):
        raise UsageError(f"--html {printable(str(page))} is a folder: give the name of a file in it.")
    _refuse_existing(page)
    try:
        with suppress(_Untouched), atomic_file(page):
            raise _Untouched
    except QwemError as error:
        raise UsageError(f"--html: {error}") from error


def _refuse_existing(page: Path) -> None:
    if os.path.lexists(page):
        raise UsageError(f"{printable(str(page))} exists already: give another --html.")


def _write_page(planned: Plan, page: Path) -> None:
    from qwem_tui.formats.plan.html.page import plan_html

    # it may have come while the plan was made
    _refuse_existing(page)
    with atomic_file(page) as temporary:
        temporary.write_text(plan_html(planned), encoding="utf-8")
    print(f"The plan as a page: {printable(str(page))}", file=sys.stderr)


def plan_headless(
    config: PlanConfig,
    device_name: str,
    threads: int | None,
    form: Form,
    ascii_only: bool,
    page: Path | None = None,
) -> int:
    """Plan and print, and write the plan to a new file `page` as HTML; return the exit code.

    Raises QwemError for what the user can mend; nothing is printed on stdout then, unless it is that the page cannot be
    written once the plan is made.
    """
    from rich.console import Console

    from qwem_tui.base.device import check_threads
    from qwem_tui.commands.output import check_stdout, write_answer
    from qwem_tui.commands.progress_bar import ProgressBar
    from qwem_tui.engine.step_timing import plan_here
    from qwem_tui.formats.plan.data import plan_json, write_plan_csv
    from qwem_tui.formats.plan.table import PlanReport
    from qwem_tui.study.plan.planner import check_plan

    check_stdout()
    if page is not None:
        _check_page(page)
    check_threads(threads)
    check_plan(config)
    with ProgressBar(Console(stderr=True)) as bar:
        planned = plan_here(config, device_name, threads, bar, sys.stdin.buffer)
    try:
        if page is not None:
            _write_page(planned, page)
    finally:
        # minutes of work are not lost with a disk that is full by now
        write_answer(
            form,
            ascii_only,
            lambda: plan_json(planned),
            lambda file: write_plan_csv(planned, file),
            lambda _, plain: PlanReport(planned, plain),
        )
    return 0


def plan_on_screen(config: PlanConfig, device_name: str, threads: int | None, ascii_only: bool) -> int:
    """Plan and show it in the app; return the exit code. Leaving the app before the plan is made gives it up.

    Raises QwemError for what the user can mend, once the app is left.
    """
    from qwem_tui.base.device import check_threads
    from qwem_tui.engine.step_timing import plan_here
    from qwem_tui.study.plan.planner import check_plan

    check_threads(threads)
    check_plan(config)
    from qwem_tui.tui.launcher import ScreenOptions, open_plan
    from qwem_tui.tui.terminal import take_stdin

    stdin = take_stdin((*config.study.sources, *config.domain), "plan")

    def work(progress: Progress) -> Plan:
        return plan_here(config, device_name, threads, progress, stdin)

    return open_plan(work, config, ScreenOptions(ascii_only=ascii_only))


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
    if json_form and csv_form:
        raise UsageError("--json and --csv exclude each other: give one of them.")
    if on_screen and (json_form or csv_form or html is not None):
        raise UsageError("--screen shows the plan: leave out --json, --csv and --html.")
    if calibrate == "sgd" and window_shape != "dynamic":
        raise UsageError(f"--window-shape {window_shape} is for --calibrate gd: sgd draws its pairs dynamically.")
    if on_screen:
        from qwem_tui.tui.launcher import announce
        from qwem_tui.tui.terminal import require_terminal

        require_terminal("leave out --screen", "-" in (*corpus, *(domain or ())))
        announce()
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
