"""An explanation of a category as plain text."""

from __future__ import annotations

from pathlib import Path

import pytest

from qwem_tui.base.progress import Silent
from qwem_tui.formats.prediction.explanation import explanation_lines
from qwem_tui.formats.tables import shown_word
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.explain import explain
from qwem_tui.study.study import Study, prepare
from tests.study.explanations import CPU, made, of, study_in


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return study_in(tmp_path_factory.mktemp("little"))


def test_an_explanation_is_plain_lines(study: Study) -> None:
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


def test_words_from_outside_are_printable_and_cut() -> None:
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
    # a long name takes no longer than a short one, and marks stay with their letter
    assert shown_word("x" * 10_000_000) == "x" * 22 + ".."
    assert shown_word("e\u0301" * 40) == "e\u0301" * 22 + ".."


@pytest.mark.parametrize("width", [60, 75])
def test_lines_fit_where_they_are_shown(study: Study, width: int) -> None:
    lines = explanation_lines(of(study), width)
    assert max(len(line) for line in lines if "  " not in line) <= width
    if width == 75:
        assert max(map(len, lines)) <= width


def test_of_two_pairs_nothing_is_concluded() -> None:
    spectrum, analogies, words = made(1.0, 0.5, [], pairs=2)
    found = explain(spectrum, analogies, words, 0)
    assert found.bulk is None
    assert found.critical.critical_size is None
    text = "\n".join(explanation_lines(found))
    assert "No critical size: too few to tell" in text
    assert "adds little" not in text
    assert "what answers there" not in text


def test_the_pairs_protocol_is_named(text_file: Path) -> None:
    study = prepare(StudyConfig((str(text_file),), dim=6, window=8, protocol="pairs"), CPU, Silent())
    asked = int(study.analogies.attempted.argmax())
    assert "(pairs protocol)" in " ".join(explanation_lines(of(study, asked)))
