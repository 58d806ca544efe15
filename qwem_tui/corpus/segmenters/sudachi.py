"""Japanese words by Sudachi: SudachiPy and sudachidict-core."""

from __future__ import annotations

from collections.abc import Callable

from qwem_tui.corpus.segmenters.errors import bad_dictionary, check_is_file, missing
from qwem_tui.corpus.word_settings import WordSettings


def sudachi(settings: WordSettings) -> Callable[[str], str]:
    """Return what cuts a piece of text, to its words with line ends between.

    Raises SettingError where packages are missing, or the user's dictionary cannot be read.
    """
    try:
        import sudachidict_core  # noqa: F401 - Sudachi itself says less clearly that it is missing
        from sudachipy import Config, Dictionary
        from sudachipy.errors import SudachiError
    except ImportError as error:
        raise missing("sudachi", "sudachi") from error
    user = settings.user_dictionary
    if user is not None:
        check_is_file(user)
    try:
        dictionary = Dictionary(config=Config(user=None if user is None else [user]))
    except SudachiError as error:
        if user is None:
            raise
        needed = "compile it with `sudachipy ubuild` (docs/japanese.md)."
        raise bad_dictionary(user, "is no compiled dictionary that Sudachi can read", needed) from error
    form = "dictionary" if settings.dictionary_form else "surface"
    tokenizer = dictionary.tokenizer(mode=settings.sudachi_mode, projection=form)

    def cut(piece: str) -> str:
        try:
            return "\n".join(morpheme.surface() for morpheme in tokenizer.tokenize(piece))
        except SudachiError:
            # it refuses more than 49,149 bytes, also of what its own normal form makes of fewer
            if len(piece) < 2:
                raise
            half = len(piece) // 2
            return f"{cut(piece[:half])}\n{cut(piece[half:])}"

    return cut
