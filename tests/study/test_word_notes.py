from __future__ import annotations

from pathlib import Path

from qwem_tui.base.progress import Silent
from qwem_tui.corpus.unspaced import Language, Unspaced
from qwem_tui.corpus.word_sample import OptionEffect
from qwem_tui.corpus.word_settings import WordSettings
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.target_from_text import read_text
from qwem_tui.study.word_notes import word_notes
from tests.corpus.segmenters.texts import japanese_text


def test_a_note_names_the_option_and_words_made_safe() -> None:
    before = WordSettings("whitespace", normalize="none", strip_marks=True)
    after = WordSettings("whitespace", normalize="nfkc", strip_marks=True)
    effect = OptionEffect(after, 0.0234, ("\ufb01ne\x1b[31m", "x" * 50))
    assert word_notes(before, (effect,), 1234) == (
        f"2.3% of the words change under --normalize nfkc: \ufb01ne\\x1b[31m, {'x' * 30}.",
        "1,234 token(s) of more than 1,000 characters are no words and were left out.",
    )
    marks = OptionEffect(WordSettings(strip_marks=True), 0.5, ("\u05d0",))
    assert word_notes(WordSettings(), (marks,), 0) == ("50.0% of the words change under --strip-marks: \u05d0.",)


def test_reading_says_what_options_would_change_and_what_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_text(f"\ufb01ne a b \ufb01ne a b {'x' * 1001}\nfine a b\n", encoding="utf-8")
    text = read_text(StudyConfig((str(path),), window=2), Silent(), None)
    # 2 of 11: the sample has the long one in two pieces
    assert text.notes == (
        "18.2% of the words change under --normalize nfkc: \ufb01ne.",
        "1 token(s) of more than 1,000 characters are no words and were left out.",
    )
    assert text.corpus.vocabulary.words == ("a", "b", "\ufb01ne")
    joined = read_text(StudyConfig((str(path),), window=2, normalize="nfkc"), Silent(), None)
    assert joined.notes == text.notes[1:]
    assert dict(zip(joined.corpus.vocabulary.words, joined.corpus.vocabulary.counts, strict=True))["fine"] == 3


def test_where_clauses_would_be_words_the_tokenizer_is_named_that_finds_words() -> None:
    effect = OptionEffect(WordSettings(normalize="nfkc"), 0.5, ("x",))
    found = "91% of the letters are in runs of more than 6 "
    advices: tuple[tuple[Language, str], ...] = (
        ("Japanese", 'Japanese ones: clauses count as words; give --tokenizer mecab (pip install "qwem-tui[ja]").'),
        ("Chinese", 'Chinese ones: clauses count as words; give --tokenizer jieba (pip install "qwem-tui[zh]").'),
        (
            "Thai",
            "Thai ones: clauses count as words; cut the text into words first, and read it with "
            "--tokenizer whitespace.",
        ),
    )
    for language, advice in advices:
        assert word_notes(WordSettings(), (effect,), 0, Unspaced(language, 0.914, 6)) == (found + advice,)


def test_reading_says_where_clauses_would_be_words(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_text(japanese_text(), encoding="utf-8")
    (note,) = read_text(StudyConfig((str(path),), window=1), Silent(), None).notes
    assert note.endswith('Japanese ones: clauses count as words; give --tokenizer mecab (pip install "qwem-tui[ja]").')
