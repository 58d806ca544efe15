"""The page of a plan, parsed: what it holds, that it runs and fetches nothing, and that it is complete."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qwem_tui import __version__
from qwem_tui.base.printable import printable
from qwem_tui.formats.plan.data import CAVEATS
from qwem_tui.formats.plan.html.page import headline, plan_html
from qwem_tui.formats.plan.html.wording import CUT, plain_name
from qwem_tui.study.plan.curve_fitting import learning_curves
from qwem_tui.study.plan.domain import Usage
from qwem_tui.study.plan.planner import Plan
from qwem_tui.study.plan.requirements import Need, answer
from qwem_tui.study.plan.verdict import Coverage, verdict
from qwem_tui.theory.reason import Reason
from tests.formats.plan.html.pages import STYLE, Node, Page, page, rows
from tests.formats.plan.plans import EVIL, LONGEST, made, with_domain
from tests.study.plan.planned import measured_parts, size

HOSTILE = "</title></svg><script>alert('x')</script><img src=x onerror=\"y\">&amp;\x1b[2J\u202e"
NEEDS = (Need(LONGEST, 0.5), Need("capital-common-countries", 0.4))
#: Of a run that is not forecast.
NEVER: dict[str, Any] = {"steps": None, "train_seconds": None, "train_range": None}


def uncovered() -> Plan:
    """A plan of a text in which no question can be asked."""
    plan = made()
    lost = [[size("lost", 0.0, None, (0, 20))] * count for count in (1, 2, 4, 4, 4, 4)]
    parts = tuple(
        replace(part, sizes=replace(part.sizes, overall=replace(part.sizes.categories[0], name="overall")))
        for part in measured_parts({"lost": lost})
    )
    curves = learning_curves(parts)
    (found,), overall = curves.categories, curves.overall
    none = Coverage(0, 20, (), ("x",), ())
    return replace(
        plan,
        parts=parts,
        learning_curves=(found,),
        overall=overall,
        coverage=(none,),
        verdicts=(verdict(found, none, None, found.dims),),
        stages=(),
        costs=(),
        step_timings=(),
        no_stages="no stage can be planned: no category can be measured on the whole text",
    )


def one_block() -> Plan:
    """A plan of a text that cannot be divided."""
    plan = made()
    parts = plan.parts[-1:]
    curves = learning_curves(parts)
    by_category, overall = curves.categories, curves.overall
    verdicts = tuple(
        verdict(learning_curve, covers, 16, learning_curve.dims)
        for learning_curve, covers in zip(by_category, plan.coverage, strict=True)
    )
    return replace(
        plan, parts=parts, learning_curves=by_category, overall=overall, verdicts=verdicts, blocks=1, cut=True
    )


def with_text(text: str) -> Plan:
    """A plan whose every name, word, path and sentence is `text`."""
    plan = with_domain()
    first, *others = plan.learning_curves
    own = replace(first, name=text, whole=replace(first.whole, name=text, reason=Reason(text)))
    covers = Coverage(3, 20, (text,), (text,), ())
    few = replace(own.whole, attempted=3)
    lost = verdict(replace(own, whole=few), covers, 16, own.dims)
    domain = plan.domain
    assert domain is not None
    need = Need(text, 0.5)
    study = replace(plan.config.study, sources=(text,), analogies=text)
    return replace(
        plan,
        config=replace(plan.config, study=study, needs=(need,), domain=(text,)),
        learning_curves=(own, *others),
        verdicts=(lost, *plan.verdicts[1:]),
        answers=(answer(need, own, lost),),
        stages=tuple(
            replace(
                stage,
                choice=f"`{text}`",
                stop=text,
                abilities=tuple(replace(each, name=text) for each in stage.abilities),
            )
            for stage in plan.stages
        ),
        costs=tuple(replace(cost, **NEVER, reason=text) for cost in plan.costs),
        warnings=(text,),
        domain=replace(
            domain,
            unknown=((text, 3),),
            lacking=(text,),
            usages=(Usage(text, 0.1, 0.6, (text,), (text,), (1, 2)),),
            carried=tuple(replace(each, name=text, sentence=text) for each in domain.carried),
        ),
    )


PLANS = {
    "plain": made(),
    "all": replace(made(needs=NEEDS, speedup=20.0), domain=with_domain().domain, cut=True),
    "no model": made(dim=None),
    "uncovered": uncovered(),
    "one block": one_block(),
    "hostile": with_text(HOSTILE),
}


@pytest.mark.parametrize("name", PLANS)
def test_the_page_is_well_formed_and_reaches_for_nothing(name: str) -> None:
    text = plan_html(PLANS[name])
    assert text.startswith("<!DOCTYPE html>\n")
    root = Page(text.removeprefix("<!DOCTYPE html>\n")).root
    tags = {node.tag for node in root.walk()}
    assert tags <= {
        "", "html", "head", "meta", "title", "style", "body", "main", "section", "h1", "h2", "h3", "h4", "p", "ul",
        "li", "dl", "div", "dt", "dd", "table", "caption", "thead", "tbody", "tr", "th", "td", "b", "i", "br", "small",
        "span", "code", "pre", "figure", "figcaption", "details", "summary", "article", "svg", "desc", "g", "path",
        "rect", "circle", "polyline", "text",
    }  # fmt: skip
    for node in root.walk():
        assert not [each for each in node.attributes if each in ("src", "href", "style") or each.startswith("on")]
    assert not re.search(r"@import|url\(|https?:|//", STYLE)
    assert text.count("<style>") == 1
    ids = [node.attributes["id"] for node in root.walk() if "id" in node.attributes]
    assert len(ids) == len(set(ids))
    assert {node.attributes["aria-labelledby"] for node in root.all("section")} <= set(ids)
    # whatever a terminal or a reader's eye could be deceived by is visible
    assert all(character.isprintable() or character == "\n" for character in text)
    for node in root.walk():
        # numbers that are none would leave a hole
        assert "nan" not in " ".join(
            value or "" for key, value in node.attributes.items() if key in ("d", "cy", "points")
        )


def test_what_comes_from_outside_is_text() -> None:
    shown = "&lt;/title&gt;&lt;/svg&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&lt;img src=x onerror="
    text = plan_html(PLANS["hostile"])
    assert "<script" not in text
    assert "<img" not in text
    root = Page(text).root
    visible = HOSTILE.replace("\x1b", "\\x1b").replace("\u202e", "\\u202e")
    for name in ("read", "abilities", "charts", "needs", "stages", "domain", "caveats"):
        assert visible in root.part(name).text, name
    # a command quotes quotes
    assert visible.partition("alert(")[0] in root.part("made").text
    # inside the charts too: in an attribute, a title, and text
    first = root.part("charts").all("svg")[0]
    assert (first.attributes["aria-label"] or "").startswith(visible)
    assert first.all("title")[0].text.startswith(visible)
    assert text.count(shown) > 20
    # nothing but the texts differs from a page whose names are harmless
    calm = Page(text.replace(shown, "calm")).root
    assert Counter(node.tag for node in calm.walk()) == Counter(node.tag for node in root.walk())


def tags(root: Node) -> Counter[str]:
    """Count the elements but those that plain text decides on: a file's own name, and what is in backticks."""
    return Counter(node.tag for node in root.walk() if node.tag not in ("span", "code"))


