#!/usr/bin/env bash
# janome: in a text without punctuation every 1,024 characters or so a word is cut, and new words appear.
# Exits 0 while the behaviour is as described, and otherwise 1 after a line that begins with CHANGED.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check janome==0.5.1

venv/bin/python - <<'EOF'
import importlib.metadata
import sys
from collections import Counter

from janome.tokenizer import Tokenizer

print("janome", importlib.metadata.version("janome"))
tokenizer = Tokenizer()


def count(text: str) -> dict[str, int]:
    return dict(Counter(word for word in tokenizer.tokenize(text, wakati=True) if word.strip()))


print("one line:", count("東京都庁"))
print("expected: of 900 such lines 900 times 東京 and 900 times 都庁, and no other word")
lines = count("東京都庁\n" * 900)
print("observed, a list of one entry a line:", lines)
sentences = count("東京都庁。\n" * 900)
print("with a full stop in each line:       ", sentences)
alone = Counter()
for _ in range(900):
    alone.update(count("東京都庁"))
print("line by line:                        ", dict(alone))

invented = set(lines) - {"東京", "都庁"}
if not (
    {"京都", "東", "庁"} <= invented
    and lines["東京"] < 900
    and sentences == {"東京": 900, "都庁": 900, "。": 900}
    and alone == {"東京": 900, "都庁": 900}
):
    print("CHANGED: long texts without punctuation give the words of their lines")
    sys.exit(1)
EOF
