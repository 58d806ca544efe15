from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from qwem_tui.analogies.files import Category
from qwem_tui.analogies.protocols import Analogies, attempt
from qwem_tui.base.errors import Cancelled, QwemError, UsageError
from qwem_tui.base.progress import Silent
from qwem_tui.formats.prediction.explanation import explanation_lines, what_answers
from qwem_tui.formats.tables import shown_word
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.explain import Explanation, category_number, check_explainable, explain
from qwem_tui.study.study import Study, prepare
from qwem_tui.theory.spectrum import Spectrum
from tests.conftest import little_text

PAIRS = [("paris", "france"), ("rome", "italy"), ("madrid", "spain"), ("athens", "greece"), ("oslo", "norway")]
CAPITALS = ": capitals\n" + "\n".join(f"{a} {b} {c} {d}" for a, b in PAIRS for c, d in PAIRS if a != c)
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("little")
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


def test_what_is_found_is_said_in_plain_lines(study: Study) -> None:
    found = of(study)
    lines = explanation_lines(found)
    assert max(map(len, lines)) <= 79
    text = " ".join(" ".join(lines).split())
    assert "capitals: 5 word pairs such as paris : france; 20 of 20 questions can be asked" in text
    assert "On 5 pairs chance alone makes task vectors look alike" in text
    assert f"Critical size {found.critical.critical_size} (95% interval" in text
    assert "The cusp at size 5: SNR = lambda_max(G) rank(G) / Tr G, and rank(G) = min(N, d) stops growing" in text
    assert "Too few pairs to tell the shape of the noise" in text
    assert f"mode {found.task.carriers[0].mode}: {found.task.carriers[0].share:.0%}" in text
    # what tells capitals from countries in that text
    assert {"city", "mayor", "streets", "land", "border", "people"} & set(text.replace(",", "").split())


def test_the_critical_size_is_the_one_computed_elsewhere(study: Study) -> None:
    found = of(study)
    again = explain(
        study.spectrum,
        study.analogies,
        study.vocabulary.words,
        "capitals",
        found.task.dims,
        critical=replace(found.critical, name="known"),
    )
    assert again.critical.name == "known"
    assert (again.without == found.without).all()
    with pytest.raises(ValueError, match="do not belong"):
        explain(study.spectrum, study.analogies, study.vocabulary.words, "capitals", [1, 2], critical=found.critical)


def test_a_direction_that_is_needed_is_told_from_mere_nearness() -> None:
    spectrum, analogies, words = made(6.0, 0.8, [])
    needed = explain(spectrum, analogies, words, "made", [10, 30, 40])
    assert needed.task.carriers[0].mode == 30
    assert needed.task.standing_out == (30, 40)
    assert needed.critical.accuracy[-1] > 0.9
    assert needed.without[-1] == 0
    assert "b - a is what answers there" in " ".join(what_answers(needed))
    spectrum, analogies, words = made(0.0, 0.9, [])
    near = explain(spectrum, analogies, words, "made", [10, 30, 40])
    assert near.task.standing_out is None
    assert "b - a adds little there" in what_answers(near)[0]
    half, same = (replace(near, critical=replace(near.critical, accuracy=near.without * by)) for by in (0.5, 0.9))
    assert "b - a does more harm than good there" in what_answers(half)[0]
    assert "b - a adds little there" in what_answers(same)[0]
    assert near.bulk is not None
    text = " ".join(" ".join(explanation_lines(near)).split())
    assert "no common direction is seen" in text
    assert "The 11 eigenvalues of G below the largest" in text


def test_sizes_between_those_of_the_grid_fall_on_the_smaller_one(study: Study) -> None:
    found = explain(study.spectrum, study.analogies, study.vocabulary.words, "capitals", [2, 4, 8])
    assert [found.at(d) for d in (1, 2, 3, 4, 7, 8, 99)] == [0, 0, 0, 1, 1, 2, 2]
    assert found.cusp == 5
    assert explain(study.spectrum, study.analogies, study.vocabulary.words, 0, [2, 4]).cusp is None
    assert found.carried(8) == pytest.approx(1)
    assert found.carried(found.task.half_carried()) >= 0.5


def test_words_from_outside_are_inert_and_cut() -> None:
    hostile = ["\x1b]0;owned\x07", "x" * 300, "\u202egnp", "漢" * 40, "[bold]b[/bold]", "ok"]
    spectrum, analogies, words = made(3.0, 0.8, hostile)
    lines = explanation_lines(explain(spectrum, analogies, words, "made"))
    text = "\n".join(lines)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\\x1b]0;owned\\x07" in text
    assert max(map(len, lines)) <= 79
    assert shown_word("x" * 300) == "x" * 22 + ".."
    assert shown_word("漢" * 40) == "漢" * 11 + ".."


@pytest.mark.parametrize("width", [60, 75])
def test_lines_fit_where_they_are_shown(study: Study, width: int) -> None:
    lines = explanation_lines(of(study), width)
    assert max(len(line) for line in lines if "  " not in line) <= width
    if width == 75:
        assert max(map(len, lines)) <= width


def test_a_category_is_found_by_name_and_number(study: Study) -> None:
    assert category_number(study.analogies, "CAPITALS") == 0
    assert category_number(study.analogies, 1) == 1
    with pytest.raises(UsageError, match=r"no category called nonsense: choose one of capitals\."):
        of(study, "nonsense")
    for number in (-1, 2):
        with pytest.raises(UsageError, match="from 0 to 1"):
            of(study, number)


def test_fewer_than_two_pairs_is_a_sentence(study: Study) -> None:
    with pytest.raises(QwemError, match=r"kings has 0 word pair.* share: give more text"):
        check_explainable(study.analogies, "kings", more_words=False)
    with pytest.raises(QwemError, match=r"kings has 0 word pair.* raise --vocab-size"):
        of(study, "kings")


def test_two_pairs_are_enough_to_speak() -> None:
    spectrum, analogies, words = made(1.0, 0.5, [], pairs=2)
    found = explain(spectrum, analogies, words, 0)
    assert found.bulk is None
    assert found.critical.critical_size is None
    text = "\n".join(explanation_lines(found))
    assert "No critical size: too few to tell" in text
    assert "adds little" not in text
    assert "what answers there" not in text


def test_work_ends_when_nobody_waits(study: Study) -> None:
    class Stop(Silent):
        def advance(self, done: float) -> None:
            raise Cancelled

    with pytest.raises(Cancelled):
        explain(study.spectrum, study.analogies, study.vocabulary.words, 0, progress=Stop())


def test_the_pairs_protocol_is_named(text_file: Path) -> None:
    study = prepare(StudyConfig((str(text_file),), dim=6, window=8, protocol="pairs"), CPU, Silent())
    asked = int(study.analogies.attempted.argmax())
    assert "(pairs protocol)" in " ".join(explanation_lines(of(study, asked)))
