"""Pages of HTML as trees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from importlib.resources import files

from qwem_tui.formats.plan import html
from qwem_tui.formats.plan.html.page import plan_html
from qwem_tui.study.plan.planner import Plan

VOID = {"meta", "br"}
STYLE = (files(html) / "templates" / "style.css").read_text(encoding="utf-8")


@dataclass
class Node:
    tag: str
    attributes: dict[str, str | None]
    children: list[Node | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join(
            "".join(child if isinstance(child, str) else child.text + " " for child in self.children).split()
        )

    def walk(self) -> Iterator[Node]:
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.walk()

    def all(self, tag: str, kind: str | None = None) -> list[Node]:
        """Return what is below with this tag and, if given, this class."""
        return [
            node
            for node in self.walk()
            if node.tag == tag and (kind is None or kind in (node.attributes.get("class") or "").split())
        ]

    def part(self, name: str) -> Node:
        """Return the one section with this id."""
        (found,) = (node for node in self.all("section") if node.attributes.get("id") == name)
        return found

    def number(self, name: str) -> float:
        return float(self.attributes[name] or "")


class Page(HTMLParser):
    """Builds the tree of a page in which every element is closed, innermost first."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("", {})
        self.open = [self.root]
        self.feed(text)
        self.close()
        assert self.open == [self.root], f"not closed: {[node.tag for node in self.open]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs)
        node = Node(tag, dict(attrs))
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # the form of elements of SVG that hold nothing
        assert any(node.tag == "svg" for node in self.open)
        self.open[-1].children.append(Node(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def page(plan: Plan) -> Node:
    return Page(plan_html(plan)).root


def rows(table: Node) -> list[list[str]]:
    return [
        [cell.text for cell in row.children if isinstance(cell, Node)]
        for body in table.all("tbody")
        for row in body.all("tr")
    ]
