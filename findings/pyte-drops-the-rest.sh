#!/usr/bin/env bash
# pyte: a zero-width character that is no combining mark takes the rest of the text up to the next control code with it.
# Exits 0 while the behaviour is as described, and otherwise 1 after a line that begins with CHANGED.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyte==0.8.2 wcwidth==0.9.4 rich==15.0.0

venv/bin/python - <<'EOF'
import importlib.metadata
import io
import sys

import pyte
from rich.console import Console
from rich.table import Table

print({name: importlib.metadata.version(name) for name in ("pyte", "wcwidth", "rich")})
# Neighbours as a tool prints them: Persian with a zero-width non-joiner, and Hindi with its vowel signs.
rows = [("house", "0.91"), ("می\u200cخواهم", "0.81"), ("हिन्दी", "0.74"), ("casa", "0.66")]
table = Table("word", "cosine", box=None)
for row in rows:
    table.add_row(*row)
console = Console(file=io.StringIO(), width=24, color_system=None)
console.print(table)
text = console.file.getvalue()

screen = pyte.Screen(24, 6)
pyte.Stream(screen).feed(text.replace("\n", "\r\n"))
print("expected: each cosine on the screen, beside its word:", [cosine for _, cosine in rows])
shown = [line.rstrip() for line in screen.display if line.strip()]
print("observed:", [ascii(line) for line in shown])

whole = all(cosine in text for _, cosine in rows)
kept = [cosine for _, cosine in rows if any(cosine in line for line in shown)]
if not (whole and kept == ["0.91", "0.66"] and shown[2].strip() == "می" and shown[3].strip() == "ह"):
    print("CHANGED: what follows a zero-width character is drawn, or other words are cut")
    sys.exit(1)
EOF
