"""Textual's bindings of what the main screen can do."""

from __future__ import annotations

from collections.abc import Sequence

from textual.binding import Binding, BindingType

from qwem_tui.tui.actions import Act


def bindings_of(acts: Sequence[Act]) -> list[BindingType]:
    """Return a binding for each of `acts`; their ids are the names, by which a keymap gives them other keys."""
    return [Binding(act.key, act.action, act.label, show=bool(act.label), id=act.name) for act in acts]
