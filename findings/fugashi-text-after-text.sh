#!/usr/bin/env bash
# fugashi: what a list of words says changes when the next text is cut, and a text ends at its first NUL.
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

print("expected: the words of the first text stay those of the first text")
first = tagger("東京")
tagger("大阪へ行く")
late = [(word.surface, word.feature.kana) for word in first]
soon = [(word.surface, word.feature.kana) for word in tagger("東京")]
print("observed, features read after the next text was cut:", late, "and before:", soon)

print("expected: a control character is a word, or no word, and what follows it is cut")
cut = [word.surface for word in tagger("東京\0大阪")]
print("observed:", cut)

if late == soon or soon != [("東京", "トウキョウ")] or cut != ["東京"]:
    print("CHANGED: words keep their features, or a text goes on behind a NUL")
    sys.exit(1)
PY