CALM = tags(page(with_text("calm")))


# a source that is "-" is stdin, of which there are no commands
@given(text=st.text(min_size=1).filter(lambda text: text != "-"))
@settings(max_examples=40, deadline=None)
def test_no_name_or_word_makes_markup_or_a_control_character(text: str) -> None:
    written = plan_html(with_text(text))
    assert all(unicodedata.category(each)[0] != "C" for each in written.replace("\n", ""))
    root = Page(written).root
    assert tags(root) == CALM
    assert " ".join(printable(text).split()) in root.part("caveats").text


def test_the_page_goes_from_the_answer_to_how_it_was_made() -> None:
    root = page(PLANS["all"])
    assert [section.attributes["id"] for section in root.all("section")] == [
        "answer", "read", "abilities", "charts", "needs", "stages", "domain", "caveats", "glossary", "made",
    ]  # fmt: skip
    assert (
        root.part("answer").all("h2")[0].text
        == headline(PLANS["all"])
        == (
            "2 of 4 abilities can be measured on all of the text: their accuracy is surely above chance. Begin with "
            "31,250 words at d = 16; all 1,000,000 words want d = 16, for what is needed: nationality adjective."
        )
    )
    answered = root.part("answer").text
    assert (
        "Of the 2: 1 held back by both text and model, 1 held back by neither. Of the other 2: 1 outside the "
        "vocabulary, 1 not in this text."
    ) in answered
    assert "Needs met: 1 of 2; not: capital common countries (impossible)." in answered
    read = root.part("read").text
    for said in (
        "text.txt", "123,456", "2,000,000,000, 1,900,000,000 of them in the vocabulary", "10,000 different words",
        "19 parts of the text, made of pieces of consecutive words divided at random: 4 of 1/32, 4 of 1/16, "
        "4 of 1/8, 4 of 1/4, 2 of 1/2, disjoint", "A warning.",
    ):  # fmt: skip
        assert said in read
    words = root.part("glossary").text
    for term in ("d, model size", "Peak", "d*, critical size", "Onset", "Words", "V, vocabulary"):
        assert term in words
    assert f"qwem-tui {__version__}, seed 7, in 75 s" in root.part("made").text
    assert (
        "qwem-tui plan text.txt --vocab-size 10000 --dim 16 --max-dim 200 --window 8 --window-shape dynamic "
        f"--tokenizer letters --protocol questions --negative-weight 2.0 --need {LONGEST}:0.5 --need "
        "capital-common-countries:0.4 --appear 1 --repeats 4 --fraction 0.5 --bootstrap 200 --calibrate gd "
        "--speedup 20.0 --sigma 0.0001 --seed 7"
    ) in root.part("made").text


