"""An explanation of a category as plain text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qwem_tui.formats.tables import shown_word, width_of
from qwem_tui.study.explain import Explanation
from qwem_tui.theory.task_vectors import CUSP

WIDTH = 79
SHOWN_CARRIERS = 5
_SHOWN_EIGENVALUES = 8
#: With fewer pairs than this, chance alone makes task vectors look alike.
_FEW_PAIRS = 8
#: With b - a left out, so much of the accuracy says that it adds little; so little, that it is what answers.
_MOSTLY, _HARDLY = 0.75, 0.25


def _wrapped(text: str, width: int) -> list[str]:
    """Return `text` in lines of at most `width` cells where words allow it, indented like it and by 4 more.

    Text that fits stays as it is, blanks and all. Text at the margin stays there.
    """
    if width_of(text) <= width:
        return [text]
    indent = " " * (len(text) - len(text.lstrip(" ")))
    lines: list[str] = []
    line = ""
    for word in text.split():
        if line and width_of(line) + 1 + width_of(word) > width:
            lines.append(line)
            line = ""
        margin = indent + " " * 4 if indent and lines else indent
        line = f"{line} {word}" if line else margin + word
    return [*lines, line]


def _percent(share: float) -> str:
    return "-" if np.isnan(share) else f"{share:.0%}"


def _example_pair(explanation: Explanation) -> tuple[str, str]:
    a, b = explanation.task.pairs[0].tolist()
    return shown_word(explanation.words[a]), shown_word(explanation.words[b])


def _opening(explanation: Explanation) -> list[str]:
    critical, pairs, dims = explanation.critical, len(explanation.task.pairs), explanation.task.dims
    a, b = _example_pair(explanation)
    peak = f"Accuracy peaks at {critical.peak:.0%}, at size {critical.peak_dim}"
    if critical.critical_size is None:
        reached = f"No critical size: {critical.reason}. {peak}."
    else:
        between = f" (95% interval {critical.interval[0]} to {critical.interval[1]})" if critical.interval else ""
        larger = ", or larger: accuracy may still rise beyond the largest size evaluated" if critical.rising else ""
        begins = "No onset" if critical.onset is None else f"Onset {critical.onset}"
        reached = f"Critical size {critical.critical_size}{between}{larger}. {begins}. {peak}."
    paragraphs = [
        f"{shown_word(explanation.task.name)}: {pairs} word pairs such as {a} : {b}; {critical.attempted:,} of "
        f"{critical.total:,} questions can be asked ({explanation.protocol} protocol).",
        f"{reached} Sizes {dims[0]} to {dims[-1]} were evaluated.",
    ]
    paragraphs.append(in_short(explanation))
    if pairs < _FEW_PAIRS:
        paragraphs.append(f"On {pairs} pairs chance alone makes task vectors look alike: all below is uncertain.")
    return paragraphs


def in_short(explanation: Explanation) -> str:
    """Return the explanation in one sentence."""
    critical, task = explanation.critical, explanation.task
    if critical.critical_size is None:
        return "In short: without a critical size there is nothing to explain; below is what its task vectors share."
    d = critical.critical_size
    accuracy, without = float(critical.accuracy[explanation.at(d)]), float(explanation.without[explanation.at(d)])
    if without >= _MOSTLY * accuracy:
        how = "mostly by the nearness of a pair's two words"
    elif without <= _HARDLY * accuracy:
        how = "by b - a, the direction of its pairs"
    else:
        how = "by b - a and by the nearness of a pair's two words"
    if task.standing_out is None:
        return f"In short: it answers at size {d} {how}; no direction is seen that its pairs share beyond chance."
    carrier = task.carriers[0]
    first = task.half_carried()
    # the one mode says it all where it holds half by itself
    others = "" if carrier.share >= 0.5 else f", and {explanation.carried(first):.0%} lies in modes 1 to {first}"
    return (
        f"In short: it answers at size {d} {how}. Of the direction that its pairs share, at its best size {task.at}, "
        f"{carrier.share:.0%} is mode {carrier.mode}{others}."
    )


def _table(explanation: Explanation) -> list[str]:
    """Return the curves at some sizes: powers of 2, the cusp, the critical size, the largest."""
    task, critical = explanation.task, explanation.critical
    marks: dict[int, list[str]] = {}
    if critical.critical_size is not None:
        marks.setdefault(explanation.at(critical.critical_size), []).append("critical")
    if explanation.cusp is not None:
        marks.setdefault(explanation.at(explanation.cusp), []).append("cusp")
    powers = {explanation.at(2**power) for power in range(1, 20) if task.dims[0] <= 2**power <= task.dims[-1]}
    shown = sorted(powers | set(marks) | {len(task.dims) - 1})
    return [
        "         ---- SNR ----   -- mean share --   - questions right -",
        "   size  found  chance   found     chance   with b-a   without",
        *(f"{_row(explanation, i)}  {' '.join(marks.get(i, ()))}".rstrip() for i in shown),
        "A task vector is w_b - w_a of one pair; G (N x N) holds their inner products, N the pairs, and its largest "
        "eigenvalue is the spike. SNR is the spike over the mean of the min(N, d) eigenvalues that are not zero. "
        "Chance: every word swapped for another of similar frequency; the median SNR, and what the mean's share stays "
        "below in 99 of 100 draws.",
    ]


def _row(explanation: Explanation, i: int) -> str:
    task = explanation.task
    share, chance = _percent(task.mean_share[i]), "<" + _percent(task.null_share[i])
    used, left_out = _percent(explanation.critical.accuracy[i]), _percent(explanation.without[i])
    return (
        f" {task.dims[i]:>6}  {task.snr[i]:>5.1f}  {task.null_snr[i]:>6.1f}   {share:>5}    {chance:>7}"
        f"   {used:>8}  {left_out:>8}"
    )


def _common_direction(explanation: Explanation) -> list[str]:
    task, critical, last = explanation.task, explanation.critical, explanation.task.dims[-1]
    paragraphs = [
        f"At size {last} the mean task vector b - a holds {_percent(task.mean_share[-1])} of the energy (squared "
        f"length) of all task vectors; chance gives less than {_percent(task.null_share[-1])}. Overlap of G's top "
        "eigenvector with the mean: "
        f"{task.overlap[-1]:.2f} (at 1 the spike is that mean)."
    ]
    out = task.standing_out
    if np.isnan(task.null_share).all():
        paragraphs = ["The vocabulary is too small to say what chance would give."]
    elif out is None:
        paragraphs.append("At no size does the mean hold more than chance gives: no common direction is seen.")
    else:
        until = f"up to the largest size, {last}" if out[1] == last else f"up to size {out[1]}, but not all the way"
        later = (
            f": later than the critical size, {critical.critical_size}"
            if critical.critical_size is not None and out[0] > critical.critical_size
            else ""
        )
        paragraphs.append(f"Its share stands out from chance from size {out[0]} {until}{later}.")
    if explanation.cusp is not None:
        paragraphs.append(f"The cusp at size {explanation.cusp}: {CUSP}")
        if task.limit < len(task.pairs):
            paragraphs.append(
                f"Here pairs close rings: {task.limit} of {len(task.pairs)} are independent, and N counts these."
            )
    return paragraphs


def _judged(accuracy: float, without: float) -> str:
    if _MOSTLY * without > accuracy:
        return (
            "b - a does more harm than good there: mere nearness of the two words of a pair answers, so what carries "
            "the mean task vector does not explain that size"
        )
    if without >= _MOSTLY * accuracy:
        return (
            "b - a adds little there: most of it is mere nearness of the two words of a pair, so what carries the mean "
            "task vector does not by itself explain that size"
        )
    if without <= _HARDLY * accuracy:
        return "b - a is what answers there"
    return "b - a and mere nearness both play a part there"


def what_answers(explanation: Explanation) -> list[str]:
    """Return sentences on whether b - a is needed: at the critical size, the peak and the largest size.

    Sizes at which nothing is right are left out; nothing is concluded where there is no critical size.
    """
    critical = explanation.critical
    sizes = {} if critical.critical_size is None else {critical.critical_size: "At the critical size"}
    sizes.setdefault(critical.peak_dim, "At the peak")
    sizes.setdefault(explanation.task.dims[-1], "At the largest size")
    sentences: list[str] = []
    before = None
    for d, place in sizes.items():
        accuracy, without = float(critical.accuracy[explanation.at(d)]), float(explanation.without[explanation.at(d)])
        if not accuracy > 0:
            continue
        verdict = _judged(accuracy, without) if critical.reason is None else None
        how = "" if sentences else ", by the word nearest to a' alone,"
        ending = "" if verdict is None else ": likewise" if verdict == before else f": {verdict}"
        sentences.append(f"{place}, {d}, {accuracy:.0%} right; with b - a left out{how} {without:.0%}{ending}.")
        before = verdict
    return sentences


def _carrier_words(explanation: Explanation, rows: Sequence[int]) -> str:
    return ", ".join(shown_word(explanation.words[row]) for row in rows) or "(no strong word at this end)"


def _carriers(explanation: Explanation) -> list[str]:
    task, critical = explanation.task, explanation.critical
    shown = task.carriers[:SHOWN_CARRIERS]
    together, first = sum(carrier.share for carrier in shown), task.half_carried()
    a, b = _example_pair(explanation)
    place = ", where it works best," if critical.critical_size is not None else ""
    sentence = (
        f"At size {task.at}{place} these {len(shown)} modes carry {together:.0%} of the mean task vector; modes 1 to "
        f"{first} hold {explanation.carried(first):.0%} of it"
    )
    if critical.critical_size not in (None, first):
        d = critical.critical_size
        sentence += f", modes 1 to {d}, as many as its critical size, {explanation.carried(d):.0%}"
    paragraphs = [f"{sentence}. The words are the strongest at either end of the mode, in the whole vocabulary."]
    for carrier in shown:
        paragraphs += [
            f"  mode {carrier.mode}: {carrier.share:.0%}, eigenvalue {carrier.eigenvalue:.4g}",
            f"    on the side of {b}: {_carrier_words(explanation, carrier.toward_b)}",
            f"    on the side of {a}: {_carrier_words(explanation, carrier.toward_a)}",
        ]
    if together < 0.5:
        paragraphs.append("No few modes carry it: these five are less than half of the story.")
    return paragraphs


def _eigenvalues(explanation: Explanation) -> str:
    task = explanation.task
    largest = ", ".join(f"{value:.3g}" for value in task.eigenvalues[::-1][:_SHOWN_EIGENVALUES])
    more = ", ..." if len(task.eigenvalues) > _SHOWN_EIGENVALUES else ""
    spike = _percent(float(task.eigenvalues[-1] / max(task.eigenvalues.sum(), 1e-300)))
    return f"Eigenvalues of G at size {task.at}: {largest}{more}. The spike, the first, is {spike} of their sum."


def _noise(explanation: Explanation) -> list[str]:
    task, bulk = explanation.task, explanation.bulk
    if bulk is None:
        return [_eigenvalues(explanation), "Too few pairs to tell the shape of the noise below the spike."]
    fits = "as near as noise would be" if bulk.distance <= bulk.noise_distance else "further than noise would be"
    fewer = (
        f" (fewer than {task.at}: eigenvalues are unequal, and unequal columns act as fewer)"
        if bulk.columns < task.at
        else ""
    )
    return [
        _eigenvalues(explanation),
        f"The {len(bulk.eigenvalues)} eigenvalues of G below the largest, at size {task.at}, are nearest to "
        f"the Marchenko-Pastur law of {bulk.columns:.0f} equal columns{fewer}. Greatest difference of the CDFs "
        f"{bulk.distance:.2f}, {fits} (up to {bulk.noise_distance:.2f}). Its upper edge is {bulk.upper_edge:.3g}; "
        f"{bulk.above(task.eigenvalues)} of {len(task.eigenvalues)} eigenvalues lie above, the largest at "
        f"{task.eigenvalues[-1]:.3g}.",
    ]


def explanation_lines(explanation: Explanation, width: int = WIDTH) -> list[str]:
    """Return the explanation as plain text, in lines of at most `width` cells (60 at least) where words allow it.

    Names and words from outside are made printable and cut to 24 cells.
    """
    paragraphs = _opening(explanation)
    for title, part in (
        ("BY SIZE", _table(explanation)),
        ("COMMON DIRECTION", _common_direction(explanation)),
        ("WHAT ANSWERS", what_answers(explanation)),
        ("WHAT CARRIES IT", _carriers(explanation)),
        ("SPECTRUM AND NOISE", _noise(explanation)),
    ):
        if part:
            paragraphs += ["", title, *part]
    return [line for paragraph in paragraphs for line in _wrapped(paragraph, max(60, width))]
