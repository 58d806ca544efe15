"""Words by script, as docs/text.md has them; case, normal form and marks."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qwem_tui.corpus.tokenizers import ASCII_TABLES, BETWEEN, letters, tokenizer_of, whitespace, word_form
from qwem_tui.corpus.word_settings import Language, WordSettings

LETTERS, WHITESPACE = WordSettings(), WordSettings("whitespace")
ALL = (
    LETTERS, WHITESPACE, WordSettings(normalize="nfkc"), WordSettings(normalize="none"),
    WordSettings(strip_marks=True), WordSettings(keep_case=True), WordSettings(language="tr"),
    WordSettings("whitespace", keep_case=True, strip_marks=True),
)  # fmt: skip

#: Text, and its words.
BY_SCRIPT = {
    "latin: the paper's words": ("Don't the king's 2go x\u00b2", "don t the king s go x"),
    "latin: closing quotes": ("l\u2019homme \u2018single\u2019", "l homme single"),
    "latin: a joiner joins nothing": ("x\u200cy ca\u200df\u00e9", "xy caf\u00e9"),
    "catalan": (
        "Col\u00b7lecci\u00f3 co\u0140lecci\u00f3 \u00b7 L\u00b7 a\u00b7b 3\u00b7l",
        "col\u00b7lecci\u00f3 col\u00b7lecci\u00f3 l a b l",
    ),
    "occitan": ("in\u00b7h\u00e8r des\u00b7har", "in\u00b7h\u00e8r des\u00b7har"),
    "hawaiian": ("Hawai\u02bbi \u02bbOhana \u2018aina\u2019", "hawai\u02bbi \u02bbohana aina"),
    "turkish, not said to be": ("\u0130stanbul I\u0307zmir IRMAK", "istanbul izmir irmak"),
    "ukrainian": (
        "\u041f'\u044f\u0442\u044c \u043f\u2019\u044f\u0442\u044c \u043f\u02bc\u044f\u0442\u044c",
        " ".join(["\u043f\u02bc\u044f\u0442\u044c"] * 3),
    ),
    "ukrainian: decomposed": ("\u0437\u2019\u0456\u0308\u0437\u0434", "\u0437\u02bc\u0457\u0437\u0434"),
    "cyrillic: quoted": (
        "'\u0441\u043b\u043e\u0432\u043e' \u2018\u0434\u0430\u2019, x'\u0434\u0430",
        "\u0441\u043b\u043e\u0432\u043e \u0434\u0430 x \u0434\u0430",
    ),
    "hebrew: acronym": (
        "\u05e6\u05d4\"\u05dc \u05e6\u05d4\u05f4\u05dc \u05e6\u05d4''\u05dc \u05e6\u05d4\u201d\u05dc",
        " ".join(["\u05e6\u05d4\u05f4\u05dc"] * 4),
    ),
    "hebrew: geresh": (
        "\u05d2'\u05d9\u05e4 \u05d2\u05f3\u05d9\u05e4 \u05e8\u05d7\u05f3 \u05e8\u05d7'",
        "\u05d2\u05f3\u05d9\u05e4 \u05d2\u05f3\u05d9\u05e4 \u05e8\u05d7\u05f3 \u05e8\u05d7",
    ),
    "hebrew: quoted": (
        '"\u05e9\u05dc\u05d5\u05dd" \u05f4\u05d6\u05d4\u05f4 \u05f3 a\u05f3',
        "\u05e9\u05dc\u05d5\u05dd \u05d6\u05d4 a",
    ),
    "armenian: question": (
        "\u0548\u055e\u057e \u0562\u0561\u0580\u0587\u055b",
        "\u0578\u057e \u0562\u0561\u0580\u0587",
    ),
    "persian": (
        "\u0645\u06cc\u200c\u0634\u0648\u062f \u062e\u0627\u0646\u0647\u200c \u200c\u062f\u0648\u200c\u060c",
        "\u0645\u06cc\u200c\u0634\u0648\u062f \u062e\u0627\u0646\u0647 \u062f\u0648",
    ),
    "persian: twice": ("\u0645\u06cc\u200c\u200c\u0634\u0648\u062f", "\u0645\u06cc\u200c\u0634\u0648\u062f"),
    "sinhala": ("\u0dc1\u0dca\u200d\u0dbb\u0dd3", "\u0dc1\u0dca\u200d\u0dbb\u0dd3"),
    "malayalam: one letter, two spellings": (
        "\u0d05\u0d35\u0d28\u0d4d\u200d \u0d05\u0d35\u0d7b",
        "\u0d05\u0d35\u0d7b \u0d05\u0d35\u0d7b",
    ),
    "bengali: khanda ta": (
        "\u0989\u09ce\u09b8 \u0989\u09a4\u09cd\u200d\u09b8",
        "\u0989\u09ce\u09b8 \u0989\u09ce\u09b8",
    ),
    "hindi: vowel signs": ("\u0939\u093f\u0928\u094d\u0926\u0940", "\u0939\u093f\u0928\u094d\u0926\u0940"),
    "thai: a space of no width": (
        "\u0e20\u0e32\u0e29\u0e32\u200b\u0e44\u0e17\u0e22",
        "\u0e20\u0e32\u0e29\u0e32 \u0e44\u0e17\u0e22",
    ),
    "beyond the first plane": (
        "\U0001f600a\U0001f600b \U00010330\U00010331 \U00011038a \U00020000",
        "a b \U00010330\U00010331 a \U00020000",
    ),
    "greek": (
        "\u039f\u0394\u039f\u03a3 \u1f08\u03b8\u1fc6\u03bd\u03b1\u03b9",
        "\u03bf\u03b4\u03bf\u03c2 \u1f00\u03b8\u1fc6\u03bd\u03b1\u03b9",
    ),
    "no word": ("\u0301 \u200c \u200d \u2019 \u00ad", ""),
}


@pytest.mark.parametrize("name", BY_SCRIPT)
def test_words_follow_their_script(name: str) -> None:
    text, words = BY_SCRIPT[name]
    assert letters(text) == words.split()
    assert letters(" ".join(words.split())) == words.split()


@pytest.mark.parametrize(
    "unseen",
    "\u00ad\u034f\u061c\u115f\u17b4\u180b\u180e\u200e\u200f\u202a\u202e\u2060\u2066\u2069\ufe0f\ufeff\U000e0100",
)
def test_what_no_reader_sees_is_no_part_of_a_word(unseen: str) -> None:
    assert letters(f"exa{unseen}mple {unseen}one{unseen} e{unseen}\u0301") == ["example", "one", "\u00e9"]


def test_a_byte_order_mark_is_dropped_anywhere() -> None:
    for tokenizer in (letters, whitespace):
        assert tokenizer("\ufeffone tw\ufeffo \ufeff") == ["one", "two"]
    # segmented text is otherwise as it comes
    assert whitespace("ex\u00adample a\u200bb don't") == ["ex\u00adample", "a\u200bb", "don't"]


def test_a_space_of_no_width_ends_a_word() -> None:
    assert letters("one\u200btwo") == ["one", "two"]


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("tr", "ISPARTA \u0130zmir I\u0307zmir i\u0307", "\u0131sparta izmir izmir i"),
        ("az", "IRMAK", "\u0131rmak"),
        ("lt", "I \u00cc \u012e\u0301 J\u0303", "i i\u0307\u0300 \u012f\u0307\u0301 j\u0307\u0303"),
        ("lt", "\u0130 J\u0307\u0303", "i\u0307 j\u0307\u0303"),
        ("lt", "I\u0323\u0301", "\u1ecb\u0307\u0301"),
        ("lt", "i\u0307\u0301", "i\u0307\u0301"),
    ],
)  # fmt: skip
def test_lower_case_is_that_of_the_language(language: Language, text: str, words: str) -> None:
    assert tokenizer_of(WordSettings(language=language))(text) == words.split()
    assert tokenizer_of(WordSettings("whitespace", language=language))(text) == words.split()


def test_normal_forms() -> None:
    text = "\ufb01ne \uff21\uff42 \uff76\uff9e e\u0301 \u212b"
    assert letters(text) == ["\ufb01ne", "\uff41\uff42", "\uff76\uff9e", "\u00e9", "\u00e5"]
    assert tokenizer_of(WordSettings(normalize="nfkc"))(text) == ["fine", "ab", "\u30ac", "\u00e9", "\u00e5"]
    assert tokenizer_of(WordSettings(normalize="none"))("e\u0301 \u00e9") == ["e\u0301", "\u00e9"]


def test_marks_are_stripped_on_request() -> None:
    text = "\u0645\u064f\u062d\u064e\u0645\u0651\u064e\u062f \u0645\u062d\u0640\u0640\u0645\u062f "
    text += "\u05e9\u05c1\u05b8\u05dc\u05d5\u05b9\u05dd \u0623\u064e\u0628 caf\u00e9"
    stripped = tokenizer_of(WordSettings(strip_marks=True))(text)
    assert stripped == ["\u0645\u062d\u0645\u062f"] * 2 + ["\u05e9\u05dc\u05d5\u05dd", "\u0623\u0628", "caf\u00e9"]
    assert len(set(letters(text))) == 5


def test_case_is_kept_on_request() -> None:
    for each in (LETTERS, WHITESPACE):
        kept = tokenizer_of(replace(each, keep_case=True))
        assert kept("Turkey turkey") == ["Turkey", "turkey"]
        assert kept("Z\u00fcrich \u0130zmir") == ["Z\u00fcrich", "\u0130zmir"]


def test_a_word_that_stands_alone_has_the_form_of_words_of_a_text() -> None:
    for each in ALL:
        form, tokenizer = word_form(each), tokenizer_of(each)
        for word in ("\u041f\u2019\u044f\u0442\u044c", "I\u0307zmir", "Plain", '\u05e6\u05d4"\u05dc', "\u064a\u064e"):
            assert tokenizer(f"a {word} b") == [*tokenizer("a"), form(word), *tokenizer("b")]
    assert word_form(LETTERS)("New York 2") == "new york 2"


def test_ascii_has_a_table_where_each_character_counts_by_itself() -> None:
    assert tokenizer_of(WordSettings(language="tr")) not in ASCII_TABLES
    table = ASCII_TABLES[tokenizer_of(WordSettings(keep_case=True))]
    assert (table[ord("A")], table[ord("1")]) == (ord("A"), BETWEEN)


#: Characters that rules are about, and those that they stand beside.
_TEXT = st.text(
    st.one_of(
        st.sampled_from("abliIhL 'x\"1\n"),
        st.sampled_from(
            "\u00ad\u00b7\u0130\u0131\u0307\u0301\u0140\u02bc\u03a3\u2018\u2019\u200b\u200c\u200d\ufeff\ufb01"
        ),
        st.sampled_from(
            "\u043f\u044f\u0457\u05d0\u05e6\u05f3\u05f4\u05b8\u0548\u055e\u0645\u064b\u0640\u0d28\u0d4d\u0dca"
        ),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=12,
)


@pytest.mark.parametrize("each", ALL, ids=str)
@settings(max_examples=200, deadline=None)
@given(first=_TEXT, second=_TEXT)
def test_text_may_be_cut_at_a_space_and_words_are_their_own_words(each: WordSettings, first: str, second: str) -> None:
    tokenizer = tokenizer_of(each)
    words = tokenizer(first)
    assert tokenizer(f"{first} {second}") == words + tokenizer(second)
    assert tokenizer(" ".join(words)) == words


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_letters_have_only_letters_marks_and_what_joins_them(text: str) -> None:
    for word in letters(text):
        assert unicodedata.category(word[0])[0] == "L"
        assert all(unicodedata.category(c)[0] in "LM" or c in "\u00b7\u05f3\u05f4\u200c\u200d" for c in word)
        assert unicodedata.is_normalized("NFC", word)
