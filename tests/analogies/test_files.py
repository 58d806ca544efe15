from __future__ import annotations

import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwem_tui.analogies.files import (
    AnalogyFile,
    contents_sentence,
    divided,
    parse_analogies,
    read_analogies,
    read_analogy_file,
)
from qwem_tui.base.errors import QwemError, UsageError

BATS = {
    "1_Inflectional_morphology/I01 [noun - plural_reg].txt": "cat\tcats\nDog\tdogs\nalbum\talbums\n",
    "4_Lexicographic_semantics/L01 [hypernyms - animals].txt": "cat\tfeline/animal//mammal\ndog\tcanine/animal\n",
    "metadata.json": "{}",
    "README": "no analogies\n",
    ".hidden.txt": "not read\n",
}


def bats_folder(folder: Path) -> Path:
    for name, text in BATS.items():
        path = folder / "BATS" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder / "BATS"


def check_bats(found: AnalogyFile) -> None:
    plural, hypernym = found.categories
    assert (plural.name, len(plural.questions)) == ("I01 [noun - plural_reg]", 6)
    assert plural.questions[0] == ("cat", "cats", "dog", "dogs")
    assert plural.several == ()
    assert hypernym.questions == (("cat", "feline", "dog", "canine"), ("dog", "canine", "cat", "feline"))
    assert hypernym.several == (("cat", "feline", ("animal", "mammal")), ("dog", "canine", ("animal",)))
    assert (found.layouts, found.files, found.pairs, found.several) == (("word pairs",), 2, 5, 2)
    assert "2 sections, 5 word pairs, 8 questions; 2 of the pairs have several right answers" in contents_sentence(
        found
    )


def test_a_bats_folder_has_a_section_a_file_and_any_of_several_answers(tmp_path: Path) -> None:
    found = read_analogy_file(bats_folder(tmp_path))
    check_bats(found)
    assert found.passed_over == ("README", "metadata.json")


