#!/usr/bin/env bash
# unidic-lite: the lemma of a name is its reading, so that names that sound alike become one word; others have notes.
# Exits 0 while the behaviour is as described, and otherwise 1 after a line that begins with CHANGED.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check fugashi==1.5.2 unidic-lite==1.0.8

venv/bin/python - <<'PY'
import importlib.metadata
import sys

from fugashi import Tagger

print({name: importlib.metadata.version(name) for name in ("fugashi", "unidic-lite")})
tagger = Tagger()


def forms(text: str) -> list[tuple[str, str | None, str | None]]:
    return [(word.surface, word.feature.lemma, word.feature.orthBase) for word in tagger(text)]


print("expected: a lemma is the word as a dictionary has it; other names have other lemmas")
names = {}
for name in ("阿部", "安部", "阿倍", "渡辺", "渡邊", "渡部"):
    [(surface, lemma, base), *_] = forms(name + "さん")
    names[surface] = lemma
    print("observed: surface, lemma, orthBase:", surface, lemma, base)
others = [form for text in ("私が", "パーティー", "12", "qwem") for form in forms(text)[:1]]
print("observed, other words:", others)

lemmas = [lemma for _, lemma, _ in others]
if set(names.values()) != {"アベ", "ワタナベ"} or lemmas != ["私-代名詞", "パーティー-party", None, None]:
    print("CHANGED: names keep their characters in the lemma, or the notes are gone")
    sys.exit(1)
PY
