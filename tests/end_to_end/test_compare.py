from __future__ import annotations

import re
from pathlib import Path

from qwem_tui.engine.run_folder.reader import read_record, read_run
from tests.end_to_end.terminal import Forked
from tests.end_to_end.zygote import Zygote

ENDED = re.compile(
    r"gd: \d+\.\d% of \d+ questions right at step 15 \(15 steps taken, as asked\)\. word2vec: \d+\.\d% of \d+ "
    r"questions right at step 15 \(15 steps taken; effective rank \d\.\d(, 90% of it since step \d+)?\)\."
)


def unwrapped(text: str) -> str:
    return " ".join(text.split())


def last_step(run: Path) -> int:
    """Return the last step written down; -1 before the first."""
    frames = read_record(run).frames if (run / "frames.jsonl").exists() else ()
    return frames[-1].step if frames else -1


def test_compare_trains_twice_and_leaves_two_runs(zygote: Zygote, text_file: Path, tmp_path: Path) -> None:
    terminal = Forked(
        zygote, "compare", "little.txt", "--window", "8", "--dim", "4", "--steps", "15", "--trainers", "gd,word2vec",
        "--out", "both", cwd=tmp_path,
    )  # fmt: skip
    second = tmp_path / "both-2"
    # while the screen changes over, the bar may still be that of the first run
    terminal.wait_for(lambda text: "solid: word2vec, dotted: gd" in text and "✓" in text and last_step(second) == 15)
    # how both ended stays on the screen, whole, whichever is in front
    for front in ("solid: word2vec, dotted: gd", "solid: gd, dotted: word2vec"):
        terminal.wait_for(lambda text, front=front: front in text and bool(ENDED.search(unwrapped(text))))  # type: ignore[misc]
        terminal.press("c")
    terminal.wait_for(lambda text: "closed form" in text)
    terminal.press("q")
    assert terminal.exit_code() == 0
    assert terminal.restored
    # and is said once the app is left
    assert ENDED.search(unwrapped(terminal.raw.decode().rpartition("\x1b[?1049l")[2]))
    for name, trainer in (("both", "gd"), ("both-2", "word2vec")):
        assert read_run(tmp_path / name).study.trainer == trainer
        assert last_step(tmp_path / name) == 15
        # what was said at the end names both
        assert f"finished: `qwem-tui resume {name}` shows it again".encode() in terminal.raw
    assert b"continues it" not in terminal.raw
