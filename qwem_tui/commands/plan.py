"""`qwem-tui plan`: progress on stderr, the answer on stdout, and as a page where asked for; or all on a screen."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from qwem_tui.base.atomic import atomic_file
from qwem_tui.base.errors import Named, QwemError, SettingError, UsageError
from qwem_tui.base.memory import limit_memory
from qwem_tui.base.printable import printable
from qwem_tui.commands.options import (
    AnswerOptions,
    ComputeOptions,
    CriticalSizeOptions,
    ForecastOptions,
    ShapedTextOptions,
    screen_options,
)
from qwem_tui.commands.signature import command
from qwem_tui.tui.launcher import announce, open_plan
from qwem_tui.tui.terminal import require_terminal, take_stdin

if TYPE_CHECKING:
    from qwem_tui.base.progress import Progress
    from qwem_tui.study.plan.planner import Plan


@dataclass(frozen=True)
class PlanOptions(CriticalSizeOptions):
    """What is planned."""

    max_dim: Annotated[int, typer.Option(help="Largest size to evaluate; smaller ones for parts of the text.")] = 200
    need: Annotated[
        list[str] | None, typer.Option(metavar="CATEGORY:ACCURACY", help="An ability that matters; may be repeated.")
    ] = None
    appear: Annotated[
        int | None, typer.Option(help="Categories that the small trial must show [default: half of those it could].")
    ] = None
    domain: Annotated[
        list[str] | None, typer.Option(metavar="OWN", help="Your own text, beside a general CORPUS; may be repeated.")
    ] = None
    repeats: Annotated[int, typer.Option(help="Disjoint parts of each size: 1, 2, 4, ...")] = 4
    calibrate: Annotated[Literal["gd", "sgd"], typer.Option(help="The trainer that is timed here.")] = "gd"
    speedup: Annotated[float | None, typer.Option(help="Give times also for a device this many times as fast.")] = None


@dataclass(frozen=True)
class PlanForecastOptions(ForecastOptions):
    """The runs that are planned."""

    dim: Annotated[int | None, typer.Option(help="Size of your model, to say whether it is large enough.")] = None
    seed: Annotated[int, typer.Option(help="Seed of the dealing, the resampling and the runs' starts.")] = 0


@dataclass(frozen=True)
class PlanAnswerOptions(AnswerOptions):
    """In which form the plan is written."""

    json_form: Annotated[bool, typer.Option("--json", help="Write JSON (qwem-plan/1).")] = False
    csv_form: Annotated[bool, typer.Option("--csv", help="Write CSV, a row a category and size of text.")] = False
    html: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write also a page to FILE, with charts and a glossary, to be read in a browser."
        ),
    ] = None
    screen: Annotated[bool, typer.Option("--screen", help="Show the plan in the app instead; q leaves.")] = False

    def __post_init__(self) -> None:
        """Raise UsageError where two forms are asked for."""
        super().__post_init__()
        if self.screen and (self.form != "table" or self.html is not None):
            others = (Named("json"), ", ", Named("csv"), " and ", Named("html"))
            raise UsageError(Named("screen"), " shows the plan: leave out ", *others, ".")


class _Untouched(Exception):  # noqa: N818 - it is raised to leave a file as it was
    pass


def _check_page(page: Path) -> None:
    """Raise SettingError where `page` is there already, or could not be written."""
    if str(page) == "-":
        raise SettingError("html", "-", "stdout has the plan itself; give the name of a file.", problem="")
    if os.path.isdir(page):
        raise SettingError("html", printable(str(page)), "give the name of a file in it.", "is a folder")
    _refuse_existing(page)
    try:
        with suppress(_Untouched), atomic_file(page):
            raise _Untouched
    except QwemError as error:
        raise SettingError("html", "", str(error), problem="") from error


def _refuse_existing(page: Path) -> None:
    if os.path.lexists(page):
        raise UsageError(f"{printable(str(page))} exists already: give another ", Named("html"), ".")


@command
def plan(
    text: ShapedTextOptions,
    asked: PlanOptions,
    runs: PlanForecastOptions,
    compute: ComputeOptions,
    answer: PlanAnswerOptions,
) -> None:
    """Say which abilities a text can teach, with how much of it and how large a model, and in which stages."""
    if answer.screen:
        require_terminal("leave out --screen", "-" in (*text.corpus, *(asked.domain or ())))
        announce()
    # not before: they load PyTorch, which --help need not wait for
    from rich.console import Console

    from qwem_tui.commands.output import check_stdout, write_answer
    from qwem_tui.commands.progress_bar import ProgressBar
    from qwem_tui.commands.settings import study_config
    from qwem_tui.engine.step_timing import plan_here
    from qwem_tui.formats.plan.data import plan_json, write_plan_csv
    from qwem_tui.formats.plan.html.page import plan_html
    from qwem_tui.formats.plan.table import PlanReport
    from qwem_tui.study.plan.planner import PlanConfig, check_named_needs
    from qwem_tui.study.plan.requirements import parse_need

    config = PlanConfig(
        study=study_config(text, runs),
        largest_dim=asked.max_dim,
        fraction=asked.fraction,
        draws=asked.bootstrap,
        repeats=asked.repeats,
        needs=tuple(map(parse_need, asked.need or ())),
        appear=asked.appear,
        trained_by=asked.calibrate,
        speedup=asked.speedup,
        domain=tuple(asked.domain or ()),
    )
    limit_memory(compute.memory_bytes)
    if answer.screen:
        # before the screen is taken; without one it is the first thing that is done
        check_named_needs(config)
        stdin = take_stdin((*config.study.sources, *config.domain), "plan")

        def work(progress: Progress) -> Plan:
            return plan_here(config, compute.device, compute.threads, progress, stdin)

        raise typer.Exit(open_plan(work, config, screen_options(answer.ascii_only)))
    check_stdout()
    if answer.html is not None:
        _check_page(answer.html)
    with ProgressBar(Console(stderr=True)) as bar:
        planned = plan_here(config, compute.device, compute.threads, bar, sys.stdin.buffer)
    try:
        if answer.html is not None:
            # it may have come while the plan was made
            _refuse_existing(answer.html)
            with atomic_file(answer.html) as temporary:
                temporary.write_text(plan_html(planned), encoding="utf-8")
            print(f"The plan as a page: {printable(str(answer.html))}", file=sys.stderr)
    finally:
        # minutes of work are not lost with a disk that is full by now
        write_answer(
            answer,
            lambda: plan_json(planned),
            lambda file: write_plan_csv(planned, file),
            lambda _, plain: PlanReport(planned, plain),
            planned.warnings,
        )
