"""`qwem-tui samples`: list the sample corpora and analogies, or write one out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from qwem_tui.base.atomic import atomic_file
from qwem_tui.base.errors import Named, UsageError
from qwem_tui.base.printable import printable
from qwem_tui.corpus.samples.catalogue import SAMPLES, sample_bytes


def samples(
    name: Annotated[str | None, typer.Argument(help="The sample to write out; without one, list them.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it to FILE [default: stdout].")] = None,
    strengths: Annotated[
        str | None,
        typer.Option(metavar="S1,S2,...", help="attributes: one of these strengths, each above 0 and below 1."),
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="attributes: one of this seed [default: 0].")] = None,
) -> None:
    """List the sample corpora and analogies, or write one out."""
    if name is None:
        if strengths is not None or seed is not None:
            advice = " need a sample's name: attributes or attributes-analogies."
            raise UsageError(Named("strengths"), " and ", Named("seed"), advice)
        width = max(len(sample.name) for sample in SAMPLES)
        for sample in SAMPLES:
            size = sample.path.stat().st_size
            typer.echo(f"{sample.name:{width}} {sample.kind:9} {size / 1e6:4.1f} MB  {sample.description}")
        return
    data = sample_bytes(name, strengths, seed)
    if out is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    if out.exists():
        raise UsageError(f"{printable(str(out))} exists already: give another ", Named("out"), ".")
    with atomic_file(out) as temporary:
        temporary.write_bytes(data)
    typer.echo(f"{name}: {len(data):,} bytes written to {out}", err=True)
