"""A snapshot as a folder to take home."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from qwem_tui.base.atomic import atomic_folder
from qwem_tui.engine.frame import Frame, Snapshot
from qwem_tui.engine.run_folder.writer import configuration
from qwem_tui.engine.source import RunSource
from qwem_tui.formats.snapshot.metrics_csv import write_metrics_csv
from qwem_tui.vectors.npz import write_npz
from qwem_tui.vectors.word2vec_text import write_word2vec_text

SCHEMA = "qwem-snapshot/1"


def write_last_snapshot(run: RunSource) -> Path | None:
    """Write the snapshot folder of a run that has ended into its run folder; return where it is.

    One of that step that is there already stays. None where the run has no folder, or never began to train. Raises as
    `write_snapshot_folder`.
    """
    study, history, snapshot = run.study(), run.history(), run.snapshot(0)
    if run.path is None or study is None or history is None or snapshot is None:
        return None
    folder = run.path / "snapshots" / f"step-{snapshot.step:06}"
    if not folder.exists():
        frames, names = history.frames(), study.analogies.names
        write_snapshot_folder(folder, snapshot, frames, names, study.tau_1, configuration(study), None)
    return folder


def write_snapshot_folder(
    folder: Path,
    snapshot: Snapshot,
    frames: Sequence[Frame],
    category_names: Sequence[str],
    tau_1: float | None,
    configuration: Mapping[str, object],
    screen_svg: str | None,
) -> tuple[str, ...]:
    """Write all that is known of a snapshot to a new folder and return the names of the files in it.

    `vectors.npz`, `vectors.txt` (word2vec text), `metrics.csv` (the frames; `tau_1` in units of t, or None),
    `config.json` (`configuration`, which must be fit for JSON and hold no NaN, with `schema`, `step`, `t` and
    `made_of`), and `screen.svg` where one is given. Missing parents are made. Raises QwemError where the folder exists
    or cannot be written, ValueError for a NaN or infinity in `configuration`; nothing is left behind then.
    """
    described = {**configuration, "schema": SCHEMA, "step": snapshot.step, "t": snapshot.t, "made_of": snapshot.made_of}
    config = json.dumps(described, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
    with atomic_folder(folder) as partial:
        with (partial / "vectors.npz").open("wb") as stream:
            write_npz(snapshot.table, stream, step=np.int64(snapshot.step), t=np.float64(snapshot.t))
        with (partial / "vectors.txt").open("wb") as stream:
            write_word2vec_text(snapshot.table, stream)
        with (partial / "metrics.csv").open("wb") as stream:
            write_metrics_csv(frames, category_names, tau_1, stream)
        # JSON writes a lone surrogate (of a file name that is not UTF-8) just as backslashreplace does
        (partial / "config.json").write_text(config, encoding="utf-8", errors="backslashreplace")
        if screen_svg is not None:
            (partial / "screen.svg").write_text(screen_svg, encoding="utf-8")
        return tuple(sorted(path.name for path in partial.iterdir()))
