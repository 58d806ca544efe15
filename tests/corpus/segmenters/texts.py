"""A made-up text in Japanese without spaces, of our own sentences: the same on every machine."""

from __future__ import annotations

import random

#: Verbs as MeCab and Sudachi cut them: the form of a dictionary, before て and た, before ます, before ない.
VERBS = (
    ("書く", "書い", "書き", "書か"), ("読む", "読ん", "読み", "読ま"), ("歩く", "歩い", "歩き", "歩か"),
    ("飲む", "飲ん", "飲み", "飲ま"), ("待つ", "待っ", "待ち", "待た"), ("呼ぶ", "呼ん", "呼び", "呼ば"),
)  # fmt: skip


def japanese_text(seed: int = 0, documents: int = 150, sentences: int = 8) -> str:
    """Return documents, a line each, in which people do things, did them, do them politely or not at all."""
    generator = random.Random(seed)
    people = ("父", "母", "兄", "姉", "先生", "友達")
    times = ("今日", "昨日", "明日", "毎朝")
    lines = []
    for number in range(documents):
        base, te, masu, nai = VERBS[number % len(VERBS)]
        voiced = te.endswith("ん")
        said = [
            f"{base}ことがある。",
            f"{te}{'で' if voiced else 'て'}いる。",
            f"{te}{'だ' if voiced else 'た'}。",
            f"{masu}ます。",
            f"{nai}ない。",
        ]
        line = ""
        for _ in range(sentences):
            line += f"{generator.choice(times)}{generator.choice(people)}は{generator.choice(said)}"
        lines.append(line)
    return "\n".join(lines) + "\n"
