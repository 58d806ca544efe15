from __future__ import annotations

from qwem_tui.analogies.coverage import NOTHING_LOST, impossible
from qwem_tui.analogies.files import parse_analogies
from qwem_tui.corpus.word_settings import WordSettings

LETTERS, WHITESPACE = WordSettings(), WordSettings("whitespace")
FILE = ": papers\nalbany albany_journal boston globe\nboston globe paris temps\n: years\na b1/b c 1990\n"


def test_words_that_the_tokenizer_makes_otherwise_are_found_by_asking_it() -> None:
    found = impossible(parse_analogies(FILE, "f"), LETTERS)
    assert found.words == ("1990", "albany_journal", "b1")
    # b1 has another right answer, which the tokenizer makes
    assert (found.questions, found.total) == (2, 3)
    assert impossible(parse_analogies(FILE, "f"), WHITESPACE) == NOTHING_LOST
    assert impossible(parse_analogies("a,x y\nb,z\n", "f"), WHITESPACE).words == ("x y",)


def test_nothing_is_lost_where_all_words_are_made() -> None:
    assert impossible(parse_analogies("don wanna çok été\n", "f"), LETTERS) == NOTHING_LOST


def test_a_dictionary_may_have_any_word_with_a_letter_and_no_blank() -> None:
    found = impossible(parse_analogies("東京,日本\nニュー ヨーク,1990\nnew_york,usa\n", "f"), WordSettings("mecab"))
    assert found.words == ("1990", "ニュー ヨーク")
