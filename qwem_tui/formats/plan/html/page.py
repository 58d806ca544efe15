"""A plan as one HTML page for a reader outside the field: no script, no network, nothing beside the file.

It says what `plan_table` says, with charts, a glossary, and what qualifies a figure beside it.
"""

from __future__ import annotations

import shlex

from qwem_tui import __version__
from qwem_tui.base.units import duration
from qwem_tui.formats.plan import sentences as sentences
from qwem_tui.formats.plan.data import CAVEATS
from qwem_tui.formats.plan.html.components import (
    CUT,
    TOGETHER,
    accuracy,
    items,
    named,
    note,
    pairs,
    paragraph,
    plain_name,
    said,
    section,
    size,
    table,
)
from qwem_tui.formats.plan.html.domain import domain_section
from qwem_tui.formats.plan.html.learning_curve import charts_section
from qwem_tui.formats.plan.html.stages import needs_section, stages_section
from qwem_tui.formats.plan.html.style import STYLE
from qwem_tui.formats.plan.sentences import UNKNOWN
from qwem_tui.study.plan.learning_curve import LearningCurve
from qwem_tui.study.plan.planner import Plan, PlanConfig
from qwem_tui.study.plan.verdict import UNCOVERED, LimitWord, Verdict

_TITLE = "What this text can teach a model of words, and what it takes"
#: What it means that something holds an ability back.
_LIMITS: dict[LimitWord, str] = {
    "text": "more text still helps, or the text lacks words of the questions",
    "model": "a model larger than yours helps",
    "text and model": "more text helps, and so does a model larger than yours",
    "vocabulary": "the text has enough of the words, but too rarely for them to be among the V modelled",
    "neither": "more text adds little or nothing, and no larger model is known to be needed",
    "not known": "the figures do not decide it",
}


def headline(plan: Plan) -> str:
    """Return the answer in two sentences, as text."""
    return " ".join(filter(None, (sentences.taught(plan, "abilities"), sentences.begin(plan, plain_name))))


def _answer(plan: Plan) -> str:
    told = [*filter(None, (sentences.limits(plan), sentences.needs_met(plan, plain_name)))]
    return (
        f'<section id="answer" aria-labelledby="answer-title">\n<h2 id="answer-title">{said(headline(plan))}</h2>\n'
        + (items(map(said, told)) if told else "")
        + paragraph(
            "An ability is a kind of question of the form <i>a is to b as c is to what?</i>, such as <i>man is to king "
            "as woman is to what?</i> The model answers with one word out of its vocabulary; accuracy is the share of "
            "questions that it answers right. Terms are explained at the end."
        )
        + note(said(CAVEATS[0]))
        + "\n</section>"
    )


def _read(plan: Plan) -> str:
    study = plan.config.study
    asked = "the built-in everyday English" if study.analogies is None else said(study.analogies)
    return section(
        "read",
        "What was read",
        pairs(
            [
                ("Text", ", ".join(map(said, study.sources))),
                ("Documents", f"{plan.documents:,}"),
                ("Words", f"{plan.words:,}, {plan.words_in_vocab:,} of them in the vocabulary"),
                ("Vocabulary V", f"{plan.vocab_size:,} different words"),
                ("Measured", sentences.measured(plan) or "The whole text alone."),
                ("Questions", f"{asked}; {said(study.protocol)} protocol"),
            ]
        ),
        *(paragraph(said(warning), "warn") for warning in plan.warnings),
    )


def _verdict(each: Verdict) -> str:
    told = f"<b>{said(each.text.word)}</b>: {said(each.text.sentence)}."
    if each.model is not None and each.text.word not in UNCOVERED:
        told += f"<br><b>{said(each.model.word)}</b>: {said(each.model.sentence)}."
    return told


def _critical(learning_curve: LearningCurve) -> str:
    last = learning_curve.last
    told = size(last.critical, last.critical_interval, learning_curve.whole.rising)
    onset = sentences.UNSURE if last.onset_unsure else size(last.onset, last.onset_interval)
    return told if onset == UNKNOWN else f"{told} <small>onset {onset}</small>"


def _row(learning_curve: LearningCurve, name: str, verdict: str, limit: str) -> tuple[str, ...]:
    whole, last = learning_curve.whole, learning_curve.last
    covered = f"{whole.attempted:,} of {whole.total:,}"
    return name, covered, accuracy(last.peak, last.peak_interval), _critical(learning_curve), verdict, limit


