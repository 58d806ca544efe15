"""The folder of a sweep: a file a finished cell, so that a sweep that was interrupted resumes."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import IO, Any

from msgspec import Struct

import qwem_tui
from qwem_tui.analogies.files import Category
from qwem_tui.base.atomic import atomic_file, remove_partial
from qwem_tui.base.codec import decode, encode
from qwem_tui.base.errors import Named, QwemError, UsageError
from qwem_tui.base.lock import locked
from qwem_tui.base.printable import printable
from qwem_tui.corpus.word_settings import WordSettings
from qwem_tui.formats.sweep.data import (
    ResultJson,
    result_json,
    result_of_json,
    settings_json,
    sweep_json,
    write_cells_csv,
    write_effects_csv,
)
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.sweep.grid import CellResult, CellSettings, Sweep, SweepConfig

#: The categories that are asked of the words of each tokenizer.
Asked = Mapping[WordSettings, tuple[Category, ...]]
CELL_SCHEMA, FOLDER_SCHEMA = "qwem-sweep-cell/2", "qwem-sweep-folder/1"
_MARK = "folder.json"
_LONGEST_SCHEMA = 40
_EARLIER_SETTINGS = (
    "sources", "vocab_size", "dim", "window", "tokenizer", "analogies", "protocol", "sigma", "step_fraction", "steps",
    "seed", "negative_weight", "trainer", "precision", "forced", "window_shape",
)  # fmt: skip


class _Mark(Struct):
    """What folder.json holds: `corpus` is sha256: and the SHA-256 of the documents."""

    schema: str
    corpus: str


class _CellFile(Struct):
    """What the file of a cell holds; its `settings` are for people: its name is their hash."""

    schema: str
    settings: dict[str, Any]
    result: ResultJson


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode("utf-8")).hexdigest()


def default_sweep_folder(config: SweepConfig) -> Path:
    """Return sweeps/NAME-DIGEST: the same for the same command, so that giving it again resumes.

    Where that of an earlier version is here, which named it otherwise, it is that one.
    """
    first = "stdin" if config.study.sources[0] == "-" else Path(config.study.sources[0]).name.split(".")[0]
    safe = "".join(c if c.isalnum() or c in "-_" else "-" for c in first).strip("-") or "corpus"
    factors = [(factor.name, factor.levels) for factor in config.factors]
    earlier, now = (
        Path("sweeps") / f"{safe}-{_digest([settings, factors, config.largest_dim, config.trained])[:8]}"
        for settings in (_earlier_settings(config.study), _settings(config.study))
    )
    return earlier if (earlier / _MARK).exists() else now


def _settings(study: StudyConfig) -> dict[str, object]:
    """Return the settings that are not the defaults: a setting that is new changes no name."""
    return {field.name: value for field in fields(study) if (value := getattr(study, field.name)) != field.default}


def _earlier_settings(study: StudyConfig) -> str:
    """Return what version 0.1.0 named a folder after: the repr of the settings that there were."""
    return f"StudyConfig({', '.join(f'{name}={getattr(study, name)!r}' for name in _EARLIER_SETTINGS)})"


def cell_key(cell: CellSettings, digest: str, questions: str) -> str:
    """Return the name of a cell in a folder: a hash of all that its result depends on.

    That is, beside its settings and this version, the text and the questions: `digest` and `questions` are theirs.
    """
    about = {
        "schema": CELL_SCHEMA,
        "version": qwem_tui.__version__,
        "corpus": digest,
        "analogies": questions,
        "settings": settings_json(cell),
    }
    return _digest(about)[:32]


def check_sweep_folder(path: Path) -> None:
    """Raise UsageError where no sweep can be saved at `path`, before any work is done for it."""
    shown = printable(str(path))
    above = next(folder for folder in (path, *path.absolute().parents) if folder.exists())
    if not above.is_dir():
        raise UsageError(
            f"{printable(str(above))} is a file, so no sweep can be saved there: give another ", Named("out"), "."
        )
    if not os.access(above, os.W_OK | os.X_OK):
        raise UsageError(f"{printable(str(above))} is not writable: give another ", Named("out"), ".")
    try:
        # access alone says nothing of places such as those of the kernel
        os.rmdir(tempfile.mkdtemp(dir=above))
    except OSError as error:
        reason = printable((error.strerror or str(error)).lower())
        raise UsageError(
            f"{printable(str(above))} cannot hold a sweep: {reason}; give another ", Named("out"), "."
        ) from error
    if path.is_dir() and not (path / _MARK).exists() and any(name.name != "lock" for name in path.iterdir()):
        raise UsageError(f"{shown} is not empty, and not the folder of a sweep: give another ", Named("out"), ".")


class SweepFolder:
    """The folder at `path`, 0700 and locked against a second writer while it is open; `cells/` in it holds results."""

    def __init__(self, path: Path, digest: str, asked: Asked) -> None:
        """Make the folder, or resume the one there, for the text of `digest` and what is `asked` of it.

        Raises as `check_sweep_folder`; UsageError where it is of another text; QwemError where it cannot be written,
        or where another process writes it.
        """
        check_sweep_folder(path)
        self.path = path
        self._digest = digest
        # several right answers only where there are any, so that folders written before there could be stay valid
        self._questions = {
            words: _digest(
                [(each.name, each.questions, *([each.several] if each.several else ())) for each in categories]
            )
            for words, categories in asked.items()
        }
        try:
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = locked(path, "give another ", Named("out"))
            (path / "cells").mkdir(exist_ok=True)
        except OSError as error:
            reason = printable((error.strerror or str(error)).lower())
            raise QwemError(
                f"Cannot write the folder {printable(str(path))}: {reason}; give another ", Named("out"), "."
            ) from error
        self._mark()
        for place in (path, path / "cells"):
            remove_partial(place)

    def _mark(self) -> None:
        """Say of which text this folder is, or see that it is of this one."""
        about = _Mark(FOLDER_SCHEMA, f"sha256:{self._digest}")
        file = self.path / _MARK
        if not file.exists():
            self._write(file, encode(about))
            return
        shown = printable(str(file))
        try:
            found = decode(_Mark, file.read_bytes(), shown)
        except OSError as error:
            raise UsageError(f"Cannot read {shown}: {error.strerror}; give another ", Named("out"), ".") from error
        except QwemError as error:
            raise UsageError(f"{error.clause()}; give another ", Named("out"), ".") from error
        if found.schema != about.schema:
            theirs = printable(found.schema[:_LONGEST_SCHEMA])
            raise UsageError(
                f"{shown}, schema: {theirs} is of another version, not {about.schema}; give another ", Named("out"), "."
            )
        if found.corpus != about.corpus:
            raise UsageError(
                f"{shown}, corpus: this folder holds the sweep of another text; give another ", Named("out"), "."
            )

    @staticmethod
    def _write(file: Path, text: str) -> None:
        with atomic_file(file) as temporary:
            temporary.write_text(text + "\n", encoding="utf-8")

    def _file(self, cell: CellSettings) -> Path:
        return self.path / "cells" / f"{cell_key(cell, self._digest, self._questions[cell.study.words])}.json"

    def saved(self, cell: CellSettings) -> CellResult | None:
        """Return the result of `cell`, or None where there is none that can be read."""
        file = self._file(cell)
        try:
            found = decode(_CellFile, file.read_bytes(), file.name)
        except (OSError, QwemError):
            # it is worked out again, and written anew
            return None
        return result_of_json(found.result) if found.schema == CELL_SCHEMA else None

    def save(self, cell: CellSettings, result: CellResult) -> None:
        """Write the result of `cell`; raises QwemError where that cannot be."""
        self._write(self._file(cell), encode(_CellFile(CELL_SCHEMA, settings_json(cell), result_json(result))))

    def write_answer(self, sweep: Sweep) -> None:
        """Write sweep.json, cells.csv and effects.csv; raises QwemError where that cannot be."""
        self._write(self.path / "sweep.json", encode(sweep_json(sweep)))
        tables: dict[str, Callable[[Sweep, IO[str]], None]] = {
            "cells.csv": write_cells_csv,
            "effects.csv": write_effects_csv,
        }
        for name, write in tables.items():
            with (
                atomic_file(self.path / name) as temporary,
                temporary.open("w", encoding="utf-8", newline="") as stream,
            ):
                write(sweep, stream)

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Yield an empty folder for what workers read, removed at the end, as what a killed process left of one is.

        Raises QwemError where it cannot be made.
        """
        path = self.path / "scratch"
        shutil.rmtree(path, ignore_errors=True)
        try:
            path.mkdir()
            yield path
        except OSError as error:
            reason = printable((error.strerror or str(error)).lower())
            raise QwemError(
                f"Cannot write in {printable(str(path))}: {reason}; give another ", Named("out"), "."
            ) from error
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def close(self) -> None:
        """Give up the lock."""
        self._lock.close()
