from __future__ import annotations

import pytest

from qwem_tui.study.config import StudyConfig
from tests.conftest import little_text
from tests.study.little import QUESTIONS, WINDOW


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> StudyConfig:
    folder = tmp_path_factory.mktemp("little")
    (folder / "text.txt").write_text(little_text(), encoding="utf-8")
    lines = [line for name, asked in QUESTIONS.items() for line in (f": {name}", *map(" ".join, asked))]
    (folder / "analogies.txt").write_text("\n".join(lines), encoding="utf-8")
    return StudyConfig((str(folder / "text.txt"),), window=WINDOW, analogies=str(folder / "analogies.txt"), dim=8)
