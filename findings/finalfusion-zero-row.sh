#!/usr/bin/env bash
# finalfusion: a row of zeros becomes NaN on reading and is then named among the neighbours of other words.
# Exits 0 while the behaviour is as described, and otherwise 1 after a line that begins with CHANGED.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check finalfusion==0.7.1 numpy==2.4.6

venv/bin/python - <<'EOF'
import importlib.metadata
import sys
import warnings

import numpy as np
from finalfusion.compat.text import load_text_dims, write_text_dims

warnings.simplefilter("ignore")  # NumPy's word about 0 / 0
print("finalfusion", importlib.metadata.version("finalfusion"), "numpy", np.__version__)
generator = np.random.default_rng(0)
rows = generator.standard_normal((200, 8)).astype(np.float32)
rows[5] = 0  # a word that was never trained, or a row of padding
with open("in.txt", "w", encoding="utf-8") as file:
    file.write("200 8\n")
    file.writelines(f"w{number} " + " ".join(str(value) for value in row) + "\n" for number, row in enumerate(rows))

table = load_text_dims("in.txt")
print("expected: the zero row stays 0 and is nobody's neighbour; what is written is what was read")
print("observed, w5:", table["w5"].tolist())
neighbours = [(result.word, float(result.similarity)) for result in table.word_similarity("w0", k=10)]
print("observed, ten neighbours of w0:", neighbours)
write_text_dims("out.txt", table)
with open("out.txt", encoding="utf-8") as file:
    back = np.array([line.split()[1:] for line in file.readlines()[1:]], dtype=np.float32)
others = np.arange(200) != 5
changed = float((back[others] != rows[others]).mean())
print(f"observed, written again: {changed:.1%} of the other rows' numbers differ in the last bits; w5:", back[5].tolist())

listed = any(word == "w5" and np.isnan(similarity) for word, similarity in neighbours)
if not (np.isnan(table["w5"]).all() and listed and 0.01 < changed < 0.5 and np.isnan(back[5]).all()):
    print("CHANGED: zeros are read as zeros, or are no neighbours, or numbers come back as they were")
    sys.exit(1)
EOF
