from __future__ import annotations

from dataclasses import replace

import pytest

from qwem_tui.corpus.reading.facts import Markup, PassedOver, ReadingFacts
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.reading_notes import reading_notes

STUDY = StudyConfig(("a.txt",), window=16)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (ReadingFacts(), []),
        (
            ReadingFacts((PassedOver("binary", 2, "a.png"), PassedOver("encoding", 1, "b.txt")), "cp1252"),
            [
                "3 file(s) were passed over: 2 binary, 1 in another encoding; b.txt is likely cp1252, which --encoding "
                "cp1252 reads."
            ],
        ),
        (
            ReadingFacts((PassedOver("encoding", 1, "b"),)),
            ["1 file(s) were passed over: 1 in another encoding; b is not in UTF-8."],
        ),
        (
            ReadingFacts(containers=(("JSON lines", 3),), fields=("a\x1b",), without_text=2),
            [
                r"3 file(s) were read as JSON lines, the text of each record in a\x1b.",
                "2 record(s) have no text there, and were left out.",
            ],
        ),
        (ReadingFacts(containers=(("WikiExtractor", 1),)), ["1 file(s) were read as WikiExtractor."]),
        (ReadingFacts(tables="t.csv"), [
            "t.csv is named as a table, and was read as plain text: --text-field COLUMN reads a column."
        ]),
        (
            ReadingFacts(utf8="b"),
            ["b is UTF-8 and was read as cp1252, as --encoding says: leave that out if words look wrong."],
        ),
        (ReadingFacts(markup=Markup(0.0099, "<p>")), []),
        (
            ReadingFacts(markup=Markup(0.034, "<p\x1b>")),
            [
                r"About 3% of the words are in tags, entities or web addresses, such as <p\x1b>: take them out of the "
                "text, or they count as words."
            ],
        ),
    ],
)  # fmt: skip
def test_each_thing_found_is_a_sentence(facts: ReadingFacts, said: list[str]) -> None:
    study = replace(STUDY, encoding="cp1252") if facts.utf8 else STUDY
    assert list(reading_notes(facts, study, 10, 160)) == said


@pytest.mark.parametrize(
    ("facts", "study", "end"),
    [
        (
            ReadingFacts(by_lines=True),
            STUDY,
            "where lines belong together, --paragraphs joins them up to an empty line",
        ),
        (ReadingFacts(), replace(STUDY, lines=True), "without --lines a file of a folder is one document"),
        (ReadingFacts(), STUDY, "words of two documents never stand in one window"),
    ],
)
def test_documents_shorter_than_the_window_are_said(facts: ReadingFacts, study: StudyConfig, end: str) -> None:
    assert reading_notes(facts, study, 10, 159) == (
        f"Documents have 15.9 words on average, fewer than the window of 16: {end}.",
    )
