"""The templates of the page of a plan, in which every text is escaped and made printable.

No template and no function marks text as safe: markup is what stands in a template, and nothing else.
"""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from qwem_tui.base.printable import printable
from qwem_tui.base.units import duration, percent
from qwem_tui.formats.plan import quantities, sentences
from qwem_tui.formats.plan.html import wording
from qwem_tui.study.plan.verdict import UNCOVERED, between


def _printable(value: object) -> object:
    """Return text without control characters; what a template made holds none any more."""
    return printable(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


@cache
def _environment() -> Environment:
    # finalize is applied to every value before it is escaped
    found = Environment(
        loader=PackageLoader("qwem_tui.formats.plan.html"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    found.globals.update(sentences=sentences, quantities=quantities, wording=wording, UNCOVERED=UNCOVERED)
    found.globals.update(percent=percent, duration=duration, between=between)
    found.filters["count"] = "{:,}".format
    return found


def render(template: str, **values: object) -> str:
    """Return a template filled in with `values`; raises jinja2's UndefinedError where it names one that is missing."""
    return _environment().get_template(template).render(values)
