"""Whatever reading a file can raise, as one sentence."""

from __future__ import annotations

import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from qwem_tui.base.errors import Named, QwemError, UsageError
from qwem_tui.base.printable import printable
from qwem_tui.corpus.reading.decoding import Undecodable
from qwem_tui.corpus.samples.catalogue import SAMPLES

_SHOWN = 60


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Turn whatever reading the file `name` can raise into one sentence."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        sample = any(name == sample.name for sample in SAMPLES)
        mend = f"`qwem-tui samples {name}` writes the sample of that name out" if sample else "check the path"
        raise UsageError(f"There is no file or folder {name}: {mend}.") from error
    except (EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise damaged(name, error) from error
    except UnicodeEncodeError as error:
        raise QwemError(f"{name} holds half of a character (a lone surrogate): leave it out of the text.") from error
    except (NotImplementedError, UnicodeDecodeError) as error:
        raise damaged(name, error) from error
    except OSError as error:
        # gzip and bz2 raise it without a number for bytes that make no sense
        if error.errno is None:
            raise damaged(name, error) from error
        where = printable(error.filename) if isinstance(error.filename, str) else name
        reason = printable((error.strerror or str(error)).lower())
        raise QwemError(f"Cannot read {where}: {reason}; check the file and its permissions.") from error


def damaged(name: str, error: Exception) -> QwemError:
    """Return the sentence for an archive or a table that makes no sense."""
    reason = printable(str(error).partition("\n")[0].rstrip("."))
    return QwemError(
        f"{name} is cut short, damaged, or packed in a way that is not known ({reason}): fetch or pack it again."
    )


def undecodable(name: str, found: Undecodable) -> QwemError:
    """Return the sentence for text that is not in the encoding it was read in."""
    asked = "UTF-8" if found.encoding is None else printable(found.encoding)
    where = f"{name} is not {asked} text (byte 0x{found.byte:02X} at byte offset {found.offset} of the text)"
    option = Named("encoding")
    if found.encoding is None and found.mostly_utf8:
        mend = "leave such bytes out with iconv -c -f UTF-8 -t UTF-8."
        return QwemError(f"{where}, though what stands around it is: it is damaged there; {mend}")
    if found.likely is None:
        return QwemError(f"{where}: give its encoding with ", option, ", such as cp1252 or shift_jis.")
    return QwemError(f"{where}: it is likely {found.likely}, which ", option, f" {found.likely} reads.")


def binary(name: str) -> QwemError:
    """Return the sentence for what is no text, or text in an encoding with NUL bytes."""
    return QwemError(
        f"{name} is binary, or text that is not in UTF-8 (it has a NUL byte): give text in UTF-8, or its encoding "
        "with ",
        Named("encoding"),
        ", such as utf-16.",
    )


def markup_dump(name: str) -> QwemError:
    """Return the sentence for a MediaWiki XML dump."""
    return QwemError(
        f"{name} is a MediaWiki XML dump, whose markup would be read as words: extract its text first, such as with "
        "`pip install wikiextractor` and `wikiextractor DUMP --json -o FOLDER`, and give the folder."
    )


def other_json(name: str) -> QwemError:
    """Return the sentence for JSON that is not lines."""
    return QwemError(
        f"{name} is JSON, but not a record a line, so that its keys would be read as words: convert it with "
        "jq -c '.[]' FILE > FILE.jsonl, and give that."
    )


def no_column(name: str, head: str, column: str) -> UsageError:
    """Return the sentence for text that is no table with `column`."""
    first = printable(head.lstrip("\n").partition("\n")[0])
    shown = first if len(first) <= _SHOWN else f"{first[:_SHOWN]}..."
    return UsageError(
        f"{name} has no column {printable(column)}: it is no JSON lines, Parquet or Arrow file, and its first line is "
        f"no heading with that name ({shown}); name another with ",
        Named("text_field"),
        ", or leave that out for plain text.",
    )
