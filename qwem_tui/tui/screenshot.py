"""The screen as a picture that needs nothing from elsewhere."""

from __future__ import annotations

import re

from textual.app import App

_FONT_FACE = re.compile(r"@font-face\s*\{[^}]*\}\s*")


def screen_svg(app: App[int]) -> str:
    """Return the screen as SVG, without the web fonts that Textual would have the viewer fetch from a server."""
    return _FONT_FACE.sub("", app.export_screenshot())