def test_the_abilities_are_those_of_the_plan_in_its_order() -> None:
    plan = PLANS["all"]
    table = rows(page(plan).part("abilities").all("table")[0])
    assert [row[0] for row in table] == [
        f"nationality adjective {LONGEST}",
        "[bold]: =1+1\\x1b",
        "capital common countries",
        "adjective to adverb gram1-adjective-to-adverb",
        "all questions together",
    ]
    for row, learning_curve, found in zip(table, plan.learning_curves, plan.verdicts, strict=False):
        last, whole = learning_curve.last, learning_curve.whole
        assert row[1] == f"{whole.attempted:,} of {whole.total:,}"
        if last.peak is None or last.peak_interval is None:
            assert row[2] == "–"
        else:
            low, high = (f"{100 * end:.0f}" for end in last.peak_interval)
            assert row[2] == f"{100 * last.peak:.0f}% ({low}–{high}%)"
        if last.critical is None or last.critical_interval is None:
            assert row[3] == "–"
        else:
            mark = "≥" if whole.rising else ""
            low, high = (f"{end:.0f}" for end in last.critical_interval)
            assert row[3].startswith(f"{mark}{last.critical:.0f} ({low}–{high})")
        assert f"{found.text.word} : " in row[4]
        assert row[5] == found.limit
    assert table[1][3] == "≥45 (34–58) onset 22 (2–22)"
    assert table[0][4] == (
        "saturated : peak 100%: nothing is left to gain. large enough : critical size 8 (6–10), your model has 16: at "
        "16 accuracy is 100%, the peak 100% comes at 16."
    )
    assert "missing words: athens, \\x1b[2J" in table[2][4]


def test_needs_and_stages_are_those_of_the_plan() -> None:
    root, plan = page(PLANS["all"]), PLANS["all"]
    needs = rows(root.part("needs").all("table")[0])
    assert needs[0][:2] == [f"nationality adjective {LONGEST} at 50%", "met"]
    assert needs[1][0] == "capital common countries at 40%"
    assert needs[1][2].startswith("impossible with this text: 0 of 4,524 questions covered")
    costs = {row[0]: row[1:] for row in rows(root.part("stages").all("table")[0])}
    assert costs["Words of text"] == [
        "31,250 (1/32 of the text)", "500,000 (1/2 of the text)", "1,000,000 (the whole of the text)",
    ]  # fmt: skip
    assert costs["Vocabulary V"] == ["750", "950", "1,000"]
    assert costs["Model size d"] == ["16", "16", "16"]
    assert costs["Parameters (V × d)"][2] == "16,000, 62.5 KiB"
    assert costs["Memory"][2] == "8.6 MiB"
    assert costs["Preparing, on this machine"] == ["4.2 s"] * 3
    assert costs["Training, on this machine"] == ["3.2 min (2.6 min to 7.7 min), about 768 steps"] * 3
    assert costs["Both, on a device 20 times as fast (your figure)"] == ["9.8 s"] * 3
    said = root.part("stages").text
    assert "4 steps of sgd of 2,000,000 pairs at V = 10,000, d = 48: 0.25 s each, 0.2 s to 0.6 s" in said
    assert "The machine was busy with something else: the slowest steps took 3.0 times as long" in said
    cards = root.part("stages").all("article")
    for card, stage in zip(cards, plan.stages, strict=True):
        assert (stage.stop or "").replace("`", "") in card.text.replace(" , ", ", ")
        for each in stage.abilities:
            low, high = (f"{100 * end:.0f}" for end in each.range)
            assert f"{plain_name(each.name)}: {100 * each.accuracy:.0f}% ({low}–{high}%)" in card.text
    # no other device, no figure for one
    assert not any("times as fast" in row[0] for row in rows(page(made()).part("stages").all("table")[0]))


