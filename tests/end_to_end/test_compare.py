from __future__ import annotations

from pathlib import Path

from qwem_tui.engine.stored import read_frames, read_run
from tests.end_to_end.terminal import Terminal


def test_compare_trains_twice_and_leaves_two_runs(text_file: Path, tmp_path: Path) -> None:
    terminal = Terminal(
        "compare", "little.txt", "--window", "8", "--dim", "4", "--steps", "15", "--trainers", "gd,word2vec",
        "--out", "both", cwd=tmp_path,
    )  # fmt: skip
    terminal.wait_for(lambda text: "solid: word2vec, dotted: gd" in text and "✓" in text)
    terminal.press("c")
    terminal.wait_for(lambda text: "solid: gd, dotted: word2vec" in text)
    terminal.press("q")
    assert terminal.exit_code() == 0
    assert terminal.restored
    for name, trainer in (("both", "gd"), ("both-2", "word2vec")):
        assert read_run(tmp_path / name).study.trainer == trainer
        assert read_frames(tmp_path / name)[-1].step == 15
        # what was said at the end names both
        assert f"the run is in {name};".encode() in terminal.raw
