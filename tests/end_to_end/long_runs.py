"""Runs of the little text that go on until they are ended, and what they leave behind."""

from __future__ import annotations

from pathlib import Path

from qwem_tui.engine.remote.socket_path import published
from qwem_tui.engine.run_folder.checkpoints import Checkpoints
from qwem_tui.engine.run_folder.reader import read_record
from tests.end_to_end.zygote import Child, Zygote

#: runs that would take thousands of steps
LONG = {
    "gd": ("--dim", "8", "--window", "8", "--threads", "1", "--step-size", "0.005"),
    "sgd": ("--dim", "4", "--window", "8", "--threads", "1", "--step-size", "0.005", "--trainer", "sgd"),
}


def train(zygote: Zygote, text: Path, folder: Path, *options: str, trainer: str = "gd", **places: str | Path) -> Child:
    """Begin a long run in `folder`/run."""
    arguments = ("train", str(text), "--out", "run", *LONG[trainer], *options)
    return zygote.start(*arguments, cwd=folder, **places)  # type: ignore[arg-type]


def has_kept(folder: Path) -> bool:
    return bool(Checkpoints(folder / "run" / "checkpoints").steps())


def size(folder: Path) -> int:
    file = folder / "run" / "frames.jsonl"
    return file.stat().st_size if file.exists() else 0


def assert_all_is_kept(folder: Path, snapshot: bool = True) -> int:
    """Nobody writes the run, and its last frame's step has a checkpoint that loads; return that step."""
    run = folder / "run"
    kept = Checkpoints(run / "checkpoints")
    last = read_record(run).frames[-1].step
    assert kept.load().step == kept.steps()[-1] == last
    for step in kept.steps():
        assert int(kept.load(step).state["steps"]) == step
    assert not list(run.rglob("*partial*"))
    assert (run / "snapshots" / f"step-{last:06}" / "vectors.npz").exists() is snapshot
    assert published(run) is None
    return last
