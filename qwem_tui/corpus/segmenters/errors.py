"""What the segmenters refuse, each in one sentence."""

from __future__ import annotations

from pathlib import Path

from qwem_tui.base.errors import SettingError
from qwem_tui.base.printable import printable
from qwem_tui.corpus.word_settings import TokenizerName


def missing(tokenizer: TokenizerName, extra: str) -> SettingError:
    """Return the error about a tokenizer whose packages are not installed; `extra` has them."""
    needed = f'install them with: pip install "qwem-tui[{extra}]".'
    return SettingError("tokenizer", tokenizer, needed, "needs packages that are not installed")


def bad_dictionary(path: str, problem: str, needed: str) -> SettingError:
    """Return the error about a user dictionary that is not what it should be."""
    return SettingError("user_dictionary", printable(path), needed, problem)


def check_is_file(path: str) -> None:
    """Raise SettingError where there is no such user dictionary."""
    if not Path(path).is_file():
        raise bad_dictionary(path, "is no file", "check the path.")
