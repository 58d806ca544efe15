"""Settings of runs on the little text."""

from __future__ import annotations

from pathlib import Path

from qwem_tui.study.config import StudyConfig
from tests.conftest import little_text

PAIRS = (("paris", "france"), ("rome", "italy"), ("madrid", "spain"), ("athens", "greece"), ("oslo", "norway"))
CAPITALS = ": capitals\n" + "\n".join(f"{a} {b} {c} {d}" for a, b in PAIRS for c, d in PAIRS if a != c)
#: no question of these categories can be asked of the little text, and one's name looks like markup
NOT_IN_THE_TEXT = "\n: kings\nking queen man woman\n: [bold]odd[/bold]\nking queen boy girl\n"


def little_config(folder: Path, analogies: str, dim: int) -> StudyConfig:
    """Settings of a run of size `dim` on the little text, which is written into `folder` with `analogies`."""
    text, questions = folder / "little.txt", folder / "analogies.txt"
    text.write_text(little_text(), encoding="utf-8")
    questions.write_text(analogies, encoding="utf-8")
    return StudyConfig((str(text),), dim=dim, window=8, analogies=str(questions))