def _abilities(plan: Plan) -> str:
    rows = [
        _row(learning_curve, named(learning_curve.name), _verdict(verdict), said(verdict.limit))
        for learning_curve, verdict in zip(plan.learning_curves, plan.verdicts, strict=True)
    ]
    if any(learning_curve.whole.attempted for learning_curve in plan.learning_curves):
        rows.append(_row(plan.overall, f"<b>{TOGETHER}</b>", UNKNOWN, UNKNOWN))
    limits = [each.limit for each in plan.verdicts]
    meaning = [(said(word), said(about)) for word, about in _LIMITS.items() if word in limits]
    unsized = "No size of your model was given (<code>--dim</code>): nothing is said of whether it is large enough."
    return section(
        "abilities",
        "The abilities",
        table(
            "With all of the text. In brackets: 95% intervals.",
            (
                "Ability", "Questions covered", "Peak accuracy", "Critical size d*", "What the figures support",
                "Held back by",
            ),
            rows,
            "abilities",
        ),
        note(f"{said(sentences.intervals(plan))} {said(CAVEATS[1])}"),
        note(CUT) if plan.cut and plan.blocks > 1 else "",
        *(note(said(each)) for each in (sentences.rising(plan), sentences.unsure(plan)) if each),
        note("A question with a word outside the vocabulary is skipped, and not counted wrong."),
        note(unsized) if plan.config.study.dim is None else "",
        "<h3>Held back by</h3>" if meaning else "",
        pairs(meaning) if meaning else "",
    )  # fmt: skip


def _caveats(plan: Plan) -> str:
    told = [*CAVEATS, sentences.intervals(plan)]
    told += filter(None, (sentences.rising(plan), sentences.unsure(plan), sentences.extrapolated(plan)))
    told += plan.warnings
    return section("caveats", "What to keep in mind", items(map(said, told)))


def _glossary(plan: Plan) -> str:
    return section(
        "glossary",
        "Terms",
        pairs(
            [
                ("Words", "The length of a text in words, each counted as often as it occurs."),
                ("V, vocabulary", "The most frequent different words of the text; only these are modelled."),
                ("d, model size", "How many numbers the model keeps for each word. A model has V × d of them."),
                ("Accuracy", "Of the questions that can be asked, the share that is answered right."),
                ("Peak", "The best accuracy over all the sizes looked at."),
                (
                    "d*, critical size",
                    f"The first size at which accuracy reaches {sentences.fraction(plan)} of its own peak.",
                ),
                ("Onset", "From this size on, accuracy stays above zero."),
                (
                    "Can be measured",
                    "Enough questions could be asked, and the peak is surely above chance, however low: a critical "
                    "size is known.",
                ),
                (
                    "Outside the vocabulary",
                    "Too few questions could be asked, but the text has the words of enough: a larger V covers them.",
                ),
                (
                    "Not in this text",
                    "Too few questions could be asked, whatever V is: the text lacks words of the others.",
                ),
                ("Part", "A random share of the text; parts show what less text gives, and how far texts differ."),
                (
                    "95% interval",
                    "Made to hold the figure 95 times in 100, with other word pairs and other text of the kind.",
                ),
            ]
        ),
    )


def _command(config: PlanConfig) -> str:
    """Return the command that makes the plan, with every setting that it holds."""
    study = config.study
    options: list[tuple[str, object]] = [
        ("vocab-size", study.vocab_size),
        ("dim", study.dim),
        ("max-dim", config.largest_dim),
        ("window", study.window),
        ("window-shape", study.window_shape),
        ("tokenizer", study.tokenizer),
        ("analogies", study.analogies),
        ("protocol", study.protocol),
        ("negative-weight", study.negative_weight),
        *(("need", f"{need.category}:{need.accuracy:g}") for need in config.needs),
        ("appear", config.appear),
        *(("domain", source) for source in config.domain),
        ("repeats", config.repeats),
        ("fraction", config.fraction),
        ("bootstrap", config.draws),
        ("calibrate", config.trained_by),
        ("speedup", config.speedup),
        ("sigma", study.sigma),
        ("step-size", study.step_fraction),
        ("seed", study.seed),
    ]
    given = [f"--{name} {shlex.quote(str(value))}" for name, value in options if value is not None]
    return " ".join(["qwem-tui plan", *map(shlex.quote, study.sources), *given])


def _made(plan: Plan) -> str:
    return section(
        "made",
        "How this page was made",
        paragraph(
            f"By qwem-tui {said(__version__)}, seed {plan.config.study.seed}, in {duration(plan.seconds)}. "
            "The plan holds neither a date nor the device. Peaks and sizes follow in closed form from counts of which "
            "words occur near each other in the text and in its parts; no model was trained for them."
        ),
        f"<pre><code>{said(_command(plan.config))}</code></pre>",
    )


def plan_html(plan: Plan) -> str:
    """Return the page, complete; what the plan does not hold, it names as such."""
    sections = [
        _answer(plan),
        _read(plan),
        _abilities(plan),
        charts_section(plan),
        needs_section(plan),
        stages_section(plan),
        "" if plan.domain is None else domain_section(plan.domain),
        _caveats(plan),
        _glossary(plan),
        _made(plan),
    ]
    body = "\n".join(part for part in sections if part)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{_TITLE}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<h1>{_TITLE}</h1>
{body}
</main>
</body>
</html>
"""
