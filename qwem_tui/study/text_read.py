"""A text read once, cut into words as one tokenizer or several of them do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import BinaryIO

from qwem_tui.base.progress import Progress, Repeating
from qwem_tui.corpus.documents import DocumentReader
from qwem_tui.corpus.reading.facts import ReadingFacts
from qwem_tui.corpus.segmenters.workers import segmented
from qwem_tui.corpus.tokenizers import tokenizer_of
from qwem_tui.corpus.vocabulary import CorpusBuilder
from qwem_tui.corpus.word_sample import WordSample
from qwem_tui.corpus.word_settings import SEGMENTERS, WordSettings
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.reading_notes import reading_notes
from qwem_tui.study.word_notes import word_notes


@dataclass(frozen=True)
class TextRead:
    """What was read: the words by each setting, what was found, the SHA-256 of the documents and how many they are."""

    builders: dict[WordSettings, CorpusBuilder]
    sample: WordSample
    facts: ReadingFacts
    digest: str
    documents: int

    def notes(self, study: StudyConfig, tokens: int) -> tuple[str, ...]:
        """Return what the reader of the text should know, of which `tokens` words were made by any setting."""
        found = list(reading_notes(self.facts, study, self.documents, tokens))
        for words, builder in self.builders.items():
            found += word_notes(words, self.sample.effects(words), builder.too_long, self.sample.unspaced(words))
        return tuple(dict.fromkeys(found))


def read_once(
    config: StudyConfig, words: Sequence[WordSettings], progress: Progress, stdin: BinaryIO | None
) -> TextRead:
    """Return the text of a study by each of `words`; raises QwemError or UsageError with one sentence for the user."""
    repeating, sample = Repeating(progress), WordSample()
    reader = DocumentReader(config.sources, repeating, stdin, config.reading)
    by_dictionary = [each for each in words if each.tokenizer in SEGMENTERS]
    alone = {each: CorpusBuilder(tokenizer_of(each)) for each in words if each.tokenizer not in SEGMENTERS}
    segments = {each: CorpusBuilder(str.split) for each in by_dictionary}

    def texts() -> Iterator[tuple[str, bool]]:
        for text, ends in sample.of(reader):
            for builder in alone.values():
                builder.add(text, ends)
            yield text, ends

    if by_dictionary:
        with closing(segmented(texts(), by_dictionary, repeating.again)) as found:
            for cut, ends in found:
                for builder, text in zip(segments.values(), cut, strict=True):
                    builder.add(text, ends)
    else:
        for _ in texts():
            pass
    builders = alone | segments
    return TextRead({each: builders[each] for each in words}, sample, reader.facts, reader.digest, reader.documents)
