#!/usr/bin/env bash
# SudachiPy and nagisa: a Japanese tokenizer returns words with a blank inside; nagisa's are not in the text at all.
# Exits 0 while the behaviour is as described, and otherwise 1 after a line that begins with CHANGED.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check SudachiPy==0.7.0 sudachidict-core==20261015 nagisa==0.3.0

venv/bin/python - <<'EOF'
import importlib.metadata
import sys

import nagisa
from sudachipy import Dictionary, SplitMode

print({name: importlib.metadata.version(name) for name in ("SudachiPy", "sudachidict-core", "nagisa")})
text = "New York でコーヒーを飲む"
print("text:", text)
print("expected: words cut at the blank at least, so that joining by blanks and splitting gives them back")

tokenizer = Dictionary().tokenizer()
sudachi = {
    mode: [morpheme.surface() for morpheme in tokenizer.tokenize(text, split)]
    for mode, split in (("A", SplitMode.A), ("B", SplitMode.B), ("C", SplitMode.C))
}
for mode, words in sudachi.items():
    print(f"observed, SudachiPy mode {mode}:", words, "read back:", " ".join(words).split())
narrow = "New York でｺｰﾋｰを飲む"
words = nagisa.tagging(narrow).words
print(f"observed, nagisa, of {narrow!r}:", words)
strangers = [word for word in words if word not in narrow]
print("words of nagisa's that the text does not contain:", strangers)

as_described = all("New York" in found for found in sudachi.values()) and strangers == [
    "New\u3000York",
    "\u3000",
    "コーヒー",
]
if not as_described:
    print("CHANGED: the blank now ends a word, or nagisa's words are those of the text")
    sys.exit(1)
EOF
