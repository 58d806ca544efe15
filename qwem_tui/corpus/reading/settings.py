"""How text is read, whatever it comes in."""

from __future__ import annotations

from dataclasses import dataclass, fields

from qwem_tui.base.errors import Named, SettingError
from qwem_tui.base.printable import printable
from qwem_tui.corpus.reading.decoding import is_text_encoding


@dataclass(frozen=True)
class ReadingSettings:
    """How text is read.

    `text_field` is the field of records that holds their text, by default found by looking; its parts may be joined by
    dots. `encoding` is a name that Python knows; by default UTF-8, and UTF-16 or UTF-32 where the text begins with a
    byte-order mark. With `lines` each line is a document whatever it comes in; with `paragraphs` the lines up to an
    empty one are. Making one raises SettingError where that makes no sense.
    """

    text_field: str | None = None
    encoding: str | None = None
    lines: bool = False
    paragraphs: bool = False

    def __post_init__(self) -> None:
        """Raise SettingError where a setting makes no sense on any text."""
        if self.lines and self.paragraphs:
            raise SettingError("lines", "", "give one of them.", ("and ", Named("paragraphs"), " exclude each other"))
        if self.text_field == "":
            raise SettingError("text_field", "", "give the name of a field.", "is empty")
        if self.encoding is not None and not is_text_encoding(self.encoding):
            needed = "give a name that Python knows, such as cp1252, shift_jis, euc-jp, gb18030 or utf-16."
            raise SettingError("encoding", printable(self.encoding), needed, "is no encoding of text that is known")

    @property
    def given(self) -> dict[str, str | bool]:
        """Return the settings that are not as by default, by name."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value}
