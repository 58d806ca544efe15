"""Analogy files of every common format: read, and what was found in them (docs/analogies.md)."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path, PurePosixPath

from qwem_tui.analogies.formats import (
    ALTERNATIVES,
    Layout,
    Normal,
    Parsed,
    Section,
    as_today,
    is_asked_apart,
    parsed,
    with_answers,
)
from qwem_tui.base.errors import QwemError, UsageError
from qwem_tui.base.printable import printable

Question = tuple[str, str, str, str]
#: A word pair of which several answers are right: a, the first of them, and the others.
Several = tuple[str, str, tuple[str, ...]]

#: Files in folders and archives with other names are passed over.
_SUFFIXES = (".txt", ".tsv", ".csv", ".tab", ".questions", ".answers")
_QUESTIONS, _ANSWERS = ".questions", ".answers"
#: The most bytes of text, unpacked, and the most questions that pairs may become.
_MOST_BYTES, _MOST_QUESTIONS = 1 << 26, 1_000_000


@dataclass(frozen=True)
class Category:
    """A section of an analogy file: its name and its questions a : b :: a' : b', as the tokenizer makes words.

    Where a pair has several right answers, b or b' is the first, and `several` has the others, a pair once.
    """

    name: str
    questions: tuple[Question, ...]
    several: tuple[Several, ...] = ()


@dataclass(frozen=True)
class Row:
    """A line of an analogy file that fits: where it stands, its section and its words, answers not yet divided."""

    file: str
    line: int
    section: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Misfit:
    """A line that does not fit, and what is wrong with it."""

    file: str
    line: int
    problem: str

    def __str__(self) -> str:
        """Return both in a sentence."""
        return f"{self.file}, line {self.line}: {self.problem}"


@dataclass(frozen=True)
class AnalogyFile:
    """What a file, folder or archive holds.

    `layouts` are those found; `files` how many texts were read; `pairs` the distinct word pairs, in each section;
    `passed_over` the names of files that are none of analogies, `headings` the lines taken for names of columns. Where
    it was read to be checked, `rows` are the lines as they stand and `misfits` those that do not fit; else none.
    """

    name: str
    layouts: tuple[Layout, ...]
    files: int
    categories: tuple[Category, ...]
    pairs: int
    rows: tuple[Row, ...]
    misfits: tuple[Misfit, ...]
    passed_over: tuple[str, ...]
    headings: tuple[str, ...]

    @property
    def usual(self) -> bool:
        """Return whether nothing had to be found out: one file of questions in sections."""
        several = any(category.several for category in self.categories)
        return self.files == 1 and self.layouts == ("questions",) and not (several or self.headings)

    @property
    def several(self) -> int:
        """Return how many word pairs have several right answers."""
        return sum(len(category.several) for category in self.categories)


def divided(answers: str) -> tuple[str, ...]:
    """Return the right answers in `answers`, such as "b1/b2", each once; a word without a letter beside / is itself."""
    parts = tuple(dict.fromkeys(part.strip() for part in answers.split(ALTERNATIVES) if part.strip()))
    return parts or (answers,)


def _category(name: str, rows: Iterable[tuple[str, ...]]) -> tuple[Category, int]:
    """Return the category that `rows` (questions, or pairs: then all ordered ones) make, and its word pairs."""
    several: dict[tuple[str, str], dict[str, None]] = {}
    seen: dict[tuple[str, str], None] = {}

    def pair(a: str, answers: str) -> tuple[str, str]:
        b, *others = divided(answers) if ALTERNATIVES in answers else (answers,)
        seen.setdefault((a, b))
        if others:
            several.setdefault((a, b), {}).update(dict.fromkeys(others))
        return a, b

    found = [tuple(pair(row[at], row[at + 1]) for at in range(0, len(row), 2)) for row in rows]
    if found and len(found[0]) == 1:
        asked: Iterable[tuple[tuple[str, str], ...]] = permutations(seen, 2)
    else:
        asked = found
    questions = tuple((*first, *second) for first, second in asked)
    others = tuple((a, b, tuple(more)) for (a, b), more in several.items())
    return Category(name, questions, others), len(seen)


@dataclass(frozen=True)
class _Text:
    """One text of a file, folder or archive; `place` is its path inside that."""

    place: PurePosixPath
    shown: str
    read: Callable[[], str]


def _decoded(data: bytes, shown: str) -> str:
    if len(data) > _MOST_BYTES:
        raise QwemError(f"{shown} has more than {_MOST_BYTES >> 20} MiB: give an analogy file, or a part of it.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise QwemError(f"{shown} is not UTF-8 text (byte {error.start}): give an analogy file in UTF-8.") from error


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageError(
            f"Cannot read the analogy file {printable(str(path))} ({reason}): check the path, and that it can be read."
        ) from error


def _members(path: Path) -> Iterator[_Text]:
    """Yield the texts of a zip archive; raises QwemError where one is damaged, encrypted or too large."""
    shown = printable(path.name)
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if sum(member.file_size for member in members) > _MOST_BYTES:
                raise QwemError(f"{shown} unpacks to more than {_MOST_BYTES >> 20} MiB: give the analogy files alone.")
            for member in members:
                place = PurePosixPath(member.filename)
                name = f"{shown}:{printable(member.filename)}"
                # read at once: the archive is closed when they are parsed
                data = archive.read(member) if _is_wanted(place) else b""
                yield _Text(place, name, lambda data=data, name=name: _decoded(data, name))  # type: ignore[misc]
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        reason = printable(str(error)).rstrip(".")
        raise QwemError(f"{shown} is damaged or encrypted ({reason}): pack it again.") from error


def _is_hidden(place: PurePosixPath) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in place.parts)


def _is_wanted(place: PurePosixPath) -> bool:
    return place.suffix.lower() in _SUFFIXES and not _is_hidden(place)


def _files(folder: Path) -> Iterator[_Text]:
    for path in folder.rglob("*"):
        if path.is_file():
            place = PurePosixPath(path.relative_to(folder).as_posix())
            shown = printable(place.as_posix())
            yield _Text(place, shown, lambda path=path, shown=shown: _decoded(_read(path), shown))  # type: ignore[misc]


def _texts(path: Path) -> tuple[list[_Text], tuple[str, ...]]:
    """Return the texts of a file, folder or zip archive, in the order of their paths, and what was passed over."""
    if path.is_dir():
        found = list(_files(path))
    elif path.is_file() and zipfile.is_zipfile(path):
        found = list(_members(path))
    else:
        shown = printable(path.name)
        own = _Text(PurePosixPath(path.name), shown, lambda: _decoded(_read(path), shown))
        beside = path.with_suffix({_QUESTIONS: _ANSWERS, _ANSWERS: _QUESTIONS}.get(path.suffix, path.suffix))
        if beside != path and beside.is_file():
            other = printable(beside.name)
            return [own, _Text(PurePosixPath(beside.name), other, lambda: _decoded(_read(beside), other))], ()
        return [own], ()
    found = sorted((text for text in found if not _is_hidden(text.place)), key=lambda text: text.place)
    return (
        [text for text in found if _is_wanted(text.place)],
        tuple(printable(text.place.as_posix()) for text in found if not _is_wanted(text.place)),
    )


def _named(texts: list[_Text]) -> list[str]:
    """Return what a section without a name is called in each of `texts`: after its file, or its path."""
    stems = [printable(text.place.stem) for text in texts]
    return [
        stem if stems.count(stem) == 1 else printable(text.place.with_suffix("").as_posix())
        for stem, text in zip(stems, texts, strict=True)
    ]


def _parsed(texts: list[_Text], misfit: Callable[[Misfit], None], normal: Normal) -> Iterator[tuple[str, Parsed]]:
    """Yield what each of `texts` holds, with its name; answers that stand apart are read with their questions."""
    by_place = {text.place: text for text in texts}
    for text, name in zip(texts, _named(texts), strict=True):

        def refuse(line: int, problem: str, shown: str = text.shown) -> None:
            misfit(Misfit(shown, line, problem))

        if text.place.suffix == _ANSWERS and text.place.with_suffix(_QUESTIONS) in by_place:
            continue
        content = text.read()
        if is_asked_apart(content):
            answers = by_place.get(text.place.with_suffix(_ANSWERS)) if text.place.suffix == _QUESTIONS else None
            if answers is not None:
                names = (text.shown, answers.shown)
                yield text.shown, with_answers(content, answers.read(), names, refuse, normal)
                continue
            if text.place.suffix == _QUESTIONS:
                missing = printable(text.place.with_suffix(_ANSWERS).name)
                raise QwemError(f"{text.shown} has three words a line, and no answers: put {missing} beside it.")
        yield text.shown, parsed(content, name, refuse, normal)


def read_analogy_file(path: Path, normal: Normal = as_today, lenient: bool = False) -> AnalogyFile:
    """Return what the analogy file, folder or zip archive at `path` holds (UTF-8); each word goes through `normal`.

    Raises UsageError where it cannot be opened; QwemError where it holds no analogies, where its pairs would make more
    than a million questions, and, unless `lenient`, with the number of the first line that does not fit.
    """
    texts, passed_over = _texts(path)
    return _collected(printable(path.name), texts, passed_over, normal, lenient)


def _collected(
    name: str, texts: list[_Text], passed_over: tuple[str, ...], normal: Normal, lenient: bool
) -> AnalogyFile:
    misfits: list[Misfit] = []

    def misfit(found: Misfit) -> None:
        if not lenient:
            raise QwemError(str(found))
        misfits.append(found)

    sections: dict[tuple[str, bool], Section] = {}
    rows: list[Row] = []
    layouts: dict[Layout, None] = {}
    headings: list[str] = []
    count = 0
    for shown, found in _parsed(texts, misfit, normal):
        count += 1
        if not found.sections:
            continue
        layouts.setdefault(found.layout)
        headings += [found.heading] if found.heading else []
        for section in found.sections:
            own = sections.setdefault((section.name, found.layout == "word pairs"), Section(section.name))
            own.rows += section.rows
            if lenient:
                rows += [Row(shown, line, section.name, words) for line, words in section.rows]
    most = max((len(section.rows) for (_, paired), section in sections.items() if paired), default=0)
    if most * (most - 1) > _MOST_QUESTIONS:
        raise QwemError(
            f"{name} has a section of {most:,} word pairs, which make more than {_MOST_QUESTIONS:,} questions: give a "
            "part of them, or questions."
        )
    made = [_category(section.name, (words for _, words in section.rows)) for section in sections.values()]
    categories = tuple(category for category, _ in made if category.questions)
    if not categories and not misfits:
        raise QwemError(
            f"{name} holds no analogy question; write ': name' lines, each followed by lines 'a b c d', or by two word "
            "pairs 'a b' or more."
        )
    pairs = sum(count for _, count in made)
    return AnalogyFile(
        name, tuple(layouts), count, categories, pairs, tuple(rows), tuple(misfits), passed_over, tuple(headings)
    )


def parse_analogies(text: str, source: str, normal: Normal = as_today) -> tuple[Category, ...]:
    """Return the categories of `text` in order of first appearance; sections of one name are joined.

    Raises QwemError with the number of the first line that does not fit; `source` names the file in it.
    """
    one = _Text(PurePosixPath(source), source, lambda: text)
    return _collected(source, [one], (), normal, lenient=False).categories


def read_analogies(path: Path, normal: Normal = as_today) -> tuple[Category, ...]:
    """Return the categories of the analogy file at `path`; raises as `read_analogy_file`."""
    return read_analogy_file(path, normal).categories


def contents_sentence(file: AnalogyFile) -> str:
    """Return in a sentence what was found in a file: format, sections, pairs, and what was passed over."""
    kinds = " and ".join(file.layouts) or "nothing that fits"
    sections = len(file.categories)
    asked = sum(len(category.questions) for category in file.categories)
    where = f" in {file.files:,} files" if file.files > 1 else ""
    sentence = (
        f"{file.name} holds {kinds}{where}: {sections:,} section{'' if sections == 1 else 's'}, {file.pairs:,} word "
        f"pairs, {asked:,} questions"
    )
    if file.several:
        have = "has" if file.several == 1 else "have"
        sentence += f"; {file.several:,} of the pairs {have} several right answers, of which any counts"
    if file.headings:
        sentence += f"; the line '{printable(file.headings[0])[:40]}' was taken for a heading"
    if file.passed_over:
        sentence += f"; {len(file.passed_over):,} other file(s) were passed over, such as {file.passed_over[0]}"
    return f"{sentence}."


def written(categories: Iterable[Category]) -> Iterator[str]:
    """Yield the lines of `categories` as sections of questions: all ordered pairs of the word pairs of each.

    Words are separated by tabs where one holds a blank, and by blanks where none does. Read again, they are the same
    questions.
    """
    made: list[tuple[str, list[tuple[str, str]]]] = []
    for category in categories:
        others = {(a, b): more for a, b, more in category.several}
        pairs = dict.fromkeys(pair for a, b, a2, b2 in category.questions for pair in ((a, b), (a2, b2)))
        made.append((category.name, [(a, ALTERNATIVES.join((b, *others.get((a, b), ())))) for a, b in pairs]))
    has_blank = any(" " in word for _, pairs in made for pair in pairs for word in pair)
    for name, cells in made:
        yield f": {name}\n"
        for first, second in permutations(cells, 2):
            yield ("\t" if has_blank else " ").join((*first, *second)) + "\n"
