"""Japanese words by MeCab with UniDic: fugashi and unidic-lite."""

from __future__ import annotations

import csv
import os
import shlex
from collections.abc import Callable

from qwem_tui.corpus.segmenters.errors import bad_dictionary, check_is_file, missing
from qwem_tui.corpus.word_settings import WordSettings

#: The dictionary form as it is written (orthBase). UniDic's lemma would make one word of all names that are read
#: alike, has notes in it (私-代名詞), and there is none for numbers and unknown words.
_WRITTEN_BASE = 10


class _Forms(dict[str, str]):
    """The dictionary form for each line `surface TAB features` that MeCab writes; the surface where it has none."""

    def __missing__(self, line: str) -> str:
        surface, _, features = line.partition("\t")
        fields = next(csv.reader([features]), [])
        # unknown words have six fields, words of a user's as many as the user wrote
        base = fields[_WRITTEN_BASE] if len(fields) > _WRITTEN_BASE else ""
        self[line] = form = surface if base in ("", "*") else base
        return form


def mecab(settings: WordSettings) -> Callable[[str], str]:
    """Return what cuts a piece of text, to its words with line ends between.

    Raises SettingError where packages are missing, or the user's dictionary cannot be read.
    """
    try:
        import fugashi
        import unidic_lite
    except ImportError as error:
        raise missing("mecab", "ja") from error
    # what is written is read, not fugashi's nodes: these show the next text's features once there is one
    line = "%m\\t%H\\n" if settings.dictionary_form else "%m\\n"
    # the format that the dictionary names would win over these
    formats = ["-O", "", "-F", line, "-U", line, "-E", ""]
    user = settings.user_dictionary
    if user is not None:
        check_is_file(user)
    arguments = ["-d", unidic_lite.DICDIR, "-r", os.devnull, *formats, *([] if user is None else ["-u", user])]
    try:
        tagger = fugashi.GenericTagger(shlex.join(arguments), quiet=True)
    except RuntimeError as error:
        if user is None:
            raise
        needed = "compile it against unidic-lite with fugashi-build-dict (docs/japanese.md); no comma in its path."
        raise bad_dictionary(user, "is no compiled dictionary that MeCab can read", needed) from error
    if not settings.dictionary_form:
        return lambda piece: str(tagger.parse(piece))
    forms = _Forms()
    return lambda piece: "\n".join(map(forms.__getitem__, filter(None, tagger.parse(piece).split("\n"))))
