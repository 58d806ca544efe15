"""`qwem-tui plan`: progress on stderr, the answer on stdout, and a page for a browser where asked for."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from rich.console import Console

from qwem_tui.base.atomic import atomic_file
from qwem_tui.base.device import check_threads
from qwem_tui.base.errors import QwemError, UsageError
from qwem_tui.base.printable import inert
from qwem_tui.base.progress import Progress
from qwem_tui.commands.output import Form, check_stdout, write_answer
from qwem_tui.commands.progress_bar import Narrator
from qwem_tui.engine.planner import plan_here
from qwem_tui.formats.plan.data import plan_json, write_plan_csv
from qwem_tui.formats.plan.html.page import plan_html
from qwem_tui.formats.plan.table import PlanReport
from qwem_tui.study.plan.planner import Plan, PlanConfig, check_plan


class _Untouched(Exception):  # noqa: N818 - it is raised to leave a file as it was
    pass


def _check_page(page: Path) -> None:
    """Raise UsageError where `page` is there already, or could not be written."""
    if str(page) == "-":
        raise UsageError("--html -: stdout has the plan itself; give the name of a file.")
    if os.path.isdir(page):
        raise UsageError(f"--html {inert(str(page))} is a folder: give the name of a file in it.")
    _refuse_existing(page)
    try:
        with suppress(_Untouched), atomic_file(page):
            raise _Untouched
    except QwemError as error:
        raise UsageError(f"--html: {error}") from error


def _refuse_existing(page: Path) -> None:
    if os.path.lexists(page):
        raise UsageError(f"{inert(str(page))} exists already: give another --html.")


def _write_page(planned: Plan, page: Path) -> None:
    # it may have come while the plan was made
    _refuse_existing(page)
    with atomic_file(page) as temporary:
        temporary.write_text(plan_html(planned), encoding="utf-8")
    print(f"The plan as a page: {inert(str(page))}", file=sys.stderr)


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
    check_stdout()
    if page is not None:
        _check_page(page)
    check_threads(threads)
    check_plan(config)
    with Narrator(Console(stderr=True)) as narrator:
        planned = plan_here(config, device_name, threads, narrator, sys.stdin.buffer)
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
    check_threads(threads)
    check_plan(config)
    from qwem_tui.tui.launcher import Screen, open_plan, take_stdin

    stdin = take_stdin((*config.study.sources, *config.domain), "plan")

    def work(progress: Progress) -> Plan:
        return plan_here(config, device_name, threads, progress, stdin)

    return open_plan(work, config, Screen(ascii_only=ascii_only))
