"""The options that commands share, in groups; a command whose words or default differ redefines them in a subclass.

An option is declared here, once: the signatures of commands are made from these groups (see `signature.command`).
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Annotated, Literal

import typer

from qwem_tui.base.errors import Named, SettingError, UsageError
from qwem_tui.base.names import PrecisionName, ThemeName, TrainerName, WindowShape
from qwem_tui.base.printable import printable
from qwem_tui.base.threads import check_threads
from qwem_tui.base.units import parsed_bytes
from qwem_tui.commands.preferences import preferences
from qwem_tui.corpus.word_settings import Normalization, SudachiMode, TokenizerName, WordSettings
from qwem_tui.tui.launcher import ScreenOptions

Form = Literal["table", "json", "csv"]
#: In GB.
_ONE_BYTE = 1e-9


@dataclass(frozen=True)
class StudyOptions:
    """Options that are settings of a study (see `settings.study_config`)."""


@dataclass(frozen=True, kw_only=True)
class WordOptions(StudyOptions):
    """What a word of the text is."""

    tokenizer: Annotated[
        TokenizerName,
        typer.Option(
            help="letters: words of any script; whitespace: text that is already segmented; mecab, sudachi: "
            "Japanese; jieba: Chinese."
        ),
    ] = "letters"
    normalize: Annotated[
        Normalization,
        typer.Option(help="Unicode normal form; nfkc also takes ligatures, full and half width as plain letters."),
    ] = "nfc"
    strip_marks: Annotated[
        bool, typer.Option("--strip-marks", help="Take off Arabic vowel signs and tatweel, and Hebrew points.")
    ] = False
    keep_case: Annotated[bool, typer.Option("--keep-case", help="Leave upper case: Turkey and turkey are two.")] = False
    language: Annotated[
        str | None,
        typer.Option(metavar="az|lt|tr", help="Lower case by the rules of Azerbaijani, Lithuanian or Turkish."),
    ] = None
    dictionary_form: Annotated[
        bool, typer.Option("--dictionary-form", help="mecab, sudachi: words as a dictionary has them.")
    ] = False
    user_dictionary: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="mecab, sudachi: words of your own, compiled (.dic); jieba: a list of them."),
    ] = None
    sudachi_mode: Annotated[
        SudachiMode, typer.Option(help="sudachi: A cuts into the shortest words, C the longest.")
    ] = "C"

    @property
    def word_settings(self) -> WordSettings:
        """Return the settings of the tokenizer; raises SettingError where one is not for it."""
        return WordSettings(**{field.name: getattr(self, field.name) for field in fields(WordSettings)})


@dataclass(frozen=True, kw_only=True)
class TextOptions(WordOptions):
    """Which text is read, how, and what is asked of it."""

    corpus: Annotated[
        list[str],
        typer.Argument(
            metavar="CORPUS...",
            help="A text file (each line a document), a folder (each file one), - for stdin; also packed (.gz, .bz2, "
            ".xz, .zst), .zip, .tar, JSON lines, Parquet, Arrow, WikiExtractor's output.",
        ),
    ]
    vocab_size: Annotated[int, typer.Option(help="Model this many of the most frequent words.")] = 10_000
    window: Annotated[int, typer.Option(help="Words on each side that count as context, nearer ones more.")] = 16
    negative_weight: Annotated[float, typer.Option(help="Weight k of the negative samples in M*.")] = 1.0
    analogies: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Analogies, a file or folder [default: everyday English, or Japanese for mecab, sudachi].",
        ),
    ] = None
    protocol: Annotated[
        Literal["questions", "pairs"],
        typer.Option(help="questions: the file's lines; pairs: all ordered pairs of its word pairs."),
    ] = "questions"
    text_field: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Field or column that holds the text of JSON lines, Parquet, Arrow or CSV [default: text, content, or "
            "the only long one; none of CSV].",
        ),
    ] = None
    encoding: Annotated[
        str | None, typer.Option(metavar="NAME", help="Encoding, such as cp1252 or shift_jis [default: UTF-8].")
    ] = None
    lines: Annotated[
        bool, typer.Option("--lines", help="Make each line a document in folders, archives and records too.")
    ] = False
    paragraphs: Annotated[
        bool, typer.Option("--paragraphs", help="Join lines up to an empty line into a document.")
    ] = False


@dataclass(frozen=True, kw_only=True)
class ShapedTextOptions(TextOptions):
    """The same, with the shape of the window."""

    window_shape: Annotated[
        WindowShape, typer.Option(help="dynamic: nearer words count more, as in word2vec; flat: all alike.")
    ] = "dynamic"


@dataclass(frozen=True)
class StartOptions(StudyOptions):
    """How a run starts, and how large its steps are."""

    dim: Annotated[
        int | None, typer.Option(help="Size of the embeddings [default: 64, or as many as can be learned].")
    ] = None
    sigma: Annotated[float, typer.Option(help="Standard deviation of the starting weights.")] = 1e-4
    step_size: Annotated[
        float | None,
        typer.Option(
            help="Step size, in units of the largest stable one [default: 0.5; sgd: as large as noise allows]."
        ),
    ] = None
    seed: Annotated[int, typer.Option(help="Seed of the starting weights.")] = 0


@dataclass(frozen=True)
class ForecastOptions(StartOptions):
    """The same of a run of gradient descent that is forecast alone."""

    step_size: Annotated[float, typer.Option(help="Step size, in units of the largest stable one.")] = 0.5


@dataclass(frozen=True)
class TrainerOptions(StudyOptions):
    """Which trainer learns."""

    trainer: Annotated[
        TrainerName,
        typer.Option(help="gd: full batches; sgd: the paper's algorithm, on sampled pairs; word2vec itself."),
    ] = "gd"


@dataclass(frozen=True)
class LengthOptions(StudyOptions):
    """How long a run is."""

    steps: Annotated[int | None, typer.Option(help="Stop after this many steps [default: when done].")] = None


@dataclass(frozen=True)
class ForceOptions(StudyOptions):
    """Whether what is advised against is taken all the same."""

    force: Annotated[
        bool, typer.Option("--force", help="Allow a step size that is not stable, or too little precision.")
    ] = False


@dataclass(frozen=True)
class TrainingOptions(ForceOptions, LengthOptions):
    """How long a run is, and in which precision it computes."""

    precision: Annotated[
        PrecisionName, typer.Option(help="auto: float32, or float64 where the start is too small for it.")
    ] = "auto"


@dataclass(frozen=True)
class ComputeOptions:
    """Where to compute."""

    device: Annotated[Literal["auto", "cpu", "cuda"], typer.Option(help="Where to compute.")] = "auto"
    threads: Annotated[int | None, typer.Option(help="CPU threads [default: all cores].")] = None
    memory: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Memory to take in all, such as 8GB [default: what is free].")
    ] = None

    def __post_init__(self) -> None:
        """Raise SettingError where the number of threads or the size is out of range."""
        check_threads(self.threads)
        if self.memory is not None and not self.memory_bytes:
            needed = "give a size with its unit, such as 8GB or 500MB."
            raise SettingError("memory", printable(self.memory), needed)

    @property
    def memory_bytes(self) -> int | None:
        """Return the memory to take in all, in bytes; None: what is free."""
        return None if self.memory is None else parsed_bytes(self.memory)


@dataclass(frozen=True)
class RunOptions(ComputeOptions):
    """Where a run computes, and what it may write."""

    threads: Annotated[
        int | None, typer.Option(help="CPU threads for training [default: all cores; one less in the app].")
    ] = None
    keep_gb: Annotated[float, typer.Option(help="Space for checkpoints, in GB: older ones are thinned beyond it.")] = (
        2.0
    )

    def __post_init__(self) -> None:
        """Raise SettingError where a number is out of range."""
        super().__post_init__()
        if not _ONE_BYTE <= self.keep_gb < float("inf"):
            raise SettingError("keep_gb", f"{self.keep_gb:g}", "give 1e-9 (one byte) or more, such as 2.")


@dataclass(frozen=True)
class GoalOptions:
    """Where a run stops before its end."""

    until: Annotated[
        str | None,
        typer.Option(
            metavar="GOAL",
            help="Stop at mode, mode=8, category, category=NAME, t=1.5 (in tau_1), loss=0.8 or step=500.",
        ),
    ] = None


@dataclass(frozen=True)
class SizeOptions:
    """Up to which size models are evaluated."""

    max_dim: Annotated[int, typer.Option(help="Largest size to evaluate.")] = 200


@dataclass(frozen=True)
class CriticalSizeOptions(SizeOptions):
    """How critical sizes are found."""

    fraction: Annotated[
        float, typer.Option(help="The critical size is where accuracy reaches this share of its peak.")
    ] = 0.5
    bootstrap: Annotated[int, typer.Option(help="Resamples of the word pairs, for the intervals.")] = 200


@dataclass(frozen=True)
class AsciiOptions:
    """With which characters is drawn."""

    ascii_only: Annotated[bool, typer.Option("--ascii", help="Draw without braille and box characters.")] = False


@dataclass(frozen=True)
class LineOptions:
    """How much the app may send to its terminal."""

    low_bandwidth: Annotated[
        bool, typer.Option("--low-bandwidth", help="For a narrow line: 16 colours, a picture in two seconds.")
    ] = False


@dataclass(frozen=True)
class AppOptions(LineOptions, AsciiOptions):
    """How the app shows a run; what is not given is as in the user's settings (see `preferences`)."""

    fps: Annotated[
        float | None, typer.Option(help=f"Draw the run this many times a second [default: {ScreenOptions.fps:g}].")
    ] = None
    theme: Annotated[ThemeName | None, typer.Option(help="Colours of the app [default: dark].")] = None
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File of settings [default: the user's, see `config show`].")
    ] = None

    def __post_init__(self) -> None:
        """Raise SettingError where a number is out of range."""
        if self.fps is not None:
            ScreenOptions(fps=self.fps)

    def screen(self) -> ScreenOptions:
        """Return what the app is to be opened with; warnings about it go to stderr.

        Raises UsageError where the user's settings cannot be worked with.
        """
        screen = screen_options(self.ascii_only, self.fps, self.theme, self.config)
        return replace(screen, low_bandwidth=self.low_bandwidth)