def test_the_domain_is_said_as_in_the_table() -> None:
    said = page(PLANS["all"]).part("domain")
    compared, used = said.all("table")
    (row,) = rows(compared)
    assert row[2:5] == ["40 (30–52)", "20, 22", "1.9 (1.2–3.0)"]
    assert rows(used) == [["letter", "5%", "60%", "weight odd", "wrote \\x1b]"]]
    assert "263 documents, 956,200 words; the general vocabulary has 63%" in said.text
    assert "gdp (6,193), \\x1b[2J (12)" in said.text
    assert "14% (34%) at d = 8" in said.text
    assert "No question can be asked of both for: capital common countries." in said.text
    domain = with_domain().domain
    assert domain is not None
    silent = page(replace(made(), domain=replace(domain, usual_neighbours=math.nan))).part("domain")
    assert "how words are used cannot be compared" in silent.text
    assert len(silent.all("table")) == 1


def test_caveats_are_beside_their_figures_and_gathered() -> None:
    root = page(PLANS["all"])
    gathered = root.part("caveats").text
    for caveat in (*CAVEATS, "A warning.", "With more text: a range and no promise."):
        assert caveat in gathered
    assert CAVEATS[0] in root.part("answer").text
    assert CAVEATS[1] in root.part("abilities").text
    assert "200 resamples of the word pairs" in root.part("abilities").text
    assert "a range and no promise" in root.part("charts").text
    assert "Check every stage on your own data" in root.part("stages").text
    for name in ("abilities", "charts", "stages"):
        assert CUT in root.part(name).text
        assert CUT not in page(made()).part(name).text
    assert "whether it is large enough is not known" in page(made(dim=None)).part("abilities").text


def test_empty_plans_say_what_there_is_none_of() -> None:
    root = page(made())
    ids = [section.attributes["id"] for section in root.all("section")]
    assert "needs" not in ids
    assert "domain" not in ids
    root = page(PLANS["uncovered"])
    assert not root.all("svg")
    assert "lost" in rows(root.part("abilities").all("table")[0])[0][0]
    assert "lost (0 of 20 covered)" in root.part("charts").text
    assert "No stages: no stage can be planned" in root.part("stages").text
    assert headline(PLANS["uncovered"]).startswith("None of 1 abilities can be measured on all of the text")
    assert headline(PLANS["uncovered"]).endswith("no category can be measured on the whole text.")
    root = page(PLANS["one block"])
    assert "The whole text alone." in root.part("read").text
    assert "Nothing is extrapolated" in root.part("charts").text
    peaks = root.part("charts").all("svg")[0]
    assert len(peaks.all("circle")) == 1
    assert not peaks.all("rect", "beyond")
    assert CUT not in root.part("abilities").text
    stuck = replace(made().costs[0], **NEVER, reason="no run is forecast: too long")
    table = rows(page(replace(made(speedup=2.0), costs=(stuck,) * 3)).part("stages").all("table")[0])
    assert table[-2][1:] == ["no run is forecast: too long"] * 3
    assert table[-1][1:] == ["–"] * 3


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        (LONGEST, "nationality adjective"),
        ("capital-common-countries", "capital common countries"),
        ("L01 [noun - plural_reg]", "L01 [noun plural reg]"),
        ("gram", "gram"),
        ("--", "--"),
        (EVIL, EVIL.strip()),
    ],
)
def test_plain_names(name: str, plain: str) -> None:
    assert plain_name(name) == plain


def test_settings_of_the_text_stand_there_where_they_are_not_as_by_default() -> None:
    assert "Text read with" not in plan_html(PLANS["plain"])
    plain = PLANS["plain"]
    changes: list[tuple[dict[str, Any], str]] = [
        ({"tokenizer": "whitespace", "paragraphs": True}, "tokenizer whitespace; paragraphs"),
        (
            {"normalize": "nfkc", "strip_marks": True, "keep_case": True, "language": "tr", "lines": True},
            "normalize nfkc; strip marks; keep case; language tr; lines",
        ),
        ({"encoding": "cp1252", "text_field": "<b>"}, "text field &lt;b&gt;; encoding cp1252"),
    ]
    for change, said in changes:
        study = replace(plain.config.study, **change)
        page = plan_html(replace(plain, config=replace(plain.config, study=study)))
        assert f"<dt>Text read with</dt><dd>{said}</dd>" in page
