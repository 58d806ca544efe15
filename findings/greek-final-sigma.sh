#!/usr/bin/env bash
# Arrow, pandas and Hugging Face tokenizers: lower-casing gives other Greek words than Python's str.lower.
# Exits 0 while the behaviour is as described, and otherwise 1 after a line that begins with CHANGED.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyarrow==26.0.1 pandas==3.1.1 tokenizers==0.23.3 numpy==2.4.6

venv/bin/python - <<'EOF'
import sys

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import tokenizers
from tokenizers.normalizers import Lowercase

print("pyarrow", pa.__version__, "pandas", pd.__version__, "tokenizers", tokenizers.__version__)
words = ["ΛΟΓΟΣ", "ΣΟΦΟΣ", "ΒΑΣΙΛΕΥΣ"]
python = [word.lower() for word in words]
others = {
    "pyarrow.compute.utf8_lower": pc.utf8_lower(pa.array(words)).to_pylist(),
    "pandas Series.str.lower": pd.Series(words).str.lower().tolist(),
    "tokenizers Lowercase": [Lowercase().normalize_str(word) for word in words],
}
print("expected: as Python does, with the small sigma that ends a word (U+03C2):", python)
for name, lowered in others.items():
    print(f"observed, {name}:", lowered)

final, medial = "\u03c2", "\u03c3"
as_described = [word[:-1] + medial for word in python]
if not (all(word.endswith(final) for word in python) and all(lowered == as_described for lowered in others.values())):
    print("CHANGED: at least one of the three now ends these words as Python does")
    sys.exit(1)
EOF
