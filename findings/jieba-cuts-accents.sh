#!/usr/bin/env bash
# jieba and rjieba: a word with an accent is cut in two inside Chinese text, and Cyrillic or full-width into letters.
# Exits 0 while the behaviour is as described, and otherwise 1 after a line that begins with CHANGED.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check jieba==0.42.1 rjieba==0.2.2 'setuptools<81'

venv/bin/python -W ignore - <<'PY'
import importlib.metadata
import sys

import jieba
import rjieba

print({name: importlib.metadata.version(name) for name in ("jieba", "rjieba")})
jieba.setLogLevel(60)
texts = {
    "在café喝咖啡": ["在", "caf", "é", "喝咖啡"],
    "说Привет": ["说", "П", "р", "и", "в", "е", "т"],
    "买ＡＢＣ": ["买", "Ａ", "Ｂ", "Ｃ"],
    "漢字繁體": ["漢字", "繁體"],
}
print("expected: a word in letters of another script stays whole, as iPhone does:", rjieba.cut("我的iPhone"))
changed = rjieba.cut("我的iPhone") != ["我", "的", "iPhone"]
for text, cut in texts.items():
    found = list(jieba.cut(text)), rjieba.cut(text)
    print("observed:", text, *found)
    changed = changed or found != (cut, cut)
alone = list(jieba.cut("漢字繁體", HMM=False)), rjieba.cut("漢字繁體", hmm=False)
print("observed, traditional characters without the model of new words:", *alone)
if changed or alone != (["漢", "字", "繁", "體"],) * 2:
    print("CHANGED: words of other scripts stay whole, or traditional ones are known")
    sys.exit(1)
PY
