"""The themes: in each all text has a contrast of 4.5 : 1 or more to its ground (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

from typing import Any

from textual.app import App
from textual.theme import Theme

#: In each the borders of panes, and what is marked, are in `primary`; `panel` is the ground of the bar and the footer.
_THEMES = (
    Theme(
        name="dark",
        primary="#3a8fd9",
        secondary="#5fafd7",
        accent="#ffa62b",
        warning="#ffaf5f",
        error="#ff6b81",
        success="#5fd787",
        foreground="#e4e4e4",
        background="#121212",
        surface="#1e1e1e",
        panel="#262b31",
        variables={
            "text-disabled": "auto 60%",
            "text-error": "#ff9aa8",
            "error-muted": "#3d1219",
            "block-cursor-background": "#08406f",
            "block-cursor-blurred-background": "#1b2733",
            "block-cursor-foreground": "#ffffff",
            "footer-key-foreground": "#ffaf5f",
        },
    ),
    Theme(
        name="light",
        primary="#005faf",
        secondary="#006b8f",
        accent="#8f4a00",
        warning="#8a4b00",
        error="#b00020",
        success="#00683c",
        foreground="#1c1c1c",
        background="#fafafa",
        surface="#f0f0f0",
        panel="#e2e2e2",
        dark=False,
        variables={
            "text-muted": "auto 70%",
            "text-disabled": "auto 65%",
            "text-error": "#8f0018",
            "error-muted": "#fbdde1",
            "text-primary": "#003a6b",
            "primary-muted": "#d5e6f5",
            "block-cursor-background": "#003f75",
            "block-cursor-blurred-background": "#dce8f4",
            "block-cursor-foreground": "#ffffff",
            "footer-key-foreground": "#7a3e00",
        },
    ),
    Theme(
        name="high-contrast",
        primary="#5fd7ff",
        secondary="#5fd7ff",
        accent="#ffff00",
        warning="#ffd75f",
        error="#ffafaf",
        success="#87ff87",
        foreground="#ffffff",
        background="#000000",
        surface="#000000",
        panel="#1c1c1c",
        variables={
            "text-muted": "#e4e4e4",
            "text-disabled": "#bcbcbc",
            "text-error": "#ffffff",
            "error-muted": "#870000",
            "text-primary": "#ffffff",
            "primary-muted": "#00005f",
            "block-cursor-background": "#ffff00",
            "block-cursor-foreground": "#000000",
            "block-cursor-blurred-background": "#3a3a3a",
            "footer-key-foreground": "#ffff00",
        },
    ),
)


def use_themes(app: App[Any], first: str = "dark") -> None:
    """Have `app` know the themes, and begin with the one called `first`."""
    for theme in _THEMES:
        app.register_theme(theme)
    app.theme = first


def next_theme(app: App[Any]) -> None:
    """Change to the theme after the one in use, after the last to the first."""
    names = [theme.name for theme in _THEMES]
    app.theme = names[(names.index(app.theme) + 1) % len(names)]
