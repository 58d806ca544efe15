"""A study whose categories can be explained, and pairs that share a direction."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from qwem_tui.analogies.files import Category
from qwem_tui.analogies.protocols import Analogies, attempt
from qwem_tui.base.progress import Silent
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.explain import Explanation, explain
from qwem_tui.study.study import Study, prepare
from qwem_tui.theory.spectrum import Spectrum
from tests.conftest import little_text

PAIRS = [("paris", "france"), ("rome", "italy"), ("madrid", "spain"), ("athens", "greece"), ("oslo", "norway")]
CAPITALS = ": capitals\n" + "\n".join(f"{a} {b} {c} {d}" for a, b in PAIRS for c, d in PAIRS if a != c)
CPU = torch.device("cpu")


def study_in(folder: Path) -> Study:
    """Return a study of a little text about capitals; its two files are in `folder`."""
    (folder / "text.txt").write_text(little_text(), encoding="utf-8")
    (folder / "capitals.txt").write_text(f"{CAPITALS}\n: kings\nking queen man woman\n", encoding="utf-8")
    config = StudyConfig((str(folder / "text.txt"),), dim=8, window=8, analogies=str(folder / "capitals.txt"))
    return prepare(config, CPU, Silent())


def of(study: Study, category: str | int = "capitals") -> Explanation:
    return explain(study.spectrum, study.analogies, study.vocabulary.words, category)


def made(
    shared: float, nearness: float, names: list[str], pairs: int = 12, d: int = 40
) -> tuple[Spectrum, Analogies, list[str]]:
    """Return pairs that share a direction (of length `shared`, mode 30) and lie near each other (`nearness`)."""
    generator = np.random.default_rng(0)
    V = generator.normal(size=(600, d))
    V[:, 29] = 0.1 * generator.normal(size=600)
    own = generator.normal(size=(pairs, d))
    V[0 : 2 * pairs : 2] = nearness * own + (1 - nearness) * V[0 : 2 * pairs : 2]
    V[1 : 2 * pairs : 2] = nearness * own + (1 - nearness) * V[1 : 2 * pairs : 2]
    V[0 : 2 * pairs : 2, 29] -= shared
    V[1 : 2 * pairs : 2, 29] += shared
    vectors = torch.from_numpy(V)
    spectrum = Spectrum(torch.ones(d, dtype=torch.float64), vectors, -1.0, -0.5, vectors[:, 0], 0.0)
    words = [*names, *(f"word{i}" for i in range(len(names), 600))]
    lines = tuple(
        (words[2 * i], words[2 * i + 1], words[2 * j], words[2 * j + 1])
        for i in range(pairs)
        for j in range(pairs)
        if i != j
    )
    return spectrum, attempt([Category("made", lines)], {word: i for i, word in enumerate(words)}, "questions"), words