def test_a_zip_is_read_as_a_folder(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bats.zip", "w") as archive:
        for name, text in {**BATS, "__MACOSX/._I01.txt": "\0"}.items():
            archive.writestr(name, text)
    check_bats(read_analogy_file(tmp_path / "bats.zip"))


QUESTIONS, ANSWERS = (
    "good better rough\nbetter good rougher\ncat cats Dog\n",
    "JJ_JJR rougher\nJJR_JJ rough\nNN_NNS dogs\n",
)


@pytest.mark.parametrize("given_as", ["x.questions", "x.answers", "."])
def test_questions_with_answers_apart(tmp_path: Path, given_as: str) -> None:
    (tmp_path / "x.questions").write_text(QUESTIONS, encoding="utf-8")
    (tmp_path / "x.answers").write_text(ANSWERS, encoding="utf-8")
    found = read_analogy_file(tmp_path / given_as)
    assert [(each.name, each.questions) for each in found.categories] == [
        ("JJ_JJR", (("good", "better", "rough", "rougher"),)),
        ("JJR_JJ", (("better", "good", "rougher", "rough"),)),
        ("NN_NNS", (("cat", "cats", "dog", "dogs"),)),
    ]
    assert found.layouts == ("questions with answers",)


def test_answers_that_do_not_belong_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.questions").write_text(QUESTIONS, encoding="utf-8")
    with pytest.raises(QwemError, match=r"x\.questions has three words a line, and no answers: put x\.answers beside"):
        read_analogies(tmp_path / "x.questions")
    (tmp_path / "x.answers").write_text("JJ_JJR rougher\n", encoding="utf-8")
    with pytest.raises(QwemError, match=r"has 3 questions and x\.answers 1 answers"):
        read_analogies(tmp_path / "x.questions")
    (tmp_path / "x.answers").write_text(ANSWERS.replace("JJR_JJ ", ""), encoding="utf-8")
    with pytest.raises(QwemError, match=r"x\.questions, line 2: 3 and 1 words"):
        read_analogies(tmp_path / "x.questions")


@pytest.mark.parametrize(
    "text",
    [
        "singular\tplural\ncat\tcats\ndog\tdogs\n",
        "word,answer\ncat,cats\ndog, dogs\n",
        '"word","answer"\r\n"cat","cats"\r\n"dog","dogs"\r\n',
        "cat cats\ndog dogs\n",
        "// Copyright of somebody\n# a comment\n\ncat\tcats\n# another\ndog    dogs\n",
        "\ufeffcat,cats\ndog,dogs\n",
        "cat cats dog dogs\ndog dogs cat cats\n",
    ],
)
def test_the_same_pairs_in_many_forms(text: str, tmp_path: Path) -> None:
    (tmp_path / "plurals.csv").write_text(text, encoding="utf-8")
    found = read_analogy_file(tmp_path / "plurals.csv")
    (plurals,) = found.categories
    assert (plurals.name, found.pairs) == ("plurals", 2)
    assert plurals.questions == (("cat", "cats", "dog", "dogs"), ("dog", "dogs", "cat", "cats"))
    assert bool(found.headings) == ("answer" in text or "plural" in text)


def test_a_heading_may_name_the_column_of_sections() -> None:
    text = "category,word1,word2\nplural,cat,cats\nplural,dog,dogs\nroyal,king,queen\nroyal,new york,x\n"
    plural, royal = parse_analogies(text, "f.csv")
    assert (plural.name, len(plural.questions)) == ("plural", 2)
    assert royal.questions[0] == ("king", "queen", "new york", "x")


def test_sections_of_pairs_are_all_their_ordered_pairs() -> None:
    one, two = parse_analogies(": one\na b\nc d\n: two\ne f\ng h\na b\n", "f")
    assert one.questions == (("a", "b", "c", "d"), ("c", "d", "a", "b"))
    assert len(two.questions) == 6


def test_a_pair_named_twice_keeps_all_its_right_answers() -> None:
    (category,) = parse_analogies("a b/x c d\nc d a b/y/x\n", "f")
    assert category.several == (("a", "b", ("x", "y")),)
    assert category.questions == (("a", "b", "c", "d"), ("c", "d", "a", "b"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a b\nc d\ne\n", "f, line 3: 1 word.* instead of two"),
        ("a b\nc d e f\n", "f, line 2: 4 word.* instead of two"),
        ("a\tb\nc\t\n", "f, line 2: 1 word"),
        ("word,answer\n,b\n", "f, line 2: a word is missing"),
        ("a,b\nc,\n", "f, line 2: a word is missing"),
        ("a b\n", "no analogy question"),
        ("# only a comment\n", "no analogy question"),
        (": empty\na b c d\n:\n", "f, line 3: a section has no name"),
    ],
)
def test_a_line_that_does_not_fit_is_refused_with_its_number(text: str, message: str) -> None:
    with pytest.raises(QwemError, match=message):
        parse_analogies(text, "f")


def test_words_go_through_the_normal_form_of_the_tokenizer() -> None:
    (category,) = parse_analogies("Cat Cats Dog Dogs\n", "f", normal=str.upper)
    assert category.questions == (("CAT", "CATS", "DOG", "DOGS"),)
    (category,) = parse_analogies("E\u0301t\u00c9 x y z\n", "f")
    assert category.questions[0][0] == "\u00e9t\u00e9"


def test_what_cannot_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match=r"Cannot read the analogy file .*: check the path"):
        read_analogies(tmp_path / "none.txt")
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9 x y z\n")
    with pytest.raises(QwemError, match=r"not UTF-8 text \(byte 3"):
        read_analogies(tmp_path / "latin.txt")
    (tmp_path / "many.txt").write_text("".join(f"a{n} b{n}\n" for n in range(1002)), encoding="utf-8")
    with pytest.raises(QwemError, match="a section of 1,002 word pairs"):
        read_analogies(tmp_path / "many.txt")
    monkeypatch.setattr("qwem_tui.analogies.files._MOST_BYTES", 8)
    (tmp_path / "long.txt").write_text("a b c d\na b c d\n", encoding="utf-8")
    with pytest.raises(QwemError, match="has more than"):
        read_analogies(tmp_path / "long.txt")


def test_a_damaged_zip_is_said(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("a.txt", "a b c d\n" * 50)
    data = bytearray((tmp_path / "x.zip").read_bytes())
    data[40:60] = b"?" * 20
    (tmp_path / "x.zip").write_bytes(bytes(data))
    with pytest.raises(QwemError, match="damaged or encrypted"):
        read_analogies(tmp_path / "x.zip")


def test_files_of_one_name_in_two_folders_stay_apart(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same.txt").write_text("a b\nc d\n", encoding="utf-8")
    assert [category.name for category in read_analogies(tmp_path)] == ["one/same", "two/same"]


def test_to_be_checked_a_file_is_read_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text(": s\na b c d\na b c\n:\ne f g h\n", encoding="utf-8")
    found = read_analogy_file(tmp_path / "x.txt", lenient=True)
    assert [(misfit.line, misfit.file) for misfit in found.misfits] == [(3, "x.txt"), (4, "x.txt")]
    assert [(row.line, row.words) for row in found.rows] == [(2, ("a", "b", "c", "d")), (5, ("e", "f", "g", "h"))]


@given(st.text(alphabet="ab/ ", min_size=1, max_size=12))
def test_right_answers_are_the_parts_between_slashes(text: str) -> None:
    expected = list(dict.fromkeys(part.strip() for part in text.split("/") if part.strip())) or [text]
    assert list(divided(text)) == expected


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_in_a_sentence(text: str) -> None:
    with suppress(QwemError):
        categories = parse_analogies(text, "f")
        assert all(len(question) == 4 and all(question) for each in categories for question in each.questions)
