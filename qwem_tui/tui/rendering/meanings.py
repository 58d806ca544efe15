"""What the things on the screen are, in plain words: pure functions."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from qwem_tui.tui.rendering.view import View

#: By the pane that they stand in.
PANES = ("pane-modes", "pane-rank", "pane-abilities")


def meanings(view: View, pane: str | None) -> tuple[str, ...]:
    """Return sentences about the terms of a pane, the most important first; None: about those of the bar."""
    study = view.study
    if pane == "pane-modes":
        return _modes(view)
    if pane == "pane-rank":
        return (
            "effective rank: over how many directions the embeddings are spread, all counted by their size",
            "participation ratio: the same, large directions counting more",
            *(("modes: how many are at least half learned (s_k^2 >= lambda_k / 2)",) if study.has_modes else ()),
        )
    if pane == "pane-abilities":
        protocol = (
            "the questions of the file"
            if study.analogies.protocol == "questions"
            else "all ordered pairs of word pairs"
        )
        return (
            "threshold: half of the best accuracy that is forecast of a category; reaching it counts as crossed",
            "a mark on the axis: where that is forecast",
            f"protocol: {protocol} are asked",
        )
    floor = ("floor: the least loss that a model of this size can have",) if study.loss_floor is not None else ()
    return (_time(view), *floor)


def _time(view: View) -> str:
    if view.study.has_modes:
        return "tau_1: the time in which the first mode grows half-way; times are in units of it"
    return "t_1: the time in which the fastest direction grows to 1; times are in units of it"


def _modes(view: View) -> tuple[str, ...]:
    if not view.study.has_modes:
        return ("s_k: the size of the embeddings in their k-th largest direction", _time(view))
    return (
        "a mode: a direction of the embeddings, learned from an eigenvector of M*",
        "s_k: its size, which grows to sqrt(lambda_k) and stays",
        _time(view),
    )


def fitting(sentences: Sequence[str], width: int) -> str:
    """Return as many of the sentences as fit into `width` cells, from the first, which is there in any case."""
    line = sentences[0]
    for sentence in sentences[1:]:
        longer = f"{line}.  {sentence}"
        if cell_len(longer) <= width:
            line = longer
    return line
