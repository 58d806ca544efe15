"""The corpora and analogies that come with the package."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from qwem_tui.base.errors import Named, QwemError, UsageError
from qwem_tui.base.printable import printable
from qwem_tui.corpus.word_settings import TokenizerName


@dataclass(frozen=True)
class Sample:
    """A file that comes with the package: a corpus or an analogy file."""

    name: str
    kind: str
    file_name: str
    description: str

    @property
    def path(self) -> Path:
        """Return where the file lies: inside an installed package, or beside it in a checkout."""
        package = Path(__file__).resolve().parent.parent.parent
        for folder in (package / "sample_corpora", package.parent / "sample_corpora"):
            if (folder / self.file_name).is_file():
                return folder / self.file_name
        raise QwemError(f"The sample {self.file_name} is missing from this installation: install qwem-tui again.")


TOYWORLD = Sample(
    "toyworld",
    "corpus",
    "toyworld.txt",
    "English-like, categories come in turn",
)
EVERYDAY = Sample("everyday", "analogies", "everyday.txt", "everyday English, asked by default")
JAPANESE = Sample("japanese", "analogies", "japanese.txt", "everyday Japanese, asked with mecab")
ATTRIBUTES = Sample("attributes", "corpus", "attributes.txt", "made-up words, spectrum known exactly")
ATTRIBUTE_ANALOGIES = Sample(
    "attributes-analogies", "analogies", "attributes-analogies.txt", "for attributes, a category for each"
)
SAMPLES = (TOYWORLD, EVERYDAY, JAPANESE, ATTRIBUTES, ATTRIBUTE_ANALOGIES)


def built_in_analogies(tokenizer: TokenizerName) -> Sample:
    """Return the analogies that are asked where none are given: those in the language that a tokenizer is for."""
    return JAPANESE if tokenizer in ("mecab", "sudachi") else EVERYDAY


def sample_named(name: str) -> Sample:
    """Return the sample called `name`; raises UsageError with the names there are."""
    for sample in SAMPLES:
        if sample.name == name:
            return sample
    names = ", ".join(sample.name for sample in SAMPLES)
    raise UsageError(f"There is no sample called {printable(name)}: choose one of {names}.")


def sample_bytes(name: str, strengths: str | None = None, seed: int | None = None) -> bytes:
    """Return the sample called `name`: its file, or one of `strengths` (numbers with commas) or of `seed` made afresh.

    What is not given is as in the file. Raises UsageError where there is no such sample, where another than the
    attribute world and its analogies is to be made afresh, and for strengths that cannot be.
    """
    sample = sample_named(name)
    if strengths is None and seed is None:
        return sample.path.read_bytes()
    if sample not in (ATTRIBUTES, ATTRIBUTE_ANALOGIES):
        these = f" are for the samples {ATTRIBUTES.name} and {ATTRIBUTE_ANALOGIES.name}, not for {sample.name}."
        raise UsageError(Named("strengths"), " and ", Named("seed"), these)
    # imported late: it needs NumPy, and neither listing nor copying does
    from qwem_tui.corpus.samples.attributes import STRENGTHS, attribute_analogies, generate_attributes, parse_strengths

    wanted = STRENGTHS if strengths is None else parse_strengths(strengths)
    if sample == ATTRIBUTE_ANALOGIES:
        return attribute_analogies(len(wanted), seed=seed or 0).encode()
    return "".join(f"{document}\n" for document in generate_attributes(wanted, seed=seed or 0)).encode()
