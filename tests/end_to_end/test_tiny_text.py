"""A text of three words from the command line: predict, train, plan and sweep answer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.end_to_end.zygote import Zygote

TINY = "b a c\nb c a\nc c\na b c\nc a\na a c c a\n" * 2


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("predict", ("--json",)),
        ("train", ("--json", "--out", "run")),
        ("plan", ("--json",)),
        ("sweep", ("--json", "--over", "sigma=1e-2,1e-4", "--out", "sweep", "--workers", "1")),
    ],
)
def test_a_text_of_three_words_is_answered(
    zygote: Zygote, tmp_path: Path, command: str, options: tuple[str, ...]
) -> None:
    (tmp_path / "tiny.txt").write_text(TINY, encoding="ascii")
    done = zygote.run(command, "tiny.txt", *options, "--threads", "1", cwd=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    last = json.loads(done.stdout.splitlines()[-1])
    if command == "train":
        assert last["modes_learned"] == 1
    elif command == "sweep":
        assert [cell["problem"] for cell in last["cells"]] == [None, None]
        assert all(cell["result"]["run"]["expected_steps"] for cell in last["cells"])
    else:
        assert last["vocab_size"] == 3