def screen_options(
    ascii_only: bool = False, fps: float | None = None, theme: ThemeName | None = None, config: Path | None = None
) -> ScreenOptions:
    """Return what the app is to be opened with where the command line has these; see `AppOptions.screen`."""
    found = preferences({"ascii": ascii_only or None, "fps": fps, "theme": theme}, config)
    for warning in found.warnings:
        typer.echo(f"qwem-tui: {warning}", err=True)
    return found.screen


@dataclass(frozen=True)
class HangupOptions:
    """What becomes of a run whose terminal goes away."""

    on_hangup: Annotated[
        Literal["stop", "continue"],
        typer.Option(help="When the terminal goes away: stop, or continue without a screen until done (see attach)."),
    ] = "stop"

    @property
    def stays(self) -> bool:
        """Return whether the run continues."""
        return self.on_hangup == "continue"


@dataclass(frozen=True)
class AnswerOptions(AsciiOptions):
    """In which form an answer is written to stdout."""

    json_form: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False
    csv_form: Annotated[bool, typer.Option("--csv", help="Write CSV.")] = False

    def __post_init__(self) -> None:
        """Raise UsageError where two forms are asked for."""
        if self.json_form and self.csv_form:
            raise UsageError(Named("json"), " and ", Named("csv"), " exclude each other: give one of them.")

    @property
    def form(self) -> Form:
        """Return the form asked for; a table unless another is."""
        return "json" if self.json_form else "csv" if self.csv_form else "table"
