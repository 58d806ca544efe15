from __future__ import annotations

from qwem_tui.analogies.coverage import NOTHING_LOST, impossible
from qwem_tui.analogies.files import parse_analogies
from qwem_tui.corpus.tokenizers import letters, whitespace

FILE = ": papers\nalbany albany_journal boston globe\nboston globe paris temps\n: years\na b1/b c 1990\n"


def test_words_that_the_tokenizer_makes_otherwise_are_found_by_asking_it() -> None:
    found = impossible(parse_analogies(FILE, "f"), letters)
    assert found.words == ("1990", "albany_journal", "b1")
    # b1 has another right answer, which the tokenizer makes
    assert (found.questions, found.total) == (2, 3)
    assert impossible(parse_analogies(FILE, "f"), whitespace) == NOTHING_LOST
    assert impossible(parse_analogies("a,x y\nb,z\n", "f"), whitespace).words == ("x y",)


def test_nothing_is_lost_where_all_words_are_made() -> None:
    assert impossible(parse_analogies("don wanna çok été\n", "f"), letters) == NOTHING_LOST
