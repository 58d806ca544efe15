"""The corpora and analogies that come with the package."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from qwem_tui.base.errors import QwemError, UsageError
from qwem_tui.base.inert import inert


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
        package = Path(__file__).resolve().parent.parent
        for folder in (package / "sample_corpora", package.parent / "sample_corpora"):
            if (folder / self.file_name).is_file():
                return folder / self.file_name
        raise QwemError(f"The sample {self.file_name} is missing from this installation: install qwem-tui again.")


TOYWORLD = Sample(
    "toyworld",
    "corpus",
    "toyworld.txt",
    "an English-like world in which analogies emerge one category after another",
)
EVERYDAY = Sample(
    "everyday", "analogies", "everyday.txt", "everyday English analogies, asked of any text unless --analogies is given"
)
SAMPLES = (TOYWORLD, EVERYDAY)


def sample_named(name: str) -> Sample:
    """Return the sample called `name`; raises UsageError with the names there are."""
    for sample in SAMPLES:
        if sample.name == name:
            return sample
    names = ", ".join(sample.name for sample in SAMPLES)
    raise UsageError(f"There is no sample called {inert(name)}: choose one of {names}.")
