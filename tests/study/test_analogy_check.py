from __future__ import annotations

from pathlib import Path

import numpy as np

from qwem_tui.analogies.files import read_analogy_file
from qwem_tui.corpus.vocabulary import Vocabulary
from qwem_tui.corpus.word_settings import WordSettings
from qwem_tui.study.analogy_check import FileCheck, check_file

FILE = """: plurals
cat cats
dog dogs
cat cats
ox oxen
cats cat
sheep sheep
dog
new_york yorks
"""
WORDS = Vocabulary(("cat", "cats", "dog", "dogs", "ox", "oxen"), np.array([9, 8, 7, 6, 5, 4]))


def checked(folder: Path, text: str, every: Vocabulary | None = None, vocab_size: int = 4) -> FileCheck:
    (folder / "f.txt").write_text(text, encoding="utf-8")
    return check_file(read_analogy_file(folder / "f.txt", lenient=True), WordSettings(), every, vocab_size)


def test_pairs_that_are_wrong_by_form(tmp_path: Path) -> None:
    check = checked(tmp_path, FILE)
    found = [(each.kind, each.row.line, each.other and each.other.line) for each in check.problems]
    assert found == [("repeated", 4, 2), ("reversed pair", 6, 2), ("equal words", 7, None)]
    assert [misfit.line for misfit in check.file.misfits] == [8]
    (plurals,) = check.categories
    assert (plurals.pairs, plurals.questions, plurals.impossible) == (6, 30, ("new_york",))
    # cat : cats :: cats : cat, and the like; sheep : sheep is one of them as the second pair always
    assert plurals.unanswerable == 7
    assert plurals.covered_pairs is plurals.attempted is plurals.more_pairs is check.vocab_size is None


def test_questions_name_their_pairs_often_and_that_is_no_fault(tmp_path: Path) -> None:
    check = checked(tmp_path, ": s\na b c d\nc d a b\na b e f\na b c d\n")
    assert [(each.kind, each.row.line) for each in check.problems] == [("repeated", 5)]


def test_what_a_text_covers_and_what_that_can_tell(tmp_path: Path) -> None:
    check = checked(tmp_path, FILE, WORDS)
    (plurals,) = check.categories
    assert (check.vocab_size, plurals.covered_pairs, plurals.attempted) == (4, 3, 6)
    assert plurals.rare == (("ox", 5), ("oxen", 4))
    assert plurals.absent == ("sheep", "yorks")
    assert plurals.tells_from is None  # six questions are too few
    pairs = "".join(f"{a}x {a}y\n" for a in "abcdefghijklmnopqrst")
    every = Vocabulary(tuple(pairs.split()), np.full(40, 2))
    (many,) = checked(tmp_path, pairs, every, 1000).categories
    assert (many.covered_pairs, many.attempted) == (20, 380)
    # in 40 words chance is 3 of 37
    assert many.tells_from is not None
    assert 0.2 <= many.tells_from <= 0.4
    assert many.more_pairs is not None
    assert many.more_pairs > 0
