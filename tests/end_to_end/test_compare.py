from __future__ import annotations

from pathlib import Path

from qwem_tui.engine.stored import read_frames, read_run
from tests.end_to_end.terminal import Terminal


def last_step(run: Path) -> int:
    """Return the last step written down; -1 before the first."""
    frames = read_frames(run) if (run / "frames.jsonl").exists() else ()
    return frames[-1].step if frames else -1


def test_compare_trains_twice_and_leaves_two_runs(text_file: Path, tmp_path: Path) -> None:
    terminal = Terminal(
        "compare", "little.txt", "--window", "8", "--dim", "4", "--steps", "15", "--trainers", "gd,word2vec",
        "--out", "both", cwd=tmp_path,
    )  # fmt: skip
    second = tmp_path / "both-2"
    # while the screen changes over, the bar may still be that of the first run
    terminal.wait_for(lambda text: "solid: word2vec, dotted: gd" in text and "✓" in text and last_step(second) == 15)
    terminal.press("c")
    terminal.wait_for(lambda text: "solid: gd, dotted: word2vec" in text)
    terminal.press("q")
    assert terminal.exit_code() == 0
    assert terminal.restored
    for name, trainer in (("both", "gd"), ("both-2", "word2vec")):
        assert read_run(tmp_path / name).study.trainer == trainer
        assert last_step(tmp_path / name) == 15
        # what was said at the end names both
        assert f"the run is in {name};".encode() in terminal.raw
